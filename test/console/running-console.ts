// A console on a free loopback port over a fake gate, with one person of each kind that matters.
import { request } from 'node:http';
import { createCredentialIndex } from '../../src/core/credential-index.ts';
import type { Person } from '../../src/core/principal.ts';
import { sha256 } from '../../src/core/sha256.ts';
import { createInsights } from '../../src/gate/insights.ts';
import { type Console, type ConsoleDeps, createConsole } from '../../src/console/server.ts';
import type { ManualClock } from '../ports/manual-clock.ts';
import { consoleClock, type FakeGate, fakeGate } from './fake-gate.ts';

export const credentials = {
  /** In group security: may vote. */
  approver: 'hg_approver_0123456789abcdef',
  second: 'hg_second_0123456789abcdef',
  /** In people, in no group that may vote. */
  outsider: 'hg_outsider_0123456789abcdef',
  /** Answers for the agent; also in group security, and still may not vote. */
  owner: 'hg_owner_0123456789abcdef',
  /** An agent's: in no index of people. */
  agent: 'hg_agent_0123456789abcdef',
} as const;

const PEOPLE: Readonly<Record<string, Person>> = {
  [credentials.approver]: { email: 'security-oncall@example.com', groups: ['security'] },
  [credentials.second]: { email: 'second@example.com', groups: ['security'] },
  [credentials.outsider]: { email: 'reader@example.com', groups: ['sales'] },
  [credentials.owner]: { email: 'platform-owner@example.com', groups: ['security'] },
};

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

export interface Asked {
  readonly method?: string;
  readonly credential?: string | undefined;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Uint8Array | undefined;
}

export interface RunningConsole {
  readonly console: Console;
  readonly gate: FakeGate;
  readonly clock: ManualClock;
  readonly port: number;
  readonly url: string;
  /** Credentials that are known now; delete one to take the person out of the directory. */
  readonly people: Map<string, Person>;
  readonly errors: unknown[];
  readonly refused: string[];
  ask(path: string, options?: Asked): Promise<Reply>;
  close(): Promise<void>;
}

export async function runConsole(over: Partial<ConsoleDeps> = {}): Promise<RunningConsole> {
  const clock = consoleClock();
  const gate = fakeGate(clock);
  const people = new Map(Object.entries(PEOPLE));
  const errors: unknown[] = [];
  const refused: string[] = [];
  const console = createConsole({
    gate,
    clock,
    people: () =>
      createCredentialIndex([...people].map(([credential, value]) => ({ hash: sha256(credential), value }))),
    metrics: { contentType: 'text/plain; version=0.0.4', render: () => Promise.resolve('holdgate_approvals_open 0\n') },
    usage: (window) =>
      window === 60_000
        ? undefined
        : [
            { agent: 'deploy-bot', upstream: 'billing', dataset: 'billing', bytes: 10, rows: 0 },
            { agent: 'deploy-bot', upstream: 'billing', dataset: 'customer-data', bytes: 2048, rows: 25 },
            { agent: 'other-bot', upstream: 'billing', dataset: 'billing', bytes: window, rows: 0 },
          ],
    insights: createInsights({
      gate,
      putOff: async () => new Map([['deploy-bot', 3]]),
      yieldTurn: setImmediate,
      most: 300,
    }),
    links: {
      link: async (person, code) =>
        code === 'GOOD'
          ? { outcome: 'linked', account: { channel: 'slack', realm: 'T1', id: person.email } }
          : { outcome: code === 'TAKEN' ? 'taken' : 'unknown' },
      unlink: async () => [{ channel: 'slack', realm: 'T1', id: 'U1' }],
    },
    ready: () => Promise.resolve({ ready: true, checks: { store: 'ok' } }),
    publicKeys: () => [{ kty: 'OKP', crv: 'Ed25519', x: 'abc', kid: 'k1' }],
    publicUrl: 'https://holdgate.example.com',
    bus: {
      emit: (name, event) => {
        if (name === 'person:refused' && 'why' in event) refused.push(event.why);
      },
      on: () => () => undefined,
    },
    onError: (error) => errors.push(error),
    ...over,
  });
  const { port } = await console.listen({ host: '127.0.0.1', port: 0 });
  return {
    console,
    gate,
    clock,
    port,
    url: `http://127.0.0.1:${port}`,
    people,
    errors,
    refused,
    ask: (path, options = {}) => ask(port, path, options),
    close: () => console.close(),
  };
}

function ask(port: number, path: string, { method = 'GET', credential, headers, body }: Asked): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port,
      path,
      method,
      agent: false,
      headers: {
        ...(credential !== undefined && { authorization: `Bearer ${credential}` }),
        ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        ...headers,
      },
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const chunks: Uint8Array[] = [];
      response.on('data', (chunk: Uint8Array) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = /json/.test(response.headers['content-type'] ?? '') && text !== '';
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          json: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
        });
      });
    });
    outgoing.end(body);
  });
}
