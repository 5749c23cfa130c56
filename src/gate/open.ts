// Opening a hold, or joining the one that the same call already has.
import type { Opened } from '../core/approval/events.ts';
import type { Approval } from '../core/approval/state.ts';
import type { Action } from '../core/action.ts';
import { transition } from '../core/approval/transition.ts';
import { bodyBytes, type Call, headerValues, url } from '../core/call.ts';
import { callDigest, contentDigest, isVolatileHeader } from '../core/digest.ts';
import type { RiskFlag } from '../core/risk/flag.ts';
import { riskFlags } from '../core/risk/risk-flags.ts';
import { withoutGrant } from '../core/policy/grant-terms.ts';
import type { Decision, HoldTerms } from '../core/policy/types.ts';
import { type Agent, humanId } from '../core/principal.ts';
import type { OpenLimits, OpenOutcome } from '../ports/approval-store.ts';
import type { AgentActivity } from './agent-activity.ts';
import type { GateDeps } from './deps.ts';
import type { Grants } from './grants/grants.ts';
import { sealCall } from './kept.ts';
import { approvalEntry } from './record.ts';

export interface HoldRequest {
  /** With its whole body. */
  readonly call: Call;
  readonly agent: Agent;
  readonly source: string;
  readonly decision: Decision;
  readonly decisionId: string;
  readonly actions: readonly Action[];
  /** The agent's own words. */
  readonly justification: string | undefined;
}

export type OpenResult =
  | {
      readonly outcome: 'open';
      readonly approval: Approval;
      readonly joined: boolean;
      /** Flags that are not in the opening itself. */
      readonly lateFlags?: readonly RiskFlag[];
    }
  /** The same call is here already, asked for on behalf of other humans: nobody may vote on, or receive, what is theirs. */
  | { readonly outcome: 'of-others'; readonly approval: Approval }
  | Extract<OpenOutcome, { outcome: 'too-many' }>;

/** The opening of a held call, without what is found in it. `now`: epoch ms. */
export function openingOf(request: HoldRequest, id: string, now: number): Opened {
  const { call, agent, decision } = request;
  if (!decision.hold) throw new Error('only a hold opens an approval');
  return {
    type: 'opened',
    at: now,
    id,
    agent: agent.id,
    owner: agent.owner,
    requesters: [...new Set([agent.owner, ...agent.actsFor].map(humanId))],
    labels: agent.labels,
    source: request.source,
    ...(agent.accessKey !== undefined && { accessKey: agent.accessKey }),
    upstream: call.upstream,
    method: call.method,
    url: url(call),
    actions: request.actions,
    summary: request.actions.map((action) => action.summary).join('; ') || `${call.method} ${url(call)}`,
    digest: callDigest(call),
    contentDigest: contentDigest(call),
    bodySize: bodyBytes(call)?.length ?? 0,
    ...(call.body.state === 'unreadable' && { uninspected: call.body.why }),
    decisionId: request.decisionId,
    policyDigest: decision.policyDigest,
    rules: decision.rules,
    reason: decision.reason,
    detail: decision.detail,
    terms: termsFor(call, decision.hold),
    risk: decision.hold.risk,
    ...(request.justification !== undefined && { justification: request.justification }),
    expiresAt: now + decision.hold.expires,
  };
}

/** What flows in a tunnel is not looked at, and in whose account a call acts that the agent signed with a key of its own stands in that key,
 *  which no comparison of calls sees: neither can be granted ahead. */
function termsFor(call: Call, terms: HoldTerms): HoldTerms {
  return call.upgrade === undefined && !isSignedByAgent(call) ? terms : withoutGrant(terms);
}

function isSignedByAgent({ headers, query }: Call): boolean {
  const signed = headerValues(headers, 'authorization').some((value) => isVolatileHeader('authorization', value));
  return signed || (query !== undefined && /(?:^|&)x-amz-credential=/i.test(query));
}

/** Durable in the audit log: an approval must never wait for votes that the log does not know. */
async function recordOpening(deps: GateDeps, event: Opened): Promise<void> {
  const step = transition(undefined, event);
  if (!step.ok) throw new Error(`an opening was refused: ${step.refusal}`);
  const { decisionId, reason, source, flags } = event;
  const more = { decision_id: decisionId, reason, source, ...(flags && { flags: flags.map(({ id }) => id) }) };
  await deps.audit.durable(approvalEntry(step.approval, event, more));
}

function sameHumans(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((human) => b.includes(human));
}

function flagsOf(
  { call, actions, justification, agent }: HoldRequest,
  activity: AgentActivity,
  at: number,
  { offHours }: GateDeps,
): readonly RiskFlag[] {
  const heldLately = activity.heldLately(agent.id, at) + 1;
  return riskFlags({ call, actions, justification, heldLately, offHours: offHours(at) });
}

function limitsOf({ limits }: GateDeps, agent: string): OpenLimits {
  const { open, held = limits.heldPerAgent } = limits.ofAgent?.(agent) ?? {};
  return {
    perAgent: open ?? limits.openPerAgent,
    total: limits.open,
    ...(held !== undefined && held !== 'none' && { held }),
  };
}

/** Rejects with StoreUnavailable or AuditUnavailable; then nothing may be forwarded and the agent may try again. */
export async function openOrJoin(
  deps: GateDeps,
  activity: AgentActivity,
  grants: Pick<Grants, 'use'>,
  request: HoldRequest,
): Promise<OpenResult> {
  const bare = openingOf(request, deps.ids.next('apr'), await deps.store.now());
  // A repeat leaves no entry of its own. What this look says is only a guess: the store decides, atomically.
  const expected = (await deps.store.findCurrent(bare.agent, bare.digest, 'recent')) === undefined;
  // Agents repeat a held call again and again; what joins is not looked at anew.
  const flags = expected ? flagsOf(request, activity, bare.at, deps) : [];
  const event: Opened = flags.length > 0 ? { ...bare, flags } : bare;
  if (expected) await recordOpening(deps, event);
  const sealed = sealCall(deps, event.id, request.call);
  const opened = await deps.store.open(event, sealed, limitsOf(deps, event.agent));
  if (opened.outcome !== 'opened') {
    const approval = { id: event.id };
    if (expected) deps.audit.routine({ at: event.at, type: 'approval:not-opened', approval, why: opened.outcome });
    if (opened.outcome === 'too-many') {
      deps.bus.emit('approval:refused', { agent: event.agent, limit: opened.limit });
      return opened;
    }
    const ours = sameHumans(opened.approval.opened.requesters, event.requesters);
    return ours
      ? { outcome: 'open', approval: opened.approval, joined: true }
      : { outcome: 'of-others', approval: opened.approval };
  }
  if (!expected) await recordOpening(deps, event);
  const late = expected ? {} : { lateFlags: flagsOf(request, activity, bare.at, deps) };
  // Before anybody hears of it: nobody is asked about what was granted. Without its flags nothing can be told to be like anything.
  const granted = expected ? await grants.use(opened.approval) : undefined;
  const approval = granted ?? opened.approval;
  deps.bus.emit('approval:changed', { approval, event: 'opened' });
  if (granted) deps.bus.emit('approval:changed', { approval, event: 'granted' });
  return { outcome: 'open', approval, joined: false, ...late };
}
