// Signing keys by scope: one serves a day, a region and a service, and deriving it costs more than a signature.
import { type Scope, scopeText } from './signature.ts';

const MAX_SCOPES = 256;

/** `make` remembered; bounded, since whoever signs names the region. */
export function rememberedKeys(make: (scope: Scope) => Uint8Array): (scope: Scope) => Uint8Array {
  const known = new Map<string, Uint8Array>();
  return (scope) => {
    const name = scopeText(scope);
    let key = known.get(name);
    if (!key) {
      if (known.size >= MAX_SCOPES) known.clear();
      known.set(name, (key = make(scope)));
    }
    return key;
  };
}
