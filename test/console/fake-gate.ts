// An ApprovalGate in memory on the real reducer, so that the console is tested against what the gate really answers.
import type { ApprovalEvent, Opened } from '../../src/core/approval/events.ts';
import { type Approval, isOpen } from '../../src/core/approval/state.ts';
import { transition } from '../../src/core/approval/transition.ts';
import type { Call } from '../../src/core/call.ts';
import { callDigest, contentDigest } from '../../src/core/digest.ts';
import { humanId } from '../../src/core/principal.ts';
import type { ApprovalGate, VoteOutcome } from '../../src/gate/api.ts';
import type { GrantRecord } from '../../src/gate/grants/grant-record.ts';
import { similarTo } from '../../src/gate/similar.ts';
import { StoreUnavailable } from '../../src/ports/approval-store.ts';
import { createManualClock, type ManualClock } from '../ports/manual-clock.ts';
import type { Clock } from '../../src/ports/clock.ts';

export const START: number = Date.UTC(2026, 0, 15, 3, 0, 0);

/** Stands at {@link START}. */
export const consoleClock = (): ManualClock => createManualClock(START);

export function sampleCall(over: Partial<Call> = {}): Call {
  const bytes = Buffer.from('{"amount":400000,"currency":"eur","customer":"cus_123"}');
  return {
    method: 'POST',
    upstream: 'billing',
    scheme: 'https',
    host: 'billing.internal.example.com',
    path: '/v1/refunds',
    query: undefined,
    headers: ['Content-Type', 'application/json', 'Accept', '*/*', 'User-Agent', 'agent/1.0'],
    body: { state: 'whole', bytes, decoded: bytes },
    ...over,
  };
}

export function sampleGrant(id: string): GrantRecord {
  return {
    id,
    approval: 'apr_1',
    agent: 'deploy-bot',
    owner: 'platform-owner@example.com',
    upstream: 'cluster',
    rules: ['pods'],
    covers: 'targets',
    words: 'deploy-bot may do k8s:delete:pods on web-0, up to 20 times, without being asked about again',
    people: [{ by: 'security-oncall@example.com', groups: ['security'] }],
    from: START,
    until: START + 86_400_000,
    uses: 20,
    used: 3,
  };
}

export interface FakeGate extends ApprovalGate {
  /** Opens an approval for a call. */
  hold(id: string, call?: Call, over?: Partial<Opened>): Approval;
  /** Keeps a grant. */
  keep(grant: GrantRecord): void;
  /** Applies an event that the reducer must accept. */
  apply(id: string, event: ApprovalEvent): Approval;
  /** True makes every method fail as a store that is gone. */
  broken: boolean;
  readonly subscribers: () => number;
  /** From now on nobody is told of changes, as while a store is away; `found` says that there may have been some. */
  lose(): void;
  found(): void;
}

const DETAIL: Readonly<Record<string, string>> = {
  'already-decided': 'It is decided already.',
  'self-approval': 'You cannot vote on this: it was started for you.',
};

export function fakeGate(clock: Clock): FakeGate {
  const approvals = new Map<string, Approval>();
  const calls = new Map<string, Call>();
  const grants = new Map<string, GrantRecord>();
  const listeners = new Set<(id: string | undefined) => void>();
  let lost = false;

  function apply(id: string, event: ApprovalEvent): Approval {
    const step = transition(approvals.get(id), event);
    if (!step.ok) throw new Error(step.refusal);
    approvals.set(id, step.approval);
    if (!lost) for (const listener of listeners) listener(id);
    return step.approval;
  }

  function alive(): void {
    if (gate.broken) throw new StoreUnavailable('gone');
  }

  function act(id: string, event: ApprovalEvent): VoteOutcome {
    alive();
    const approval = approvals.get(id);
    if (!approval) return { outcome: 'not-found' };
    const step = transition(approval, event);
    if (step.ok) return { outcome: 'recorded', approval: apply(id, event) };
    const refusal = step.refusal === 'wrong-status' ? 'already-decided' : step.refusal;
    return { outcome: 'refused', refusal, detail: DETAIL[refusal] ?? `Refused: ${refusal}.`, approval };
  }

  const gate: FakeGate = {
    broken: false,
    subscribers: () => listeners.size,
    lose: () => void (lost = true),
    found() {
      lost = false;
      for (const listener of listeners) listener(undefined);
    },
    apply,
    keep: (grant) => void grants.set(grant.id, grant),
    hold(id, call = sampleCall(), over = {}) {
      calls.set(id, call);
      const at = clock.now();
      return apply(id, {
        type: 'opened',
        at,
        id,
        agent: 'deploy-bot',
        owner: 'platform-owner@example.com',
        requesters: ['platform-owner@example.com'],
        labels: { env: 'ci' },
        source: '127.0.0.1',
        upstream: call.upstream,
        method: call.method,
        url: `${call.scheme}://${call.host}${call.path}`,
        actions: [],
        summary: 'Refund 4,000.00 EUR to customer cus_123',
        digest: callDigest(call),
        contentDigest: contentDigest(call),
        bodySize: call.body.state === 'whole' ? call.body.bytes.length : 0,
        decisionId: 'dec_01J0000000000000000000000A',
        policyDigest: 'a'.repeat(64),
        rules: ['billing/large-refunds'],
        reason: 'rule',
        detail: 'Refunds over 1,000 EUR need a second pair of eyes.',
        terms: {
          quorums: [{ rule: 'billing/large-refunds', approvals: 1, from: ['group:security'] }],
          risk: 'high',
          expires: 900_000,
          wait: 55_000,
          denyMemory: 900_000,
          replayWindow: 600_000,
          onAbsent: 'wait',
        },
        risk: 'high',
        justification: 'Customer cus_123 was charged twice, see ticket 4711.',
        expiresAt: at + 900_000,
        ...over,
      });
    },
    vote: ({ approvalId, person, vote, reason, digest, channel, grant }) =>
      Promise.resolve().then(() => {
        const approval = approvals.get(approvalId);
        if (approval && vote === 'deny' && !reason?.trim()) {
          return { outcome: 'refused', refusal: 'reason-required', detail: 'A denial needs a reason.', approval };
        }
        return act(approvalId, {
          type: 'voted',
          at: clock.now(),
          by: humanId(person.email),
          vote,
          ...(reason !== undefined && { reason }),
          digest,
          groups: person.groups,
          channel,
          ...(grant !== undefined && { grant: grant === true ? 3_600_000 : grant }),
          proof: 'proof',
        });
      }),
    grants: () => Promise.resolve().then(() => (alive(), [...grants.values()])),
    revokeGrant: ({ id, person }) =>
      Promise.resolve().then(() => {
        alive();
        const grant = grants.get(id);
        const by = humanId(person.email);
        const ended = grant && { ...grant, revoked: { by, at: clock.now(), why: 'revoked' } };
        if (ended) grants.set(id, ended);
        return ended;
      }),
    annotate: ({ approvalId, person, outcome, note }) =>
      Promise.resolve().then(() =>
        act(approvalId, { type: 'annotated', at: clock.now(), by: humanId(person.email), outcome, note }),
      ),
    call: (id) => Promise.resolve().then(() => (alive(), calls.get(id))),
    get: (id) => Promise.resolve().then(() => (alive(), approvals.get(id))),
    list: (query) =>
      Promise.resolve().then(() => {
        alive();
        const all = [...approvals.values()]
          .filter(
            ({ status }) =>
              query.status === undefined || (query.status === 'open' ? isOpen(status) : status === query.status),
          )
          .filter(({ opened }) => query.agent === undefined || opened.agent === query.agent)
          .toReversed();
        const from = Number(query.cursor ?? 0);
        const items = all.slice(from, from + query.limit);
        return { items, next: from + query.limit < all.length ? String(from + query.limit) : undefined };
      }),
    similar: (id) =>
      similarTo(
        {
          clock,
          call: (of) => gate.call(of),
          store: { load: (of) => gate.get(of), list: (query) => gate.list(query), now: () => gate.now() },
        },
        id,
      ),
    receipt: (id) =>
      Promise.resolve().then(() => {
        alive();
        const approval = approvals.get(id);
        return approval && !isOpen(approval.status) ? `header.${id}.signature` : undefined;
      }),
    now: () => Promise.resolve().then(() => (alive(), clock.now())),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return gate;
}
