// What the wire client is worth: the same tiny proxy (node:http in front) with different upstream clients, measured in turns.
// Prints requests per second and ratios. Not a test: nothing is asserted. Needs wrk; nginx is the upstream if it is installed.
//   node bench/wire.ts [rounds] [seconds] [connections] [bytes]
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Pool, type Dispatcher } from 'undici';
import { createWirePool, type WirePool } from '../src/proxy/wire/wire-pool.ts';
import type { WireExchange, WireHandler } from '../src/proxy/wire/wire-handler.ts';

/** http-proxy has no types of its own. */
interface HttpProxy {
  createProxyServer(options: { target: string; agent?: http.Agent }): {
    on(event: 'error', listener: (error: Error, req: unknown, res: http.ServerResponse) => void): void;
    web(req: http.IncomingMessage, res: http.ServerResponse): void;
  };
}
const httpProxy = createRequire(import.meta.url)('http-proxy') as HttpProxy;

// 'undici joined' gets the same relay as 'wire' (small body and head in one write), to show what the client alone is worth.
const kinds = ['wire', 'undici', 'undici joined', 'http-proxy keep-alive', 'http-proxy'] as const;
type Kind = (typeof kinds)[number];

const dropped = new Set([
  'host',
  'content-length',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'te',
  'upgrade',
  'expect',
]);

function endToEnd(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    if (!dropped.has((raw[i] as string).toLowerCase())) kept.push(raw[i] as string, raw[i + 1] as string);
  }
  return kept;
}

/** Writes one response to the agent; a body that came with the head goes out in the same write. */
class Relay implements WireHandler {
  readonly #res: http.ServerResponse;
  exchange: WireExchange | undefined;
  #length: number | undefined;
  #status = 0;
  #statusText = '';
  #headers: string[] = [];

  constructor(res: http.ServerResponse) {
    this.#res = res;
  }

  onHead(status: number, statusText: string, rawHeaders: string[], bodyLength: number | undefined): void {
    this.#status = status;
    this.#statusText = statusText;
    this.#headers = rawHeaders;
    this.#length = bodyLength;
  }

  #writeHead(length: number | undefined): void {
    const headers = this.#headers;
    if (length !== undefined) headers.push('Content-Length', String(length));
    this.#res.writeHead(this.#status, this.#statusText, headers);
  }

  onData(chunk: Buffer, last: boolean): boolean {
    const res = this.#res;
    if (last && !res.headersSent) {
      this.#writeHead(chunk.length);
      // A string of the head's encoding is joined with the head into one write.
      if (chunk.length <= 16_384) res.end(chunk.toString('latin1'), 'latin1');
      else res.end(chunk);
      return true;
    }
    if (!res.headersSent) this.#writeHead(this.#length);
    if (res.write(chunk)) return true;
    res.once('drain', () => this.exchange?.resume());
    return false;
  }

  onEnd(): void {
    const res = this.#res;
    if (res.writableEnded) return;
    if (!res.headersSent) this.#writeHead(this.#length);
    res.end();
  }

  onError(): void {
    if (this.#res.headersSent) this.#res.destroy();
    else this.#res.writeHead(502).end();
  }
}

function wholeBody(req: http.IncomingMessage, done: (body: Buffer | undefined) => void): void {
  if (req.headers['content-length'] === undefined) {
    done(undefined);
    return;
  }
  const pieces: Buffer[] = [];
  req.on('data', (piece: Buffer) => pieces.push(piece));
  req.on('end', () => done(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)));
}

function wireListener(port: number): http.RequestListener {
  const pool: WirePool = createWirePool({
    connect: () =>
      new Promise((resolve) => {
        const socket = net.connect(port, '127.0.0.1', () => resolve({ ok: true, socket }));
        socket.once('error', (error) => resolve({ ok: false, detail: error.message }));
      }),
    maxSockets: 256,
    idleTimeoutMs: 10_000,
    headTimeoutMs: 30_000,
    bodyIdleTimeoutMs: 30_000,
    maxHeaderBytes: 32_768,
    clock: {
      monotonic: () => performance.now(),
      after: (ms, callback) => {
        const timer = setTimeout(callback, ms).unref();
        return () => clearTimeout(timer);
      },
    },
  });
  const host = `127.0.0.1:${port}`;
  return (req, res) =>
    wholeBody(req, (body) => {
      const relay = new Relay(res);
      const headers = endToEnd(req.rawHeaders);
      relay.exchange = pool.request({ method: req.method ?? '', target: req.url ?? '', host, headers, body }, relay);
    });
}

function decoded(raw: readonly Buffer[], withLength: boolean): string[] {
  const headers: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as Buffer).toString('latin1');
    const lower = name.toLowerCase();
    if ((withLength && lower === 'content-length') || !dropped.has(lower)) {
      headers.push(name, (raw[i + 1] as Buffer).toString('latin1'));
    }
  }
  return headers;
}

function joinedHandler(relay: Relay): Dispatcher.DispatchHandler {
  let left = -1;
  return {
    onRequestStart(controller) {
      relay.exchange = { abort() {}, write: () => true, end() {}, resume: () => controller.resume() };
    },
    onResponseStart(controller, status, headers, statusText) {
      const length = headers['content-length'];
      left = length === undefined ? -1 : Number(length);
      const raw = decoded(controller.rawHeaders as Buffer[], false);
      relay.onHead(status, statusText ?? '', raw, length === undefined ? undefined : left);
    },
    onResponseData(controller, chunk) {
      left -= chunk.length;
      if (!relay.onData(chunk, left === 0)) controller.pause();
    },
    onResponseEnd: () => relay.onEnd(),
    onResponseError: () => relay.onError(),
  };
}

function undiciListener(port: number, joined: boolean): http.RequestListener {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 256, pipelining: 1 });
  return (req, res) =>
    wholeBody(req, (body) => {
      const options: Dispatcher.DispatchOptions = {
        method: req.method ?? '',
        path: req.url ?? '',
        headers: endToEnd(req.rawHeaders),
        body: body ?? null,
      };
      if (joined) {
        pool.dispatch(options, joinedHandler(new Relay(res)));
        return;
      }
      pool.dispatch(options, {
        onRequestStart() {},
        onResponseStart(controller, status, _headers, statusText) {
          const raw = controller.rawHeaders as Buffer[];
          const headers: string[] = [];
          for (let i = 0; i < raw.length; i += 2) {
            const name = (raw[i] as Buffer).toString('latin1');
            const lower = name.toLowerCase();
            if (lower === 'content-length' || !dropped.has(lower))
              headers.push(name, (raw[i + 1] as Buffer).toString('latin1'));
          }
          res.writeHead(status, statusText ?? '', headers);
        },
        onResponseData(controller, chunk) {
          if (!res.write(chunk)) {
            controller.pause();
            res.once('drain', () => controller.resume());
          }
        },
        onResponseEnd() {
          res.end();
        },
        onResponseError() {
          if (res.headersSent) res.destroy();
          else res.writeHead(502).end();
        },
      });
    });
}

function httpProxyListener(port: number, keepAlive: boolean): http.RequestListener {
  const target = `http://127.0.0.1:${port}`;
  const agent = keepAlive ? new http.Agent({ keepAlive: true, maxSockets: 256 }) : undefined;
  const proxy = httpProxy.createProxyServer(agent === undefined ? { target } : { target, agent });
  proxy.on('error', (_error, _req, res) => void res.end());
  return (req, res) => proxy.web(req, res);
}

function serve(kind: Kind, upstream: number): void {
  const listener =
    kind === 'wire'
      ? wireListener(upstream)
      : kind === 'undici' || kind === 'undici joined'
        ? undiciListener(upstream, kind === 'undici joined')
        : httpProxyListener(upstream, kind === 'http-proxy keep-alive');
  const server = http.createServer(listener);
  server.listen(0, '127.0.0.1', () => console.log((server.address() as net.AddressInfo).port));
  // An orderly exit, so that --cpu-prof writes its profile.
  process.on('SIGTERM', () => process.exit(0));
}

function have(command: string): boolean {
  return spawnSync('which', [command]).status === 0;
}

/** Prefix that pins a command to a core, where that is possible. */
const pin = (core: string, ...command: string[]): [string, string[]] =>
  have('taskset') && os.availableParallelism() > 1
    ? ['taskset', ['-c', core, ...command]]
    : [command[0] as string, command.slice(1)];

function firstLine(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (data: Buffer) => resolve(Number(data.toString().trim())));
    child.once('exit', () => reject(new Error('a server did not start')));
  });
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startUpstream(
  folder: string,
  bytes: number,
): Promise<{ child: ChildProcess; port: number; what: string }> {
  if (have('nginx')) {
    const port = await freePort();
    writeFileSync(
      path.join(folder, 'nginx.conf'),
      `daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr crit;
       events { worker_connections 4096; }
       http { access_log off; keepalive_requests 100000000; client_body_temp_path ${folder}; proxy_temp_path ${folder};
         fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
         server { listen 127.0.0.1:${port}; location / { default_type application/json; return 200 "${'x'.repeat(bytes)}"; } } }`,
    );
    const [command, args] = pin('0', 'nginx', '-p', folder, '-c', path.join(folder, 'nginx.conf'));
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    await new Promise((resolve) => setTimeout(resolve, 300));
    return { child, port, what: 'nginx' };
  }
  const [command, args] = pin('0', process.execPath, fileURLToPath(import.meta.url), '--upstream', String(bytes));
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  return { child, port: await firstLine(child), what: 'node:http' };
}

/** Requests per second, and how many answers were not 200. */
function load(port: number, seconds: number, connections: number): { rate: number; failed: number } {
  const [command, args] = pin(
    '0',
    'wrk',
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    `http://127.0.0.1:${port}/v1/items?page=2`,
  );
  const { stdout } = spawnSync(command, args, { encoding: 'utf8' });
  const failed = /Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? /Socket errors:.* read (\d+)/.exec(stdout)?.[1];
  return { rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]), failed: Number(failed ?? 0) };
}

/** CPU that a process has used, in seconds: what a neighbour on the machine does not change. NaN without /proc. */
function cpuSeconds(pid: number | undefined): number {
  if (pid === undefined || process.platform !== 'linux') return Number.NaN;
  // Fields 14 and 15 of proc(5) stat, in ticks of 10 ms; counted behind the name, which may contain spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

async function main(rounds: number, seconds: number, connections: number, bytes: number): Promise<void> {
  if (!have('wrk')) throw new Error('wrk is needed to make the load');
  const folder = mkdtempSync(path.join(os.tmpdir(), 'holdgate-bench-'));
  const upstream = await startUpstream(folder, bytes);
  const proxies = new Map<Kind, { child: ChildProcess; port: number }>();
  try {
    for (const kind of kinds) {
      const self = fileURLToPath(import.meta.url);
      const [command, args] = pin(
        '1',
        process.execPath,
        ...process.execArgv,
        self,
        '--proxy',
        kind,
        String(upstream.port),
      );
      const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      proxies.set(kind, { child, port: await firstLine(child) });
    }
    const rates = new Map<Kind, number[]>(kinds.map((kind) => [kind, []]));
    const costs = new Map<Kind, number[]>(kinds.map((kind) => [kind, []]));
    for (const [, { port }] of proxies) load(port, 1, connections);
    for (let round = 0; round < rounds; round++) {
      for (const [kind, { port, child }] of proxies) {
        const before = cpuSeconds(child.pid);
        const { rate, failed } = load(port, seconds, connections);
        rates.get(kind)?.push(rate);
        costs.get(kind)?.push(((cpuSeconds(child.pid) - before) * 1e6) / (rate * seconds));
        if (failed > 0) console.log(`${kind}: ${failed} failed`);
      }
    }
    const wire = rates.get('wire') ?? [];
    console.log(
      `Node ${process.version}, ${upstream.what} upstream, ${connections} connections, ${bytes} byte responses, ${rounds} rounds of ${seconds} s`,
    );
    // Ratios are medians of the rounds' own ratios: a neighbour on the machine then disturbs both sides of a pair alike.
    for (const [kind, values] of rates) {
      const cost = median(costs.get(kind) ?? []);
      const throughput = median(wire.map((rate, i) => rate / (values[i] ?? 0)));
      const cpu = median((costs.get('wire') ?? []).map((own, i) => (costs.get(kind)?.[i] ?? 0) / own));
      console.log(
        `${kind.padEnd(22)} ${Math.round(median(values))} req/s, ${cost.toFixed(1)} µs CPU a request; ` +
          `wire: ${throughput.toFixed(2)} × the throughput, ${cpu.toFixed(2)} × less CPU`,
      );
    }
  } finally {
    for (const { child } of proxies.values()) child.kill();
    upstream.child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

const [mode, ...rest] = process.argv.slice(2);
if (mode === '--proxy') serve(rest[0] as Kind, Number(rest[1]));
else if (mode === '--upstream') {
  const body = 'x'.repeat(Number(rest[0]));
  const server = http.createServer((_req, res) => res.end(body));
  server.listen(0, '127.0.0.1', () => console.log((server.address() as net.AddressInfo).port));
} else {
  const [rounds = 12, seconds = 1, connections = 64, bytes = 1024] = process.argv.slice(2).map(Number);
  await main(rounds, seconds, connections, bytes);
}
