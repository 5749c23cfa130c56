// Routine calls through Holdgate and its peers, one core for each of them.
import { join } from 'node:path';
import { startProxy } from './nginx.ts';
import { type DataPath, measurePaths, type PathResult } from './pass-through.ts';
import { freePort, listening, start, stop } from './processes.ts';
import { figure, table } from './report.ts';
import type { SetUp } from './set-up.ts';

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

async function peers(setUp: SetUp): Promise<readonly DataPath[]> {
  const nginx = await freePort();
  const to = String(setUp.upstream);
  return [
    { name: 'direct, no proxy', port: setUp.upstream, path: '/1k', headers: {}, start: undefined },
    {
      name: 'nginx',
      port: nginx,
      path: '/1k',
      headers: {},
      start: () => startProxy(join(setUp.folder('nginx'), 'proxy'), nginx, setUp.upstream),
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

export async function routinePart(setUp: SetUp): Promise<string> {
  const { rounds, seconds } = setUp.settings;
  // One gate for all rounds: its port and credentials have to stay; idle, it takes nothing from the others.
  const results = await setUp.withGates({ store: 'sqlite' }, async ([gate]) => {
    const path = { port: gate.proxy, path: '/bench/1k', headers: gate.agent, start: undefined };
    return measurePaths([...(await peers(setUp)), { ...path, name: '**Holdgate**' }], { rounds, seconds }, stop);
  });
  return `Medians of ${rounds} rounds of ${seconds} s.\n\n${pathTable(results)}`;
}
