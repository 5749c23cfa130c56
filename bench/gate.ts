// The real binary, configured as it would be: authenticated agents, a policy of many rules, audit and log as they come.
import { type ChildProcess, execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, listening, start } from './processes.ts';

export interface Gate {
  readonly process: ChildProcess;
  readonly proxy: number;
  readonly console: number;
  /** `Authorization` of an agent and of a person. */
  readonly agent: Readonly<Record<string, string>>;
  readonly person: Readonly<Record<string, string>>;
}

/** Most rules are about other paths, as in real life; `/1k` is read by one rule, `POST /held/*` held by another. */
function rules(count: number): readonly object[] {
  const effects = ['allow', 'hold', 'deny'] as const;
  const others = Array.from({ length: count - 2 }, (_, i) => ({
    id: `service-${i}`,
    match: { upstream: 'bench', method: ['GET', 'POST'], path: `/service-${i}/**` },
    effect: effects[i % 3],
  }));
  const reads = { id: 'reads', match: { upstream: 'bench', method: 'GET', path: '/1k' }, effect: 'allow' };
  const writes = { id: 'writes', match: { method: 'POST', path: '/held/**' }, effect: 'hold' };
  return [...others, reads, writes];
}

function credential(): { header: Record<string, string>; bearer_sha256: string } {
  const value = `hg_${randomBytes(24).toString('base64url')}`;
  return {
    header: { Authorization: `Bearer ${value}` },
    bearer_sha256: createHash('sha256').update(value).digest('hex'),
  };
}

/** Starts `bin/holdgate serve` before upstreams `bench` (at `/bench`) and `recorder` (at `/recorder`); 1,000 rules. */
export async function startGate(dir: string, upstream: number, recorder: number): Promise<Gate> {
  mkdirSync(join(dir, 'policies'), { recursive: true });
  const [agent, person] = [credential(), credential()];
  const [proxy, console] = [await freePort(), await freePort()];
  // YAML is a superset of JSON.
  const write = (path: string, value: object): void => writeFileSync(join(dir, path), JSON.stringify(value, null, 1));
  write('policies/bench.yaml', { version: 1, name: 'bench', owner: 'bench@example.com', rules: rules(1_000) });
  write('holdgate.yaml', {
    version: 1,
    listen: { proxy: `127.0.0.1:${proxy}`, console: `127.0.0.1:${console}` },
    data_dir: 'data',
    policies: ['policies'],
    hold: { wait: '9m', max_open_per_agent: 20_000, max_open: 20_000 },
    agents: [{ id: 'bench', owner: 'owner@example.com', credentials: [{ bearer_sha256: agent.bearer_sha256 }] }],
    people: [
      { email: 'approver@example.com', groups: ['security'], credentials: [{ bearer_sha256: person.bearer_sha256 }] },
    ],
    upstreams: {
      bench: { base: `http://127.0.0.1:${upstream}`, mount: '/bench', allow_private: true },
      recorder: { base: `http://127.0.0.1:${recorder}`, mount: '/recorder', allow_private: true },
    },
  });
  const binary = new URL('../bin/holdgate', import.meta.url).pathname;
  const child = start('proxy', [binary, 'serve', '--config', join(dir, 'holdgate.yaml')]);
  // The log goes where a log collector would read it; nobody reading would stop the process.
  child.stdout?.resume();
  await listening(proxy, child);
  const ready = await fetch(`http://127.0.0.1:${console}/readyz`);
  if (!ready.ok) throw new Error(`the gate is not ready: ${ready.status} ${await ready.text()}`);
  return { process: child, proxy, console, agent: agent.header, person: person.header };
}

/** Resident set of the gate, bytes. Linux only. */
export function residentBytes({ process: { pid } }: Gate): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kib === undefined) throw new Error('/proc/<pid>/status has no VmRSS');
  return Number(kib) * 1024;
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU time of the gate since it started, ms. Linux only. */
export function cpuTime({ process: { pid } }: Gate): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1000;
}
