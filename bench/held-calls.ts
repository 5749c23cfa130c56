// What held calls cost: memory for each, and what routine calls feel meanwhile.
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Gate } from './gate.ts';
import { type Measured, measure } from './load.ts';
import { cpuTime, processCount, residentBytes } from './process-costs.ts';
import { start, stop } from './processes.ts';
import { NO_REDIS, redisInstalled } from './redis.ts';
import { figure, table } from './report.ts';
import type { SetUp, Wanted } from './set-up.ts';

export interface HeldCost {
  readonly calls: number;
  /** Bytes of RSS for each held call, its connection included; of all processes of the gate. */
  readonly bytesEach: number;
  /** ms from the first connection until the last call is durably held. */
  readonly openedIn: number;
  readonly routineBefore: Measured;
  readonly routineMeanwhile: Measured;
  /** Calls that were told to try again before they were held. */
  readonly refused: number;
}

const LOOK_EVERY = 500;
/** CPU that a process without calls may take between two looks, ms. */
const AT_REST = 20;

/** Resolves when the gate has been idle for half a second, at most two minutes. */
export async function idle(gate: ChildProcess): Promise<void> {
  const least = AT_REST * processCount(gate);
  for (let checks = 0; checks < 240; checks++) {
    const before = cpuTime(gate);
    await sleep(LOOK_EVERY);
    if (cpuTime(gate) - before < least) return;
  }
  throw new Error('the gate did not come to rest within two minutes');
}

/** Connections that wait for an approval, in all processes of the gate. */
async function held(gate: Gate): Promise<number> {
  const page = await fetch(`http://127.0.0.1:${gate.console}/metrics`);
  return Number(/^holdgate_held_connections (\d+)$/m.exec(await page.text())?.[1]);
}

export interface HeldAgents {
  readonly process: ChildProcess;
  /** How many were told to try again, and did. Throws if one was told anything else. */
  refused(): number;
}

/** Starts the agents of `calls` held calls; resolves when all of them are durably held, or rejects after three minutes. */
export async function openCalls(gate: Gate, calls: number): Promise<HeldAgents> {
  const client = new URL('held-client.ts', import.meta.url).pathname;
  const authorization = gate.agent['Authorization'] ?? '';
  const agents = start('load', [process.execPath, client, String(gate.proxy), String(calls), authorization]);
  let answers = '';
  agents.stdout?.on('data', (chunk: Buffer) => (answers += chunk.toString()));
  const refused = (): number => {
    const lines = answers.split('\n').slice(0, -1);
    const other = lines.find((line) => !line.includes('"HTTP/1.1 503 '));
    if (other !== undefined) throw new Error(`a call was answered that should be held: ${other}`);
    return lines.length;
  };
  let now = 0;
  for (let checks = 0; checks < 720; checks++) {
    now = await held(gate);
    if (now === calls) return { process: agents, refused };
    if (agents.exitCode !== null) throw new Error(`the agents ended with ${agents.exitCode}`);
    await sleep(250);
  }
  throw new Error(`after three minutes ${now} of ${calls} calls are held, ${refused()} were told to try again`);
}

async function measureHeldCalls(gate: Gate, calls: number, seconds: number): Promise<HeldCost> {
  const routine = (): Promise<Measured> =>
    measure({ url: `http://127.0.0.1:${gate.proxy}/bench/1k`, headers: gate.agent, connections: 8, seconds });
  const routineBefore = await routine();
  await idle(gate.process);
  const before = residentBytes(gate.process);
  const began = performance.now();
  const agents = await openCalls(gate, calls);
  try {
    const openedIn = performance.now() - began;
    await idle(gate.process);
    const bytesEach = (residentBytes(gate.process) - before) / calls;
    const routineMeanwhile = await routine();
    if ((await held(gate)) !== calls) throw new Error('some calls are not held any more');
    return { calls, bytesEach, openedIn, routineBefore, routineMeanwhile, refused: agents.refused() };
  } finally {
    await stop(agents.process);
  }
}

/** Held calls in one process on SQLite, and over two workers on either store. */
export async function heldPart(setUp: SetUp): Promise<string> {
  const { calls, seconds } = setUp.settings;
  const kinds: readonly (Wanted & { readonly name: string })[] = [
    { name: 'SQLite, one process', store: 'sqlite' },
    { name: 'SQLite, two workers', store: 'sqlite', workers: 2, core: 'any' },
    { name: 'Redis, two workers', store: 'redis', workers: 2, core: 'any' },
  ];
  const rows: (readonly string[])[] = [];
  const remarks: string[] = [];
  for (const kind of kinds) {
    if (kind.store === 'redis' && !redisInstalled) continue;
    const cost = await setUp.withGates(kind, ([gate]) => measureHeldCalls(gate, calls, seconds));
    const { bytesEach, openedIn, routineBefore, routineMeanwhile, refused } = cost;
    if (refused > 0) remarks.push(`- ${kind.name}: ${refused} calls were told to try again before they were held.`);
    console.error(`${kind.name}: ${figure(bytesEach / 1024)} KiB`);
    rows.push([
      kind.name,
      figure(bytesEach / 1024),
      figure(openedIn / 1000),
      figure(routineMeanwhile.p99),
      `${(routineMeanwhile.p99 / routineBefore.p99).toFixed(2)} ×`,
    ]);
  }
  return [
    table(
      [`${figure(calls)} held calls`, 'RSS each, KiB', 'all held after s', 'routine p99 meanwhile, µs', '/ before'],
      rows,
    ),
    ...remarks,
    ...(redisInstalled ? [] : [NO_REDIS]),
  ].join('\n\n');
}
