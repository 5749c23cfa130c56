// A gate whose keys are a mounted secret, rotated while it runs: what was held, signed and logged before goes on being good, and
// everything after is of the new keys.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openSegmentFolder } from '../../src/audit/segment-folder.ts';
import { verifyAll } from '../../src/audit/verify-log.ts';
import { verifyReceipt } from '../../src/core/receipt/verify.ts';
import { initKeys } from '../../src/signers/init-keys.ts';
import { createJwsVerifier } from '../../src/signers/jws-verifier.ts';
import { rotateKeys } from '../../src/signers/rotate-keys.ts';
import { mountSecret } from '../signers/mounted-secret.ts';
import { startRawUpstream } from './raw-upstream.ts';
import { startGate, type TestGate } from './running-gate.ts';

const RULES = `
  - id: writes
    match: {method: POST}
    effect: hold
`;

const kidOf = (jws: string): unknown =>
  (JSON.parse(Buffer.from(jws.split('.')[0] ?? '', 'base64url').toString('utf8')) as { kid?: unknown }).kid;

it('takes rotated keys over, and everything of before goes on verifying and opening', async () => {
  const upstream = await startRawUpstream();
  const folder = mkdtempSync(join(tmpdir(), 'holdgate-rotation-'));
  const source = join(folder, 'source');
  const files = (): Record<string, string> =>
    Object.fromEntries(['signing.json', 'data.json'].map((file) => [file, readFileSync(join(source, file), 'utf8')]));
  await initKeys(source, Date.now());
  const secret = mountSecret(join(folder, 'secret'), files());
  let gate: TestGate | undefined;
  const start = async (): Promise<TestGate> =>
    (gate = await startGate({ upstream: upstream.url, rules: RULES, folder, more: 'keys: {dir: secret}' }));
  onTestFinished(async () => {
    await gate?.stop();
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const log = (): string => readFileSync(join(folder, 'data', 'audit', '000001.jsonl'), 'utf8');
  const post = (at: TestGate, body: string, wait: number): Promise<Response> =>
    at.call('/api/x', { method: 'POST', body, headers: { prefer: `wait=${wait}` } });
  const publicKeys = async (at: TestGate): Promise<{ kid: string }[]> =>
    ((await (await at.api('/api/v1/keys')).json()) as { keys: { kid: string }[] }).keys;
  const receiptOf = async (at: TestGate, id: string): Promise<string> => {
    for (;;) {
      const answer = await at.api(`/api/v1/receipts/rcp_${id.slice('apr_'.length)}`);
      if (answer.ok) return ((await answer.json()) as { receipt: string }).receipt;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  /** Through the gate: held, approved, answered. */
  const carryOut = async (at: TestGate, body: string): Promise<string> => {
    const answer = post(at, body, 55);
    const approval = await at.held();
    await at.vote(approval, 'approve');
    expect((await answer).status).toBe(200);
    return approval.id;
  };

  const first = await start();
  expect(readdirSync(join(folder, 'data', 'keys'))).toEqual(['public.json']);
  const [old] = await publicKeys(first);
  const before = await receiptOf(first, await carryOut(first, 'a=1'));
  expect(kidOf(before)).toBe(old?.kid);
  await expect.poll(() => log(), { timeout: 5000 }).toContain('"checkpoint"');
  // Held and voted on under the old keys, carried out under the new ones.
  await post(first, 'b=2', 0);
  const held = await first.held();
  await first.vote(held, 'approve');

  await rotateKeys(source, { signing: true, data: true, now: Date.now(), delay: 0 });
  secret.swap(files());
  await first.running.reload();
  const keys = await publicKeys(first);
  expect(keys.map(({ kid }) => kid)).toEqual([expect.not.stringMatching(old?.kid ?? ''), old?.kid]);
  const [{ kid: next } = { kid: '' }] = keys;
  expect((await post(first, 'b=2', 55)).status).toBe(200);
  const across = await receiptOf(first, held.id);
  const after = await receiptOf(first, await carryOut(first, 'c=3'));
  expect([kidOf(across), kidOf(after)]).toEqual([next, next]);
  expect(upstream.requests).toHaveLength(3);
  expect(first.log.filter((line) => line.includes('"keys:loaded"'))).toEqual([
    expect.stringContaining(`"signing":"${next}","data":2,"known":2`),
  ]);

  // A secret that is broken changes nothing, and is heard of.
  secret.swap({ ...files(), 'signing.json': '' });
  await first.running.reload();
  expect(first.log.filter((line) => line.includes('"keys:rejected"'))).toEqual([
    expect.stringMatching(/"level":"error".*signing\.json is not JSON/),
  ]);
  expect(await publicKeys(first)).toEqual(keys);
  secret.swap(files());
  await first.stop();
  gate = undefined;

  // An auditor needs nothing but what is published below data_dir.
  const published = JSON.parse(readFileSync(join(folder, 'data', 'keys', 'public.json'), 'utf8')) as {
    keys: unknown[];
  };
  expect(published.keys).toEqual(keys);
  const verify = await createJwsVerifier(published.keys);
  for (const receipt of [before, across, after]) {
    expect(await verifyReceipt(receipt, verify)).toMatchObject({ valid: true, findings: [] });
  }
  const checked = await verifyAll(await openSegmentFolder(join(folder, 'data', 'audit'), false), { verify });
  expect(checked.findings).toEqual([]);
  const segment = log();
  const signed = [...segment.matchAll(/"checkpoint":"([^"]+)"/g)].map(([, jws = '']) => kidOf(jws));
  expect(new Set(signed)).toEqual(new Set([old?.kid, next]));
  expect(segment).toContain('"type":"keys:set:loaded"');
  expect(segment).toContain('"type":"keys:set:rejected"');
  const alone = await createJwsVerifier([keys[0]]);
  expect((await verifyReceipt(before, alone)).valid).toBe(false);

  // The store was first sealed with the old data key; it opens again, with all that is in it.
  const second = await start();
  expect((await (await second.api(`/api/v1/approvals/${held.id}`)).json()) as object).toMatchObject({
    status: 'succeeded',
  });
  expect(existsSync(join(folder, 'data', 'keys', 'signing.json'))).toBe(false);
});
