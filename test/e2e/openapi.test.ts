// A gate in front of an API that only its OpenAPI document describes: rules name operations, and a broken document starts no gate.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runPolicyCheck } from '../../src/cli/policy/check.ts';
import type { CommandIo } from '../../src/cli/policy/command-io.ts';
import { loadConfig } from '../../src/config/load.ts';
import { startHoldgate } from '../../src/main.ts';
import { startRawUpstream } from './raw-upstream.ts';
import { startGate, writeGate } from './running-gate.ts';

const DOCUMENT = `
openapi: 3.0.3
servers: [{url: /v1}]
paths:
  /invoices/{id}:
    get: {operationId: getInvoice}
  /invoices/{id}/refunds:
    post: {operationId: refund, summary: Give the money back}
`;
const RULES = `  - {id: reads, match: {level: [read, list]}, effect: allow}
  - {id: refunds, match: {action: "openapi:api:refund"}, effect: hold}`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdgate-openapi-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Exit code and output of `holdgate policy check --config`. */
async function checked(config: string): Promise<readonly [number, string]> {
  let output = '';
  const io: CommandIo = {
    out: async (text) => void (output += text),
    err: (text) => void (output += text),
    input: (async function* () {})(),
    readFile: () => Promise.reject(new Error('no file is read')),
    writeFile: () => Promise.reject(new Error('no file is written')),
    now: () => 0,
    env: {},
  };
  return [await runPolicyCheck({ paths: [], config, format: 'text', strict: false }, io), output];
}

const described = { rules: RULES, upstreamMore: 'kind: {openapi: api.yaml}' };

it('holds an operation by its id', async () => {
  const upstream = await startRawUpstream();
  writeFileSync(join(folder, 'api.yaml'), DOCUMENT);
  const gate = await startGate({ ...described, upstream: upstream.url, folder });
  try {
    expect((await gate.call('/api/v1/invoices/7')).status).toBe(200);
    const refund = gate.call('/api/v1/invoices/7/refunds', { method: 'POST', body: '{"amount":5}' });
    const approval = await gate.held();
    expect(approval.summary).toBe('Give the money back: id 7 (api, POST /invoices/{id}/refunds)');
    await gate.vote(approval, 'deny', { reason: 'too much' });
    expect((await refund).status).toBe(403);
    expect((await gate.call('/api/v1/nowhere', { headers: { prefer: 'wait=0' } })).status).toBe(429);
  } finally {
    await gate.stop();
    await upstream.close();
  }
});

it('says what is wrong with the document and where, at the start and to policy check', async () => {
  writeFileSync(join(folder, 'api.yaml'), DOCUMENT.replace('refund,', 'getInvoice,'));
  const file = writeGate(
    folder,
    { ...described, upstream: 'http://127.0.0.1:1' },
    '{proxy: "127.0.0.1:18080", console: "127.0.0.1:18081"}',
  );
  const message = 'api.yaml:8:25 the operationId "getInvoice" stands twice, first at api.yaml:6:10';
  const loaded = loadConfig(file, {});
  if (!loaded.ok) throw new Error('the configuration itself is right');
  const started = await startHoldgate(loaded.config);
  expect(started.ok ? [] : started.faults.map(({ at, message: why }) => `${at} ${why}`)).toEqual([message]);
  expect(await checked(file)).toEqual([2, expect.stringContaining('api.yaml:8:25')]);
});

it('tells policy authors that there is no such operation', async () => {
  writeFileSync(join(folder, 'api.yaml'), DOCUMENT);
  const rules = RULES.replace(':refund"', ':refunds"');
  const file = writeGate(
    folder,
    { ...described, rules, upstream: 'http://127.0.0.1:1' },
    '{proxy: "127.0.0.1:18080", console: "127.0.0.1:18081"}',
  );
  const message = 'unknown action "openapi:api:refunds"; did you mean "openapi:api:refund"?';
  expect(await checked(file)).toEqual([1, expect.stringContaining(message)]);
});
