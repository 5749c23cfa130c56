// When calls of a scope were last denied, for all replicas. INVARIANT: a denial is noted before grants are looked for, and a grant is kept before
// denials are looked for: of the two that come at once, one sees the other.
import { MAX_GRANT } from '../../core/policy/grant-terms.ts';
import { StoreUnavailable } from '../../ports/approval-store.ts';
import type { SharedRecord } from '../../ports/shared-records.ts';
import type { GateDeps } from '../deps.ts';

const KIND = 'grant-denial';
/** Lost races: each means that somebody else noted a denial. */
const TRIES = 20;

export interface Denial {
  /** The approval. */
  readonly approval: string;
  /** Human id. */
  readonly by: string;
  /** Epoch ms of the store. */
  readonly at: number;
}

/** Notes it for as long as a grant could stand whose votes are older. Rejects with StoreUnavailable. */
export async function noteDenial({ records }: Pick<GateDeps, 'records'>, key: string, denial: Denial): Promise<void> {
  let before = await records.get(KIND, key);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    if (before && read(before).at >= denial.at) return;
    const value = JSON.stringify(denial);
    const put = await records.put(KIND, key, before?.version ?? 0, value, { keepFor: MAX_GRANT });
    if (put.outcome === 'written') return;
    before = put.record;
  }
  throw new StoreUnavailable('the denial could not be noted: too many at once');
}

/** The last one at or after `from`, epoch ms. Rejects with StoreUnavailable. */
export async function deniedSince(
  { records }: Pick<GateDeps, 'records'>,
  key: string,
  from: number,
): Promise<Denial | undefined> {
  const record = await records.get(KIND, key);
  const denial = record && read(record);
  return denial && denial.at >= from ? denial : undefined;
}

const read = ({ value }: SharedRecord): Denial => JSON.parse(value) as Denial;
