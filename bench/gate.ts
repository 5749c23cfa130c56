// The real binary, configured as it would be: authenticated agents, a policy of many rules, audit and log as they come. Several
// gates are replicas of each other where they are given the same store, keys and principals.
import { type ChildProcess, execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Core, freePort, start } from './processes.ts';

type Headers = Readonly<Record<string, string>>;

export interface Gate {
  readonly process: ChildProcess;
  readonly proxy: number;
  readonly console: number;
  /** `Authorization` of an agent and of a person. */
  readonly agent: Headers;
  readonly person: Headers;
}

interface Credential {
  readonly header: Headers;
  readonly bearer_sha256: string;
}

/** Who may call and who may vote. */
export interface Principals {
  readonly agent: Credential;
  readonly person: Credential;
}

export interface GateOptions {
  /** Address of a Redis; SQLite without one. */
  readonly store?: string;
  /** From `makeKeys`; Redis needs them. */
  readonly keys?: string;
  /** Processes; default 1. */
  readonly workers?: number;
  /** Default: `proxy`. */
  readonly core?: Core;
  /** Default: its own. */
  readonly principals?: Principals;
  /** Folder for a CPU profile of each of its processes. */
  readonly profile?: string | undefined;
}

const BINARY = new URL('../bin/holdgate', import.meta.url).pathname;

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

function credential(): Credential {
  const value = `hg_${randomBytes(24).toString('base64url')}`;
  return {
    header: { Authorization: `Bearer ${value}` },
    bearer_sha256: createHash('sha256').update(value).digest('hex'),
  };
}

export const createPrincipals = (): Principals => ({ agent: credential(), person: credential() });

/** Makes the keys that replicas share, in a folder that does not exist yet; returns it. */
export function makeKeys(dir: string): string {
  execFileSync(BINARY, ['keys', 'init', dir], { stdio: ['ignore', 'ignore', 'inherit'] });
  return dir;
}

/** Resolves when it says that it is ready: all workers listen. What it says goes to our stderr. */
async function ready(child: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    process.stderr.write(chunk);
    said = `${said}${chunk.toString()}`.slice(-4096);
    if (said.includes(' is ready: ')) resolve();
  });
  void once(child, 'exit').then(([code]) => reject(new Error(`the gate ended with ${String(code)}`)));
  await promise;
}

/** Starts `bin/holdgate serve` before upstreams `bench` (at `/bench`) and `recorder` (at `/recorder`); 1,000 rules. */
export async function startGate(
  dir: string,
  upstream: number,
  recorder: number,
  options: GateOptions = {},
): Promise<Gate> {
  mkdirSync(join(dir, 'policies'), { recursive: true });
  const { agent, person } = options.principals ?? createPrincipals();
  const [proxy, console] = [await freePort(), await freePort()];
  // YAML is a superset of JSON.
  const write = (path: string, value: object): void => writeFileSync(join(dir, path), JSON.stringify(value, null, 1));
  write('policies/bench.yaml', { version: 1, name: 'bench', owner: 'bench@example.com', rules: rules(1_000) });
  write('holdgate.yaml', {
    version: 1,
    listen: { proxy: `127.0.0.1:${proxy}`, console: `127.0.0.1:${console}` },
    data_dir: 'data',
    store: options.store ?? 'sqlite',
    ...(options.keys !== undefined && { keys: { dir: options.keys } }),
    workers: options.workers ?? 1,
    policies: ['policies'],
    hold: { wait: '9m', max_open_per_agent: 20_000, max_held_per_agent: 'none', max_open: 20_000 },
    agents: [{ id: 'bench', owner: 'owner@example.com', credentials: [{ bearer_sha256: agent.bearer_sha256 }] }],
    people: [
      { email: 'approver@example.com', groups: ['security'], credentials: [{ bearer_sha256: person.bearer_sha256 }] },
    ],
    upstreams: {
      bench: { base: `http://127.0.0.1:${upstream}`, mount: '/bench', allow_private: true },
      recorder: { base: `http://127.0.0.1:${recorder}`, mount: '/recorder', allow_private: true },
    },
  });
  const profiling = options.profile === undefined ? '' : `--cpu-prof --cpu-prof-dir=${options.profile}`;
  const child = start(options.core ?? 'proxy', [BINARY, 'serve', '--config', join(dir, 'holdgate.yaml')], {
    env: { ...process.env, ...(profiling && { NODE_OPTIONS: profiling }) },
    stderr: 'pipe',
  });
  // The log goes where a log collector would read it; nobody reading would stop the process.
  child.stdout?.resume();
  await ready(child);
  const answer = await fetch(`http://127.0.0.1:${console}/readyz`);
  if (!answer.ok) throw new Error(`the gate is not ready: ${answer.status} ${await answer.text()}`);
  return { process: child, proxy, console, agent: agent.header, person: person.header };
}
