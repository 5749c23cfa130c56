// security.md S2: privileged paths under every spelling that some server takes for them, sent byte for byte to a real gate. Behind it
// stand nginx (where it is installed) and a server that asks several ways of reading a path at once whether it would have
// reached the privileged handler. Everything else is allowed, so only a match keeps a call away.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compilePolicies } from '../../src/core/policy/compile.ts';
import { parseTarget } from '../../src/proxy/intake/target.ts';
import { aCall, aContext, aFile, aRule, DEFAULTS } from '../core/policy/fixtures.ts';
import { startRawUpstream } from '../e2e/raw-upstream.ts';
import { AGENT, startGate, type TestGate } from '../e2e/running-gate.ts';
import { useRawGate } from '../e2e/use-raw-gate.ts';
import { random } from './random.ts';

/** Paths below and at which the handlers are privileged. */
const PRIVILEGED = [
  '/admin',
  '/v1/Users/root',
  '/repos/acme/secrets',
  '/internal/keys/rotate',
  '/a b/x',
  '/api/v2/iam/policies',
  '/files/.env',
  '/cgi/run',
];

const RULES = `
  - id: privileged
    match: {path: [${PRIVILEGED.map((path) => `"${path}", "${path}/**"`).join(', ')}]}
    effect: deny
  - id: lookup
    match: {path: "/query", query: {Action: "Delete*"}}
    effect: deny
  - id: removal
    match: {path: "/items/**", method: DELETE}
    effect: deny
  - id: rest
    match: {path: "/**"}
    effect: allow
`;

const hex = (char: string): string => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
const escaped = (path: string): string => path.replaceAll(' ', '%20');
const firstLetter = (path: string, how: (char: string) => string): string => path.replace(/[a-z]/i, how);
const lastSlash = (path: string, by: string): string =>
  `${path.slice(0, path.lastIndexOf('/'))}${by}${path.slice(path.lastIndexOf('/') + 1)}`;
const head = (path: string): string => path.slice(1).split('/')[0] ?? '';

/** Spellings of a path; each is a plain one with something done to it. */
const MUTATORS: readonly ((path: string) => string)[] = [
  (p) => p,
  (p) => `${p}/`,
  (p) => `${p}//`,
  (p) => `/${p}`,
  (p) => `//${p.slice(1)}`,
  (p) => `/.${p}`,
  (p) => `/./${p.slice(1)}`,
  (p) => `/x/..${p}`,
  (p) => `/x/../${p.slice(1)}`,
  (p) => `/x/%2e%2e${p}`,
  (p) => `/x/.%2e${p}`,
  (p) => `/x/%2E%2E${p}`,
  (p) => `/x/%252e%252e${p}`,
  (p) => `/x/..;${p}`,
  (p) => `/x/..;a=b${p}`,
  (p) => `/x%2f..${p}`,
  (p) => `/x%5c..${p}`,
  (p) => `/x\\..${p.replaceAll('/', '\\')}`,
  (p) => `/x/..%2f${p.slice(1)}`,
  (p) => `/x/..%5c${p.slice(1)}`,
  (p) => `/x/%c0%ae%c0%ae${p}`,
  (p) => `/x/%e0%80%ae%e0%80%ae${p}`,
  (p) => `/x/%uff0e%uff0e${p}`,
  (p) => `${p}/.`,
  (p) => `${p}/x/..`,
  (p) => `${p}/%2e`,
  (p) => `${p}.`,
  (p) => `${p}...`,
  (p) => `${p}%20`,
  (p) => `${p}%09`,
  (p) => `${p}%0a`,
  (p) => `${p}%0d%0a`,
  (p) => `${p}%2e`,
  (p) => `${p}+`,
  (p) => `${p}%00`,
  (p) => `${p}%00.png`,
  (p) => `${p}%2500`,
  (p) => `${p};`,
  (p) => `${p};x=y`,
  (p) => `${p};/x`,
  (p) => `/;x${p}`,
  (p) => `/${head(p)};v=1${p.slice(head(p).length + 1)}`,
  (p) => `${p}%3bx=y`,
  (p) => `${p}%3fx=y`,
  (p) => `${p}%23x`,
  (p) => `${p}#x`,
  (p) => `${p}?x=y`,
  (p) => `${p}?`,
  (p) => `${p}/?x`,
  (p) => p.toUpperCase(),
  (p) => p.toLowerCase(),
  (p) => firstLetter(p, (c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase())),
  (p) => firstLetter(p, hex),
  (p) => firstLetter(p, (c) => hex(c).toUpperCase()),
  (p) => firstLetter(p, (c) => hex(c).replace('%', '%25')),
  (p) => firstLetter(p, (c) => `%u00${c.charCodeAt(0).toString(16)}`),
  (p) => p.replaceAll(/[a-z]/gi, hex),
  (p) => p.replaceAll(/[a-z]/gi, (c) => hex(c).replace('%', '%25')),
  (p) => lastSlash(p, '//'),
  (p) => lastSlash(p, '/./'),
  (p) => lastSlash(p, '%2f'),
  (p) => lastSlash(p, '%2F'),
  (p) => lastSlash(p, '%252f'),
  (p) => lastSlash(p, '%5c'),
  (p) => lastSlash(p, '\\'),
  (p) => lastSlash(p, '/x/../'),
  (p) => lastSlash(p, '/;/'),
  (p) => lastSlash(p, '%20/'),
  (p) => lastSlash(p, './'),
  (p) => `http://api.test${p}`,
  (p) => `http://API.test:80${p}`,
  (p) => `${p.toUpperCase()}%2f;x=y//`,
  (p) => `/x/../y/.././/${p.slice(1)}/./`,
  (p) => `/%2f${p.slice(1)}`,
  (p) => `/%5c${p.slice(1)}`,
];

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replaceAll(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  }
};
const resolve = (path: string): string => {
  const out: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') out.pop();
    else if (segment !== '.') out.push(segment);
  }
  return `/${out.join('/')}`.replace(/^\/{2}(?!\/)/, '/');
};
const merge = (path: string): string => path.replaceAll(/\/+/g, '/');
const noParameters = (path: string): string => path.replaceAll(/;[^/]*/g, '');
const slashed = (path: string): string => path.replaceAll('\\', '/');
const trimmed = (path: string): string =>
  path
    .split('/')
    .map((segment) => segment.replace(/(?<=[^.\s])[.\s]+$/, ''))
    .join('/');
const cut = (path: string): string => path.split(/[?#\0]/)[0] ?? '';

/** How servers come from a request target to the path that their handlers are looked up by. */
const SERVERS: Readonly<Record<string, (path: string) => string>> = {
  'a server that takes it as it is': (p) => p,
  express: (p) =>
    decode(p)
      .replace(/(?<=.)\/$/, '')
      .toLowerCase(),
  nginx: (p) => merge(resolve(merge(decode(p)))),
  'nginx before something that decodes again': (p) => merge(resolve(merge(decode(decode(p))))),
  tomcat: (p) => merge(resolve(merge(decode(noParameters(p))))),
  'tomcat behind a proxy that decodes': (p) => merge(resolve(merge(decode(noParameters(decode(p)))))),
  'spring with suffixes of blanks': (p) => trimmed(merge(noParameters(decode(p)))),
  apache: (p) => merge(resolve(decode(p))),
  'apache on Windows, IIS': (p) => trimmed(merge(resolve(slashed(decode(p))))).toLowerCase(),
  'IIS decoding twice': (p) => trimmed(merge(resolve(slashed(decode(decode(p)))))).toLowerCase(),
  'a CGI script in C': (p) => cut(merge(resolve(decode(p)))),
  'python with $ in its routes': (p) => decode(p).replace(/\n$/, ''),
};

function reached(rawPath: string): string[] {
  return Object.entries(SERVERS).flatMap(([name, read]) => {
    const path = read(rawPath).replace(/(?<=.)\/+$/, '');
    const folds = /[A-Z]/.test(read('/A')) ? (text: string) => text : (text: string) => text.toLowerCase();
    const hit = PRIVILEGED.some((one) => path === folds(one) || path.startsWith(`${folds(one)}/`));
    return hit ? [name] : [];
  });
}

const raw = useRawGate({ rules: RULES });

/** Raw requests, ten connections at a time; gives each answer's status. */
async function sendAll(
  port: number,
  targets: readonly string[],
  method = 'GET',
  more = '',
  host = 'api.test',
): Promise<number[]> {
  const statuses: number[] = [];
  const queue = [...targets.entries()];
  const one = (target: string): Promise<number> => {
    const { promise, resolve: done } = Promise.withResolvers<number>();
    let text = '';
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(
        `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${AGENT}\r\n${more}Connection: close\r\n\r\n`,
        'latin1',
      ),
    );
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1'))).on('error', () => undefined);
    socket.on('close', () => done(Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)));
    return promise;
  };
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) statuses[next[0]] = await one(next[1]);
  };
  await Promise.all(Array.from({ length: 10 }, worker));
  return statuses;
}

const targets = [...new Set(PRIVILEGED.flatMap((path) => MUTATORS.map((mutate) => mutate(escaped(path)))))];

describe(`${targets.length} spellings of privileged paths`, () => {
  it('come from at least 60 mutators', () => expect(MUTATORS.length).toBeGreaterThanOrEqual(60));

  it.each([
    ['by host', 'api.test', targets],
    ['by mount', 'gate.test', targets.filter((target) => target.startsWith('/')).map((target) => `/api${target}`)],
  ])('never reach a privileged handler: %s', async (_how, host, list) => {
    const from = raw.upstream.requests.length;
    const statuses = await sendAll(raw.gate.running.proxy.port, list, 'GET', '', host);
    expect(statuses.filter((status) => status === 403).length).toBeGreaterThan(200);
    const through = raw.upstream.requests.slice(from).map((request) => request.split(' ')[1] ?? '');
    const hits = through
      .map((target) => ({ target, by: reached(target.split('?')[0] ?? '') }))
      .filter(({ by }) => by.length > 0);
    expect(hits).toEqual([]);
  });

  it('would reach some of these servers without the gate', () => {
    const by = new Set(targets.flatMap((target) => reached(target.split('?')[0] ?? '')));
    expect([...by].toSorted()).toEqual(Object.keys(SERVERS).toSorted());
  });

  it('never reach it by another way to name a query parameter or a method', async () => {
    const from = raw.upstream.requests.length;
    const names = [
      'Action',
      'action',
      '%41ction',
      'Action[]',
      'Action[0]',
      '+Action',
      'Action%00',
      '%2541ction',
      'Action.1',
      'x=1;Action',
    ];
    const values = ['DeleteUser', '%44eleteUser', '%2544eleteUser'];
    const queries = names.flatMap((name) =>
      values.flatMap((value) => [
        `/query?${name}=${value}`,
        `/query?Action=List&${name}=${value}`,
        `/query%3f${name}=${value}`,
        `/query/?${name}=${value}&x`,
        `/QUERY?${name}=${value}`,
      ]),
    );
    const statuses = await sendAll(raw.gate.running.proxy.port, queries);
    expect(statuses.filter((status) => status !== 403 && status !== 400)).toEqual([]);
    const fields = [
      'X-HTTP-Method',
      'X-HTTP-Method-Override',
      'X-Method-Override',
      'x_http_method_override',
      'X.HTTP.Method.Override',
    ];
    for (const field of fields) {
      for (const method of ['GET', 'POST', 'PUT']) {
        const [status] = await sendAll(raw.gate.running.proxy.port, ['/items/1'], method, `${field}: delete\r\n`);
        expect([field, method, [400, 403].includes(status ?? 0)]).toEqual([field, method, true]);
      }
    }
    const [inQuery] = await sendAll(raw.gate.running.proxy.port, ['/items/1?_method=DELETE']);
    const [oddly] = await sendAll(raw.gate.running.proxy.port, ['/items/1?[method=DELETE']);
    const [plainly] = await sendAll(raw.gate.running.proxy.port, ['/items/1'], 'DELETE');
    expect([inQuery, oddly, plainly]).toEqual([403, 403, 403]);
    expect(raw.upstream.requests.slice(from)).toEqual([]);
  });
});

const NGINX = spawnSync('nginx', ['-v']).error === undefined;

// A machine without nginx cannot ask it; the readings above include its rules.
describe.skipIf(!NGINX)(`behind the gate, a real nginx${NGINX ? '' : ' (skipped: nginx is not installed)'}`, () => {
  let folder: string;
  let nginx: ChildProcess;
  let port: number;
  let guarded: TestGate;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'holdgate-nginx-'));
    const free = await startRawUpstream();
    ({ port } = free);
    await free.close();
    const locations = PRIVILEGED.map(
      (path) => `location = "${path}" { return 200; } location "${path}/" { return 200; }`,
    ).join('\n');
    writeFileSync(
      join(folder, 'nginx.conf'),
      `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 256; }
http { access_log off; client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
server { listen 127.0.0.1:${port}; ${locations} location / { return 204; } } }`,
    );
    nginx = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' });
    guarded = await startGate({ upstream: `http://127.0.0.1:${port}`, rules: RULES });
    while ((await sendAll(port, ['/'])).includes(0)) await new Promise((done) => setImmediate(done));
  });
  afterAll(async () => {
    nginx.kill();
    await guarded.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('reaches a privileged location directly, and never through the gate', async () => {
    const direct = await sendAll(port, targets);
    expect(direct.filter((status) => status === 200).length).toBeGreaterThan(100);
    const through = await sendAll(guarded.running.proxy.port, targets);
    expect(targets.filter((_, i) => through[i] === 200)).toEqual([]);
  });
});

it('of 1,000 ordinary calls at most 5 are held although nothing about them is privileged', () => {
  const set = compilePolicies(
    [
      aFile([
        aRule('privileged', 'hold', { path: PRIVILEGED.flatMap((path) => [path, `${path}/**`]) }),
        aRule('removal', 'hold', { path: ['/items/**'], method: ['DELETE'] }),
        aRule('reads', 'allow', { path: ['/v1/**', '/items/**', '/search', '/files/**', '/repos/*/*/contents/**'] }),
      ]),
    ],
    DEFAULTS,
  );
  const pick = random('benign');
  const word = (): string =>
    pick.of([
      'users',
      'orders',
      'Invoices',
      'a-b_c',
      'x.y',
      '42',
      'übung',
      'caf\u00e9',
      'two words',
      'report.pdf',
      '.well-known',
      'v2',
      '50%',
      'a+b',
      'q&a',
      "o'brien",
      '(1)',
      'k=v',
      '2026-01-05T10:00:00Z',
      'user@example.com',
      'ns/name',
      'a,b',
      '~me',
    ]);
  const shapes: (() => string)[] = [
    () => `/v1/${encodeURIComponent(word())}/${encodeURIComponent(word())}`,
    () => `/v1/users/${pick.below(1e6)}/`,
    () => `/items/${pick.below(1e6)}?expand=${encodeURIComponent(word())}&page=${pick.below(9)}`,
    () => `/search?q=${encodeURIComponent(`${word()} ${word()}`)}&sort=-created`,
    () => `/files/${encodeURIComponent(word())}/${encodeURIComponent(word())}.json`,
    () => `/repos/acme/app/contents/src/${encodeURIComponent(word())}.ts?ref=main`,
  ];
  const held: string[] = [];
  for (let i = 0; i < 1000; i++) {
    const target = parseTarget(pick.of(shapes)());
    if (!target.ok) throw new Error(`an ordinary target is refused: ${target.why}`);
    const call = aCall({
      path: target.target.path,
      query: target.target.query,
      headers: ['Accept', '*/*', 'User-Agent', 'sdk/1.0'],
    });
    const decision = set.decide(call, aContext(call));
    if (decision === 'needs-body' || decision.effect !== 'allow') held.push(call.path);
  }
  expect(held.length).toBeLessThanOrEqual(5);
});
