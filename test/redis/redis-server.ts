// Real redis-server processes for tests: own port, own folder, durable and without eviction unless a test says otherwise. They die with
// the process that started them.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Argument, RespValue } from './resp.ts';
import { connectResp, type RespClient } from './resp-client.ts';
import { serverPort } from './server-port.ts';
import { diesWithUs } from './watchdog.ts';

/** Directives of redis.conf; several words as a list. */
export type RedisConfig = Readonly<Record<string, string | readonly string[]>>;

export interface RedisOptions {
  readonly appendfsync?: 'always' | 'everysec' | 'no';
  /** Goes before everything else here. */
  readonly config?: RedisConfig;
  readonly password?: string;
  /** A user of this name with `password` and the given rules (`~*`, `+@all`, …); the default user is switched off. */
  readonly acl?: { readonly user: string; readonly rules: readonly string[] };
  /** A running primary: this one becomes its replica and is ready once it has its data. */
  readonly replicaOf?: RedisServer;
  /** TLS on `port` with the certificate of test/fixtures/tls. */
  readonly tls?: boolean;
  /** Writes the configuration of a sentinel and gives its path: it is started instead of a server that keeps data. */
  readonly sentinel?: (folder: string) => string;
}

export interface RedisServer {
  readonly port: number;
  /** `redis(s)://[user:password@]127.0.0.1:port`. */
  readonly url: string;
  /** For `rediss://`: the file with the authority. */
  readonly caFile: string | undefined;
  readonly folder: string;
  /** A command on a connection of the test's own; bulk strings as text. Rejects with RespError. */
  command(...args: readonly Argument[]): Promise<unknown>;
  /** The same with bulk strings as they are. */
  raw(...args: readonly Argument[]): Promise<RespValue>;
  /** One more connection. */
  connect(): Promise<RespClient>;
  /** SIGSTOP: connections stay open, nothing is answered. */
  pause(): void;
  resume(): void;
  /** SIGKILL; resolves when it is gone. The data stays. */
  kill(): Promise<void>;
  /** Ends it in good order if it runs, and starts it again on the same port and data. */
  restart(): Promise<void>;
  /** Makes a replica a primary. */
  promote(): Promise<void>;
  /** SIGKILL, and the data is gone. */
  stop(): Promise<void>;
  /** What it printed. */
  log(): string;
}

const TLS = fileURLToPath(new URL('../fixtures/tls/', import.meta.url));
const READY = /Ready to accept connections|Sentinel ID is/;
const TAKEN = /Address already in use|Failed listening/;
/** Ports that somebody else took between our look and the bind. */
const MAX_TRIES = 10;

const DEFAULTS: RedisConfig = {
  bind: '127.0.0.1',
  save: '',
  appendonly: 'yes',
  appendfsync: 'always',
  'maxmemory-policy': 'noeviction',
  'repl-diskless-sync-delay': '0',
  'shutdown-timeout': '0',
};

function directives(options: RedisOptions, port: number): RedisConfig {
  const { password, acl, tls } = options;
  if (options.sentinel) return { bind: '127.0.0.1', port: String(port), ...options.config };
  return {
    ...DEFAULTS,
    ...(options.appendfsync && { appendfsync: options.appendfsync }),
    ...(password !== undefined && !acl && { requirepass: password, masterauth: password }),
    ...(acl && { user: [acl.user, 'on', `>${password ?? ''}`, ...acl.rules] }),
    ...(tls
      ? {
          port: '0',
          'tls-port': String(port),
          'tls-cert-file': `${TLS}loopback.pem`,
          'tls-key-file': `${TLS}loopback.key`,
          'tls-ca-cert-file': `${TLS}ca.pem`,
          'tls-auth-clients': 'no',
        }
      : { port: String(port) }),
    ...options.config,
  };
}

interface Life {
  readonly child: ChildProcess;
  readonly gone: Promise<unknown>;
  readonly said: () => string;
}

/** Resolves when it takes connections; rejects with its output if it ends before. */
async function live(args: readonly string[], folder: string): Promise<Life> {
  const child = spawn('redis-server', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const gone = once(child, 'exit');
  diesWithUs(child);
  let said = '';
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (READY.test(said)) resolve();
    });
  }
  gone.then(() => reject(new Error(`redis-server ended: ${said}`)), reject);
  await promise;
  return { child, gone, said: () => said };
}

/** Rejects with what the server printed if it does not start. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  for (let attempt = 1; ; attempt++) {
    const folder = mkdtempSync(join(tmpdir(), 'holdgate-redis-'));
    try {
      return await startOn(await serverPort(), folder, options);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      if (attempt === MAX_TRIES || !TAKEN.test(String(error))) throw error;
    }
  }
}

async function startOn(port: number, folder: string, options: RedisOptions): Promise<RedisServer> {
  const args = [
    ...(options.sentinel ? [options.sentinel(folder), '--sentinel'] : []),
    ...Object.entries(directives(options, port)).flatMap(([name, value]) => [`--${name}`, ...[value].flat()]),
    // Behind `user`, or the server could not load the one that it is to switch off.
    ...(options.acl ? ['--user', 'default', 'off'] : []),
  ];
  const caFile = options.tls ? `${TLS}ca.pem` : undefined;
  const { password } = options;
  const username = options.acl?.user;
  const address = { port, username, password, ca: caFile === undefined ? undefined : readFileSync(caFile) };
  let life = await live(args, folder);
  let connection: Promise<RespClient> | undefined;

  const connected = async (): Promise<RespClient> => {
    if (
      connection &&
      !(await connection.then(
        (one) => one.closed(),
        () => true,
      ))
    )
      return connection;
    connection = connectResp(address);
    return connection;
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    life.child.kill('SIGCONT');
    life.child.kill(signal);
    await life.gone;
  };
  const signIn = password === undefined ? '' : `${username ?? ''}:${password}@`;
  const server: RedisServer = {
    port,
    url: `redis${options.tls ? 's' : ''}://${signIn}127.0.0.1:${port}`,
    caFile,
    folder,
    command: async (...words) => (await connected()).command(...words),
    raw: async (...words) => (await connected()).raw(...words),
    connect: () => connectResp(address),
    pause: () => void life.child.kill('SIGSTOP'),
    resume: () => void life.child.kill('SIGCONT'),
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGTERM');
      life = await live(args, folder);
    },
    promote: async () => void (await server.command('REPLICAOF', 'NO', 'ONE')),
    async stop() {
      await end('SIGKILL');
      await connection?.then(
        (one) => one.close(),
        () => undefined,
      );
      rmSync(folder, { recursive: true, force: true });
    },
    log: () => life.said(),
  };
  if (options.replicaOf)
    await follow(server, options.replicaOf).catch(async (error: unknown) => {
      await server.stop();
      throw error;
    });
  return server;
}

async function follow(replica: RedisServer, primary: RedisServer): Promise<void> {
  // Told when it runs already: it then dials at once, and not at its next look around.
  await replica.command('REPLICAOF', '127.0.0.1', primary.port);
  while (!String(await replica.command('INFO', 'replication')).includes('master_link_status:up')) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
