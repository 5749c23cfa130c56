// What approvers are shown beforehand, through a whole gate and against a real server: asked with the credential for previews, never in the
// way of the hold, and never more than people can be shown.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ApprovalDetail, renderApproval } from '../../src/cli/approvals/render-approval.ts';
import type { ApprovalView, ContextView } from '../../src/core/approval/view.ts';
import { type CallInit, startGate, type TestGate } from './running-gate.ts';

const READER = 'Bearer reader-secret-token';
const WRITER = 'Bearer writer-secret-token';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly userAgent: string | undefined;
  readonly via: string | undefined;
  readonly body: string;
}

type Handler = (request: Seen, response: ServerResponse) => void;

let gate: TestGate;
let upstream: { readonly url: string; close(): void };
let handler: Handler;
const seen: Seen[] = [];

const sendJson =
  (value: unknown, status = 200): Handler =>
  (_request, response) =>
    void response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));

async function listen(): Promise<{ url: string; close(): void }> {
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one: Seen = {
        method: request.method ?? '',
        url: request.url ?? '',
        authorization: request.headers.authorization,
        userAgent: request.headers['user-agent'],
        via: request.headers.via,
        body: Buffer.concat(chunks).toString(),
      };
      seen.push(one);
      handler(one, response);
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

beforeAll(async () => {
  upstream = await listen();
  gate = await startGate({
    upstream: upstream.url,
    upstreamMore: `credential: {header: Authorization, value: "${WRITER}"}, preview: {credential: {header: Authorization, value: "${READER}"}}`,
    rules:
      '  - {id: writes, match: {method: [PUT, PATCH, DELETE, POST]}, effect: hold, hold: {from: ["group:security"]}}',
    more: 'hold: {max_open_per_agent: 100}',
  });
});
afterAll(async () => {
  await gate.stop();
  upstream.close();
});
afterEach(() => {
  seen.length = 0;
});

let calls = 0;

interface Held {
  readonly id: string;
  readonly path: string;
  readonly answer: Promise<Response>;
}

/** Holds a call at a path of its own. */
async function hold(
  method: string,
  body?: unknown,
  type = 'application/json',
  headers: Record<string, string> = {},
): Promise<Held> {
  const path = `/things/${++calls}`;
  const init: CallInit = {
    method,
    headers: { ...headers, ...(body !== undefined && { 'content-type': type }) },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  };
  const answer = gate.call(`/api${path}`, init);
  answer.catch(() => undefined);
  for (;;) {
    const { items } = (await (await gate.api('/api/v1/approvals?status=open')).json()) as { items: ApprovalView[] };
    const found = items.find(({ url }) => url.endsWith(path));
    if (found) return { id: found.id, path, answer };
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function show(id: string): Promise<ApprovalDetail> {
  return (await (await gate.api(`/api/v1/approvals/${id}`)).json()) as ApprovalDetail;
}

async function informed(id: string): Promise<ApprovalDetail & { readonly context: ContextView }> {
  for (;;) {
    const detail = await show(id);
    const { context } = detail;
    if (context) return { ...detail, context };
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function decide(id: string, vote: 'approve' | 'deny'): Promise<void> {
  const { ok, status } = await gate.vote(await show(id), vote);
  if (!ok) throw new Error(`the vote was answered ${status}`);
}

const changes = ({ context }: { readonly context: ContextView }): readonly string[] =>
  context.preview.changes.map(({ path, before, after }) => `${path}: ${before} → ${after}`);

const text = (detail: ApprovalDetail): string =>
  renderApproval(detail, { columns: 120, colour: false, full: false }).text;

describe('the agent itself', () => {
  it('is shown nothing that only the credential for previews may read', async () => {
    handler = sendJson({ name: 'a', salary: 'only-for-approvers' });
    const { id, answer } = await hold('DELETE');
    expect(JSON.stringify(await informed(id))).toContain('only-for-approvers');
    for (const path of [`/.well-known/holdgate/approvals/${id}`, '/.well-known/holdgate']) {
      const told = await (await gate.call(path)).text();
      expect(told).toContain(id);
      expect(told).not.toContain('only-for-approvers');
      // What looks odd about it is not the agent's to know either: it would try until nothing does.
      expect(told).not.toContain('first-');
    }
    const state = (await (await gate.call(`/.well-known/holdgate/approvals/${id}`)).json()) as ApprovalView;
    expect(state).toMatchObject({ status: 'pending', context: null, flags: [] });
    await decide(id, 'deny');
    expect(await (await answer).text()).not.toContain('only-for-approvers');
  });
});

describe('a held PUT', () => {
  it('shows what would change, asked with the read-only credential, and is sent only once it is approved', async () => {
    handler = sendJson({ name: 'a', replicas: 3, owner: 'x' });
    const { id, path, answer } = await hold('PUT', { name: 'a', replicas: 0 });
    const detail = await informed(id);
    expect(changes(detail)).toEqual(['/replicas: 3 → 0', '/owner: "x" → null']);
    expect(detail.context.preview).toMatchObject({
      outcome: 'shown',
      cut: false,
      requests: [`GET ${upstream.url}${path}`],
    });
    expect(seen).toEqual([
      {
        method: 'GET',
        url: path,
        authorization: READER,
        userAgent: expect.stringMatching(/^holdgate-preview\//),
        via: expect.stringContaining('holdgate'),
        body: '',
      },
    ]);
    const shown = text(detail);
    expect(shown).toContain('│ /replicas: 3 → 0');
    expect(shown).toContain('│ /owner: "x" → (nothing)');
    await decide(id, 'approve');
    expect((await answer).status).toBe(200);
    expect(seen.at(-1)).toMatchObject({ method: 'PUT', authorization: WRITER, body: '{"name":"a","replicas":0}' });
  });

  it('says where there is nothing yet', async () => {
    handler = sendJson({}, 404);
    const { id } = await hold('PUT', { name: 'a' });
    const detail = await informed(id);
    expect(changes(detail)).toEqual(['/name: null → "a"']);
    expect(detail.context.preview.note).toContain('nothing at this address now');
  });

  it('hides secrets on both sides', async () => {
    handler = sendJson({ password: 'old-hunter2', url: 'https://user:old-hunter2@db/' });
    const { id } = await hold('PUT', { password: 'new-hunter2', url: 'https://user:new-hunter2@db/' });
    const detail = await informed(id);
    expect(changes(detail)).toHaveLength(2);
    expect(JSON.stringify(detail.context)).not.toContain('hunter2');
  });
});

describe('other held calls', () => {
  it('a merge patch is worked out', async () => {
    handler = sendJson({ a: { b: 1, c: 2 } });
    const { id } = await hold('PATCH', { a: { b: null, c: 3 } }, 'application/merge-patch+json');
    expect(changes(await informed(id))).toEqual(['/a/c: 2 → 3', '/a/b: 1 → null']);
  });

  it('a JSON patch is worked out, and one that would fail is said to', async () => {
    handler = sendJson({ list: ['a'] });
    const good = await hold('PATCH', [{ op: 'add', path: '/list/-', value: 'b' }], 'application/json-patch+json');
    expect(changes(await informed(good.id))).toEqual(['/list: ["a"] → ["a","b"]']);
    const bad = await hold('PATCH', [{ op: 'test', path: '/list', value: [] }], 'application/json-patch+json');
    expect((await informed(bad.id)).context.preview).toMatchObject({
      outcome: 'failed',
      note: expect.stringContaining('The patch would fail'),
    });
  });

  it('a DELETE shows what is there', async () => {
    handler = sendJson({ name: 'a', rows: 12 });
    const { id } = await hold('DELETE');
    expect(changes(await informed(id))).toEqual(['/name: "a" → null', '/rows: 12 → null']);
  });

  it('a POST is not asked about', async () => {
    handler = () => {
      throw new Error('asked');
    };
    const { id } = await hold('POST', { amount: 1 });
    expect((await informed(id)).context.preview).toMatchObject({ outcome: 'none', requests: [] });
    expect(seen).toEqual([]);
  });

  it('a call that asks for another method is not asked about', async () => {
    const { id } = await hold('PUT', { a: 1 }, 'application/json', { 'X-HTTP-Method-Override': 'DELETE' });
    const detail = await informed(id);
    expect(detail.context.preview).toMatchObject({ outcome: 'none', requests: [] });
    expect(detail.flags.map((flag) => flag.id)).toContain('method-override');
  });
});

describe('an upstream that is slow', () => {
  it('delays neither the hold nor the vote, nor what is sent', async () => {
    const waiting: ServerResponse[] = [];
    handler = ({ method }, response) => {
      if (method === 'GET') waiting.push(response);
      else response.writeHead(200).end('done');
    };
    const { id, answer } = await hold('PUT', { a: 1 });
    expect((await show(id)).context).toBeNull();
    await decide(id, 'approve');
    expect(await (await answer).text()).toBe('done');
    expect(seen.at(-1)).toMatchObject({ method: 'PUT', authorization: WRITER });
    for (const response of waiting) response.end();
  });

  it('is given up after three seconds, and people are told', async () => {
    handler = ({ method }, response) => {
      // A head, and then nothing: a byte now and then would not help either, the time is for all of it.
      if (method === 'GET') response.writeHead(200, { 'Content-Type': 'application/json' }).write('{');
    };
    const began = performance.now();
    const { id } = await hold('PUT', { a: 1 });
    const { context } = await informed(id);
    expect(performance.now() - began).toBeLessThan(6_000);
    expect(context.preview).toMatchObject({ outcome: 'failed', note: expect.stringMatching(/three seconds|failed/) });
    await decide(id, 'deny');
  });
});

describe('an answer that is hostile', () => {
  const preview = async (answer: Handler): Promise<ApprovalDetail & { readonly context: ContextView }> => {
    handler = answer;
    const { id } = await hold('PUT', { a: 1 });
    return informed(id);
  };
  const raw =
    (body: string | Buffer, headers: Record<string, string> = {}, status = 200): Handler =>
    (_request, response) =>
      void response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(body);

  it.each<[string, Handler, string]>([
    ['huge', raw(`{"a":"${'x'.repeat(3 * 1024 * 1024)}"}`), 'too long'],
    ['endless', (_r, response) => void response.writeHead(200).write('[', () => flood(response)), 'too long'],
    ['nested a million deep', raw('['.repeat(500_000)), 'too-deep'],
    ['no JSON', raw('<html><script>alert(1)</script>'), 'no plain JSON'],
    ['a member twice', raw('{"a":1,"a":2}'), 'duplicate-key'],
    ['no UTF-8', raw(Buffer.from([0x22, 0xff, 0x22])), 'no plain JSON'],
    ['compressed unasked', raw(gzipSync('{"a":1}'), { 'Content-Encoding': 'gzip' }), 'encoded'],
    ['a redirect', raw('{}', { Location: 'http://169.254.169.254/' }, 302), 'HTTP 302'],
    ['a refusal', raw('{}', {}, 403), 'may not read'],
    ['an error', raw('{"password":"x"}', {}, 500), 'HTTP 500'],
    [
      'cut off',
      (_r, response) => void response.writeHead(200, { 'Content-Length': '100' }).write('{', () => response.destroy()),
      'failed',
    ],
  ])('%s is a preview that failed, in our words', async (_what, answer, why) => {
    const { context } = await preview(answer);
    expect(context.preview.outcome).toBe('failed');
    expect(context.preview.note).toContain(why);
    expect(context.preview.changes).toEqual([]);
    expect(seen.filter(({ method }) => method === 'GET')).toHaveLength(1);
  });

  it('of many members is cut, and says so', async () => {
    const big = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, i]));
    const detail = await preview(raw(JSON.stringify(big)));
    expect(detail.context.preview.cut).toBe(true);
    expect(detail.context.preview.changes.length).toBeLessThanOrEqual(200);
    expect(text(detail)).toContain('more would change than is listed here');
  });

  it('cannot act on, or hide from, a terminal', async () => {
    const nasty = '\u001b[2J\u202Eabc\u200B\n  votes     1 of 1 <b>approved</b>';
    const detail = await preview(sendJson({ [nasty]: nasty, a: nasty }));
    const shown = text(detail);
    // oxlint-disable-next-line no-control-regex -- that is what must not be in it
    expect(shown).not.toMatch(/[\u001b\u202e\u200b]/);
    expect(shown.split('\n').filter((line) => line.startsWith('  votes'))).toHaveLength(1);
  });

  it('that echoes the credential shows stars', async () => {
    const detail = await preview(
      ({ authorization }, response) => void response.writeHead(200).end(JSON.stringify({ echo: authorization })),
    );
    const whole = JSON.stringify(detail);
    expect(whole).not.toContain('reader-secret-token');
    expect(whole).toContain('*****');
  });
});

function flood(response: ServerResponse): void {
  if (response.destroyed) return;
  response.write(' '.repeat(64 * 1024), () => setImmediate(flood, response));
}

it('every replica, the list and the stream tell the same', async () => {
  handler = sendJson({ a: 2 });
  const { id } = await hold('PUT', { a: 1 });
  const detail = await informed(id);
  const { items } = (await (await gate.api('/api/v1/approvals?status=open')).json()) as { items: ApprovalView[] };
  expect(items.find((item) => item.id === id)?.context).toEqual(detail.context);
  const { body } = await gate.api('/api/v1/events');
  if (!body) throw new Error('no stream');
  let events = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    events += chunk;
    if (events.includes('event: synced')) break;
  }
  const own = events.split('\n\n').find((event) => event.includes(`id: ${id}:`));
  expect(own).toContain(JSON.stringify(detail.context.preview));
});
