// Usage where no gate counts it: cases of policy tests say it, `explain` takes it for nothing, `check` knows its names.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPolicyFolder, type PolicyFolder } from './policy-folder.ts';

const BUDGET = `version: 1
name: budget
owner: data
rules:
  - id: reads
    description: Reading is routine.
    match: {method: GET}
    effect: allow
  - id: budget
    description: Enough is enough.
    match: {method: GET}
    when: usage.bytes_out("customer-data", "24h") > 1000 || usage.rows_out("customer-data", "1h") > 10
    effect: hold
`;

const CASES = `version: 1
policies: [../budget.yaml]
cases:
  - name: nothing has gone out
    call: {url: "https://crm.example.com/"}
    expect: {effect: allow, reason: rule}
  - name: many bytes
    call: {url: "https://crm.example.com/"}
    usage: {customer-data: {bytes_out: 1001}}
    expect: {effect: hold, reason: rule}
  - name: many rows
    call: {url: "https://crm.example.com/"}
    usage: {customer-data: {rows_out: 11}, other: {bytes_out: 5}}
    expect: hold
`;

let place: PolicyFolder;
beforeEach(() => {
  place = createPolicyFolder();
});
afterEach(() => {
  place[Symbol.dispose]();
});

test('cases say what has gone out before', async () => {
  place.write('usage/budget.yaml', BUDGET);
  const cases = place.write('usage/tests/budget.yaml', CASES);
  const outcome = await place.holdgate(['test', cases]);
  expect([outcome.code, outcome.out]).toEqual([0, expect.stringContaining('3')]);
  const wrong = place.write('usage/tests/wrong.yaml', CASES.replace('bytes_out: 1001', 'bytes: 1001'));
  expect((await place.holdgate(['test', wrong])).err + (await place.holdgate(['test', wrong])).out).toContain(
    'unknown key "bytes"',
  );
});

test('explain answers as for an agent that has received nothing', async () => {
  const policy = place.write('usage/budget.yaml', BUDGET);
  const outcome = await place.holdgate(['explain', '-p', policy, "curl 'https://crm.example.com/'"]);
  expect(outcome.out).toContain('allow');
  const batch = await place.holdgate(['explain', '--batch', '-p', policy], ['{"url":"https://crm.example.com/"}']);
  expect(batch.out).toContain('"effect":"allow"');
});

test('check knows the datasets of the configuration', async () => {
  const policy = place.write('usage/budget.yaml', BUDGET);
  const config = (label: string): string =>
    place.write(
      'holdgate.yaml',
      `version: 1\npolicies: [usage]\npeople: [{email: a@example.com}]\nupstreams:\n  crm: {base: "https://crm.example.com", mount: /crm, datasets: [{label: ${label}}]}\n`,
    );
  expect(await place.holdgate(['check', policy, '--config', config('customer-data')])).toMatchObject({ code: 0 });
  const outcome = await place.holdgate(['check', policy, '--config', config('customers-data')]);
  expect([outcome.code, outcome.out]).toEqual([
    1,
    expect.stringContaining(
      'the configuration has no dataset or upstream "customer-data"; did you mean "customers-data"?',
    ),
  ]);
});
