// A whole gate in this process: real ports, real SQLite, real files in a temporary folder; only the addresses are free ones.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.ts';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { sha256 } from '../../src/core/sha256.ts';
import { type Running, type StartOptions, startHoldgate } from '../../src/main.ts';

const credential = (): string => `hg_${randomBytes(32).toString('base64url')}`;

export const AGENT: string = credential();
export const OTHER_AGENT: string = credential();
export const APPROVER: string = credential();
export const SECOND: string = credential();
export const OWNER: string = credential();
export const OUTSIDER: string = credential();

export interface GateOptions extends StartOptions {
  readonly upstream: string;
  /** YAML of the rules, at the indentation of a list item. */
  readonly rules: string;
  /** YAML of `store`; SQLite if absent. */
  readonly store?: string;
  /** Further top-level YAML of holdgate.yaml; `hold` and `limits` may be given here. */
  readonly more?: string;
  /** Further keys of the upstream, YAML flow style: `credential: {…}`. */
  readonly upstreamMore?: string;
  /** An existing folder, to start again on the same data. */
  readonly folder?: string;
}

/** What `fetch` takes, with headers as a plain object. */
export interface CallInit extends RequestInit {
  readonly headers?: Record<string, string>;
}

export interface TestGate {
  readonly running: Running;
  readonly folder: string;
  readonly log: string[];
  /** A call of the agent. */
  call(path: string, init?: CallInit): Promise<Response>;
  /** The console's API as some person. */
  api(path: string, init?: CallInit & { readonly as?: string }): Promise<Response>;
  /** The first open approval, as soon as there is one. */
  held(): Promise<ApprovalView>;
  vote(
    approval: ApprovalView,
    vote: 'approve' | 'deny',
    more?: { readonly as?: string; readonly reason?: string; readonly digest?: string },
  ): Promise<Response>;
  /** Resolves once this many connections wait. */
  heldConnections(count: number): Promise<void>;
  /** Bytes in, bytes out, on a connection of their own. */
  raw(bytes: string | Buffer): Promise<string>;
  stop(): Promise<void>;
}

export function writeGate(
  folder: string,
  options: Pick<GateOptions, 'upstream' | 'rules' | 'store' | 'more' | 'upstreamMore'>,
  listen: string,
): string {
  mkdirSync(join(folder, 'policies'), { recursive: true });
  writeFileSync(
    join(folder, 'policies', 'test.yaml'),
    `version: 1\nname: test\nowner: platform-owner@example.com\nrules:\n${options.rules}\n`,
  );
  const config = join(folder, 'holdgate.yaml');
  const person = (email: string, secret: string, groups: string): string =>
    `  - {email: ${email}, groups: [${groups}], credentials: [{bearer_sha256: ${sha256(secret)}}]}\n`;
  writeFileSync(
    config,
    `version: 1
listen: ${listen}
store: ${options.store ?? 'sqlite'}
data_dir: data
policies: [policies]
agents:
  - {id: deploy-bot, owner: platform-owner@example.com, labels: {env: ci}, credentials: [{bearer_sha256: ${sha256(AGENT)}}]}
  - {id: other-bot, owner: other-owner@example.com, credentials: [{bearer_sha256: ${sha256(OTHER_AGENT)}}]}
people:
${person('security-oncall@example.com', APPROVER, 'security')}${person('second-oncall@example.com', SECOND, 'security')}${person('platform-owner@example.com', OWNER, 'security')}${person('outsider@example.com', OUTSIDER, 'sales')}upstreams:
  api: {base: "${options.upstream}", mount: /api, hosts: [api.test], allow_private: true${options.upstreamMore ? `, ${options.upstreamMore}` : ''}}
${options.more ?? ''}
`,
  );
  return config;
}

/** Reads until the peer closes. */
export function rawExchange(port: number, bytes: string | Buffer): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const chunks: Buffer[] = [];
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
  });
  return promise;
}

export async function startGate(options: GateOptions): Promise<TestGate> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'holdgate-test-'));
  const file = writeGate(folder, options, '{proxy: "127.0.0.1:18080", console: "127.0.0.1:18081"}');
  const loaded = loadConfig(file, { UPSTREAM_TOKEN: 'upstream-secret-token' });
  if (!loaded.ok) throw new Error(loaded.faults.map(({ at, message }) => `${at}: ${message}`).join('\n'));
  const free = { host: '127.0.0.1', port: 0 };
  const log: string[] = [];
  const started = await startHoldgate(
    { ...loaded.config, listen: { proxy: free, console: free } },
    { logTo: { write: (line) => void log.push(line) }, ...options },
  );
  if (!started.ok) throw new Error(started.faults.map(({ at, message }) => `${at}: ${message}`).join('\n'));
  const { running } = started;
  const api: TestGate['api'] = (path, { as = APPROVER, headers, ...init } = {}) =>
    fetch(`http://127.0.0.1:${running.console.port}${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${as}`,
        ...(init.body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
    });
  return {
    running,
    folder,
    log,
    api,
    call: (path, { headers, ...init } = {}) =>
      fetch(`http://127.0.0.1:${running.proxy.port}${path}`, {
        ...init,
        headers: { authorization: `Bearer ${AGENT}`, ...headers },
      }),
    async held() {
      for (;;) {
        const { items } = (await (await api('/api/v1/approvals?status=open')).json()) as { items: ApprovalView[] };
        if (items[0]) return items[0];
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    async heldConnections(count) {
      for (;;) {
        const { checks } = (await (await api('/readyz')).json()) as { checks: { held: string } };
        if (Number(checks.held) === count) return;
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    vote: (approval, vote, { as = APPROVER, reason = 'because', digest = approval.digest } = {}) =>
      api(`/api/v1/approvals/${approval.id}/votes`, {
        method: 'POST',
        as,
        body: JSON.stringify({ vote, reason, digest }),
      }),
    raw: (bytes) => rawExchange(running.proxy.port, bytes),
    async stop() {
      await running.stop(1000);
      if (!options.folder) rmSync(folder, { recursive: true, force: true });
    },
  };
}
