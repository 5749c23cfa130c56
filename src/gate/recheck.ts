// Everything that is looked at again at the moment of the action: the stored bytes, the votes' signatures, who still
// counts, and what the current policy says. Authority is evaluated now, not when somebody clicked.
import type { Claimed } from '../core/approval/events.ts';
import type { Approval } from '../core/approval/state.ts';
import { grantOffer } from '../core/approval/grant-offer.ts';
import type { Call } from '../core/call.ts';
import { callDigest, contentDigest } from '../core/digest.ts';
import { type Agent, humanId } from '../core/principal.ts';
import { accessKeyStands } from './access-keys.ts';
import type { GateDeps } from './deps.ts';
import type { Decision, GrantOffer } from '../core/policy/types.ts';
import type { Grants } from './grants/grants.ts';
import { keptCall } from './kept.ts';
import { soundVotes } from './sound-votes.ts';

export type Recheck =
  | {
      readonly ok: true;
      readonly call: Call;
      readonly claimed: Claimed;
      /** Why votes that are not in the claim may count in a moment. */
      readonly unsure: readonly string[];
    }
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

/** Builds the claim. `why` says what makes it impossible: the approval is then void. Rejects with StoreUnavailable. */
export async function recheck(deps: GateDeps, grants: Pick<Grants, 'stands'>, approval: Approval): Promise<Recheck> {
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
  const keyStands = await accessKeyStands(deps, approval);
  const { opened, votes, granted } = approval;
  const { voters: eligible, unsure } = await soundVotes(deps, granted?.source ?? opened, granted?.votes ?? votes);
  return {
    ok: true,
    call,
    unsure,
    claimed: {
      type: 'claimed',
      at: await deps.store.now(),
      replica: deps.replica,
      token: deps.ids.next('clm'),
      ...digests,
      policyDigest: decision.policyDigest,
      effectNow: decision.effect,
      quorumsNow: decision.hold?.quorums ?? [],
      eligible,
      ...(keyStands !== undefined && { accessKeyStands: keyStands }),
      ...(granted && { grantNow: { stands: await grants.stands(granted), ...offerNow(approval, decision) } }),
    },
  };
}

/** What the rules that hold this call now would let people grant, if they are those that held it. */
function offerNow({ opened }: Approval, { hold, rules, reason }: Decision): { offer?: GrantOffer } {
  const same = rules.length === opened.rules.length && rules.every((rule) => opened.rules.includes(rule));
  const offer = hold && same ? grantOffer({ ...opened, terms: hold, risk: hold.risk, reason }) : undefined;
  return offer ? { offer } : {};
}
