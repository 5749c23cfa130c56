// Approvals in every status, brought there through a whole gate: real calls, real votes, a real upstream. Where only another replica
// or an operator would end one, their events are appended as they would be.
import type { ApprovalEvent, Opened } from '../../src/core/approval/events.ts';
import type { Approval, Status } from '../../src/core/approval/state.ts';
import type { ApprovalStore } from '../../src/ports/approval-store.ts';
import { claim, intent } from '../conformance/approval-events.ts';
import { APPROVER, SECOND, type TestGate } from '../e2e/running-gate.ts';

export const SCENE_RULES = `
  - {id: plain, match: {method: POST}, effect: hold, hold: {from: ["group:security"]}}
  - {id: two, match: {method: PUT}, effect: hold, hold: {approvals: 2, from: ["group:security"]}}
  - {id: absent, match: {method: PATCH}, effect: hold, hold: {from: ["group:security"], on_absent: execute}}
  - {id: short, match: {method: DELETE}, effect: hold, hold: {from: ["group:security"], expires: 1s}}
`;

export interface Held {
  readonly id: string;
  readonly digest: string;
  readonly path: string;
  readonly method: string;
}

interface Scene {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly status: Status;
  /** Part of the path: what the upstream does. */
  readonly upstream?: 'error' | 'reset';
  /** People's votes, in order. */
  readonly votes?: readonly (readonly [string, 'approve' | 'deny'])[];
  /** What others appended. */
  readonly events?: (opened: Opened) => readonly ApprovalEvent[];
  /** The agent fetches the response. */
  readonly delivered?: boolean;
  /** Once the votes of everybody have arrived, and the agent is back, it runs: validly. */
  readonly runs?: boolean;
}

/** Another replica, which lives. */
export const REPLICA = 'r9';

const claimed = (opened: Opened): ApprovalEvent =>
  claim(opened, opened.at, REPLICA, { eligible: [{ by: 'security-oncall@example.com', groups: ['security'] }] });
const YES = [[APPROVER, 'approve']] as const;

export const SCENES: Readonly<Record<string, Scene>> = {
  pending: { method: 'POST', status: 'pending', runs: true },
  'one of two': { method: 'PUT', status: 'pending', votes: YES, runs: true },
  approved: { method: 'POST', status: 'approved', votes: YES, runs: true },
  denied: { method: 'POST', status: 'denied', votes: [[SECOND, 'deny']] },
  'denied after a vote': { method: 'PUT', status: 'denied', votes: [...YES, [SECOND, 'deny']] },
  expired: { method: 'DELETE', status: 'expired' },
  cancelled: {
    method: 'POST',
    status: 'cancelled',
    votes: YES,
    events: ({ at }) => [{ type: 'cancelled', at, why: 'the agent hung up' }],
  },
  void: { method: 'POST', status: 'void', votes: YES, events: ({ at }) => [{ type: 'void', at, why: 'policy' }] },
  claimed: { method: 'POST', status: 'claimed', votes: YES, events: (opened) => [claimed(opened)] },
  'not sent': {
    method: 'POST',
    status: 'not_sent',
    votes: YES,
    events: (opened) => [claimed(opened), { type: 'not_sent', at: opened.at, token: `clm_${REPLICA}`, why: 'refused' }],
  },
  sending: {
    method: 'POST',
    status: 'sending',
    votes: YES,
    events: (opened) => [claimed(opened), intent(opened, opened.at, REPLICA)],
  },
  succeeded: { method: 'PATCH', status: 'succeeded', votes: YES },
  delivered: { method: 'PATCH', status: 'succeeded', votes: YES, delivered: true },
  'upstream error': { method: 'PATCH', status: 'upstream_error', votes: YES, upstream: 'error' },
  indeterminate: { method: 'PATCH', status: 'indeterminate', votes: YES, upstream: 'reset' },
};

export const call = (
  gate: TestGate,
  { method, path }: Pick<Held, 'method' | 'path'>,
  prefer: string,
  signal?: AbortSignal,
): Promise<Response> => gate.call(`/api${path}`, { method, headers: { prefer }, ...(signal && { signal }) });

export async function until<T>(look: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Opens an approval for a call of its own and brings it into the scene. */
export async function stage(
  { gate, store }: { readonly gate: TestGate; readonly store: ApprovalStore },
  name: string,
  serial: number,
): Promise<Held> {
  const { method, status, upstream, votes = [], events, delivered = false } = SCENES[name] as Scene;
  const path = `/${upstream ?? 'fine'}/${serial}`;
  const accepted = await call(gate, { method, path }, 'respond-async');
  if (accepted.status !== 202) throw new Error(`${name}: ${accepted.status} ${await accepted.text()}`);
  const { approval_id: id } = (await accepted.json()) as { readonly approval_id: string };
  const approval = await store.load(id);
  if (!approval) throw new Error(`${name}: not opened`);
  const { opened } = approval;
  for (const [as, vote] of votes) {
    const taken = await gate.vote({ id, digest: opened.digest } as Parameters<TestGate['vote']>[0], vote, { as });
    if (!taken.ok) throw new Error(`${name}: ${taken.status} ${await taken.text()}`);
  }
  for (const event of events?.(opened) ?? []) {
    const version = (await store.load(id))?.version ?? 0;
    const done = await store.append(id, version, [event]);
    if (done.outcome !== 'appended') throw new Error(`${name}: ${done.outcome}`);
  }
  const there = (wanted: (approval: Approval) => boolean): Promise<unknown> =>
    until(async () => {
      const now = await store.load(id);
      return now !== undefined && wanted(now);
    });
  await there((now) => now.status === status);
  if (delivered) {
    await (await call(gate, { method, path }, 'wait=5')).arrayBuffer();
    await there((now) => now.deliveredAt !== undefined);
  }
  return { id, digest: opened.digest, path, method };
}
