// Races between whole gates on one store: two people vote at two replicas, an agent waits at each, and whoever notices first runs the
// call. The store decides, and the upstream gets at most one call.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Decision } from '../../src/core/policy/types.ts';
import type { Person } from '../../src/core/principal.ts';
import type { ApprovalStore } from '../../src/ports/approval-store.ts';
import { createRedisStore } from '../../src/stores/redis/store.ts';
import { createSqliteStore } from '../../src/stores/sqlite/store.ts';
import { systemClock } from '../../src/system-clock.ts';
import { type Random, random } from '../attack/random.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { redisSettings } from '../stores/redis-store.ts';
import { ANN, BOB, holds, type World } from './gate-world.ts';
import { type Ended, eventually, judgeEnded, type SharedGates, startSharedGates, whatIsLeft } from './shared-gates.ts';

/** `HOLDGATE_RACES=10000` runs a fifth of that: each is a whole story. */
const RACES = Math.ceil(Number(process.env['HOLDGATE_RACES'] ?? 400) / 5);
const FULL = 600_000;
/** At the same time. */
const LANES = 16;
/** Until what expires in the middle of a race does, and how much later the other person comes, ms. */
const EXPIRES = 150;
const AFTER = 5;
/** How far apart two people vote at most, ms: long enough that a call may have run in between. */
const APART = 20;

interface Ballot {
  readonly person: Person;
  readonly vote: 'approve' | 'deny';
}

interface GateKind {
  readonly decision: Decision;
  /** At the one replica, and at the other. */
  readonly ballots: readonly [Ballot, Ballot];
  /** Statuses that it has to end in, each of them now and then. */
  readonly ends: readonly string[];
  /** Statuses that it may end in besides. */
  readonly rarely?: readonly string[];
  readonly expires?: true;
}

const quorum = (approvals: number): Decision =>
  holds({ quorums: [{ rule: 'writes', approvals, from: ['group:security'] }] });
const [ann, bob] = [ANN, BOB].map((person) => ({ person, vote: 'approve' as const })) as [Ballot, Ballot];

const KINDS: Readonly<Record<string, GateKind>> = {
  'an approval at each replica, by one human': { decision: quorum(1), ballots: [ann, ann], ends: ['succeeded'] },
  'an approval at each replica, of which one is enough': {
    decision: quorum(1),
    ballots: [ann, bob],
    ends: ['succeeded'],
  },
  'an approval at each replica, both of them needed': { decision: quorum(2), ballots: [ann, bob], ends: ['succeeded'] },
  'an approval and a denial': {
    decision: quorum(1),
    ballots: [ann, { person: BOB, vote: 'deny' }],
    ends: ['denied', 'succeeded'],
  },
  'an approval and the expiry': {
    decision: holds({ expires: EXPIRES }),
    ballots: [ann, bob],
    ends: ['expired', 'succeeded'],
    // Claimed in time, and too late for the intent.
    rarely: ['not_sent'],
    expires: true,
  },
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let bodies = 0;

async function raceOnce(gates: SharedGates, kind: GateKind, choices: Random): Promise<Ended> {
  const order = choices.below(2) === 0 ? [gates.a, gates.b] : [gates.b, gates.a];
  const body = `race ${++bodies}`;
  const opened = await Promise.all(order.map((world) => world.open(kind.decision, body)));
  const [first, second] = opened.map((one) => (one.outcome === 'open' ? one : undefined));
  if (!first || !second || first.joined === second.joined) throw new Error('one opens and one joins');
  const { approval } = first;
  if (approval.id !== second.approval.id) throw new Error('two approvals of one call');
  const agents = order.map((world) => world.wait(approval));

  const cast = async (world: World, { person, vote }: Ballot, delay: number): Promise<Ended['recorded']> => {
    await pause(delay);
    const { id, opened: call } = approval;
    const input = { approvalId: id, person, vote, reason: 'because', digest: call.digest, channel: 'api' };
    const { outcome } = await world.gate.vote(input);
    return outcome === 'recorded' ? [{ by: person.email, vote }] : [];
  };
  const [one, other] = kind.ballots;
  const delays = kind.expires
    ? [EXPIRES / 4 + choices.below(EXPIRES), EXPIRES + choices.below(AFTER)]
    : [choices.below(APART), choices.below(APART)];
  const [here, there] = choices.below(2) === 0 ? [gates.a, gates.b] : [gates.b, gates.a];
  const votes = [cast(here, one, delays[0] ?? 0), cast(there, other, delays[1] ?? 0)];
  const recorded = (await Promise.all(votes)).flat();

  await eventually(() =>
    agents.every((agent) => agent.heard() !== undefined && (agent.heard() !== 'live' || agent.complete())),
  );
  return { ...(await whatIsLeft(gates, approval.id)), agents, recorded };
}

function raceSuite(name: string, open: () => Promise<ApprovalStore>): void {
  let gates: SharedGates;
  beforeAll(async () => {
    gates = await startSharedGates(open);
  });
  afterAll(() => gates.close());

  it.each(Object.entries(KINDS))(
    'of %s',
    async (what, kind) => {
      gates.agree(kind.decision);
      const choices = random(what);
      const all: Ended[] = [];
      const counts: Record<string, number> = {};
      const tally = (key: string): void => void (counts[key] = (counts[key] ?? 0) + 1);
      let left = RACES;
      const lane = async (): Promise<void> => {
        while (left-- > 0) {
          const ended = await raceOnce(gates, kind, choices);
          all.push(ended);
          const view = ended.views[0];
          tally(view?.status ?? 'gone');
          if (view?.claim) tally(`run by ${view.claim.replica}`);
          tally(`first vote ${view?.votes[0]?.by ?? 'nobody'}`);
        }
      };
      await Promise.all(Array.from({ length: LANES }, lane));
      process.stdout.write(`gate races: ${name}: ${what}: ${RACES} ${JSON.stringify(counts)}\n`);
      expect(judgeEnded(gates, all).slice(0, 20)).toEqual([]);
      for (const end of kind.ends) expect(counts[end] ?? 0, end).toBeGreaterThan(0);
      const known = [...kind.ends, ...(kind.rarely ?? [])].map((end) => counts[end] ?? 0);
      expect(known.reduce((sum, some) => sum + some)).toBe(RACES);
      for (const replica of ['one', 'two']) expect(counts[`run by ${replica}`] ?? 0).toBeGreaterThan(0);
      expect([...gates.a.failures, ...gates.b.failures]).toEqual([]);
    },
    FULL,
  );
}

describe('races of two gates on SQLite', () => {
  const memory = '/dev/shm';
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'holdgate-gates-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  raceSuite('SQLite', async () => createSqliteStore({ file: join(folder, 'holdgate.db'), clock: systemClock }));
});

describeRedis('races of two gates on Redis', () => {
  const redis = useRedis({ appendfsync: 'no' });
  raceSuite('Redis', () => createRedisStore({ settings: redisSettings(redis().port), clock: systemClock }));
});
