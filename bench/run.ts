// `npm run bench`: everything side by side in one run; prints ratios and rewrites the figures of bench/README.md.
// Not a test: nothing is asserted but that every call was answered as it should be.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Gate, startGate } from './gate.ts';
import { type HeldCost, measureHeldCalls } from './held-calls.ts';
import { generator } from './load.ts';
import { startProxy, startUpstream } from './nginx.ts';
import { type DataPath, measurePaths, type PathResult } from './pass-through.ts';
import { freePort, has, listening, output, pinned, start, stop } from './processes.ts';
import { figure, median, rewrite, table } from './report.ts';
import { measureVotes, startRecorder } from './vote-latency.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    calls: { type: 'string', default: '10000' },
    votes: { type: 'string', default: '50' },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);

/** A program below bench/peers as a data path. */
async function peer(name: string, script: string, args: readonly string[]): Promise<DataPath> {
  const port = await freePort();
  const file = new URL(`peers/${script}`, import.meta.url).pathname;
  return {
    name,
    port,
    path: '/1k',
    headers: {},
    start: async () => {
      const child = start('proxy', [process.execPath, file, String(port), ...args]);
      await listening(port, child);
      return child;
    },
  };
}

async function dataPaths(dir: string, upstream: number): Promise<readonly DataPath[]> {
  const nginx = await freePort();
  const to = String(upstream);
  return [
    { name: 'direct, no proxy', port: upstream, path: '/1k', headers: {}, start: undefined },
    {
      name: 'nginx',
      port: nginx,
      path: '/1k',
      headers: {},
      start: () => startProxy(join(dir, 'nginx-proxy'), nginx, upstream),
    },
    await peer('node:http answering itself', 'node-http.ts', []),
    await peer('undici dispatch', 'undici-dispatch.ts', [to]),
    await peer('http-proxy, keep-alive agent', 'http-proxy.ts', [to, 'keep-alive']),
    await peer('http-proxy, as its README', 'http-proxy.ts', [to, 'default']),
  ];
}

function pathTable(results: readonly PathResult[]): string {
  const of = (name: string): PathResult => {
    const found = results.find((result) => result.name === name);
    if (found === undefined) throw new Error(`${name} was not measured`);
    return found;
  };
  const [direct, nginx] = [of('direct, no proxy'), of('nginx')];
  const [kept, plain] = [of('http-proxy, keep-alive agent'), of('http-proxy, as its README')];
  const ratio = (a: PathResult, b: PathResult): string => `${(a.busy.requests / b.busy.requests).toFixed(2)} ×`;
  return table(
    [
      'data path',
      '64 conns, req/s',
      '/ nginx',
      '/ http-proxy keep-alive',
      '/ http-proxy',
      '1 conn, p50 µs',
      'added p50',
      'added p99',
    ],
    results.map((each) => [
      each.name,
      figure(each.busy.requests),
      ratio(each, nginx),
      ratio(each, kept),
      ratio(each, plain),
      figure(each.single.p50),
      figure(each.single.p50 - direct.single.p50),
      figure(each.single.p99 - direct.single.p99),
    ]),
  );
}

function heldText(held: HeldCost): string {
  const slower = held.routineMeanwhile.p99 / held.routineBefore.p99;
  return [
    `- ${figure(held.calls)} held calls with 2 KiB bodies: **${figure(held.bytesEach / 1024)} KiB** RSS each, all durably held after ${figure(held.openedIn / 1000)} s.`,
    `- Routine calls meanwhile (8 connections): p99 ${figure(held.routineMeanwhile.p99)} µs, ${slower.toFixed(2)} × of ${figure(held.routineBefore.p99)} µs before.`,
  ].join('\n');
}

function voteText(votes: readonly number[]): string {
  const sorted = votes.toSorted((a, b) => a - b);
  const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
  return `- Vote to first upstream byte, ${sorted.length} votes: p50 **${figure(median(sorted))} ms**, p99 ${figure(p99)} ms.`;
}

async function main(dir: string): Promise<string> {
  const upstream = await freePort();
  const server = await startUpstream(join(dir, 'upstream'), upstream);
  const recorder = await startRecorder();
  const children = [server];
  try {
    const startOne = async (name: string): Promise<Gate> => {
      const gate = await startGate(join(dir, name), upstream, recorder.port);
      children.push(gate.process);
      return gate;
    };
    // One gate for the rounds: its port and credentials have to stay; idle, it takes nothing from the others.
    const gate = await startOne('pass-through');
    const holdgate: DataPath = {
      name: '**Holdgate**',
      port: gate.proxy,
      path: '/bench/1k',
      headers: gate.agent,
      start: undefined,
    };
    const paths = [...(await dataPaths(dir, upstream)), holdgate];
    const results = await measurePaths(paths, { rounds, seconds }, stop);
    const votes = await measureVotes(gate, recorder, Number(values.votes));
    await stop(gate.process);
    const held = await measureHeldCalls(await startOne('held'), Number(values.calls), seconds);
    const decisions = await output('proxy', [process.execPath, new URL('policy.ts', import.meta.url).pathname]);
    const cpu = `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown CPU'}`;
    return [
      `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${platform()} ${arch()}, ${cpu}; load from ${generator}, ` +
        `${pinned ? 'upstream and load on core 0, the proxy alone on core 1' : '**not pinned: load and proxy share the cores**'}; ` +
        `medians of ${rounds} rounds of ${seconds} s.`,
      pathTable(results),
      'The single connection’s figures are differences to *direct*.',
      `${heldText(held)}\n${voteText(votes)}`,
      `Policy decisions (µs):\n\n\`\`\`text\n${decisions.trimEnd()}\n\`\`\``,
    ].join('\n\n');
  } finally {
    recorder.server.close().closeAllConnections();
    await Promise.all(children.map(stop));
  }
}

if (!has('nginx')) {
  console.error('bench: nginx is needed, as the upstream and as a peer (apt-get install nginx wrk)');
  process.exit(69);
}
const dir = mkdtempSync(join(tmpdir(), 'holdgate-bench-'));
// nginx started by root reads as another user.
chmodSync(dir, 0o711);
try {
  const figures = await main(dir);
  console.log(figures);
  rewrite(new URL('README.md', import.meta.url), figures);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
