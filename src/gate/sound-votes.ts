// Who of those that approved still counts: the signature under the vote is the gate's and over exactly this question, and the person is
// still known. Asked at every claim and at every use of a grant.
import type { Claimed, Opened, Voted } from '../core/approval/events.ts';
import { VOTE_TYP, voteStatement } from '../core/approval/vote-statement.ts';
import type { Directory, Person } from '../core/principal.ts';
import type { GateDeps } from './deps.ts';

export type Standing = Claimed['eligible'][number];

/** The voters with their groups as of now. `opened` is what they voted on; a vote that was changed is told as damage to its approval. */
export async function soundVotes(
  deps: Pick<GateDeps, 'signer' | 'people' | 'bus'>,
  opened: Opened,
  votes: readonly Voted[],
): Promise<readonly Standing[]> {
  const voters = await Promise.all(
    votes.filter((vote) => vote.vote === 'approve').map((vote) => standing(deps, opened, vote)),
  );
  return voters.filter((voter) => voter !== undefined);
}

async function standing(
  { signer, people, bus }: Pick<GateDeps, 'signer' | 'people' | 'bus'>,
  opened: Opened,
  vote: Voted,
): Promise<Standing | undefined> {
  const { proof, type: _type, ...rest } = vote;
  const signed = await signer.verify(proof, VOTE_TYP);
  if (!signed || Buffer.from(signed).toString('utf8') !== voteStatement(opened, rest)) {
    const finding = `the vote of ${vote.by} was changed, or signed with a key that is not known here`;
    bus.emit('approval:damaged', { approvalId: opened.id, finding });
    return undefined;
  }
  const person = await personNow(people, vote);
  // A shift that ended between the vote and the call takes nothing back: who was on call then was asked then.
  const onCall = vote.groups.filter((group) => group.startsWith('oncall:'));
  return person && { by: vote.by, groups: [...new Set([...person.groups, ...onCall])] };
}

/** As they are known now. A group that they voted with and that is not known here may be known to whoever keeps it: another replica was
 *  told, or asked, a moment ago. */
async function personNow(people: Directory, vote: Voted): Promise<Person | undefined> {
  const known = people.person(vote.by);
  const lost = vote.groups.filter((group) => !group.startsWith('oncall:') && known?.groups.includes(group) !== true);
  return people.confirm ? (await people.confirm(vote.by, lost)).person : known;
}
