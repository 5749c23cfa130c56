// What held calls cost: memory for each, and what routine calls feel meanwhile.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuTime, type Gate, residentBytes } from './gate.ts';
import { type Measured, measure } from './load.ts';
import { start, stop } from './processes.ts';

export interface HeldCost {
  readonly calls: number;
  /** Bytes of RSS for each held call, its connection included. */
  readonly bytesEach: number;
  /** ms from the first connection until the last call is durably held. */
  readonly openedIn: number;
  readonly routineBefore: Measured;
  readonly routineMeanwhile: Measured;
}

/** Resolves when the gate has been idle for half a second, at most two minutes. */
async function idle(gate: Gate): Promise<void> {
  for (let checks = 0; checks < 240; checks++) {
    const before = cpuTime(gate);
    await sleep(500);
    if (cpuTime(gate) - before < 20) return;
  }
  throw new Error('the gate did not come to rest within two minutes');
}

export async function measureHeldCalls(gate: Gate, calls: number, seconds: number): Promise<HeldCost> {
  const routine = (): Promise<Measured> =>
    measure({ url: `http://127.0.0.1:${gate.proxy}/bench/1k`, headers: gate.agent, connections: 8, seconds });
  const routineBefore = await routine();
  await idle(gate);
  const before = residentBytes(gate);
  const began = performance.now();
  const client = new URL('held-client.ts', import.meta.url).pathname;
  const agents = start('load', [
    process.execPath,
    client,
    String(gate.proxy),
    String(calls),
    gate.agent['Authorization'] ?? '',
  ]);
  try {
    if (agents.stdout === null || agents.stdin === null) throw new Error('the agents have no pipes');
    await once(agents.stdout, 'data');
    await idle(gate);
    const openedIn = performance.now() - began - 500;
    const bytesEach = (residentBytes(gate) - before) / calls;
    const routineMeanwhile = await routine();
    const last = once(agents.stdout, 'data');
    agents.stdin.end();
    const said = String((await last)[0]).trim();
    if (said !== 'answered 0') throw new Error(`not every call was held: ${said}`);
    return { calls, bytesEach, openedIn, routineBefore, routineMeanwhile };
  } finally {
    await stop(agents);
  }
}
