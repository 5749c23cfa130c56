// What an upstream can do wrong, on real sockets: allowed calls are answered with a problem or broken off, never completed as if
// whole; held calls end as not sent or unknown, once, and the answer, the record and the receipt say the same.
import type { Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startRawServer } from './raw-server.ts';
import { freePort } from './real-clients.ts';
import { type Answer, ok, type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { AGENT, startGate, type TestGate } from './running-gate.ts';

const RULES = `
  - id: reads
    match: {method: [GET, HEAD, PUT]}
    effect: allow
  - id: writes
    match: {method: POST}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
`;
const TOKEN = 'upstream-secret-token';
const OPTIONS = {
  rules: RULES,
  more: 'default: deny',
  upstreamMore:
    'credential: {header: Authorization, value: "Bearer ${env:UPSTREAM_TOKEN}"}, timeouts: {connect: 500ms, head: 150ms, idle: 150ms}',
};

const hang: Answer = () => undefined;
const reset: Answer = (_request, socket) => void socket.resetAndDestroy();
const say =
  (text: string, then: (socket: Socket) => void = () => undefined): Answer =>
  (_request, socket) =>
    void socket.write(text, 'latin1', () => then(socket));
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n';

describe('an allowed call', () => {
  let upstream: RawUpstream;
  let gate: TestGate;
  let answer: Answer;

  beforeAll(async () => {
    upstream = await startRawUpstream((request, socket) => answer(request, socket));
    gate = await startGate({ upstream: upstream.url, ...OPTIONS });
  });
  afterAll(async () => {
    await gate.stop();
    await upstream.close();
  });
  beforeEach(() => {
    answer = ok;
  });

  const get = (method = 'GET', more = ''): Promise<string> =>
    gate.raw(
      `${method} /api/x HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer ${AGENT}\r\nConnection: close\r\n${more}\r\n`,
    );
  const statusOf = (text: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);

  it.each<[string, Answer, number, string]>([
    ['never answers', hang, 504, 'upstream-timeout'],
    ['resets before its head', reset, 502, 'upstream-unreachable'],
    ['closes before its head', (_request, socket) => void socket.end(), 502, 'upstream-unreachable'],
    ['stops inside its head', say('HTTP/1.1 200 OK\r\nContent-', (socket) => socket.end()), 502, 'upstream-invalid'],
    ['trickles its head', say('HTTP/1.1 200 OK\r\nContent-'), 504, 'upstream-timeout'],
    ['does not speak HTTP', say('SSH-2.0-OpenSSH_9.9\r\n\r\n'), 502, 'upstream-invalid'],
    ['gives two lengths', say(`${HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\nokk`), 502, 'upstream-invalid'],
    [
      'gives a length and a coding',
      say(`${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
      502,
      'upstream-invalid',
    ],
    ['folds a header', say(`${HEAD}X-A: 1\r\n folded\r\nContent-Length: 2\r\n\r\nok`), 502, 'upstream-invalid'],
    ['sends too much head', say(`${HEAD}X-A: ${'a'.repeat(70_000)}\r\n\r\n`), 502, 'upstream-invalid'],
    ['upgrades unasked', say('HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n'), 502, 'upstream-invalid'],
    ['floods with 1xx', say('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(200)), 502, 'upstream-invalid'],
  ])('to an upstream that %s is answered with a problem', async (_name, fault, status, reason) => {
    answer = fault;
    const text = await get();
    expect(statusOf(text)).toBe(status);
    expect(text).toContain(`"reason":"${reason}"`);
    expect(text).not.toContain(TOKEN);
    answer = ok;
    expect(await get()).toMatch(/\r\n\r\nok$/);
  });

  it.each([
    ['status 099', 'HTTP/1.1 099 Odd\r\nContent-Length: 2\r\n\r\nok'],
    ['status 000', 'HTTP/1.1 000 Odd\r\nContent-Length: 2\r\n\r\nok'],
    ['status 999', 'HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\nok'],
    ['a control character in its reason', 'HTTP/1.1 200 O\x01K\r\nContent-Length: 2\r\n\r\nok'],
    ['a high character in its reason', 'HTTP/1.1 200 \xe9t\xe9\r\nContent-Length: 2\r\n\r\nok'],
    ['no reason', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok'],
    ['DEL in a header', `${HEAD}X-A: \x7f\r\nContent-Length: 2\r\n\r\nok`],
    ['NUL in a header', `${HEAD}X-A: \0\r\nContent-Length: 2\r\n\r\nok`],
    ['high characters in a header', `${HEAD}X-A: \xff\xe9\r\nContent-Length: 2\r\n\r\nok`],
    ['an empty header', `${HEAD}X-A:\r\nContent-Length: 2\r\n\r\nok`],
    ['a bare line feed', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok'],
    ['its length nominated by Connection', `${HEAD}Connection: content-length\r\nContent-Length: 2\r\n\r\nok`],
    ['headers of ours', `${HEAD}Date: x\r\nKeep-Alive: timeout=1\r\nTrailer: X-T\r\nContent-Length: 2\r\n\r\nok`],
    ['a trailer', `${HEAD}Transfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n2\r\nok\r\n0\r\nX-T: 1\r\n\r\n`],
    ['a 204 with a body', 'HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\nok'],
    ['a 205 with a body', 'HTTP/1.1 205 No\r\nContent-Length: 2\r\n\r\nok'],
  ])('to an upstream that answers with %s is answered once, whole or with a problem', async (_name, text) => {
    answer = say(text);
    const seen = await get();
    expect(seen.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
    expect(statusOf(seen)).toBeGreaterThanOrEqual(200);
    if (statusOf(seen) === 502) expect(seen).toContain('"reason":"upstream-invalid"');
    answer = ok;
    expect(await get()).toMatch(/\r\n\r\nok$/);
  });

  it('to an upstream that is not there is answered 502', async () => {
    const port = await freePort();
    const other = await startGate({ ...OPTIONS, upstream: `http://127.0.0.1:${port}` });
    const response = await other.call('/api/x');
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ reason: 'upstream-unreachable', retryable: true });
    await other.stop();
  });

  it.each<[string, Answer]>([
    [
      'resets inside a counted body',
      say(`${HEAD}Content-Length: 100\r\n\r\nhalf`, (socket) => socket.resetAndDestroy()),
    ],
    ['closes inside a counted body', say(`${HEAD}Content-Length: 100\r\n\r\nhalf`, (socket) => socket.end())],
    ['falls silent inside a counted body', say(`${HEAD}Content-Length: 100\r\n\r\nhalf`)],
    [
      'closes inside a chunked body',
      say(`${HEAD}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`, (socket) => socket.end()),
    ],
    ['breaks its chunks', say(`${HEAD}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n`)],
  ])('to an upstream that %s is broken off', async (_name, fault) => {
    answer = fault;
    const text = await get();
    // The head and the bytes may have left already, or nothing at all; what must not happen is a complete response.
    const [head = '', body = ''] = text.split('\r\n\r\n');
    if (/content-length: 100/i.test(head)) expect(body.length).toBeLessThan(100);
    else expect(text.endsWith('0\r\n\r\n')).toBe(false);
    await expect(gate.call('/api/x').then((response) => response.text())).rejects.toThrow();
  });

  it('never hands bytes behind a response to the next call', async () => {
    answer = say(`${HEAD}Content-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`);
    const before = upstream.connections();
    const responses = await Promise.all([get(), get()]);
    responses.push(await get());
    for (const text of responses) expect(text).toMatch(/\r\n\r\nok$/);
    expect(upstream.connections() - before).toBe(3);
  });

  it('passes on a response that came before its body was read', async () => {
    const early = await startRawServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nlarge'));
    });
    const other = await startGate({ ...OPTIONS, upstream: early.url });
    const text = await other.raw(
      `PUT /api/x HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer ${AGENT}\r\nConnection: close\r\nContent-Length: 200000\r\n\r\nstart`,
    );
    expect(statusOf(text)).toBe(413);
    expect(text).toMatch(/\r\n\r\nlarge$/);
    await other.stop();
    await early.close();
  });

  it('lets a slow trickle through as long as it is never silent for too long', async () => {
    answer = (_request, socket) => {
      socket.write(`${HEAD}Content-Length: 6\r\n\r\n`);
      let sent = 0;
      const timer = setInterval(() => {
        socket.write('x');
        if (++sent === 6) clearInterval(timer);
      }, 60);
    };
    expect(await get()).toMatch(/\r\n\r\nxxxxxx$/);
  });

  it('gets a redirect as it is', async () => {
    answer = say('HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\n\r\n');
    const before = upstream.requests.length;
    const response = await gate.call('/api/x', { redirect: 'manual' });
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('http://169.254.169.254/latest');
    expect(upstream.requests.length).toBe(before + 1);
  });

  it.each<[string, string, string]>([
    ['204', 'GET', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['304', 'GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\nETag: "a"\r\n\r\n'],
    ['a response to HEAD', 'HEAD', `${HEAD}Content-Length: 700\r\n\r\n`],
  ])('gets %s without a body, and the connection goes on', async (_name, method, response) => {
    answer = say(response);
    const before = upstream.connections();
    const call = `${method} /api/x HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer ${AGENT}\r\n`;
    const text = await gate.raw(`${call}\r\n${call}Connection: close\r\n\r\n`);
    expect(text.match(/^HTTP\/1\.1 \d{3}/gm)).toHaveLength(2);
    expect(text.endsWith('\r\n\r\n')).toBe(true);
    expect(upstream.connections() - before).toBeLessThanOrEqual(2);
  });

  it("does not get what only the gate may say, nor a cookie for the gate's credential", async () => {
    answer = say(
      `${HEAD}Holdgate-Receipt: forged\r\nholdgate-decision: dec_forged\r\nSet-Cookie: session=1\r\nSet-Cookie: b=2\r\nX-Kept: yes\r\nContent-Length: 2\r\n\r\nok`,
    );
    const text = await get();
    expect(text).toContain('X-Kept: yes');
    expect(text).not.toMatch(/forged|set-cookie|session=1/i);
    expect(text.match(/holdgate-decision/gi)).toHaveLength(1);
  });

  it("gets the gate's credential blanked out wherever the upstream repeats it", async () => {
    answer = (_request, socket) => {
      socket.write(`${HEAD}X-Echo: Bearer ${TOKEN}\r\nTransfer-Encoding: chunked\r\n\r\n`);
      const body = `a ${TOKEN} b ${TOKEN} c`;
      let at = 0;
      // Every byte in a read of its own, so that the token is split at each of its places.
      const timer = setInterval(() => {
        socket.write(`1\r\n${body[at]}\r\n`);
        if (++at === body.length) {
          clearInterval(timer);
          socket.write('0\r\n\r\n');
        }
      }, 2);
    };
    const response = await gate.call('/api/x');
    const blank = '*'.repeat(TOKEN.length);
    expect(response.headers.get('x-echo')).toBe(`Bearer ${blank}`);
    expect(await response.text()).toBe(`a ${blank} b ${blank} c`);
    expect(gate.log.join('')).toContain('upstream:credential-reflected');
  });
});

describe('a held and approved call', () => {
  let upstream: RawUpstream;
  let answer: Answer;

  beforeAll(async () => {
    upstream = await startRawUpstream((request, socket) => answer(request, socket));
  });
  afterAll(() => upstream.close());
  beforeEach(() => {
    upstream.requests.length = 0;
  });

  interface Outcome {
    readonly response: Response | undefined;
    readonly text: string;
    readonly status: string;
    readonly receipt: Record<string, unknown>;
    readonly again: Response;
  }

  /** Posts, approves, and collects what everybody says about it. */
  async function outcome(gate: TestGate): Promise<Outcome> {
    const waiting = gate.call('/api/x', { method: 'POST', body: 'a=1' }).catch(() => undefined);
    const approval = await gate.held();
    expect((await gate.vote(approval, 'approve')).status).toBe(200);
    const response = await waiting;
    const text = (await response?.text().catch(() => 'broken off')) ?? 'broken off';
    let receipt: Response;
    do receipt = await gate.api(`/api/v1/receipts/${approval.id.replace('apr_', 'rcp_')}`);
    while (receipt.status === 404);
    const { receipt: jws } = (await receipt.json()) as { receipt: string };
    const { status } = (await (await gate.api(`/api/v1/approvals/${approval.id}`)).json()) as { status: string };
    const again = await gate.call('/api/x', { method: 'POST', body: 'a=1', headers: { prefer: 'wait=0' } });
    return {
      response,
      text,
      status,
      receipt: JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>,
      again,
    };
  }

  it.each<[string, Answer]>([
    ['never answers', hang],
    ['resets before its head', reset],
    ['does not speak HTTP', say('SSH-2.0-OpenSSH_9.9\r\n\r\n')],
    ['resets inside the body', say(`${HEAD}Content-Length: 100\r\n\r\nhalf`, (socket) => socket.resetAndDestroy())],
    ['falls silent inside the body', say(`${HEAD}Content-Length: 100\r\n\r\nhalf`)],
  ])('to an upstream that %s has an unknown outcome and is never sent again', async (_name, fault) => {
    answer = fault;
    const gate = await startGate({ upstream: upstream.url, ...OPTIONS });
    const { response, text, status, receipt, again } = await outcome(gate);
    expect(status).toBe('indeterminate');
    expect(receipt).toMatchObject({ status: 'indeterminate' });
    if (text !== 'broken off') {
      expect(response?.status).toBe(409);
      expect(JSON.parse(text)).toMatchObject({ reason: 'outcome-unknown', retryable: false });
    }
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({ reason: 'outcome-unknown' });
    expect(upstream.requests).toHaveLength(1);
    await gate.stop();
  });

  it('to an upstream that is not there was certainly not sent', async () => {
    const gate = await startGate({ ...OPTIONS, upstream: `http://127.0.0.1:${await freePort()}` });
    const { response, text, status, receipt, again } = await outcome(gate);
    expect(status).toBe('not_sent');
    expect(receipt).toMatchObject({ status: 'not_sent' });
    expect(response?.status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({ reason: 'not-sent', retryable: true });
    // Asking again asks people again.
    expect(again.status).toBe(429);
    await gate.stop();
  });

  it("to an upstream whose answer repeats the gate's credential gets it blanked, kept copy included", async () => {
    answer = say(`${HEAD}Set-Cookie: s=1\r\nX-Echo: ${TOKEN}\r\nContent-Length: ${TOKEN.length}\r\n\r\n${TOKEN}`);
    const gate = await startGate({ upstream: upstream.url, ...OPTIONS });
    const { response, text } = await outcome(gate);
    expect(text).toBe('*'.repeat(TOKEN.length));
    expect(response?.headers.get('x-echo')).toBe(text);
    expect(response?.headers.get('set-cookie')).toBeNull();
    await gate.stop();
  });

  it('gets a large answer at the pace at which it reads, whole', async () => {
    const size = 8 * 1024 * 1024;
    const warnings: Error[] = [];
    const warned = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warned);
    answer = (_request, socket) => {
      socket.write(`${HEAD}Content-Length: ${size}\r\n\r\n`);
      socket.write(Buffer.alloc(size, 'x'));
    };
    const gate = await startGate({
      ...OPTIONS,
      upstream: upstream.url,
      upstreamMore: 'timeouts: {connect: 500ms, head: 1s, idle: 1s}',
    });
    const waiting = gate.call('/api/x', { method: 'POST', body: 'a=1' });
    await gate.vote(await gate.held(), 'approve');
    const reader = (await waiting).body?.getReader();
    let read = 0;
    for (let next = await reader?.read(); next?.value; next = await reader?.read()) {
      read += next.value.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(read).toBe(size);
    process.off('warning', warned);
    expect(warnings.map(({ name }) => name)).toEqual([]);
    await gate.stop();
  });

  it('gets an error of the upstream as it is, on record as one', async () => {
    answer = say('HTTP/1.1 500 No\r\nContent-Length: 4\r\n\r\noops');
    const gate = await startGate({ upstream: upstream.url, ...OPTIONS });
    const { response, text, status } = await outcome(gate);
    expect([response?.status, text, status]).toEqual([500, 'oops', 'upstream_error']);
    expect(upstream.requests).toHaveLength(1);
    await gate.stop();
  });
});
