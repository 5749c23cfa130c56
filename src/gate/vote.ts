// The one way in which a vote is taken, whatever channel carried it. The core decides whether it counts.
import type { Voted } from '../core/approval/events.ts';
import { openOffer } from '../core/approval/grant-offer.ts';
import type { Refusal } from '../core/approval/guards.ts';
import { type Approval, isOpen } from '../core/approval/state.ts';
import { transition } from '../core/approval/transition.ts';
import { VOTE_TYP, voteStatement } from '../core/approval/vote-statement.ts';
import { humanId } from '../core/principal.ts';
import { RecordDamaged } from '../ports/approval-store.ts';
import type { VoteInput, VoteOutcome } from './api.ts';
import type { GateDeps } from './deps.ts';
import type { Grants } from './grants/grants.ts';
import { append, approvalEntry, settle } from './record.ts';
import { voterNow } from './voter-now.ts';
import { within } from './within.ts';
import { DAMAGED_TEXT, voteRefusalText } from './refusal-text.ts';

/** Lost races before a vote is given back as not recorded; each means that somebody else's event went in. */
const TRIES = 20;
type VoteGrants = Pick<Grants, 'make' | 'endLike'>;

/** A vote that a silent store or disk has not taken by then is given back as not recorded, ms. */
const VOTE_WITHIN = 10_000;

function refused(
  approval: Approval,
  refusal: Refusal | 'reason-required' | 'already-decided',
  unsure: readonly string[] = [],
): VoteOutcome {
  const detail = [voteRefusalText(approval, refusal), ...unsure].join(' ');
  return { outcome: 'refused', refusal, detail, approval };
}

async function votedEvent(deps: GateDeps, approval: Approval, input: VoteInput, at: number): Promise<Voted> {
  const vote = {
    at,
    by: humanId(input.person.email),
    vote: input.vote,
    ...(input.reason !== undefined && { reason: input.reason }),
    digest: input.digest,
    groups: input.person.groups,
    channel: input.channel,
    ...(input.grant !== undefined && { grant: granted(approval, input.grant) }),
  };
  const statement = Buffer.from(voteStatement(approval.opened, vote));
  return { type: 'voted', ...vote, proof: await deps.signer.sign(statement, VOTE_TYP) };
}

/** ms; what nobody offers is more than any offer, so that the vote is refused. */
function granted(approval: Approval, asked: number | true): number {
  return asked === true ? (openOffer(approval)?.for ?? Number.MAX_SAFE_INTEGER) : asked;
}

/** Takes one vote. Never rejects: what could not be made durable is `not-recorded`. */
export async function castVote(deps: GateDeps, grants: VoteGrants, input: VoteInput): Promise<VoteOutcome> {
  try {
    const outcome = await within(deps.clock, VOTE_WITHIN, tryVote(deps, grants, input));
    const by = humanId(input.person.email);
    if (outcome.outcome === 'refused') {
      deps.bus.emit('vote:refused', {
        approvalId: input.approvalId,
        by,
        reason: outcome.refusal,
        channel: input.channel,
      });
      deps.audit.routine({
        at: deps.clock.now(),
        type: 'vote:refused',
        approval: { id: input.approvalId },
        actor: { email: by, channel: input.channel },
        vote: input.vote,
        reason: outcome.refusal,
      });
    }
    return outcome;
  } catch (error) {
    if (error instanceof RecordDamaged) return { outcome: 'not-recorded', detail: DAMAGED_TEXT };
    deps.bus.emit('store:failed', { operation: 'vote', error: String(error) });
    return {
      outcome: 'not-recorded',
      detail: 'The vote could not be confirmed. Look at the approval before you vote again.',
    };
  }
}

async function tryVote(deps: GateDeps, grants: VoteGrants, asked: VoteInput): Promise<VoteOutcome> {
  let approval = await deps.store.load(asked.approvalId);
  if (!approval) return { outcome: 'not-found' };
  const { input, unsure } = await voterNow(deps, approval, asked);
  if (!input) return refused(approval, 'not-eligible', unsure);
  if (input.vote === 'deny' && !input.reason?.trim()) return refused(approval, 'reason-required');
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const event = await votedEvent(deps, approval, input, await deps.store.now());
    const step = transition(approval, event);
    if (!step.ok) {
      if (step.refusal === 'expired' && isOpen(approval.status))
        await settle(deps, approval, { type: 'expired', at: event.at });
      const refusal = step.refusal === 'wrong-status' ? 'already-decided' : step.refusal;
      return refused(approval, refusal, refusal === 'not-eligible' ? unsure : []);
    }
    // Before the denial counts: whoever is told that it is recorded may rely on nothing like it running.
    if (event.vote === 'deny') await grants.endLike(approval, event.by);
    // Recorded before it takes effect: an approval must never rest on a vote that the log does not show.
    await deps.audit.durable(
      approvalEntry(approval, event, {
        actor: { email: event.by, groups: event.groups, channel: event.channel },
        vote: event.vote,
        reason: event.reason,
        ...(event.grant !== undefined && { grant_ms: event.grant }),
        attempt,
      }),
    );
    const done = await append(deps, approval, [event], { before: approval.opened.expiresAt });
    if (done.outcome === 'appended') {
      if (event.grant !== undefined) await grants.make(done.approval);
      deps.bus.emit('vote:recorded', {
        approvalId: approval.id,
        by: event.by,
        vote: event.vote,
        channel: event.channel,
        risk: approval.opened.risk,
      });
      return { outcome: 'recorded', approval: done.approval };
    }
    if (done.outcome === 'too-late') {
      const now = await deps.store.now();
      return refused(await settle(deps, done.approval, { type: 'expired', at: now }), 'expired');
    }
    if (!done.approval) return { outcome: 'not-found' };
    approval = done.approval;
  }
  return { outcome: 'not-recorded', detail: 'Too many people act on this approval at once. Try again.' };
}
