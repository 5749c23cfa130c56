// What N held calls cost, by itself: `node bench/held-memory.ts [N]`. Prints KiB of RSS for each, and how long a routine
// request of the same process waits at most while all of them are denied at once.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from './ask.ts';
import { type Gate, startGate } from './gate.ts';
import { idle, openCalls } from './held-calls.ts';
import { residentBytes } from './process-costs.ts';
import { freePort, stop } from './processes.ts';

const calls = Number(process.argv[2] ?? 10_000);
const VOTERS = 64;
const client = createClient();

interface Item {
  readonly id: string;
  readonly digest: string;
}

async function open(gate: Gate): Promise<Item[]> {
  const found: Item[] = [];
  let cursor: string | null = null;
  do {
    const path: string = `/api/v1/approvals?status=open&limit=200${cursor === null ? '' : `&cursor=${cursor}`}`;
    const { body } = await client.ask({ port: gate.console, method: 'GET', path, headers: gate.person });
    const page = JSON.parse(body) as { readonly items: readonly Item[]; readonly next: string | null };
    found.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return found;
}

/** Longest wait of a request to /healthz, asked for every 5 ms until `work` is done; ms. */
async function longestWait(gate: Gate, work: Promise<unknown>): Promise<number> {
  let longest = 0;
  const under = new AbortController();
  void work.finally(() => under.abort()).catch(() => undefined);
  while (!under.signal.aborted) {
    const began = performance.now();
    await client.ask({ port: gate.console, method: 'GET', path: '/healthz', headers: {} });
    longest = Math.max(longest, performance.now() - began);
    await sleep(5);
  }
  await work;
  return longest;
}

const dir = mkdtempSync(join(tmpdir(), 'holdgate-held-'));
const gate = await startGate(dir, await freePort(), await freePort());
try {
  await idle(gate.process);
  const before = residentBytes(gate.process);
  const agents = await openCalls(gate, calls);
  await idle(gate.process);
  const each = (residentBytes(gate.process) - before) / 1024 / calls;
  const approvals = await open(gate);
  process.stdout.write(`${approvals.length} held calls, ${each.toFixed(1)} KiB RSS each\n`);
  const began = performance.now();
  const deny = async (): Promise<void> => {
    for (let one = approvals.pop(); one; one = approvals.pop()) {
      const body = JSON.stringify({ vote: 'deny', reason: 'bench', digest: one.digest });
      const path = `/api/v1/approvals/${one.id}/votes`;
      const { status } = await client.ask({ port: gate.console, method: 'POST', path, headers: gate.person, body });
      if (status !== 200) throw new Error(`a vote was answered ${status}`);
    }
  };
  const longest = await longestWait(gate, Promise.all(Array.from({ length: VOTERS }, deny)));
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stdout.write(
    `all denied in ${seconds} s by ${VOTERS} voters at once; /healthz waited at most ${longest.toFixed(0)} ms\n`,
  );
  await stop(agents.process);
} finally {
  client.close();
  await stop(gate.process);
  rmSync(dir, { recursive: true, force: true });
}
