import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { faultsOf, scratch } from './scratch.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const upstream = (id: string, rest: string): string => `  ${id}: {base: "https://${id}.example.com", ${rest}}\n`;

test.each([
  [
    'an agent id twice',
    'agents:\n  - {id: bot, owner: a@example.com}\n  - {id: bot, owner: b@example.com}\n',
    '4:10 the agent id "bot" stands at holdgate.yaml:3:10 already',
  ],
  [
    'a person in two spellings',
    'people:\n  - {email: a@example.com}\n  - {email: A@Example.com}\n',
    '4:13 the person "a@example.com" stands at holdgate.yaml:3:13 already',
  ],
  [
    'one credential for two agents',
    `agents:\n  - {id: a, owner: a@example.com, credentials: [{bearer_sha256: ${A}}]}\n  - {id: b, owner: a@example.com, credentials: [{bearer_sha256: ${A}}]}\n`,
    '4:65 this credential stands at holdgate.yaml:3:65 already',
  ],
  [
    'one credential for an agent and a person',
    `agents:\n  - {id: a, owner: a@example.com, credentials: [{bearer_sha256: ${A}}]}\npeople:\n  - {email: b@example.com, credentials: [{bearer_sha256: ${B}}, {bearer_sha256: ${A}}]}\n`,
    '5:141 this credential stands at holdgate.yaml:3:65 already',
  ],
  [
    'one mount for two upstreams',
    `upstreams:\n${upstream('a', 'mount: /x')}${upstream('b', 'mount: /x')}`,
    '4:45 the mount "/x" stands at holdgate.yaml:3:45 already',
  ],
  [
    'one host for two upstreams',
    `upstreams:\n${upstream('a', 'hosts: [x.test]')}${upstream('b', 'hosts: [y.test, x.test]')}`,
    '4:54 the host "x.test" stands at holdgate.yaml:3:46 already',
  ],
  [
    'names below a host for what has none',
    `upstreams:\n${upstream('a', 'hosts: ["x.test", "*.x.test"]')}`,
    '3:56 "*.x.test" needs `kind: aws`: only buckets have names of their own in front of a host',
  ],
  [
    'a reserved mount',
    `upstreams:\n${upstream('a', 'mount: /.well-known/x')}`,
    '3:45 /.well-known is reserved: Holdgate answers there itself',
  ],
  [
    'an upstream out of reach',
    `upstreams:\n${upstream('a', 'allow_private: true')}`,
    '3:3 no call can reach this upstream: it needs a mount or hosts',
  ],
  [
    'one port for both listeners',
    'listen: {proxy: "127.0.0.1:9000", console: "127.0.0.2:9000"}\n',
    '2:44 proxy and console need different ports',
  ],
  [
    'a default port taken by the other listener',
    'listen: {proxy: "127.0.0.1:8081"}\n',
    '2:9 proxy and console need different ports',
  ],
  [
    'a group that is nearly there',
    'hold: {from: [group:securty]}\npeople: [{email: a@example.com, groups: [security]}]\n',
    '2:15 nobody in people is in the group "securty"; did you mean "group:security"?',
  ],
  [
    'an approver who is nobody',
    'hold: {from: [b@example.com]}\npeople: [{email: z@test.example}]\n',
    '2:15 "b@example.com" is not in people',
  ],
  ['an on-call schedule', 'hold: {from: ["oncall:x"]}\n', '2:15 there is no schedule "x" in on_call'],
  [
    'more approvals than people',
    'hold: {approvals: 2, from: [group:s]}\npeople: [{email: a@example.com, groups: [s]}, {email: b@example.com}]\n',
    '2:19 2 approvals can never be reached; people who may approve: 1',
  ],
  ['a wait over its bound', 'hold: {wait: 20m}\n', '2:14 wait is longer than max_wait'],
])('%s is a fault that says where', (_name, lines, expected) => {
  expect(faultsOf(`version: 1\n${lines}`)).toEqual([expected]);
});

const issuer = (rest: string): string =>
  `version: 1\nissuers:\n  - {issuer: "https://idp.example.com", audience: holdgate, ${rest}}\n`;
const keys = 'jwks_uri: "https://idp.example.com/jwks"';

test.each([
  ['none', 'none'],
  ['HS256', 'HS256'],
  ['lower case', 'rs256'],
  ['RSA1_5', 'RSA1_5'],
])('the signature algorithm %s is refused', (_name, algorithm) => {
  expect(faultsOf(issuer(`algorithms: [${algorithm}], ${keys}`)).join()).toContain(`unknown algorithm "${algorithm}"`);
});

test.each([
  ['http elsewhere', 'jwks_uri: "http://idp.example.com/jwks"', 'has to be https'],
  ['a user in it', 'jwks_uri: "https://u:p@idp.example.com/jwks"', 'is not a URL'],
  ['no keys', 'owner: a@example.com', 'exactly one of jwks_uri and jwks_file'],
  ['two sources of keys', `${keys}, jwks_file: keys.json`, 'exactly one of jwks_uri and jwks_file'],
  ['an absent file', 'jwks_file: keys.json', 'cannot be read'],
])('an issuer with %s is refused', (_name, rest, expected) => {
  expect(faultsOf(issuer(`algorithms: [ES256], ${rest}`)).join()).toContain(expected);
});

test('keys over http on this machine and in a file are accepted', () => {
  expect(faultsOf(issuer('algorithms: [ES256, EdDSA], jwks_uri: "http://127.0.0.1:9/jwks"'))).toEqual(['(loads)']);
  expect(faultsOf(issuer('algorithms: [ES256], jwks_file: keys.json'), {}, { 'keys.json': '{"keys":[]}' })).toEqual([
    '(loads)',
  ]);
});

test('a credential where its hash belongs is not repeated in the message', () => {
  const credential = `hg_${'x'.repeat(43)}`;
  const faults = faultsOf(
    `version: 1\nagents: [{id: a, owner: a@example.com, credentials: [{bearer_sha256: ${credential}}]}]\n`,
  ).join();
  expect(faults).toContain('this is a credential');
  expect(faults).not.toContain(credential);
});

test('a mount inside another one and the same host on two ports are fine', () => {
  expect(
    faultsOf(
      `version: 1\nupstreams:\n${upstream('a', 'mount: /x, hosts: ["h.test:1"]')}${upstream('b', 'mount: /x/y, hosts: ["h.test:2"]')}`,
    ),
  ).toEqual(['(loads)']);
});

const NEED_KEYS = 'replicas that share a store need the same keys: make them once with "holdgate keys init DIR"';

test.each([
  ['an address', 'store: redis://cache:6379\n', true],
  ['a map', 'store: {url: "redis://cache:6379"}\n', true],
  ['an address, with keys', 'store: redis://cache:6379\nkeys: {dir: keys}\n', false],
  ['the file of this machine', 'store: sqlite\n', false],
  ['nothing', '', false],
  ['a misspelt word', 'store: sqlit\n', false],
])('a store that is %s: a fault without keys: %s', (_name, lines, needed) => {
  const faults = faultsOf(`version: 1\n${lines}`).filter((fault) => fault.includes(NEED_KEYS));
  expect(faults.map((fault) => fault.split(' ')[0])).toEqual(needed ? ['2:8'] : []);
});

test('the folder of shared keys starts at the configuration file and is not optional in keys', () => {
  const text = 'version: 1\nkeys: {dir: ../secrets/keys}\n';
  const folder = scratch({ 'policies/p.yaml': '', 'holdgate.yaml': text });
  expect(loadConfig(join(folder, 'holdgate.yaml'), {})).toMatchObject({
    ok: true,
    config: { keys: { dir: join(folder, '../secrets/keys') } },
  });
  expect(faultsOf('version: 1\nkeys: {}\n')).toEqual([expect.stringMatching(/^2:7 .*dir/)]);
  expect(faultsOf('version: 1\nkeys: {folder: x}\n').join()).toContain('unknown key "folder"');
});
