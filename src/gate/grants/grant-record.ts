// What replicas share of one grant: how often it was used, whether somebody ended it, and what to show of it. INVARIANT: nothing is let
// through on the strength of the record alone; the votes behind it are looked at each time.
import type { Approval } from '../../core/approval/state.ts';
import type { VotedGrant } from '../../core/approval/grant-of.ts';
import { grantWords } from '../../core/approval/grant-words.ts';
import type { GrantCovers } from '../../core/policy/types.ts';

export interface GrantRecord {
  /** `grt_…` */
  readonly id: string;
  /** Where the votes are that gave it. */
  readonly approval: string;
  readonly agent: string;
  readonly owner: string;
  readonly upstream: string;
  readonly rules: readonly string[];
  readonly covers: GrantCovers;
  /** One sentence. */
  readonly words: string;
  /** Who gave it, with their groups then. */
  readonly people: readonly { readonly by: string; readonly groups: readonly string[] }[];
  /** Epoch ms. */
  readonly from: number;
  readonly until: number;
  readonly uses: number;
  readonly used: number;
  readonly revoked?: { readonly by: string; readonly at: number; readonly why: string };
}

export type GrantStatus = 'standing' | 'spent' | 'revoked' | 'over';

export function grantRecord({ opened, votes }: Approval, grant: VotedGrant): GrantRecord {
  const { agent, owner, upstream, rules } = opened;
  const { id, covers, from, until, uses } = grant;
  const people = votes.filter(({ vote }) => vote === 'approve').map(({ by, groups }) => ({ by, groups }));
  const words = grantWords(opened, covers, uses, until);
  return { id, approval: opened.id, agent, owner, upstream, rules, covers, words, people, from, until, uses, used: 0 };
}

/** Throws on what is no record; only the gate writes them, sealed. */
export function readGrant(text: string): GrantRecord {
  return JSON.parse(text) as GrantRecord;
}

export const writeGrant = (grant: GrantRecord): string => JSON.stringify(grant);

/** `now`: epoch ms of the store. */
export function grantStatus({ revoked, until, used, uses }: GrantRecord, now: number): GrantStatus {
  if (revoked) return 'revoked';
  if (now >= until) return 'over';
  return used >= uses ? 'spent' : 'standing';
}
