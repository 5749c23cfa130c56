// What the parts of the store suite share: the store under test, and the ways to bring an approval to any status.
import { expect } from 'vitest';
import type { ApprovalEvent, Opened } from '../../src/core/approval/events.ts';
import type { Approval, Status } from '../../src/core/approval/state.ts';
import type { ApprovalStore, OpenLimits } from '../../src/ports/approval-store.ts';
import { claim, intent, opened, result, vote } from './approval-events.ts';

export interface StoreUnderTest {
  readonly store: ApprovalStore;
  /** Lets that much of the store's time pass. */
  fastForward(ms: number): Promise<void> | void;
  /** Closes the store and opens it again over the same data. */
  reopen?(): Promise<ApprovalStore>;
  /** One more handle on the same data: another replica. */
  another?(): Promise<ApprovalStore>;
  close(): Promise<void>;
}

export const CALL: Uint8Array = new TextEncoder().encode('the sealed call');
export const LIMITS: OpenLimits = { perAgent: 1000, total: 1000 };
export const ANN = 'ann@example.com';
export const BOB = 'bob@example.com';

export interface StoreHarness {
  /** New for each test. */
  subject: StoreUnderTest;
  store: ApprovalStore;
  readonly open: (over?: Partial<Opened>) => Promise<Opened>;
  readonly append: (id: string, ...events: ApprovalEvent[]) => Promise<Approval>;
  /** Brings a new approval to a status, at the store's present time. */
  readonly reach: (status: Status, over?: Partial<Opened>) => Promise<Opened>;
  /** Id of what a repeat of this call would join. */
  readonly currentOf: (event: Opened) => Promise<string | undefined>;
  /** Waits for something another replica causes, letting the store's time pass in between. */
  readonly until: (condition: () => boolean) => Promise<void>;
}

export function createStoreHarness(): StoreHarness {
  async function open(over: Partial<Opened> = {}): Promise<Opened> {
    const event = opened(await h.store.now(), over);
    expect((await h.store.open(event, CALL, LIMITS)).outcome).toBe('opened');
    return event;
  }

  async function append(id: string, ...events: ApprovalEvent[]): Promise<Approval> {
    const outcome = await h.store.append(id, (await h.store.load(id))?.version ?? 0, events);
    if (outcome.outcome !== 'appended') throw new Error(`${outcome.outcome} ${JSON.stringify(outcome)}`);
    return outcome.approval;
  }

  async function reach(status: Status, over: Partial<Opened> = {}): Promise<Opened> {
    const event = await open(over);
    const at = event.at;
    const { id } = event;
    const approve = vote(event, at, ANN, 'approve');
    const sending = [approve, claim(event, at, 'r1'), intent(event, at, 'r1')];
    const paths: Record<Status, readonly ApprovalEvent[]> = {
      pending: [],
      approved: [approve],
      claimed: sending.slice(0, 2),
      sending,
      denied: [vote(event, at, ANN, 'deny')],
      expired: [{ type: 'expired', at: event.expiresAt }],
      cancelled: [{ type: 'cancelled', at, why: 'policy' }],
      void: [approve, { type: 'void', at, why: 'tampered' }],
      not_sent: [...sending.slice(0, 2), { type: 'not_sent', at, token: 'clm_r1', why: 'refused' }],
      succeeded: [...sending, result(at, 'r1')],
      upstream_error: [...sending, result(at, 'r1', { outcome: 'upstream_error', httpStatus: 500 })],
      indeterminate: [...sending, result(at, 'r1', { outcome: 'indeterminate' })],
    };
    const approval = await append(id, ...paths[status]);
    expect(approval.status).toBe(status);
    return event;
  }

  const currentOf = async (event: Opened): Promise<string | undefined> =>
    (await h.store.findCurrent(event.agent, event.digest))?.id;

  async function until(condition: () => boolean): Promise<void> {
    for (let i = 0; i < 5000 && !condition(); i += 1) {
      await h.subject.fastForward(50);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(condition()).toBe(true);
  }

  const h = { open, append, reach, currentOf, until } as StoreHarness; // `subject` and `store` come before each test
  return h;
}
