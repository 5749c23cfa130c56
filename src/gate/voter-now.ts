// Who votes, looked at anew: what other replicas were told meanwhile, and for much risk what whoever keeps the groups says now.
import { quorumsOf } from '../core/approval/quorum.ts';
import type { Approval } from '../core/approval/state.ts';
import type { VoteInput } from './api.ts';
import type { GateDeps } from './deps.ts';

export interface VoterNow {
  /** Undefined: this is nobody in the directory (any more), so nothing counts, not even where everyone may vote. */
  readonly input: VoteInput | undefined;
  /** For the voter: why a group does not count now. */
  readonly unsure: readonly string[];
}

/** Never rejects. */
export async function voterNow(
  { people }: Pick<GateDeps, 'people'>,
  approval: Approval,
  input: VoteInput,
): Promise<VoterNow> {
  if (!people.confirm) return { input, unsure: [] };
  const { risk } = approval.opened;
  const asked = risk === 'high' || risk === 'critical' ? quorumsOf(approval).flatMap(({ from }) => groupsIn(from)) : [];
  const { person, unsure } = await people.confirm(input.person.email, [...new Set(asked)]);
  return person
    ? { input: { ...input, person }, unsure }
    : { input: undefined, unsure: unsure.length > 0 ? unsure : [GONE] };
}

const GONE = 'You are not (or no longer) a person of this gate; sign in again.';

const groupsIn = (from: readonly string[]): readonly string[] =>
  from.filter((entry) => entry.startsWith('group:')).map((entry) => entry.slice('group:'.length));
