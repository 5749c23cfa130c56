// Everything that is looked at again at the moment of the action: the stored bytes, the votes' signatures, who still
// counts, and what the current policy says. Authority is evaluated now, not when somebody clicked.
import type { Claimed, Voted } from '../core/approval/events.ts';
import type { Approval } from '../core/approval/state.ts';
import { VOTE_TYP, voteStatement } from '../core/approval/vote-statement.ts';
import type { Call } from '../core/call.ts';
import { callDigest, contentDigest } from '../core/digest.ts';
import { type Agent, humanId, type Person } from '../core/principal.ts';
import type { GateDeps } from './deps.ts';
import { keptCall } from './kept.ts';

export type Recheck =
  | { readonly ok: true; readonly call: Call; readonly claimed: Claimed }
  | { readonly ok: false; readonly why: string };

/** The agent as policy saw it when the hold opened. */
function agentOf(approval: Approval): Agent {
  const { agent, owner, labels, requesters } = approval.opened;
  return { id: agent, owner, labels, actsFor: requesters.filter((id) => id !== humanId(owner)), method: 'bearer' };
}

/** What a store that nobody tampers with never comes to. */
function alarm({ bus }: GateDeps, { id }: Approval, finding: string): void {
  bus.emit('approval:damaged', { approvalId: id, finding });
}

/** As they are known now. A group that they voted with and that is not known here may be known to whoever keeps it: another replica was
 *  told, or asked, a moment ago. */
async function personNow({ people }: GateDeps, vote: Voted): Promise<Person | undefined> {
  const known = people.person(vote.by);
  const lost = vote.groups.filter((group) => !group.startsWith('oncall:') && known?.groups.includes(group) !== true);
  return people.confirm ? (await people.confirm(vote.by, lost)).person : known;
}

async function standing(
  deps: GateDeps,
  approval: Approval,
  vote: Voted,
): Promise<Claimed['eligible'][number] | undefined> {
  const { proof, type: _type, ...rest } = vote;
  const signed = await deps.signer.verify(proof, VOTE_TYP);
  if (!signed || Buffer.from(signed).toString('utf8') !== voteStatement(approval.opened, rest)) {
    alarm(deps, approval, `the vote of ${vote.by} was changed, or signed with a key that is not known here`);
    return undefined;
  }
  const person = await personNow(deps, vote);
  // A shift that ended between the vote and the call takes nothing back: who was on call then was asked then.
  const onCall = vote.groups.filter((group) => group.startsWith('oncall:'));
  return person && { by: vote.by, groups: [...new Set([...person.groups, ...onCall])] };
}

/** Builds the claim. `why` says what makes it impossible: the approval is then void. Rejects with StoreUnavailable. */
export async function recheck(deps: GateDeps, approval: Approval): Promise<Recheck> {
  const kept = await keptCall(deps, approval.id);
  if (kept.state !== 'kept') {
    const why = kept.state === 'missing' ? 'the stored call is missing' : 'the stored call was changed at rest';
    alarm(deps, approval, why);
    return { ok: false, why };
  }
  const { call } = kept;
  const digests = { digest: callDigest(call), contentDigest: contentDigest(call) };
  if (digests.digest !== approval.opened.digest || digests.contentDigest !== approval.opened.contentDigest)
    alarm(deps, approval, 'the stored call is another one than the one that was held');
  const decision = deps.decideAgain(call, agentOf(approval), approval.opened.source);
  if (!decision) return { ok: false, why: 'the agent or the upstream is no longer served' };
  const voters = await Promise.all(
    approval.votes.filter((vote) => vote.vote === 'approve').map((vote) => standing(deps, approval, vote)),
  );
  return {
    ok: true,
    call,
    claimed: {
      type: 'claimed',
      at: await deps.store.now(),
      replica: deps.replica,
      token: deps.ids.next('clm'),
      ...digests,
      policyDigest: decision.policyDigest,
      effectNow: decision.effect,
      quorumsNow: decision.hold?.quorums ?? [],
      eligible: voters.filter((voter) => voter !== undefined),
    },
  };
}
