// `holdgate policy explain --batch`: every line in has its line out, and calls arrive at the policy as they were written.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPolicyFolder, type PolicyFolder } from './policy-folder.ts';

let place: PolicyFolder;
beforeEach(() => {
  place = createPolicyFolder();
});
afterEach(() => {
  place[Symbol.dispose]();
});

test('a batch answers every line in order, in the documented form', async () => {
  const answers = await place.decide(
    { agent: 'bot', method: 'GET', url: 'https://api.example.com/v1/invoices', headers: {} },
    { agent: 'bot', method: 'POST', url: 'https://api.example.com/v1/invoices/7/refunds', headers: [], body: {} },
    { method: 'DELETE', url: 'https://api.example.com/' },
    { method: 'PUT', url: 'https://api.example.com/v1', headers: { Host: 'API.example.com:443' } },
    { url: 'https://api.example.com/trial' },
  );
  const digest = answers[0]?.['policy_digest'];
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  expect(answers).toEqual([
    { effect: 'allow', reason: 'rule', rules: ['reads'], policy_digest: digest },
    {
      effect: 'hold',
      reason: 'rule',
      rules: ['refunds'],
      quorums: [{ rule: 'refunds', approvals: 2, from: ['group:finance'] }],
      risk: 'high',
      policy_digest: digest,
    },
    { effect: 'deny', reason: 'rule', rules: ['no-root'], policy_digest: digest },
    expect.objectContaining({ effect: 'hold', reason: 'default', rules: [] }),
    expect.objectContaining({ effect: 'allow', observed: { effect: 'deny', rules: ['seen'] } }),
  ]);
});

test('a bad line has an error in its place and exit code 2 at the end, the others are decided', async () => {
  const lines = [
    '{"url":"https://a/x"}',
    'nonsense',
    '',
    '{"method":"GET"}',
    '{"url":"/relative"}',
    '{"url":"https://a/x","headers":{"Bad Name":"x"}}',
    '{"url":"https://a/x","headers":{"X":"a\\nb"}}',
    '{"url":"https://a/x","method":"G T"}',
    '{"url":"https://a/x","headers":{"Host":"b"}}',
    '{"url":"https://a/x","body":"a","body_base64":"YQ=="}',
    '{"url":"https://a/x","body_base64":"%"}',
    '{"url":"https://a/x","time":"noon"}',
    '{"url":"https://a/x","source":"somewhere"}',
    '[1]',
    '{"url":"https://a/x"}',
  ];
  const { out, code } = await place.holdgate(['explain', '--batch', '-p', place.policies], [lines.join('\n')]);
  const kinds = out
    .trimEnd()
    .split('\n')
    .map((line) => (line.startsWith('{"error":"') ? 'error' : (JSON.parse(line) as { effect: string }).effect));
  expect(kinds).toEqual(['allow', ...Array.from({ length: 13 }, () => 'error'), 'allow']);
  expect(code).toBe(2);
});

test('a mark at the beginning and line ends of Windows are no part of a line', async () => {
  const text = '\uFEFF{"url":"https://a/x"}\r\n{"url":"https://a/admin/x"}\r\n';
  const { out, code } = await place.holdgate(['explain', '--batch', '-p', place.policies], [text]);
  expect(out.match(/"effect":"\w+"/g)).toEqual(['"effect":"allow"', '"effect":"deny"']);
  expect(code).toBe(0);
});

test('lines may be cut anywhere, also inside a character', async () => {
  const line = Buffer.from('{"url":"https://a/admin/ü"}\n', 'utf8');
  const bytes = [...line].map((byte) => Buffer.from([byte]));
  const { out, code } = await place.holdgate(['explain', '--batch', '-p', place.policies], bytes);
  expect((JSON.parse(out) as { effect: string }).effect).toBe('deny');
  expect(code).toBe(0);
});

test.each([
  '/%61dmin/x',
  '/%2561dmin/x',
  '/v1/../admin/x',
  '/v1/%2e%2e/admin/x',
  '//admin/x',
  '/v1\\..\\admin\\x',
  '/ADMIN/x',
])('the path %s arrives at the policy as it was written', async (path) => {
  const [answer] = await place.decide({ url: `https://api.example.com${path}` });
  expect(answer).toMatchObject({ effect: 'deny', rules: ['no-root'] });
});

test('a body counts as text, as JSON with its content type, and as bytes', async () => {
  place.write(
    'policies/body.yaml',
    `version: 1
name: body
owner: team
rules:
  - {id: json, description: d, effect: deny, match: {body: {json: {/role: admin}}}}
  - {id: form, description: d, effect: deny, match: {body: {form: {Action: "Delete*"}}}}
`,
  );
  const url = 'https://a/x';
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const answers = await place.decide(
    { url, body: { role: 'admin' } },
    { url, body: { role: 'user' } },
    { url, body: '{"role":"admin"}', headers: { 'content-type': 'application/json' } },
    { url, body: 'Action=DeleteUser', headers: form },
    { url, body: 'Action=ListUsers', headers: form },
    {
      url,
      body_base64: Buffer.from('Action=DeleteUser').toString('base64'),
      headers: [['Content-Type', 'application/x-www-form-urlencoded']],
    },
  );
  expect(answers.map((answer) => answer['effect'])).toEqual(['deny', 'allow', 'deny', 'deny', 'allow', 'deny']);
});

test('agents may be whole objects, times and sources may be given', async () => {
  place.write(
    'policies/who.yaml',
    `version: 1
name: who
owner: team
rules:
  - {id: label, description: d, effect: deny, match: {labels: {env: prod}}}
  - {id: night, description: d, effect: deny, match: {time: {from: "22:00", to: "06:00", zone: UTC}}}
  - {id: net, description: d, effect: deny, match: {source: 10.0.0.0/8}}
  - {id: up, description: d, effect: deny, match: {upstream: billing}}
`,
  );
  const url = 'https://a/x';
  const answers = await place.decide(
    { url, agent: { id: 'a', owner: 'o@example.com', labels: { env: 'prod' }, acts_for: ['b@example.com'] } },
    { url, time: '2026-01-07T23:00:00Z' },
    { url, time: Date.parse('2026-01-07T05:59:59Z') },
    { url, source: '10.1.2.3' },
    { url, upstream: 'billing' },
    { url, agent: 'a' },
  );
  expect(answers.map((answer) => answer['rules'])).toEqual([
    ['label'],
    ['night'],
    ['night'],
    ['net'],
    ['up'],
    ['reads'],
  ]);
});
