// Random commands that are given to a real store and to the model alike; every answer has to be the same, and afterwards
// everything that can be asked.
import fc from 'fast-check';
import type { ApprovalEvent } from '../../src/core/approval/events.ts';
import type { Approval } from '../../src/core/approval/state.ts';
import type { ApprovalStore } from '../../src/ports/approval-store.ts';
import {
  claim,
  DENY_MEMORY,
  granted,
  OFFERED,
  EXPIRES,
  intent,
  opened,
  REPLAY_WINDOW,
  result,
  vote,
} from '../conformance/approval-events.ts';
import type { ManualClock } from '../ports/manual-clock.ts';
import { answers, same } from './store-answers.ts';

export interface Pair {
  readonly clock: ManualClock;
  readonly model: ApprovalStore;
  readonly ids: string[];
}

export interface Real {
  /** Handles on the same data: each command is given to one of them, and afterwards all of them are asked. */
  readonly stores: ApprovalStore[];
  /** Opens one more handle; absent where the data is gone with the last one. */
  readonly reopen?: () => Promise<ApprovalStore>;
  /** See store-answers.ts. */
  readonly frugal?: boolean;
}

type Command = fc.AsyncCommand<Pair, Real>;

const AGENTS = ['deploy-bot', 'other-bot'] as const;
const DIGESTS = ['1'.repeat(64), '2'.repeat(64)] as const;
const CALL = new Uint8Array([1, 2, 3]);

async function both<T>(pair: Pair, real: Real, via: number, act: (store: ApprovalStore) => Promise<T>): Promise<void> {
  const store = real.stores[via % real.stores.length] ?? pair.model;
  const [expected, actual] = [await act(pair.model), await act(store)];
  same(actual, expected);
  const questions = { now: pair.clock.now(), known: pair.ids, agents: AGENTS, digests: DIGESTS };
  const expectedAnswers = await answers(pair.model, questions, real.frugal);
  for (const one of real.stores) same(await answers(one, questions, real.frugal), expectedAnswers);
}

/** Which handle. */
const via = fc.nat({ max: 5 });

const command = (name: string, run: Command['run'], check: Command['check'] = () => true): Command => ({
  check,
  run,
  toString: () => name,
});

/** One for all, as the configuration has one. */
const RATE = { most: 5, per: 600_000 };

const open = fc
  .record({
    agent: fc.constantFrom(...AGENTS),
    digest: fc.constantFrom(...DIGESTS),
    perAgent: fc.constantFrom(1, 3),
    via,
  })
  .map(({ agent, digest, perAgent, via: at }) =>
    command(`open ${agent} ${digest[0]} within ${perAgent}`, async (pair, real) => {
      const id = `apr_${pair.ids.length}`;
      const plain = opened(pair.clock.now(), { id, agent, digest });
      const event = { ...plain, terms: { ...plain.terms, grant: OFFERED } };
      pair.ids.push(id);
      await both(pair, real, at, (store) => store.open(event, CALL, { perAgent, total: 3, held: RATE }));
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
  fc
    .record({ use: fc.constantFrom(0, 1, 2), ago: fc.constantFrom(1, 60_000, 120_000) })
    .map(({ use, ago }) => ['grant', (one: Approval, at: number) => granted(one.opened, at, ago, { use })] as const),
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
    via,
  })
  .map(({ pick, made, stale, before, blob, via: at }) =>
    command(
      `append ${made.map(([name]) => name).join('+')} to ${pick}`,
      async (pair, real) => {
        const approval = await pair.model.load(pair.ids[pick % pair.ids.length] ?? '');
        if (!approval) return;
        const now = pair.clock.now();
        const events = made.map(([, make]) => make(approval, now));
        await both(pair, real, at, (store) =>
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
const execute = fc.record({ pick: fc.nat(), via }).map(({ pick, via: at }) =>
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
      await both(pair, real, at, (store) => store.append(approval.id, approval.version, events));
    },
    (pair) => pair.ids.length > 0,
  ),
);

const lease = fc
  .record({
    name: fc.constantFrom('replica:r1', 'replica:r2', 'sweep'),
    holder: replica,
    ttl: fc.constantFrom(0, 1, 2, 59_999, 60_000),
    via,
  })
  .map(({ name, holder, ttl, via: at }) =>
    command(`lease ${name} to ${holder} for ${ttl}`, (pair, real) =>
      both(pair, real, at, (store) => store.lease(name, holder, ttl)),
    ),
  );

const advance = fc.constantFrom(1, 60_000, EXPIRES, DENY_MEMORY, REPLAY_WINDOW, REPLAY_WINDOW - 1).map((ms) =>
  command(`advance ${ms}`, async (pair, real) => {
    pair.clock.advance(ms);
    await both(pair, real, 0, (store) => store.now());
  }),
);

const prune = fc.constant(
  command('prune', (pair, real) =>
    both(pair, real, 0, async (store) => {
      const dropped = await store.prune?.(pair.clock.now());
      return real.frugal ? undefined : dropped;
    }),
  ),
);

const reopen = via.map((at) =>
  command('reopen', async (pair, real) => {
    const n = at % real.stores.length;
    if (real.reopen) {
      await real.stores[n]?.close();
      real.stores[n] = await real.reopen();
    }
    await both(pair, real, n, (store) => store.health());
  }),
);

export const storeCommands: fc.Arbitrary<Iterable<Command>> = fc.commands(
  [open, open, append, append, append, execute, lease, advance, prune, reopen],
  { size: '+1', maxCommands: 25 },
);
