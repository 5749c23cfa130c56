// Approvals per second, end to end: agents call, are held, an approver votes, the call is sent, the agent has its answer.
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import type { Gate } from './gate.ts';
import { cpuTime } from './process-costs.ts';
import { start, stop } from './processes.ts';
import { NO_REDIS, type Redis, redisInstalled } from './redis.ts';
import { figure, table } from './report.ts';
import type { SetUp } from './set-up.ts';

export interface ApprovalJob {
  readonly agents: number;
  readonly votesAbreast: number;
  /** s. */
  readonly warmUp: number;
  readonly seconds: number;
  readonly agent: Readonly<Record<string, string>>;
  readonly person: Readonly<Record<string, string>>;
  /** Agents are spread over these; what one of them holds is voted on at console `votedAt`. */
  readonly gates: readonly { readonly proxy: number; readonly votedAt: number }[];
}

/** What the agents saw, after the warm-up. */
export interface ApprovalRun {
  readonly perSecond: number;
  /** From call to answer, ms. */
  readonly p50: number;
  readonly p99: number;
  /** Calls and votes that were answered with "try again". */
  readonly refused: number;
  /** CPU time of agents and approver. */
  readonly cpuMs: number;
}

interface Row extends ApprovalRun {
  readonly name: string;
  /** CPU time for each approval, ms. */
  readonly gateCpu: number;
  readonly redisCpu: number | undefined;
  /** Shares of a core while it was measured. */
  readonly gateBusy: number;
  readonly loadBusy: number;
}

const AGENTS = 64;
const VOTES_ABREAST = 32;
const WARM_UP = 5;
const SECONDS = 5;

async function measureApprovals(name: string, gates: readonly Gate[], redis: Redis | undefined): Promise<Row> {
  const [first] = gates;
  if (!first) throw new Error('no gate to measure');
  const job: ApprovalJob = {
    agents: AGENTS,
    votesAbreast: VOTES_ABREAST,
    warmUp: WARM_UP,
    seconds: SECONDS,
    agent: first.agent,
    person: first.person,
    gates: gates.map(({ proxy }, n) => ({ proxy, votedAt: (gates[(n + 1) % gates.length] ?? first).console })),
  };
  const script = new URL('approval-client.ts', import.meta.url).pathname;
  const client = start('load', [process.execPath, script, JSON.stringify(job)]);
  const ended = once(client, 'exit');
  const gateTime = (): number => gates.reduce((all, { process }) => all + cpuTime(process), 0);
  const redisTime = (): number => (redis ? cpuTime(redis.process) : 0);
  try {
    if (client.stdout === null) throw new Error('the agents have no output');
    let [before, redisBefore] = [0, 0];
    for await (const line of createInterface(client.stdout)) {
      if (line === 'begin') {
        [before, redisBefore] = [gateTime(), redisTime()];
        continue;
      }
      const [gateMs, redisMs] = [gateTime() - before, redisTime() - redisBefore];
      const run = JSON.parse(line) as ApprovalRun;
      const approvals = run.perSecond * SECONDS;
      await ended;
      console.error(`${name}: ${Math.round(run.perSecond)} approvals/s`);
      return {
        ...run,
        name,
        gateCpu: gateMs / approvals,
        redisCpu: redis && redisMs / approvals,
        gateBusy: gateMs / SECONDS / 1000,
        loadBusy: (run.cpuMs + redisMs) / SECONDS / 1000,
      };
    }
    throw new Error('the agents ended without a result');
  } finally {
    await stop(client);
  }
}

/** One after the other: one gate on SQLite, one on Redis, two on Redis. */
export async function approvalsPart(setUp: SetUp): Promise<string> {
  const rows: Row[] = [];
  for (const { store, count, name } of [
    { store: 'sqlite', count: 1, name: 'SQLite, one gate' },
    { store: 'redis', count: 1, name: 'Redis, one gate' },
    { store: 'redis', count: 2, name: 'Redis, two gates, votes at the other' },
  ] as const) {
    if (store === 'redis' && !redisInstalled) continue;
    rows.push(await setUp.withGates({ store, count }, (gates, redis) => measureApprovals(name, gates, redis)));
  }
  return [
    table(
      [
        `${AGENTS} agents, ${VOTES_ABREAST} votes at once`,
        'approvals/s',
        'call to answer, p50 ms',
        'p99 ms',
        'CPU of the gates each, ms',
        'CPU of Redis each, ms',
        'gates’ core',
        'load’s core',
      ],
      rows.map((row) => [
        row.name,
        figure(row.perSecond),
        figure(row.p50),
        figure(row.p99),
        figure(row.gateCpu),
        row.redisCpu === undefined ? '' : figure(row.redisCpu),
        `${Math.round(row.gateBusy * 100)} %`,
        `${Math.round(row.loadBusy * 100)} %`,
      ]),
    ),
    ...rows
      .filter(({ refused }) => refused > 0)
      .map(({ name, refused }) => `- ${name}: ${refused} calls or votes were answered “try again” meanwhile.`),
    ...(redisInstalled ? [] : [NO_REDIS]),
  ].join('\n\n');
}
