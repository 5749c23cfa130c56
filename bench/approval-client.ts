// Agents and approvers of the throughput measurement, in one process: each agent calls, is held, is approved and asks again. Prints
// `begin` when the warm-up is over and ApprovalRun as JSON when the time is; then lets everybody finish.
import { get } from 'node:http';
import type { ApprovalJob, ApprovalRun } from './approvals.ts';
import { createClient } from './ask.ts';

const job = JSON.parse(process.argv[2] ?? '') as ApprovalJob;
const filler = 'x'.repeat(2_000);
const client = createClient();

interface Ballot {
  readonly id: string;
  readonly digest: string;
  readonly console: number;
}

const ballots: Ballot[] = [];
let voting = 0;
let refused = 0;

async function vote({ id, digest, console }: Ballot): Promise<void> {
  const path = `/api/v1/approvals/${id}/votes`;
  const body = JSON.stringify({ vote: 'approve', digest });
  const { status } = await client.ask({ port: console, method: 'POST', path, headers: job.person, body });
  // 409: the vote before, whose answer said that the store was slow, had gone in.
  if (status === 200 || status === 409) return;
  refused++;
  setTimeout(() => offer({ id, digest, console }), 100);
}

function offer(ballot: Ballot): void {
  ballots.push(ballot);
  voteOn();
}

function voteOn(): void {
  while (voting < job.votesAbreast) {
    const ballot = ballots.shift();
    if (!ballot) return;
    voting++;
    vote(ballot)
      .catch(fail)
      .finally(() => {
        voting--;
        voteOn();
      });
  }
}

function fail(error: unknown): never {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
}

/** Follows the live view of a console and votes for each pending approval of the gates that are voted on there. */
async function follow(console: number): Promise<void> {
  const seen = new Set<string>();
  const { promise, resolve } = Promise.withResolvers<void>();
  const take = (event: string): void => {
    if (event.includes('event: synced')) resolve();
    const data = /^data: (.*"status":"pending".*)$/m.exec(event)?.[1];
    if (data === undefined) return;
    const { id, digest, url } = JSON.parse(data) as { id: string; digest: string; url: string };
    const gate = job.gates[Number(/\/held\/(\d+)-/.exec(url)?.[1])];
    if (gate?.votedAt !== console || seen.has(id)) return;
    seen.add(id);
    offer({ id, digest, console });
  };
  get({ port: console, path: '/api/v1/events', headers: job.person }, (response) => {
    if (response.statusCode !== 200) fail(`the live view was answered ${response.statusCode}`);
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      const events = `${text}${chunk}`.split('\n\n');
      text = events.pop() ?? '';
      events.forEach(take);
    });
    response.on('close', () => {
      if (!over.signal.aborted) void follow(console);
    });
  }).on('error', (error) => {
    if (!over.signal.aborted) fail(error);
  });
  await promise;
}

/** Aborted when nobody is to ask again. */
const over = new AbortController();
let measuring = false;
let calls = 0;
const latencies: number[] = [];

async function agent(number: number): Promise<void> {
  const at = number % job.gates.length;
  const port = job.gates[at]?.proxy ?? 0;
  const headers = { ...job.agent, Prefer: 'wait=60' };
  while (!over.signal.aborted) {
    const path = `/bench/held/${at}-${calls++}`;
    const began = performance.now();
    const { status } = await client.ask({
      port,
      method: 'POST',
      path,
      headers,
      body: JSON.stringify({ path, filler }),
    });
    if (status !== 200) refused++;
    else if (measuring) latencies.push(performance.now() - began);
  }
}

const pause = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

await Promise.all([...new Set(job.gates.map(({ votedAt }) => votedAt))].map(follow));
const agents = Promise.all(Array.from({ length: job.agents }, (_, number) => agent(number))).catch(fail);
await pause(job.warmUp);
const before = process.cpuUsage();
refused = 0;
measuring = true;
process.stdout.write('begin\n');
const began = performance.now();
await pause(job.seconds);
measuring = false;
const elapsed = performance.now() - began;
const { user, system } = process.cpuUsage(before);
latencies.sort((a, b) => a - b);
const run: ApprovalRun = {
  perSecond: (latencies.length / elapsed) * 1000,
  p50: latencies[Math.floor(latencies.length * 0.5)] ?? 0,
  p99: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
  refused,
  cpuMs: (user + system) / 1000,
};
process.stdout.write(`${JSON.stringify(run)}\n`);
over.abort();
await agents;
process.exit(0);
