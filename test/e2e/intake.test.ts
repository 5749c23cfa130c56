// Raw bytes at a whole gate, with a recorder behind it: what is refused must not have reached the upstream, and what is allowed
// must arrive framed anew. The cases are the residue that node's own parser lets through (and regressions for what it refuses).
import { describe, expect, it } from 'vitest';
import { AGENT } from './running-gate.ts';
import { useRawGate } from './use-raw-gate.ts';

const RULES = `
  - id: public
    match: {path: ["/pub", "/pub/**", "/echo"]}
    effect: allow
  - id: no-admin
    match: {path: "/admin/**"}
    effect: deny
`;
const AUTH = `Authorization: Bearer ${AGENT}\r\n`;

describe('raw requests', () => {
  const raw = useRawGate({ rules: RULES, more: 'default: deny\nlimits: {headers: 8KiB, headers_timeout: 1s}' });

  const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);

  it.each([
    ['two Hosts', `GET /api/pub HTTP/1.1\r\nHost: a\r\nHost: b\r\n${AUTH}\r\n`, 400],
    ['no Host', `GET /api/pub HTTP/1.1\r\n${AUTH}\r\n`, 400],
    [
      'an absolute target that differs from Host',
      `GET http://api.test/pub HTTP/1.1\r\nHost: other.test\r\n${AUTH}\r\n`,
      400,
    ],
    ['userinfo in the target', `GET http://a@api.test/pub HTTP/1.1\r\nHost: api.test\r\n${AUTH}\r\n`, 400],
    ['userinfo in Host', `GET /api/pub HTTP/1.1\r\nHost: a@b\r\n${AUTH}\r\n`, 400],
    ['a path in Host', `GET /api/pub HTTP/1.1\r\nHost: a/b?c\r\n${AUTH}\r\n`, 400],
    ['a fragment', `GET /api/pub#/../admin HTTP/1.1\r\nHost: a\r\n${AUTH}\r\n`, 400],
    ['backslashes', `GET /api/pub\\..\\admin HTTP/1.1\r\nHost: a\r\n${AUTH}\r\n`, 400],
    ['dot segments', `GET /api/pub/../admin HTTP/1.1\r\nHost: a\r\n${AUTH}\r\n`, 400],
    ['a way out of the mount', `GET /api/..%2f..%2fetc HTTP/1.1\r\nHost: a\r\n${AUTH}\r\n`, 400],
    ['two leading slashes', `GET //evil/x HTTP/1.1\r\nHost: a\r\n${AUTH}\r\n`, 400],
    ['HTTP/1.0', `GET /api/pub HTTP/1.0\r\nHost: a\r\n${AUTH}\r\n`, 505],
    ['HTTP/2.0 in a request line', `GET /api/pub HTTP/2.0\r\nHost: a\r\n${AUTH}\r\n`, 505],
    ['HTTP/0.9 in a request line', `GET /api/pub HTTP/0.9\r\n\r\n`, 505],
    [
      'chunked on HTTP/1.0',
      `POST /api/pub HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n${AUTH}\r\n0\r\n\r\n`,
      505,
    ],
    [
      'a length with a leading zero',
      `POST /api/pub HTTP/1.1\r\nHost: a\r\nContent-Length: 010\r\n${AUTH}\r\n0123456789`,
      400,
    ],
    ['a length with a sign', `POST /api/pub HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n${AUTH}\r\nabc`, 400],
    ['a length list', `POST /api/pub HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n${AUTH}\r\nabc`, 400],
    [
      'two lengths',
      `POST /api/pub HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n${AUTH}\r\nabc`,
      400,
    ],
    [
      'a length and chunked',
      `POST /api/pub HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n${AUTH}\r\n0\r\n\r\n`,
      400,
    ],
    [
      'gzip, chunked',
      `POST /api/pub HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n${AUTH}\r\n0\r\n\r\n`,
      400,
    ],
    [
      'an obfuscated coding',
      `POST /api/pub HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ,chunked\r\n${AUTH}\r\n0\r\n\r\n`,
      400,
    ],
    ['xchunked', `POST /api/pub HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n${AUTH}\r\n0\r\n\r\n`, 400],
    ['an underscore twin', `POST /api/pub HTTP/1.1\r\nHost: a\r\nContent_Length: 3\r\n${AUTH}\r\n`, 400],
    ['a singleton twice', `GET /api/pub HTTP/1.1\r\nHost: a\r\nX-Amz-Target: a\r\nX-Amz-Target: b\r\n${AUTH}\r\n`, 400],
    ['Authorization twice', `GET /api/pub HTTP/1.1\r\nHost: a\r\n${AUTH}${AUTH}\r\n`, 400],
    [
      'a nomination of Authorization',
      `GET /api/pub HTTP/1.1\r\nHost: a\r\nConnection: close, authorization\r\n${AUTH}\r\n`,
      400,
    ],
    ['obs-fold', `GET /api/pub HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n${AUTH}\r\n`, 400],
    ['a bare line feed', `GET /api/pub HTTP/1.1\nHost: a\n${AUTH}\n`, 400],
    ['a lower-case method', `get /api/pub HTTP/1.1\r\nHost: a\r\n${AUTH}\r\n`, 400],
    ['a space in the target', `GET /api/pub /admin HTTP/1.1\r\nHost: a\r\n${AUTH}\r\n`, 400],
    ['a header over the limit', `GET /api/pub HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(10_000)}\r\n${AUTH}\r\n`, 431],
    ['TRACE', `TRACE /api/pub HTTP/1.1\r\nHost: a\r\n${AUTH}\r\n`, 405],
    ['CONNECT', `CONNECT api.test:443 HTTP/1.1\r\nHost: api.test:443\r\n${AUTH}\r\n`, 405],
    ['an asterisk target', `OPTIONS * HTTP/1.1\r\nHost: a\r\n${AUTH}\r\n`, 400],
    ['HEAD with a body', `HEAD /api/pub HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n${AUTH}\r\nx`, 400],
    [
      'an unknown expectation',
      `POST /api/pub HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\nContent-Length: 1\r\n${AUTH}\r\nx`,
      417,
    ],
    [
      'h2c',
      `GET /api/pub HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n${AUTH}\r\n`,
      403,
    ],
    ['the HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['a Via of somebody else', `GET /api/pub HTTP/1.1\r\nHost: a\r\nVia: 1.1 other\r\n${AUTH}\r\n`, 200],
  ])('%s', async (_what, request, status) => {
    const before = raw.upstream.requests.length;
    const closing = request.includes('\r\nConnection: ')
      ? request
      : request.replace('\r\nHost', '\r\nConnection: close\r\nHost');
    const answer = await raw.gate.raw(closing);
    expect(statusOf(answer)).toBe(status);
    if (status !== 200) {
      expect(raw.upstream.requests.length).toBe(before);
      expect(answer.toLowerCase()).toContain('connection: close');
    }
  });

  it.each([
    ['a bad chunk size', 'zz\r\nabc\r\n0\r\n\r\n'],
    ['a chunk longer than announced', '3\r\nabcd\r\n0\r\n\r\n'],
    ['an extra line break before the terminator', '3\r\nabc\r\n\r\n0\r\n\r\n'],
    ['a bare line feed after the size', '3\nabc\r\n0\r\n\r\n'],
  ])('forwards nothing of a small chunked body with %s as a complete request', async (_what, body) => {
    const before = raw.upstream.requests.length;
    const answer = await raw.gate.raw(
      `POST /api/pub HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n${AUTH}\r\n${body}`,
    );
    expect([0, 400]).toContain(statusOf(answer));
    expect(raw.upstream.requests.length).toBe(before);
  });

  it('frames what it forwards anew and drops trailers', async () => {
    await raw.gate.raw(
      `POST /api/pub HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-HTTP-Method-Override\r\n${AUTH}\r\n3;ext=1\r\nabc\r\n0\r\nX-HTTP-Method-Override: DELETE\r\n\r\n`,
    );
    const request = raw.upstream.requests.at(-1) ?? '';
    expect(request.toLowerCase()).not.toMatch(/trailer|x-http-method-override|ext=1|te:/);
    expect(request).toMatch(/abc/);
  });

  it('does not forward what is only for the gate or speaks for a proxy', async () => {
    await raw.gate.raw(
      `GET /api/pub HTTP/1.1\r\nHost: a\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nX-Forwarded-For: 1.2.3.4\r\nForwarded: for=1.2.3.4\r\nX-Original-URL: /admin\r\nProxy-Authorization: Bearer ${AGENT}\r\nHoldgate-Justification: x\r\nCookie: a=b\r\nX-Keep: 1\r\n\r\n`,
    );
    const request = raw.upstream.requests.at(-1) ?? '';
    expect(request).toContain('X-Keep: 1\r\n');
    expect(request.toLowerCase()).not.toMatch(/x-hop|forwarded|x-original-url|authorization|holdgate-j|hg_/);
  });

  it('decides a pipelined second request on its own, also behind a refused one with a body', async () => {
    const before = raw.upstream.requests.length;
    const answer = await raw.gate.raw(
      `POST /api/admin/x HTTP/1.1\r\nHost: a\r\nContent-Length: 60\r\n${AUTH}\r\n${'GET /api/pub HTTP/1.1\r\nHost: a\r\n\r\n'.padEnd(60, ' ')}GET /api/admin/y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${AUTH}\r\n`,
    );
    expect(answer.match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 403', 'HTTP/1.1 403']);
    expect(raw.upstream.requests.length).toBe(before);
  });

  it('serves the upstream by absolute-form and by Host as well as by mount', async () => {
    for (const target of ['http://api.test/pub', '/pub']) {
      const answer = await raw.gate.raw(`GET ${target} HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n${AUTH}\r\n`);
      expect(statusOf(answer)).toBe(200);
    }
  });

  it('asks for the credential with 401, or 407 where it is spoken to as a proxy', async () => {
    const direct = await raw.gate.raw('GET /api/pub HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(direct).toMatch(/^HTTP\/1\.1 401[^]*WWW-Authenticate: Bearer/i);
    const proxied = await raw.gate.raw(
      'GET http://api.test/pub HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n',
    );
    expect(proxied).toMatch(/^HTTP\/1\.1 407[^]*Proxy-Authenticate: Basic/i);
  });

  it('sends 100 Continue itself and reads the body before it forwards', async () => {
    const answer = await raw.gate.raw(
      `POST /api/pub HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 3\r\n${AUTH}\r\nabc`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200/);
    expect(raw.upstream.requests.at(-1)?.toLowerCase()).not.toContain('expect');
  });

  it('recognises a call that has come through this gate before', async () => {
    await raw.gate.raw(`GET /api/pub HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${AUTH}\r\n`);
    const via = /^Via: (.*)\r$/m.exec(raw.upstream.requests.at(-1) ?? '')?.[1];
    const answer = await raw.gate.raw(`GET /api/pub HTTP/1.1\r\nHost: a\r\nVia: ${via}\r\n${AUTH}\r\n`);
    expect(statusOf(answer)).toBe(508);
  });

  it('cuts off a head that never ends', async () => {
    const answer = await raw.gate.raw('GET /api/pub HTTP/1.1\r\nHost: a\r\nX-Slow: ');
    expect([0, 408]).toContain(statusOf(answer));
  });
});
