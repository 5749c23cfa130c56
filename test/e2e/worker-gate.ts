// The real binary with several workers, as a process group of its own: what it says, who its workers are, and a way to ask
// a certain one of them.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { AGENT, APPROVER } from './running-gate.ts';

export const HOLDGATE: string = fileURLToPath(new URL('../../bin/holdgate', import.meta.url));
/** For `listen:`; both ports are free ones. */
export const FREE_PORTS = '{proxy: "127.0.0.1:0", console: "127.0.0.1:0"}';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One line of its log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly event: string };

export interface WorkerGate {
  readonly pid: number;
  readonly proxy: string;
  readonly console: string;
  log(event: string): LogLine[];
  readonly stderr: () => string;
  /** Process of this worker, the newest one. */
  pidOf(worker: number): number;
  /** A call of the agent, on a connection of its own. Status 0 where that connection broke. */
  call(path: string, init?: Asking): Promise<Reply>;
  /** The console's API as an approver, at whichever worker answers; GET until one does. */
  api(path: string, init?: Asking): Promise<Reply>;
  /** The console's API at this very worker. */
  at(worker: number, path: string, init?: Asking): Promise<Reply>;
  /** The worker that holds a connection, as soon as one does. */
  holder(): Promise<number>;
  /** The first open approval, as soon as there is one. */
  open(): Promise<ApprovalView>;
  /** Figure of a series of the metrics page, by its whole name with labels; undefined where it is not there. */
  metric(series: string): Promise<number | undefined>;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

export const until = async (what: string, condition: () => boolean | Promise<boolean>, ms = 30_000): Promise<void> => {
  const deadline = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

export const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

function ask(agent: Agent | false, url: string, { method = 'GET', headers = {}, body }: Asking): Promise<Reply> {
  return new Promise((resolve) => {
    const nothing = (): void => resolve({ status: 0, headers: {}, body: '' });
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const sent = request(url, { agent, method, headers: { ...length, ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', nothing);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    sent.on('error', nothing);
    sent.end(body);
  });
}

const started = new Set<ChildProcess>();

/** Kills what tests left behind, workers included. */
export function killAll(): void {
  for (const { pid = 0 } of started) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It and all its workers have ended.
    }
  }
  started.clear();
}

/** Resolves when it is ready, or rejects with what it said. */
export async function startWorkers(config: string, ...args: readonly string[]): Promise<WorkerGate> {
  const child = spawn(HOLDGATE, ['serve', '--config', config, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, UPSTREAM_TOKEN: 'upstream-secret-token' },
  });
  started.add(child);
  let out = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  const over = ended.then((how) => Promise.reject(new Error(`it ended with ${how}: ${stderr}`)));
  over.catch(() => undefined);
  await Promise.race([until('it is ready', () => stderr.includes(' is ready: ')), over]);
  const [, proxy = '', console_ = ''] = /agents at (\S+), people at (\S+)/.exec(stderr) ?? [];

  const log: WorkerGate['log'] = (event) =>
    out
      .split('\n')
      .filter((line) => line.includes(`"${event}"`))
      .map((line) => JSON.parse(line) as LogLine)
      .filter((line) => line.event === event);
  const pidOf = (worker: number): number =>
    Number(log('worker:started').findLast((line) => line['worker'] === worker)?.['pid'] ?? 0);
  const asPerson = (init: Asking): Asking => ({
    ...init,
    headers: { authorization: `Bearer ${APPROVER}`, 'content-type': 'application/json', ...init.headers },
  });
  // Connections go to workers in turn, and one stays where it is: asks again until it is at the right one.
  const at: WorkerGate['at'] = async (worker, path, init = {}) => {
    let reply: Reply | undefined;
    await until(`worker ${worker} answers`, async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      try {
        const { status, body } = await ask(agent, `${console_}/readyz`, {});
        const { checks } = JSON.parse(status === 0 ? '{"checks":{}}' : body) as { checks: { worker?: string } };
        if (checks.worker === String(worker)) reply = await ask(agent, `${console_}${path}`, asPerson(init));
      } finally {
        agent.destroy();
      }
      return reply !== undefined && reply.status > 0;
    });
    return reply as Reply;
  };
  const gate: WorkerGate = {
    pid: child.pid ?? 0,
    proxy,
    console: console_,
    log,
    stderr: () => stderr,
    pidOf,
    call: (path, init = {}) =>
      ask(false, `${proxy}${path}`, { ...init, headers: { authorization: `Bearer ${AGENT}`, ...init.headers } }),
    async api(path, init = {}) {
      let reply = await ask(false, `${console_}${path}`, asPerson(init));
      // The worker that was to answer may be the one that just died.
      while (reply.status === 0 && init.method === undefined)
        reply = await ask(false, `${console_}${path}`, asPerson(init));
      return reply;
    },
    at,
    async holder() {
      const workers = new Set(log('worker:started').map((line) => Number(line['worker'])));
      let holder: number | undefined;
      await until('a worker holds a call', async () => {
        for (const worker of workers) {
          const { checks } = JSON.parse((await at(worker, '/readyz')).body) as { checks: { held: string } };
          if (Number(checks.held) > 0) holder = worker;
        }
        return holder !== undefined;
      });
      return holder as number;
    },
    async open() {
      let first: ApprovalView | undefined;
      await until('an approval is open', async () => {
        const { status, body } = await gate.api('/api/v1/approvals?status=open');
        if (status === 200) [first] = (JSON.parse(body) as { items: ApprovalView[] }).items;
        return first !== undefined;
      });
      return first as ApprovalView;
    },
    async metric(series) {
      const { body } = await gate.api('/metrics');
      const line = body.split('\n').find((text) => text.startsWith(`${series} `));
      return line === undefined ? undefined : Number(line.slice(series.length + 1));
    },
    ended,
  };
  const count = workersOf(stderr);
  await until('its log names every worker', () => log('worker:started').length >= count);
  return gate;
}

/** As the ready line has it; 0: it is one process. */
function workersOf(stderr: string): number {
  return Number(/\((\d+) workers\)/.exec(stderr)?.[1] ?? 0);
}
