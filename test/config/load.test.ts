import { readFileSync, writeFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { faultsOf, load, loaded, scratch } from './scratch.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

// The sample of the reference documentation, keys exactly as published.
const SAMPLE = `version: 1
listen: {proxy: 127.0.0.1:8080, console: 127.0.0.1:8081}     # console: API, /metrics, /healthz, /readyz
store: sqlite                          # <data_dir>/holdgate.db, or redis://… for replicas
data_dir: .holdgate
policies: [policies]                  # files or folders
default: hold                          # effect where no rule matches
hold: {approvals: 1, from: [group:security], wait: 55s, expires: 15m, deny_memory: 15m, replay_window: 10m, max_open_per_agent: 50}   # defaults
limits: {inspect_body: 1MiB}
agents:
  - {id: deploy-bot, owner: platform-owner@example.com, labels: {env: ci}, credentials: [{bearer_sha256: "${A}"}]}
people:
  - {email: security-oncall@example.com, groups: [security], credentials: [{bearer_sha256: "${B}"}]}
upstreams:
  billing:
    base: https://billing.internal.example.com
    mount: /billing                    # http://proxy/billing/x → base + /x
    hosts: [billing.internal.example.com]   # calls by Host header or absolute-form reach it too
    credential: {header: Authorization, value: "Bearer \${env:BILLING_TOKEN}"}
    allow_private: false               # true lets this upstream resolve to private addresses
`;

test('the documented sample loads exactly as written', () => {
  const folder = scratch({ 'policies/p.yaml': '', 'holdgate.yaml': SAMPLE });
  const result = loadConfig(`${folder}/holdgate.yaml`, { BILLING_TOKEN: 't0ken' });
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  expect(result.warnings).toEqual([]);
  expect(result.config).toMatchObject({
    listen: { proxy: { host: '127.0.0.1', port: 8080 }, console: { host: '127.0.0.1', port: 8081 } },
    store: 'sqlite',
    data_dir: `${folder}/.holdgate`,
    policies: [`${folder}/policies`],
    default: 'hold',
    hold: { approvals: 1, from: ['group:security'], wait: 55_000, expires: 900_000, max_open_per_agent: 50 },
    limits: { inspect_body: 1_048_576 },
    agents: [{ id: 'deploy-bot', owner: 'platform-owner@example.com', labels: { env: 'ci' }, disabled: false }],
    people: [{ email: 'security-oncall@example.com', groups: ['security'], credentials: [{ bearer_sha256: B }] }],
  });
  const [billing] = result.config.upstreams;
  expect(billing).toMatchObject({
    id: 'billing',
    scheme: 'https',
    hostname: 'billing.internal.example.com',
    port: 443,
    authority: 'billing.internal.example.com',
    basePath: '',
    mount: '/billing',
    agent_credentials: 'strip',
  });
  expect(billing?.credential?.value?.reveal()).toBe('Bearer t0ken');
});

test('version alone is a whole configuration', () => {
  const config = loaded('version: 1\n');
  expect(config.hold).toEqual({
    approvals: 1,
    from: [],
    wait: 55_000,
    max_wait: 600_000,
    expires: 900_000,
    deny_memory: 900_000,
    replay_window: 600_000,
    max_open_per_agent: 50,
    max_open: 10_000,
    max_held_per_agent: undefined,
    nudge: 300_000,
    on_absent: 'wait',
  });
  expect(config.upstreams).toEqual([]);
  expect(config.log).toEqual({ level: 'info' });
});

test('all faults come at once, in the order of the file, with their positions', () => {
  const text = `version: 2
lisen: {proxy: 127.0.0.1:8080}
store: redis://cache:6379
policies: [policies, nowhere]
default: hodl
hold: {approvals: 0, from: [group:nobody], wait: 55}
limits: {inspect_body: 1MB}
agents:
  - {id: bot, owner: nobody, credentials: [{bearer_sha256: xyz}]}
upstreams:
  Billing: {base: "https://u:p@billing.example.com", mount: /b/}
`;
  expect(faultsOf(text)).toEqual([
    '1:10 expected version 1',
    expect.stringMatching(/^2:1 unknown key "lisen"; did you mean "listen"\?/),
    expect.stringMatching(/^3:8 replicas that share a store need the same keys/),
    '4:22 there is no file or folder nowhere',
    expect.stringMatching(/^5:10 unknown effect "hodl"; did you mean "hold"\?/),
    '6:19 must be at least 1',
    '6:29 nobody in people is in the group "nobody"',
    '6:50 expected a text, got a number, 55',
    expect.stringMatching(/^7:24 "1MB" is not a size/),
    '9:22 "nobody" is not an e-mail address',
    '9:60 expected the sha256 of the credential: 64 hex digits in lower case, got 3 characters',
    expect.stringMatching(/^11:3 "Billing" is not an upstream id/),
    '11:19 a user or password is not allowed here; use "credential"',
    expect.stringMatching(/^11:61 "\/b\/" is not a mount/),
  ]);
});

test('a missing environment variable is named, also where the schema has other complaints', () => {
  const upstream =
    'upstreams: {a: {base: "https://a.example.com", mount: /a, credential: {header: X-Key, value: "${env:NOPE}"}}}';
  expect(faultsOf(`version: 1\n${upstream}\n`)).toEqual(['2:94 the environment variable NOPE is not set']);
  expect(faultsOf(`version: 1\n${upstream}\nnope: 1\n`)).toContain('2:94 the environment variable NOPE is not set');
});

test('a secret from a file loses one line break and never shows', () => {
  const text =
    'version: 1\nupstreams: {a: {base: "https://a.example.com", mount: /a, credential: {header: X-Key, value: "${file:secrets/key}"}}}\n';
  const config = loaded(text, {}, { 'secrets/key': 's3cr3t\n' });
  expect(config.upstreams[0]?.credential?.value?.reveal()).toBe('s3cr3t');
  expect(
    JSON.stringify(config) + inspect(config, { depth: 10 }) + String(config.upstreams[0]?.credential?.value),
  ).not.toContain('s3cr3t');
});

test.each([
  ['two lines', 'one\ntwo\n'],
  ['a control character', 'one\u0007\n'],
  ['nothing but blanks', '  \n'],
])('a secret of %s is refused without being repeated', (_name, content) => {
  const text =
    'version: 1\nupstreams: {a: {base: "https://a.example.com", mount: /a, credential: {header: X-Key, value: "${file:key}"}}}\n';
  const [fault = ''] = faultsOf(text, {}, { key: content });
  expect(fault).toContain('no header can carry it');
  expect(fault).not.toContain('one');
});

test.each([
  ['an unknown kind', '${vault:x}', 'unknown reference ${vault:x}'],
  ['no kind', '${TOKEN}', 'unknown reference ${TOKEN}'],
  ['an open reference', 'Bearer ${env:T', 'is not closed'],
  ['an empty variable', '${env:EMPTY}', 'EMPTY is empty'],
  ['an absent file', '${file:gone}', 'gone cannot be read (ENOENT)'],
])('%s in a credential is a fault', (_name, value, expected) => {
  const text = `version: 1\nupstreams: {a: {base: "https://a.example.com", mount: /a, credential: {header: X-Key, value: "${value}"}}}\n`;
  expect(faultsOf(text, { EMPTY: '', T: 't' }).join()).toContain(expected);
});

test('what a variable holds is not interpolated again', () => {
  const text =
    'version: 1\nupstreams: {a: {base: "https://a.example.com", mount: /a, credential: {header: X-Key, value: "${env:A}"}}}\n';
  expect(loaded(text, { A: '${env:B}', B: 'b' }).upstreams[0]?.credential?.value?.reveal()).toBe('${env:B}');
});

test('interpolation outside a credential is refused rather than taken literally', () => {
  expect(faultsOf('version: 1\ndata_dir: "${env:DATA}"\n', { DATA: '/x' })).toEqual([
    '2:11 ${env:…} and ${file:…} are only replaced in credentials and secrets',
  ]);
});

test('an upstream without a credential passes the agent’s own; one with a credential strips it', () => {
  const config = loaded(
    'version: 1\nupstreams:\n  a: {base: "http://127.0.0.1:1", mount: /a}\n  b: {base: "http://127.0.0.1:2/v1/", hosts: ["b.test:81"], credential: {header: X, value: "${env:T}"}}\n',
    { T: 't' },
  );
  expect(config.upstreams.map((each) => each.agent_credentials)).toEqual(['pass', 'strip']);
  expect(config.upstreams[1]).toMatchObject({
    basePath: '/v1',
    hosts: ['b.test:81'],
    authority: '127.0.0.1:2',
    port: 2,
  });
});

test.each([
  ['a console that others can reach', 'listen: {console: "0.0.0.0:8081"}', '2:19', 'reachable from other machines'],
  ['a default that lets through', 'default: allow\npeople: [{email: a@example.com}]', '2:10', 'let through'],
  [
    'a credential over plain HTTP',
    'upstreams: {a: {base: "http://a.example.com", mount: /a, credential: {header: X, value: "${env:T}"}}}',
    '2:23',
    'unencrypted',
  ],
  [
    'a secret in the file',
    'upstreams: {a: {base: "https://a.example.com", mount: /a, credential: {header: X, value: "abc"}}}',
    '2:90',
    'keeps it out',
  ],
])('%s is a warning', (_name, lines, at, expected) => {
  const result = load(`version: 1\n${lines}\n`, { T: 't' });
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  expect(result.warnings.filter(({ message }) => message.includes(expected)).map((each) => each.at)).toEqual([
    `holdgate.yaml:${at}`,
  ]);
});

test.each([
  ['loopback', 'http://127.0.0.1:9000', 'false'],
  ['an upstream that is declared private', 'http://billing.internal.example.com', 'true'],
])('a credential over plain HTTP to %s is not worth a warning', (_name, base, allow) => {
  const text = `version: 1\npeople: [{email: a@example.com}]\nupstreams: {a: {base: "${base}", mount: /a, allow_private: ${allow}, credential: {header: X, value: "\${env:T}"}}}\n`;
  expect(load(text, { T: 't' })).toMatchObject({ ok: true, warnings: [] });
});

test('a CA bundle is read beside the file and has to be one', () => {
  const text = 'version: 1\nupstreams: {a: {base: "https://a.example.com", mount: /a, ca: ca.pem}}\n';
  const pem = readFileSync(new URL('../fixtures/tls/ca.pem', import.meta.url), 'utf8');
  expect(loaded(text, {}, { 'ca.pem': pem }).upstreams[0]?.ca).toBe(pem);
  expect(faultsOf(text, {}, { 'ca.pem': 'junk' })).toEqual(['2:63 ca.pem: there is no PEM certificate in it']);
  const broken = `${pem}-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n`;
  expect(faultsOf(text, {}, { 'ca.pem': broken })).toEqual(['2:63 ca.pem: certificate 2 in it cannot be read']);
  expect(faultsOf(text)).toEqual(['2:63 ca.pem cannot be read: no such file or folder']);
});

test('a file that is absent, not UTF-8, empty or no YAML gives faults, not an exception', () => {
  const folder = scratch({ 'empty.yaml': '', 'broken.yaml': 'a: [1' });
  expect(loadConfig(`${folder}/gone.yaml`, {})).toMatchObject({
    ok: false,
    faults: [{ message: 'cannot be read: no such file or folder' }],
  });
  expect(loadConfig(folder, {})).toMatchObject({
    ok: false,
    faults: [{ at: `${folder}:1:1`, message: 'cannot be read: is a folder; expected a file' }],
  });
  writeFileSync(`${folder}/latin.yaml`, Buffer.from([0xff, 0x0a]));
  expect(loadConfig(`${folder}/latin.yaml`, {})).toMatchObject({
    ok: false,
    faults: [{ message: 'cannot be read: is not valid UTF-8' }],
  });
  expect(loadConfig(`${folder}/empty.yaml`, {})).toMatchObject({
    ok: false,
    faults: [{ message: 'the key "version" is missing' }],
  });
  expect(loadConfig(`${folder}/broken.yaml`, {})).toMatchObject({ ok: false });
});
