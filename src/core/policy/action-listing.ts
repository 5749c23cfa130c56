// The names of a catalogue as a check of many rules asks for them: read once for each service, found without looking at the others.
import { globsMeet } from './glob-meet.ts';
import { compileGlob, type Glob } from './globs.ts';
import type { ActionCatalogue } from './lint-finding.ts';

export interface ActionListing {
  /** Every name that begins so, as the catalogue has them. */
  names(prefix: string): readonly string[];
  /** True if an action whose name begins with `prefix`, or what calls make of its `*`, is one that the glob is about. */
  has(glob: Glob, prefix: string): boolean;
}

interface Listed {
  readonly names: readonly string[];
  readonly whole: ReadonlySet<string>;
  /** Those that calls fill in. */
  readonly open: readonly Glob[];
}

export function createListing(catalogue: ActionCatalogue): ActionListing {
  const known = new Map<string, Listed>();
  const listed = (prefix: string): Listed => {
    let found = known.get(prefix);
    if (!found) {
      found = list(catalogue, prefix);
      known.set(prefix, found);
    }
    return found;
  };
  return {
    names: (prefix) => listed(prefix).names,
    has(glob, prefix) {
      const { whole, names, open } = listed(prefix);
      if (open.some((each) => globsMeet(glob, each))) return true;
      return glob.literal === undefined ? names.some((name) => glob.test(name)) : whole.has(glob.literal);
    },
  };
}

function list(catalogue: ActionCatalogue, prefix: string): Listed {
  const names = [...catalogue.below(prefix)].map(({ name }) => name);
  const open = names
    .filter((name) => name.includes('*'))
    .flatMap((name) => {
      const compiled = compileGlob('text', asPattern(name));
      return compiled.ok ? [compiled.glob] : [];
    });
  return { names, whole: new Set(names), open };
}

/** The name as a pattern: some APIs have templates of paths in theirs. */
export function asPattern(name: string): string {
  return name.replaceAll(/[{}[\]\\]/g, '\\$&');
}
