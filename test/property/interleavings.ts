// One approval, two people, a clock and two replicas, each of which looks, thinks and acts; a scheduler decides whose turn it is. However
// it goes, one story is left: what was confirmed is what is stored, and one send at most.
import fc from 'fast-check';
import { expect } from 'vitest';
import { fold } from '../../src/core/approval/transition.ts';
import type { ApprovalStore, Freshness } from '../../src/ports/approval-store.ts';
import { opened, vote } from '../conformance/approval-events.ts';
import type { ManualClock } from '../ports/manual-clock.ts';
import { type Actor, createActor } from '../stores/race-actor.ts';
import { judge } from '../stores/race-judge.ts';

export interface Stage {
  readonly scheduler: fc.Scheduler;
  readonly clock: ManualClock;
  /** As the one replica and the other sees it; their calls are scheduled. */
  readonly stores: readonly [ApprovalStore, ApprovalStore];
  /** The same without a scheduler, to look at what is left. */
  readonly plain: readonly [ApprovalStore, ApprovalStore];
}

export interface Choices {
  readonly approvals: 1 | 2;
  readonly bobDenies: boolean;
  readonly expires: boolean;
  readonly freshness: Freshness;
}

export const choices: fc.Arbitrary<Choices> = fc.record({
  approvals: fc.constantFrom(1, 2),
  bobDenies: fc.boolean(),
  expires: fc.boolean(),
  freshness: fc.constantFrom('recent', 'current'),
});

const CALL = new Uint8Array(8);
const LIMITS = { perAgent: 1e6, total: 1e6 };
const ATTEMPTS = 3;

/** The port with each call's start and end scheduled; in between nobody else has a turn. */
export function scheduled(store: ApprovalStore, scheduler: fc.Scheduler): ApprovalStore {
  async function step<T>(label: string, work: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    scheduler.scheduleSequence([{ label, builder: () => work().then(resolve, reject) }]);
    const done = await promise;
    await scheduler.schedule(Promise.resolve(), `${label} ends`);
    return done;
  }
  return {
    ...store,
    load: (...input) => step('load', () => store.load(...input)),
    append: (...input) => step('append', () => store.append(...input)),
  };
}

/** Acts the story; how it ended. Rejects with what is wrong. */
export async function act(stage: Stage, { approvals, bobDenies, expires, freshness }: Choices): Promise<string> {
  const { scheduler, clock, stores, plain } = stage;
  const { terms } = opened(0);
  const quorums = [{ rule: 'refunds', approvals, from: ['group:security'] }];
  const asked = opened(clock.now(), { terms: { ...terms, quorums } });
  expect(await plain[0].open({ ...asked, digest: asked.id }, CALL, LIMITS)).toMatchObject({ outcome: 'opened' });
  const event = { ...asked, digest: asked.id };

  const actors: Actor[] = [];
  const actor = (n: 0 | 1, side: string): Actor => {
    const made = createActor({ store: stores[n], id: event.id, side, freshness });
    actors.push(made);
    return made;
  };
  async function replica(n: 0 | 1, side: string): Promise<void> {
    const runs = actor(n, side);
    for (let attempt = 0; attempt < ATTEMPTS && runs.report().acknowledged.length === 0; attempt++) await runs.run();
  }
  const votes = (n: 0 | 1, by: string, kind: 'approve' | 'deny'): Promise<unknown> =>
    actor(n, by).put((_opened, now) => vote(event, now, by, kind), true);
  async function time(): Promise<void> {
    await scheduler.schedule(Promise.resolve(), 'time passes');
    clock.advance(expires ? event.expiresAt - event.at : 1);
    await actor(1, 'sweeper').put((_opened, now) => ({ type: 'expired', at: now }));
  }
  await scheduler.waitFor(
    Promise.all([
      votes(0, 'ann@example.com', 'approve'),
      votes(1, 'bob@example.com', bobDenies ? 'deny' : 'approve'),
      votes(1, 'ann@example.com', 'approve'),
      time(),
      replica(0, 'r1'),
      replica(1, 'r2'),
    ]),
  );

  // Nobody waits for ever: what still may run expires.
  clock.advance(event.expiresAt - event.at);
  const last = createActor({ store: plain[0], id: event.id, side: 'last' });
  await last.put((_opened, now) => ({ type: 'expired', at: now }));
  const log = await plain[0].events(event.id);
  const views = await Promise.all(plain.map((store) => store.load(event.id)));
  const reports = [...actors, last].map((one) => one.report());
  expect(judge({ asked: event, log, before: 1, reports, views })).toEqual([]);
  for (const view of views) expect(view).toEqual(fold(log));
  return views[0]?.status ?? 'gone';
}

/** How these stories end; whoever tells many of them has to have met all. */
export const ENDS: readonly string[] = ['denied', 'expired', 'succeeded'];
