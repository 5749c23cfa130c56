// Random commands that are given to a real store and to the model alike; every answer has to be the same, and afterwards
// everything that can be asked.
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { ApprovalEvent } from '../../src/core/approval/events.ts';
import type { Approval } from '../../src/core/approval/state.ts';
import type { ApprovalStore, ListQuery } from '../../src/ports/approval-store.ts';
import {
  claim,
  DENY_MEMORY,
  EXPIRES,
  intent,
  opened,
  REPLAY_WINDOW,
  result,
  vote,
} from '../conformance/approval-events.ts';
import type { ManualClock } from '../ports/manual-clock.ts';

export interface Pair {
  readonly clock: ManualClock;
  readonly model: ApprovalStore;
  readonly ids: string[];
}

export interface Real {
  store: ApprovalStore;
  /** Closes and opens again; absent where the data would be gone. */
  readonly reopen?: () => Promise<ApprovalStore>;
}

type Command = fc.AsyncCommand<Pair, Real>;

const AGENTS = ['deploy-bot', 'other-bot'] as const;
const DIGESTS = ['1'.repeat(64), '2'.repeat(64)] as const;
const CALL = new Uint8Array([1, 2, 3]);
const ids = (approvals: readonly Approval[]): string[] => approvals.map((one) => one.id).toSorted();

/** Everything that a store can be asked, in a form that does not depend on the adapter. */
async function answers(store: ApprovalStore, now: number, known: readonly string[]): Promise<unknown> {
  const pages = async (query: Omit<ListQuery, 'limit'>): Promise<unknown> => {
    const first = await store.list({ ...query, limit: 2 });
    const second = first.next === undefined ? undefined : await store.list({ ...query, limit: 2, cursor: first.next });
    return [first.items, first.next !== undefined, second?.items, second?.next !== undefined];
  };
  const blobs = known.flatMap((id) => (['call', 'response', 'receipt'] as const).map((kind) => store.blob(id, kind)));
  return {
    all: (await store.list({ limit: 200 })).items,
    pages: [await pages({}), await pages({ status: 'open' }), await pages({ status: 'denied', agent: AGENTS[0] })],
    open: [await store.countOpen(), await store.countOpen(AGENTS[0])],
    current: await Promise.all(
      AGENTS.flatMap((agent) => DIGESTS.map(async (digest) => (await store.findCurrent(agent, digest))?.id)),
    ),
    due: ids(await store.due(now, 200)),
    interrupted: [ids(await store.interrupted('r1')), ids(await store.interrupted('r2'))],
    orphaned: ids(await store.orphaned(200)),
    withoutReceipt: ids(await store.withoutReceipt(200)),
    events: await Promise.all(known.map((id) => store.events(id))),
    blobs: (await Promise.all(blobs)).map((bytes) => bytes && [...bytes]),
  };
}

function same(actual: unknown, expected: unknown): void {
  // Vitest's comparison explains, Node's is quick.
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toStrictEqual(expected);
}

async function both<T>(pair: Pair, real: Real, act: (store: ApprovalStore) => Promise<T>): Promise<void> {
  const [expected, actual] = [await act(pair.model), await act(real.store)];
  same(actual, expected);
  const now = pair.clock.now();
  same(await answers(real.store, now, pair.ids), await answers(pair.model, now, pair.ids));
}

const command = (name: string, run: Command['run'], check: Command['check'] = () => true): Command => ({
  check,
  run,
  toString: () => name,
});

const open = fc
  .record({ agent: fc.constantFrom(...AGENTS), digest: fc.constantFrom(...DIGESTS), perAgent: fc.constantFrom(1, 3) })
  .map(({ agent, digest, perAgent }) =>
    command(`open ${agent} ${digest[0]} within ${perAgent}`, async (pair, real) => {
      const id = `apr_${pair.ids.length}`;
      const event = opened(pair.clock.now(), { id, agent, digest });
      pair.ids.push(id);
      await both(pair, real, (store) => store.open(event, CALL, { perAgent, total: 3 }));
    }),
  );

type Make = (approval: Approval, at: number) => ApprovalEvent;
const replica = fc.constantFrom('r1', 'r2');
const makers: fc.Arbitrary<readonly [string, Make]> = fc.oneof(
  fc
    .record({ by: fc.constantFrom('ann@example.com', 'bob@example.com', 'owner@example.com'), yes: fc.boolean() })
    .map(
      ({ by, yes }) =>
        ['vote', (one: Approval, at: number) => vote(one.opened, at, by, yes ? 'approve' : 'deny')] as const,
    ),
  replica.map((r) => ['claim', (one: Approval, at: number) => claim(one.opened, at, r)] as const),
  replica.map((r) => ['intent', (one: Approval, at: number) => intent(one.opened, at, r)] as const),
  fc
    .record({ r: replica, outcome: fc.constantFrom('succeeded', 'upstream_error', 'indeterminate') })
    .map(({ r, outcome }) => ['result', (_one: Approval, at: number) => result(at, r, { outcome })] as const),
  fc
    .constantFrom<ApprovalEvent>(
      { type: 'expired', at: 0 },
      { type: 'cancelled', at: 0, why: 'policy' },
      { type: 'void', at: 0, why: 'gone' },
      { type: 'not_sent', at: 0, token: 'clm_r1', why: 'refused' },
      { type: 'delivered', at: 0, replayed: false },
      { type: 'annotated', at: 0, by: 'ann@example.com', outcome: 'done', note: 'seen' },
      { type: 'seen', at: 0, by: 'ann@example.com' },
    )
    .map((event) => [event.type, (_one: Approval, at: number) => ({ ...event, at })] as const),
);

const append = fc
  .record({
    pick: fc.nat(),
    made: fc.array(makers, { minLength: 1, maxLength: 3 }),
    stale: fc.constantFrom(0, 0, 0, 0, -1, 1),
    before: fc.constantFrom(undefined, undefined, 0, 1),
    blob: fc.constantFrom(undefined, undefined, 'response' as const, 'receipt' as const),
  })
  .map(({ pick, made, stale, before, blob }) =>
    command(
      `append ${made.map(([name]) => name).join('+')} to ${pick}`,
      async (pair, real) => {
        const approval = await pair.model.load(pair.ids[pick % pair.ids.length] ?? '');
        if (!approval) return;
        const now = pair.clock.now();
        const events = made.map(([, make]) => make(approval, now));
        await both(pair, real, (store) =>
          store.append(approval.id, approval.version + stale, events, {
            ...(before !== undefined && { before: now + before }),
            ...(blob && { blobs: [{ kind: blob, bytes: CALL }] }),
          }),
        );
      },
      (pair) => pair.ids.length > 0,
    ),
  );

/** The straight way to a send, so that random runs get that far often. */
const execute = fc.nat().map((pick) =>
  command(
    `approve and send ${pick}`,
    async (pair, real) => {
      const approval = await pair.model.load(pair.ids[pick % pair.ids.length] ?? '');
      if (!approval) return;
      const now = pair.clock.now();
      const events = [
        vote(approval.opened, now, 'ann@example.com', 'approve'),
        claim(approval.opened, now, 'r1'),
        intent(approval.opened, now, 'r1'),
      ];
      await both(pair, real, (store) => store.append(approval.id, approval.version, events));
    },
    (pair) => pair.ids.length > 0,
  ),
);

const lease = fc
  .record({
    name: fc.constantFrom('replica:r1', 'replica:r2', 'sweep'),
    holder: replica,
    ttl: fc.constantFrom(0, 1, 2, 60_000, 60_001),
  })
  .map(({ name, holder, ttl }) =>
    command(`lease ${name} to ${holder} for ${ttl}`, (pair, real) =>
      both(pair, real, (store) => store.lease(name, holder, ttl)),
    ),
  );

const advance = fc.constantFrom(1, 60_000, EXPIRES, DENY_MEMORY, REPLAY_WINDOW, REPLAY_WINDOW - 1).map((ms) =>
  command(`advance ${ms}`, async (pair, real) => {
    pair.clock.advance(ms);
    await both(pair, real, (store) => store.now());
  }),
);

const prune = fc.constant(
  command('prune', (pair, real) => both(pair, real, async (store) => store.prune?.(pair.clock.now()))),
);

const reopen = fc.constant(
  command('reopen', async (pair, real) => {
    if (real.reopen) real.store = await real.reopen();
    await both(pair, real, (store) => store.health());
  }),
);

export const storeCommands: fc.Arbitrary<Iterable<Command>> = fc.commands(
  [open, open, append, append, append, execute, lease, advance, prune, reopen],
  { size: '+1', maxCommands: 25 },
);
