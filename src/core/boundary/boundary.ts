// The compliance boundary of an upstream: the regions, accounts, buckets, projects and namespaces that its calls are to stay in.
// INVARIANT: an action is inside only where everything that it names is, and everything it has to name is named; else it is outside or unknown.
import type { Action, BoundaryPlace } from '../action.ts';
import { textGlob } from '../policy/scalars.ts';
import { DIMENSIONS, type Dimension } from './dimensions.ts';
import { NOT_APPLICABLE, placesOf } from './places.ts';

/** Globs; what is left out is not bounded. `accounts` may hold `self`: the account of the credential, where a call names none. */
export type BoundaryConfig = { readonly [D in Dimension]?: readonly string[] };

export interface Verdict {
  readonly place: BoundaryPlace;
  /** What makes it so: `region us-east-1`, `no account named`; undefined inside. */
  readonly why: string | undefined;
}

export type Boundary = (action: Action) => Verdict;

const SELF = 'self';
const INSIDE: Verdict = { place: 'inside', why: undefined };
const WORDS: Readonly<Record<Dimension, string>> = {
  regions: 'region',
  accounts: 'account',
  buckets: 'bucket',
  projects: 'project',
  namespaces: 'namespace',
};

/** Throws on a glob that the schema would have refused. */
export function compileBoundary(config: BoundaryConfig): Boundary {
  const bounds = DIMENSIONS.flatMap((dimension) => {
    const globs = config[dimension];
    if (!globs) return [];
    const tests = globs.filter((glob) => glob !== SELF).map(textGlob);
    return [{ dimension, own: globs.includes(SELF), allowed: (value: string) => tests.some((test) => test(value)) }];
  });
  // Whoever lists a bucket by its name knows whose it is and where it lies, which calls to it do not say; a glob may be anybody's.
  const listed = new Set(config.buckets?.filter((glob) => !/[*?\\]/.test(glob)));
  return (action) => {
    const places = placesOf(action);
    const bucket = listed.size === 0 ? NOT_APPLICABLE : places('buckets');
    const isVouchedFor = bucket !== NOT_APPLICABLE && bucket.own !== undefined && listed.has(bucket.own);
    let unknown: Verdict | undefined;
    for (const { dimension, own, allowed } of bounds) {
      const named = places(dimension);
      if (named === NOT_APPLICABLE) continue;
      const word = WORDS[dimension];
      for (const value of named.values) {
        // All there are, or one that the call does not tell.
        if (value === '*') {
          if (!allowed(value)) unknown ??= { place: 'unknown', why: `any ${word}` };
        } else if (!allowed(value)) return { place: 'outside', why: `${word} ${value.slice(0, 200)}` };
      }
      if (!named.whole) unknown ??= { place: 'unknown', why: `more than was looked at for a ${word}` };
      const isGiven = named.named || (dimension === 'accounts' && own) || isVouchedFor;
      if (!isGiven) unknown ??= { place: 'unknown', why: `no ${word} named` };
    }
    if (unknown) return unknown;
    return action.confidence === 'unknown' ? { place: 'unknown', why: 'nobody can tell what it does' } : INSIDE;
  };
}

/** The action with its place written on it. */
export function withPlace(action: Action, boundary: Boundary): Action {
  const { place, why } = boundary(action);
  return { ...action, boundary: place, ...(why !== undefined && { boundaryEvidence: why }) };
}
