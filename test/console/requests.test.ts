// What the console refuses, and how it says so.
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SECURITY_HEADERS } from '../../src/console/answer.ts';
import { guardRequest, isLoopback } from '../../src/console/guard-request.ts';
import { RecordDamaged } from '../../src/ports/approval-store.ts';
import { credentials, type RunningConsole, runConsole } from './running-console.ts';

const credential = credentials.approver;
const DIGEST = '0'.repeat(64);

let running: RunningConsole;
beforeEach(async () => {
  running = await runConsole();
});
afterEach(() => running.close());

/** Sends bytes as they are and reads until the console closes. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(running.port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

describe('every answer', () => {
  it.each(['/healthz', '/nothing', '/api/v1/approvals', '/api/v1/me?x=1'])(
    'carries the security headers and no word about versions: %s',
    async (path) => {
      const { headers } = await running.ask(path);
      for (const [name, value] of Object.entries(SECURITY_HEADERS)) expect(headers[name.toLowerCase()]).toBe(value);
      expect(Object.keys(headers).filter((name) => /server|powered|access-control/.test(name))).toEqual([]);
    },
  );

  it('is problem+json where the path is unknown', async () => {
    for (const path of [
      '/',
      '/api/v1/approvals/',
      '/api/v1/../v1/me',
      '/API/v1/me',
      '/api/v1/approvals/a%2fb',
      '//healthz',
    ]) {
      const reply = await running.ask(path, { credential });
      expect(reply.status, path).toBe(404);
      expect(reply.headers['content-type']).toBe('application/problem+json');
      expect(reply.json['reason']).toBe('not-found');
    }
  });

  it('names the methods that a path takes where the method is wrong', async () => {
    const reply = await running.ask('/api/v1/approvals/apr_1/votes', { credential });
    expect([reply.status, reply.headers['allow']]).toEqual([405, 'POST']);
    const options = await running.ask('/api/v1/me', { method: 'OPTIONS', headers: { Origin: running.url } });
    expect([options.status, options.headers['allow']]).toEqual([405, 'GET, HEAD']);
    expect(options.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('to HEAD has the head of GET and no body', async () => {
    const head = await running.ask('/api/v1/me', { method: 'HEAD', credential });
    const get = await running.ask('/api/v1/me', { credential });
    expect([head.status, head.text, head.headers['content-length']]).toEqual([200, '', get.headers['content-length']]);
  });
});

describe('requests from web pages', () => {
  it.each([
    ['an Origin that is not ours', { Origin: 'https://evil.example' }],
    ['an opaque Origin', { Origin: 'null' }],
    ['our name on another port', { Origin: 'http://127.0.0.1:1' }],
    ['a cross-site fetch', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a fetch from a sibling site', { 'Sec-Fetch-Site': 'same-site' }],
  ])('are refused with %s, even with a valid credential', async (_name, headers) => {
    const approval = running.gate.hold('apr_1');
    const reply = await running.ask('/api/v1/approvals/apr_1/votes', {
      method: 'POST',
      credential,
      headers,
      body: JSON.stringify({ vote: 'approve', digest: approval.opened.digest }),
    });
    expect([reply.status, reply.json['reason']]).toEqual([403, 'cross-site-refused']);
    expect((await running.gate.get('apr_1'))?.votes).toEqual([]);
  });

  it('of our own origin and of the public URL are served', async () => {
    for (const Origin of [running.url, 'https://holdgate.example.com']) {
      const reply = await running.ask('/api/v1/me', {
        credential,
        headers: { Origin, 'Sec-Fetch-Site': 'same-origin' },
      });
      expect(reply.status).toBe(200);
    }
  });
});

describe('the Host header', () => {
  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.0.0.1',
    'holdgate.example.com.evil.example',
  ])('is refused on a loopback console when it says %s (DNS rebinding)', async (host) => {
    const reply = await running.ask('/healthz', { headers: { Host: host } });
    expect([reply.status, reply.json['reason']]).toEqual([421, 'misdirected-request']);
  });

  it.each(['localhost', 'localhost:9', '127.0.0.1', '[::1]:8081', 'LOCALHOST', 'holdgate.example.com'])(
    'is accepted when it says %s',
    async (host) => expect((await running.ask('/healthz', { headers: { Host: host } })).status).toBe(200),
  );

  it.each(['user@localhost', 'localhost/x', 'localhost?x', 'local host', 'localhost:', '%6cocalhost', ''])(
    'is refused as malformed when it says "%s"',
    async (host) => {
      const answer = await raw(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    },
  );

  it('is refused when it comes twice', async () => {
    const answer = await raw(
      'GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('may be any name where the console does not listen on loopback', () => {
    const request = { url: '/', rawHeaders: ['Host', 'console.internal'] } as unknown as Parameters<
      typeof guardRequest
    >[1];
    expect(guardRequest({ loopback: false, publicUrl: undefined }, request)).toBeUndefined();
    expect(guardRequest({ loopback: true, publicUrl: undefined }, request)).toMatchObject({
      type: 'misdirected-request',
    });
    expect(['127.0.0.1', '::1', 'localhost', '0.0.0.0', '::', '10.1.2.3'].map(isLoopback)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('the target', () => {
  it('has to be a path', async () => {
    const answer = await raw('GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('queries', () => {
  it.each([
    ['stauts=open', 'Unknown query parameter "stauts"; did you mean "status"?'],
    ['status=opened', 'status: '],
    ['status=open&status=denied', 'Query parameter "status" occurs twice.'],
    ['limit=0', 'limit: expected a whole number from 1 to 200'],
    ['limit=201', 'limit: '],
    ['limit=1e2', 'limit: expected a whole number from 1 to 200'],
    ['limit=', 'limit: expected a whole number from 1 to 200'],
    ['agent=', 'agent: '],
    ['agent=%zz', 'not valid percent-encoding'],
    ['__proto__=1', 'Unknown query parameter "__proto__"'],
  ])('are refused with the fault named: %s', async (query, fault) => {
    const reply = await running.ask(`/api/v1/approvals?${query}`, { credential });
    expect([reply.status, reply.json['reason']]).toEqual([400, 'invalid-request']);
    expect(reply.json['detail']).toContain(fault);
  });

  it('are refused where a route takes none', async () => {
    expect((await running.ask('/api/v1/me?verbose=1', { credential })).status).toBe(400);
  });
});

describe('bodies', () => {
  const post = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
    running.ask('/api/v1/approvals/apr_1/votes', { method: 'POST', credential, body, headers });

  it.each([
    ['', 'empty'],
    ['{"vote":', 'not JSON'],
    ['[]', 'JSON object'],
    ['"approve"', 'JSON object'],
    [`{"vote":"deny","vote":"approve","digest":"${DIGEST}"}`, 'occurs twice'],
    [`{"vote":"deny","\\u0076ote":"approve","digest":"${DIGEST}"}`, 'occurs twice'],
    [`{"vote":"yes","digest":"${DIGEST}"}`, 'vote: '],
    ['{"vote":"approve"}', 'digest: '],
    ['{"vote":"approve","digest":"ABC"}', 'digest: expected 64 lower-case hex digits'],
    [`{"vote":"approve","digest":"${DIGEST}","by":"ceo@example.com"}`, 'by'],
    [`{"vote":"approve","digest":"${DIGEST}","__proto__":{"a":1}}`, '__proto__'],
    [`{"vote":"deny","reason":"${'x'.repeat(2001)}","digest":"${DIGEST}"}`, 'reason: '],
  ])('that are not what is expected get 400 and the fault: %s', async (body, fault) => {
    running.gate.hold('apr_1');
    const reply = await post(body);
    expect([reply.status, reply.json['reason']]).toEqual([400, 'invalid-request']);
    expect(reply.json['detail']).toContain(fault);
    expect((await running.gate.get('apr_1'))?.votes).toEqual([]);
  });

  it('that are not UTF-8 are refused', async () => {
    const reply = await post(Buffer.from([0x7b, 0xff, 0x7d]));
    expect(reply.json['detail']).toBe('The body is not valid UTF-8.');
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-16',
    'application/jsonp',
    '',
  ])('need the JSON content type; "%s" is refused', async (type) => {
    const reply = await post('{}', { 'content-type': type });
    expect([reply.status, reply.json['reason']]).toEqual([415, 'unsupported-media-type']);
  });

  it('may not be compressed', async () => {
    expect((await post('{}', { 'content-encoding': 'gzip' })).status).toBe(415);
  });

  it('over 16 KiB are refused by their length and by their bytes', async () => {
    expect((await post(`{"reason":"${'x'.repeat(16 * 1024)}"}`)).status).toBe(413);
    const chunk = 'x'.repeat(16 * 1024 + 1);
    const answer = await raw(
      `POST /api/v1/approvals/apr_1/votes HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${credential}\r\n` +
        `Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.length.toString(16)}\r\n${chunk}\r\n0\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('are refused where a route takes none', async () => {
    const reply = await running.ask('/api/v1/me', { credential, body: '{}' });
    expect([reply.status, reply.json['detail']]).toEqual([400, 'This request takes no body.']);
  });
});

describe('signing in', () => {
  it('says how, without saying why it failed in more detail than needed', async () => {
    const reply = await running.ask('/api/v1/me');
    expect([reply.status, reply.headers['www-authenticate']]).toEqual([401, 'Bearer realm="console"']);
    expect((await running.ask('/api/v1/me', { credential: credentials.agent })).text).not.toContain(credentials.agent);
  });

  it.each(['Basic aGc6aGc=', 'Bearer', `Token ${credential}`, `Bearer ${credential} x`, `Bearer ${credential}x`])(
    'does not accept "%s"',
    async (authorization) => {
      expect((await running.ask('/api/v1/me', { headers: { authorization } })).status).toBe(401);
    },
  );

  it('is limited after ten failures a minute from one address, but never for a valid credential', async () => {
    const wrong = () => running.ask('/api/v1/me', { credential: 'hg_wrong_0123456789abcdef' });
    for (let i = 0; i < 10; i++) expect((await wrong()).status).toBe(401);
    running.clock.advance(20_000);
    const limited = await wrong();
    expect([limited.status, limited.headers['retry-after']]).toEqual([429, '40']);
    expect((await running.ask('/api/v1/me', { credential })).status).toBe(200);
    running.clock.advance(40_000);
    expect((await wrong()).status).toBe(401);
    expect(running.refused).toHaveLength(11);
  });
});

describe('faults behind the console', () => {
  it('a store that is gone is 503 for readers and "not recorded" for voters', async () => {
    const { digest } = running.gate.hold('apr_1').opened;
    running.gate.broken = true;
    const read = await running.ask('/api/v1/approvals', { credential });
    expect([read.status, read.json['reason']]).toEqual([503, 'gate-unavailable']);
    const body = JSON.stringify({ vote: 'approve', digest });
    const vote = await running.ask('/api/v1/approvals/apr_1/votes', { method: 'POST', credential, body });
    expect([vote.status, vote.json['reason'], vote.headers['retry-after']]).toEqual([503, 'vote-not-recorded', '2']);
  });

  it('a damaged record is 404 that says so, and no fault of the store', async () => {
    running.gate.hold('apr_1');
    running.gate.get = (id) => Promise.reject(new RecordDamaged(`/var/lib/x.db: approval ${id} is damaged`));
    const read = await running.ask('/api/v1/approvals/apr_1', { credential });
    expect([read.status, read.json['reason']]).toEqual([404, 'not-found']);
    expect(read.json['detail']).toContain('The record of this approval is damaged');
    expect(read.text).not.toContain('/var/lib');
  });

  it('a bug is 500, is reported, and tells the client nothing', async () => {
    running.gate.list = () => Promise.reject(new Error('secret path /var/lib'));
    const reply = await running.ask('/api/v1/approvals', { credential });
    expect([reply.status, reply.json['reason']]).toEqual([500, 'internal-error']);
    expect(reply.text).not.toContain('secret');
    expect(running.errors).toHaveLength(1);
  });
});
