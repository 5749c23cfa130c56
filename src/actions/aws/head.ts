// What the headers of a call say to AWS, collected in one pass.
import type { RawHeaders } from '../../core/call.ts';

export interface Head {
  readonly authorization: readonly string[];
  readonly targets: readonly string[];
  /** `smithy-protocol: rpc-v2-cbor`. */
  readonly cbor: boolean;
  /** Methods that a front end might take instead of the real one. */
  readonly otherMethods: readonly string[];
}

const NOTHING: readonly string[] = [];
const OVERRIDES: ReadonlySet<string> = new Set(['x-http-method', 'x-http-method-override', 'x-method-override']);

export function readHead(headers: RawHeaders): Head {
  let authorization = NOTHING;
  let targets = NOTHING;
  let otherMethods = NOTHING;
  let cbor = false;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? '';
    // Only names of these lengths matter.
    if (name.length < 12 || name.length > 22) continue;
    const value = headers[i + 1] ?? '';
    const lower = name.toLowerCase();
    if (lower === 'authorization') authorization = [...authorization, value];
    else if (lower === 'x-amz-target') targets = [...targets, value];
    else if (lower === 'smithy-protocol') cbor = value.trim().toLowerCase() === 'rpc-v2-cbor';
    else if (OVERRIDES.has(lower)) otherMethods = [...otherMethods, value.trim().toUpperCase()];
  }
  return { authorization, targets, cbor, otherMethods };
}
