// Who of those that approved still counts: the signature under the vote is the gate's and over exactly this question, and the person is
// still known. Asked at every claim and at every use of a grant.
import type { Claimed, Opened, Voted } from '../core/approval/events.ts';
import { VOTE_TYP, voteStatement } from '../core/approval/vote-statement.ts';
import type { Confirmed, Directory } from '../core/principal.ts';
import type { GateDeps } from './deps.ts';

export type Standing = Claimed['eligible'][number];

export interface SoundVotes {
  readonly voters: readonly Standing[];
  /** Why groups that somebody voted with cannot be confirmed now: they do not count, and may in a moment. */
  readonly unsure: readonly string[];
}

/** The voters with their groups as of now. `opened` is what they voted on; a vote that was changed is told as damage to its approval. */
export async function soundVotes(
  deps: Pick<GateDeps, 'signer' | 'people' | 'bus'>,
  opened: Opened,
  votes: readonly Voted[],
): Promise<SoundVotes> {
  const looked = await Promise.all(
    votes.filter((vote) => vote.vote === 'approve').map((vote) => standing(deps, opened, vote)),
  );
  return {
    voters: looked.flatMap(({ voter }) => (voter ? [voter] : [])),
    unsure: looked.flatMap(({ unsure }) => unsure),
  };
}

interface Looked {
  readonly voter: Standing | undefined;
  readonly unsure: readonly string[];
}

async function standing(
  { signer, people, bus }: Pick<GateDeps, 'signer' | 'people' | 'bus'>,
  opened: Opened,
  vote: Voted,
): Promise<Looked> {
  const { proof, type: _type, ...rest } = vote;
  const signed = await signer.verify(proof, VOTE_TYP);
  if (!signed || Buffer.from(signed).toString('utf8') !== voteStatement(opened, rest)) {
    const finding = `the vote of ${vote.by} was changed, or signed with a key that is not known here`;
    bus.emit('approval:damaged', { approvalId: opened.id, finding });
    return { voter: undefined, unsure: [] };
  }
  const { person, unsure } = await personNow(people, vote);
  // A shift that ended between the vote and the call takes nothing back: who was on call then was asked then.
  const onCall = vote.groups.filter((group) => group.startsWith('oncall:'));
  return { voter: person && { by: vote.by, groups: [...new Set([...person.groups, ...onCall])] }, unsure };
}

/** As they are known now. A group that they voted with and that is not known here may be known to whoever keeps it: another replica was
 *  told, or asked, a moment ago. */
async function personNow(people: Directory, vote: Voted): Promise<Confirmed> {
  const known = people.person(vote.by);
  const lost = vote.groups.filter((group) => !group.startsWith('oncall:') && known?.groups.includes(group) !== true);
  return people.confirm ? people.confirm(vote.by, lost) : { person: known, unsure: [] };
}
