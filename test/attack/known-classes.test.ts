// security.md S21 and S3: one regression for each class of public findings in gates and proxies like this one that applies here,
// and the addresses to which no upstream's name may lead. Each is sent to a real gate, whose default is to allow.
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gzipSync } from 'node:zlib';
import { createResolver } from '../../src/proxy/address/resolve.ts';
import { type RawUpstream, startRawUpstream } from '../e2e/raw-upstream.ts';
import { AGENT, rawExchange, startGate, type TestGate } from '../e2e/running-gate.ts';

const RULES = `
  - id: admin
    match: {path: "/admin/**"}
    effect: deny
  - id: role
    match: {path: "/role", header: {x-role: "*admin*"}}
    effect: deny
  - id: removal
    match: {path: "/things", method: DELETE}
    effect: deny
  - id: rest
    match: {path: "/**"}
    effect: allow
`;
const AUTH = `Authorization: Bearer ${AGENT}`;

let upstream: RawUpstream;
let gate: TestGate;

beforeAll(async () => {
  upstream = await startRawUpstream((request, socket) => {
    const body = Buffer.from(request, 'latin1');
    const coded = /accept-encoding: .*gzip/i.test(request) ? gzipSync(body) : body;
    socket.write(
      `HTTP/1.1 200 OK\r\n${coded === body ? '' : 'Content-Encoding: gzip\r\n'}Content-Length: ${coded.length}\r\n\r\n`,
    );
    socket.write(coded);
  });
  gate = await startGate({
    upstream: upstream.url,
    rules: RULES,
    upstreamMore: 'credential: {header: X-Api-Key, value: "${env:UPSTREAM_TOKEN}"}',
  });
});
afterAll(async () => {
  await gate.stop();
  await upstream.close();
});

const raw = (target: string, fields: readonly string[] = [], method = 'GET', body = ''): Promise<string> =>
  rawExchange(
    gate.running.proxy.port,
    Buffer.from(
      [`${method} ${target} HTTP/1.1`, 'Host: a', AUTH, ...fields, 'Connection: close', '', body].join('\r\n'),
      'latin1',
    ),
  );

describe('the class of', () => {
  it.each<[string, string, (readonly string[])?, string?, string?]>([
    ['Envoy CVE-2019-9901: dots and doubled slashes', '/api/x/..//admin/x'],
    ['Envoy CVE-2021-29492: an escaped slash', '/api/x%2f..%2fadmin/x'],
    ['Envoy CVE-2021-29492: an escaped slash without dots', '/api/admin%2fx'],
    ['Envoy CVE-2021-32777: the last of several header values', '/api/role', ['X-Role: user', 'X-Role: admin']],
    ['Envoy CVE-2021-32777: the first of several header values', '/api/role', ['X-Role: admin', 'X-Role: user']],
    ['Envoy CVE-2021-32779, oauth2-proxy CVE-2026-41059: a fragment', '/api/x#/../admin/x'],
    ['HAProxy CVE-2023-45539: a fragment behind an extension', '/api/admin/x#.png'],
    ['HAProxy CVE-2023-25725: an empty header name', '/api/x', [': y', 'Content-Length: 5'], 'POST', 'hello'],
    ['HAProxy CVE-2023-40225: an empty length', '/api/x', ['Content-Length:'], 'POST', 'hello'],
    ['Smokescreen CVE-2022-24825: another case and a final dot', '/api/ADMIN./x'],
    ['Smokescreen CVE-2022-29188: a host in brackets', 'http://[api.test]/admin/x'],
    ['oauth2-proxy CVE-2025-54576: the query looks like an exempt path', '/api/admin/x?/pub/'],
    [
      'oauth2-proxy X-Forwarded-Uri: another path in a header',
      '/api/admin/x',
      ['X-Forwarded-Uri: /pub', 'X-Original-URL: /pub', 'X-Rewrite-URL: /pub'],
    ],
    ['Caddy CVE-2026-27587: escaped letters of another case', '/api/%41DMIN/x'],
    ['Caddy CVE-2026-27588: a host of another case', 'http://API.TEST/admin/x'],
    [
      'Node CVE-2022-32213: an obfuscated coding',
      '/api/x',
      ['Transfer-Encoding: chunkedchunked', 'Content-Length: 5'],
      'POST',
      'hello',
    ],
    ['Node CVE-2022-32214: a bare line feed', '/api/x', ['X: y\nContent-Length: 5'], 'POST', 'hello'],
    [
      'Node CVE-2022-32215: a folded coding',
      '/api/x',
      ['Transfer-Encoding: chunked\r\n , identity'],
      'POST',
      '0\r\n\r\n',
    ],
    [
      'Node CVE-2022-35256: a header without a value in CRLF',
      '/api/x',
      ['Transfer-Encoding\r: chunked'],
      'POST',
      '0\r\n\r\n',
    ],
    ['Node CVE-2024-27982: a blank before the length', '/api/x', [' Content-Length: 5'], 'POST', 'hello'],
    ['Apache CVE-2021-41773: dots of which one is escaped', '/api/x/.%2e/admin/x'],
    ['Apache CVE-2021-42013: escaped twice', '/api/x/%%32%65%%32%65/admin/x'],
    ['Tomcat CVE-2020-1938 and before: a path parameter', '/api/x/..;/admin/x'],
    ['Spring CVE-2023-34034: a final slash', '/api/admin/'],
    ['Spring CVE-2022-22978: a line feed in the path', '/api/admin%0a'],
    ['nginx off by slash: dots behind a mount', '/api../admin/x'],
    ['Django and Rails: the method in a field', '/api/things?_method=DELETE', [], 'POST'],
    ['Symfony and ASP.NET: the method in a header', '/api/things', ['X-HTTP-Method-Override: DELETE'], 'POST'],
    ['the same under a twin of the name (CGI)', '/api/things', ['X_HTTP_Method_Override: DELETE'], 'POST'],
    ['a header under a twin of its name (CGI)', '/api/role', ['X_Role: admin']],
    [
      'h2csmuggler: an upgrade to h2c',
      '/api/x',
      ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AA'],
    ],
  ])('%s', async (_what, target, fields = [], method = 'GET', body = '') => {
    const from = upstream.requests.length;
    const answer = await raw(target, fields, method, body);
    expect(answer).toMatch(/^(?:HTTP\/1\.1 4\d\d |$)/);
    expect(upstream.requests.slice(from)).toEqual([]);
  });

  it('HAProxy CVE-2021-40346: a header name that overflows a length of another parser reaches nobody as framing', async () => {
    const from = upstream.requests.length;
    await raw('/api/x', [`Content-Length0${'a'.repeat(255)}: 0`, 'Content-Length: 12'], 'POST', 'GET /admin/x');
    const [only, ...more] = upstream.requests.slice(from);
    expect(more).toEqual([]);
    expect(only?.match(/^content-length:.*$/gim)).toEqual(['Content-Length: 12']);
  });

  it('httpoxy CVE-2016-5385: a Proxy header stays here', async () => {
    expect(await raw('/api/x', ['Proxy: http://evil.test'])).not.toMatch(/evil/);
  });

  it('hop-by-hop abuse: Connection takes nothing away that the gate adds', async () => {
    const answer = await raw('/api/x', ['Connection: X-Api-Key, X-Real-IP']);
    expect(answer).toMatch(/X-Api-Key: \*{10,}/);
  });

  it('a credential that the upstream echoes is taken out, and cannot be hidden in a compressed answer', async () => {
    for (const fields of [
      ['Accept-Encoding: gzip'],
      ['Accept-Encoding: gzip;q=1, *;q=0'],
      ['accept-encoding: br, gzip'],
      [],
    ]) {
      const answer = await raw('/api/x', fields);
      expect(answer).toMatch(/^HTTP\/1\.1 200/);
      expect(answer).not.toMatch(/content-encoding/i);
      expect(answer).not.toContain('upstream-secret-token');
    }
    expect(await raw('/api/x', ['Accept_Encoding: gzip'])).toMatch(/^HTTP\/1\.1 400/);
    expect(await raw('/api/x', ['X_Api_Key: mine'])).not.toMatch(/mine/);
    expect(await raw('/api/x', [], 'TRACE')).toMatch(/^HTTP\/1\.1 405/);
  });
});

describe('no upstream leads to', () => {
  const ADDRESSES = [
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.169.254',
    '169.254.170.2',
    '168.63.129.16',
    '100.100.100.200',
    '192.0.0.192',
    '224.0.0.1',
    '255.255.255.255',
    '240.0.0.1',
    '198.18.0.1',
    '192.0.2.1',
    '::',
    '::1',
    'fe80::1',
    'fc00::1',
    'fd00:ec2::254',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '::127.0.0.1',
    '::a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b::7f00:1',
    '64:ff9b:1::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    '2002:7f00:1::',
    '2001:0:4136:e378:8000:63bf:3fff:fdd2',
    '2001:db8::1',
    'fec0::1',
    '::ffff:0:127.0.0.1',
  ];

  it.each(ADDRESSES)('%s, whether named or answered, alone or behind a good answer', async (address) => {
    const family = address.includes(':') ? 6 : 4;
    const good = { address: '93.184.216.34', family: 4 };
    const lookups = [[{ address, family }], [good, { address, family }], [{ address, family }, good]];
    for (const answers of lookups) {
      const resolver = createResolver({ lookup: async () => answers });
      const found = await resolver.resolve({ hostname: 'rebound.example.com', port: 443, allow_private: false });
      expect(found).toMatchObject({ ok: false, failure: 'address-refused' });
    }
    const literal = await createResolver().resolve({ hostname: address, port: 443, allow_private: false });
    expect(literal).toMatchObject({ ok: false, failure: 'address-refused' });
  });

  it.each([
    '169.254.169.254',
    '168.63.129.16',
    '100.100.100.200',
    'fd00:ec2::254',
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
  ])('%s, where private addresses are allowed', async (address) => {
    const resolver = createResolver({ lookup: async () => [{ address, family: address.includes(':') ? 6 : 4 }] });
    expect(await resolver.resolve({ hostname: 'meta.example.com', port: 80, allow_private: true })).toMatchObject({
      ok: false,
    });
  });

  it.each([
    '0x7f.1',
    '2130706433',
    '0177.0.0.1',
    '127.1',
    '0x7f000001',
    '017700000001',
    '127.0.0.1.',
    'localhost.',
    '①②⑦.⓪.⓪.①',
    '127。0。0。1',
    'a@b',
    'a b',
    'a/b',
    '[::1',
    '::1%lo',
    '%31%32%37.0.0.1',
    '',
  ])('what "%s" may mean', async (hostname) => {
    const resolver = createResolver({ lookup: async () => [{ address: '93.184.216.34', family: 4 }] });
    expect(await resolver.resolve({ hostname, port: 80, allow_private: false })).toMatchObject({ ok: false });
  });

  it('the gate itself', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const resolver = createResolver({ own: [{ host: '0.0.0.0', port }] });
    expect(await resolver.resolve({ hostname: '127.0.0.1', port, allow_private: true })).toMatchObject({ ok: false });
    server.close();
  });
});
