// Several real gates on one store and one set of keys, each a process with its own folder and ports; and the people who vote at any
// of them. They die with the process that started them.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { run } from '../e2e/real-clients.ts';
import { AGENT, APPROVER, type CallInit, writeGate } from '../e2e/running-gate.ts';
import { diesWithUs } from '../redis/watchdog.ts';

export interface ReplicaOptions {
  /** YAML of `store`. */
  readonly store: string;
  readonly upstream: string;
  /** YAML of the rules, at the indentation of a list item. */
  readonly rules: string;
  /** Further keys of the upstream, YAML flow style. */
  readonly upstreamMore?: string;
  /** Further top-level YAML of holdgate.yaml. */
  readonly more?: string;
}

export interface Replica {
  /** Origins. */
  readonly proxy: string;
  readonly console: string;
  readonly folder: string;
  readonly alive: () => boolean;
  /** Everything it printed, its log included. */
  log(): string;
  pause(): void;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>;
  /** A call of the agent. */
  call(path: string, init?: CallInit): Promise<Response>;
  /** The console's API as some person. */
  api(path: string, init?: CallInit & { readonly as?: string }): Promise<Response>;
  open(): Promise<readonly ApprovalView[]>;
  approval(id: string): Promise<ApprovalView>;
  vote(
    approval: ApprovalView,
    vote?: 'approve' | 'deny',
    more?: { readonly as?: string; readonly reason?: string },
  ): Promise<Response>;
  /** Connections that it holds. */
  holding(): Promise<number>;
}

export interface Replicas {
  /** Those of the start, in order. */
  readonly all: readonly Replica[];
  /** One more; `store`: another way to the same store, YAML. */
  add(program?: Program, store?: string): Promise<Replica>;
  close(): Promise<void>;
}

/** A program and its arguments, given the configuration file. It prints what `holdgate serve` prints when it is ready. */
export type Program = (config: string) => readonly string[];

const HOLDGATE = fileURLToPath(new URL('../../bin/holdgate', import.meta.url));
const READY = /is ready: agents at (\S+), people at (\S+)/;
export const serve: Program = (config) => [HOLDGATE, 'serve', '--config', config];
const LISTEN = '{proxy: "127.0.0.1:0", console: "127.0.0.1:0"}';

/** Looks again and again until there is something. */
export async function poll<T>(look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

/** Rejects with what the program printed if it ends before it is ready. */
async function ready(child: ChildProcess, log: string[]): Promise<RegExpExecArray> {
  const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      log.push(chunk.toString());
      const found = child.stderr === stream && READY.exec(log.join(''));
      if (found) resolve(found);
    });
  }
  void once(child, 'exit').then(() => reject(new Error(`the replica ended: ${log.join('')}`)));
  return promise;
}

async function startReplica(folder: string, options: ReplicaOptions, program: Program): Promise<Replica> {
  mkdirSync(folder);
  const [command = '', ...args] = program(writeGate(folder, options, LISTEN));
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  diesWithUs(child);
  const gone = once(child, 'exit');
  const log: string[] = [];
  const [, proxy = '', console_ = ''] = await ready(child, log);
  const api: Replica['api'] = (path, { as = APPROVER, headers, ...init } = {}) =>
    fetch(`${console_}${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${as}`,
        ...(init.body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
    });
  return {
    proxy,
    console: console_,
    folder,
    alive: () => child.exitCode === null && child.signalCode === null,
    log: () => log.join(''),
    pause: () => void child.kill('SIGSTOP'),
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
    async stop() {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      await gone;
      return child.exitCode;
    },
    api,
    call: (path, { headers, ...init } = {}) =>
      fetch(`${proxy}${path}`, { ...init, headers: { authorization: `Bearer ${AGENT}`, ...headers } }),
    async open() {
      const response = await api('/api/v1/approvals?status=open');
      // The store may be away: then nobody knows of any.
      return response.ok ? ((await response.json()) as { items: ApprovalView[] }).items : [];
    },
    approval: async (id) => (await (await api(`/api/v1/approvals/${id}`)).json()) as ApprovalView,
    vote: ({ id, digest }, vote = 'approve', { as = APPROVER, reason = 'because' } = {}) =>
      api(`/api/v1/approvals/${id}/votes`, { method: 'POST', as, body: JSON.stringify({ vote, reason, digest }) }),
    async holding() {
      const { checks } = (await (await api('/readyz')).json()) as { checks: { held: string } };
      return Number(checks.held);
    },
  };
}

/** Starts `count` replicas side by side. */
export async function startReplicas(count: number, options: ReplicaOptions): Promise<Replicas> {
  const root = mkdtempSync(join(tmpdir(), 'holdgate-replicas-'));
  const keys = join(root, 'keys');
  const made = await run(HOLDGATE, ['keys', 'init', keys]);
  if (made.code !== 0) throw new Error(`holdgate keys init: ${made.stderr}`);
  const shared = { ...options, more: `keys: {dir: ${keys}}\n${options.more ?? ''}` };
  const started: Replica[] = [];
  let folders = 0;
  const add: Replicas['add'] = async (program = serve, store = shared.store) => {
    const replica = await startReplica(join(root, `r${folders++}`), { ...shared, store }, program);
    started.push(replica);
    return replica;
  };
  const close = async (): Promise<void> => {
    await Promise.all(started.filter((replica) => replica.alive()).map((replica) => replica.kill()));
    rmSync(root, { recursive: true, force: true });
  };
  try {
    const all = await Promise.all(Array.from({ length: count }, () => add()));
    return { all, add, close };
  } catch (error) {
    await close();
    throw error;
  }
}
