// What N held calls cost, by itself: `node bench/held-memory.ts [N]`. Prints KiB of RSS for each, and how long a routine
// request of the same process waits at most while all of them are denied at once.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuTime, type Gate, residentBytes, startGate } from './gate.ts';
import { freePort, start, stop } from './processes.ts';

const calls = Number(process.argv[2] ?? 10_000);
const VOTERS = 64;
const agent = new Agent({ keepAlive: true, maxSockets: VOTERS + 1 });

function call(port: number, method: string, path: string, headers: object, body?: object): Promise<[number, unknown]> {
  const { promise, resolve, reject } = Promise.withResolvers<[number, unknown]>();
  const sent = request(
    { port, method, path, agent, headers: { ...headers, 'content-type': 'application/json' } },
    (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve([response.statusCode ?? 0, text.startsWith('{') ? JSON.parse(text) : text]));
    },
  );
  sent.on('error', reject).end(body && JSON.stringify(body));
  return promise;
}

async function idle(gate: Gate): Promise<void> {
  for (let before = -1e9, now = cpuTime(gate); now - before >= 20; now = cpuTime(gate)) {
    before = now;
    await sleep(500);
  }
}

async function open(gate: Gate): Promise<readonly { readonly id: string; readonly digest: string }[]> {
  const found: { id: string; digest: string }[] = [];
  let cursor: string | null = null;
  do {
    const path: string = `/api/v1/approvals?status=open&limit=200${cursor === null ? '' : `&cursor=${cursor}`}`;
    const [, page] = (await call(gate.console, 'GET', path, gate.person)) as [
      number,
      { items: typeof found; next: string | null },
    ];
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
    await call(gate.console, 'GET', '/healthz', {});
    longest = Math.max(longest, performance.now() - began);
    await sleep(5);
  }
  await work;
  return longest;
}

const dir = mkdtempSync(join(tmpdir(), 'holdgate-held-'));
const gate = await startGate(dir, await freePort(), await freePort());
try {
  await idle(gate);
  const before = residentBytes(gate);
  const client = new URL('held-client.ts', import.meta.url).pathname;
  const agents = start('load', [
    process.execPath,
    client,
    String(gate.proxy),
    String(calls),
    gate.agent['Authorization'] ?? '',
  ]);
  if (agents.stdout === null) throw new Error('the agents have no output');
  await once(agents.stdout, 'data');
  await idle(gate);
  const each = (residentBytes(gate) - before) / 1024 / calls;
  const approvals = [...(await open(gate))];
  process.stdout.write(`${approvals.length} held calls, ${each.toFixed(1)} KiB RSS each\n`);
  const began = performance.now();
  const deny = async (): Promise<void> => {
    for (let one = approvals.pop(); one; one = approvals.pop()) {
      const vote = { vote: 'deny', reason: 'bench', digest: one.digest };
      const [status] = await call(gate.console, 'POST', `/api/v1/approvals/${one.id}/votes`, gate.person, vote);
      if (status !== 200) throw new Error(`a vote was answered ${status}`);
    }
  };
  const longest = await longestWait(gate, Promise.all(Array.from({ length: VOTERS }, deny)));
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stdout.write(
    `all denied in ${seconds} s by ${VOTERS} voters at once; /healthz waited at most ${longest.toFixed(0)} ms\n`,
  );
  await stop(agents);
} finally {
  agent.destroy();
  await stop(gate.process);
  rmSync(dir, { recursive: true, force: true });
}
