// A call that policy holds, its body read: open or join its approval, then wait.
import type { Action } from '../core/action.ts';
import type { Approval } from '../core/approval/state.ts';
import type { Call } from '../core/call.ts';
import type { Decision } from '../core/policy/types.ts';
import type { OpenResult } from '../gate/open.ts';
import { heldAgent } from './agent-connection.ts';
import { answerHeld } from './answer-held.ts';
import type { Exchange } from './exchange.ts';
import { approvalPath, MAX_JUSTIFICATION } from './guide.ts';
import type { Preferences } from './intake/prefer.ts';
import { refuse } from './refuse.ts';

export interface HoldFacts {
  readonly preferences: Preferences;
  readonly justification: string | undefined;
}

/** Seconds: clients that sleep for as long as they are told must not be silent for an hour. */
const LONGEST_RETRY = 300;

function justificationOf(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  if (!trimmed) return undefined;
  return trimmed.length > MAX_JUSTIFICATION ? `${trimmed.slice(0, MAX_JUSTIFICATION)}… (cut)` : trimmed;
}

/** ms: what the agent asked for within the cap, else what is configured for the agent or the upstream, else what the rules say. */
function waitBudget(exchange: Exchange, decision: Decision, asked: number | undefined): number {
  const { deps, agent } = exchange;
  const upstream = deps.upstreams.find(({ id }) => id === exchange.upstream);
  const configured = deps.agentWait(agent?.id ?? '') ?? upstream?.wait ?? decision.hold?.wait ?? 0;
  return asked === undefined ? configured : Math.min(asked, deps.maxWait);
}

/** Holds `call` (its body read) for humans. Answers the exchange in every case. */
export async function holdCall(exchange: Exchange, call: Call, decision: Decision, facts: HoldFacts): Promise<void> {
  const { deps, agent } = exchange;
  if (!agent) throw new Error('only an authenticated call is held');
  const actions: readonly Action[] = deps.recognise(call);
  exchange.meter = deps.meters.of(agent.id, call, () => actions);
  let opened: OpenResult;
  try {
    opened = await deps.gate.open({
      call,
      agent,
      source: exchange.source,
      decision,
      decisionId: exchange.decisionId,
      actions,
      justification: justificationOf(facts.justification ?? exchange.envelope?.justification),
    });
  } catch (error) {
    deps.bus.emit('store:failed', { operation: 'open', error: String(error) });
    return refuse(exchange, 'gate-unavailable', {
      detail: 'This call needs an approval and none can be recorded right now; nothing was sent.',
      retryAfter: 1,
    });
  }
  if (opened.outcome === 'of-others') {
    return refuse(exchange, 'approval-backpressure', {
      detail: 'The same call waits for approval on behalf of somebody else. Send yours again when that one is decided.',
      retryAfter: 30,
    });
  }
  if (opened.outcome === 'too-many' && opened.limit === 'rate') {
    const seconds = Math.ceil(opened.after / 1000);
    return refuse(exchange, 'approval-backpressure', {
      detail: `You have asked people about as many calls as you may for now; there is room for another one in ${seconds} s. Nothing was sent.`,
      retryAfter: Math.min(seconds, LONGEST_RETRY),
    });
  }
  if (opened.outcome === 'too-many') {
    return refuse(exchange, 'approval-backpressure', {
      detail:
        opened.limit === 'agent'
          ? `You have ${opened.open} approvals open, which is the limit. Wait for decisions before you ask for more.`
          : 'Too many approvals are open at this gate. Try again later.',
      retryAfter: 30,
    });
  }
  exchange.approvalId = opened.approval.id;
  const { envelope } = exchange;
  if (opened.joined && call.message && envelope?.batch === false) [exchange.answerId] = envelope.ids;
  // The gate hears of an agent that hung up meanwhile too: under `on_absent: cancel` nobody is to be asked any more.
  if (exchange.gone) return deps.gate.wait(opened.approval, heldAgent(exchange), 0).gone();
  if (facts.preferences.respondAsync && opened.approval.status === 'pending')
    return accepted(exchange, opened.approval);
  wait(exchange, opened.approval, waitBudget(exchange, decision, facts.preferences.wait));
}

// A function of its own so that what waits for minutes keeps neither the call nor its body alive.
function wait(exchange: Exchange, approval: Approval, budget: number): void {
  if (approval.status === 'pending' && budget === 0) return answerHeld(exchange, { kind: 'pending', approval });
  const hold = exchange.deps.gate.wait(approval, heldAgent(exchange), budget);
  exchange.onGone = () => hold.gone();
}

/** RFC 7240 §4.1: only an agent that asked for it gets 202, which every SDK takes for "done". */
function accepted(exchange: Exchange, approval: Approval): void {
  const location = approvalPath(approval.id);
  const body = JSON.stringify({
    approval_id: approval.id,
    status: approval.status,
    location,
    decision_id: exchange.decisionId,
  });
  exchange.res.writeHead(202, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    Location: location,
    'Retry-After': '5',
    'Preference-Applied': 'respond-async',
    'Cache-Control': 'no-store',
    'Holdgate-Decision': exchange.decisionId,
    'Holdgate-Approval': approval.id,
  });
  exchange.res.end(body);
}
