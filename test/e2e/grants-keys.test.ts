// A grant lives as long as the keys under its votes are believed: through a restart and a rotation, not without their key.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { initKeys } from '../../src/signers/init-keys.ts';
import { rotateKeys } from '../../src/signers/rotate-keys.ts';
import { mountSecret } from '../signers/mounted-secret.ts';
import { startRawUpstream } from './raw-upstream.ts';
import { startGate, type TestGate } from './running-gate.ts';

const RULES = `
  - id: writes
    match: {method: POST}
    effect: hold
    hold: {grant: {for: 1h}}
`;

it('outlives a restart and a rotation of keys, and ends when the key of its votes is taken out', async () => {
  const upstream = await startRawUpstream();
  const folder = mkdtempSync(join(tmpdir(), 'holdgate-grants-'));
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
  const post = (at: TestGate): Promise<Response> => at.call('/api/x', { method: 'POST', body: 'a=1' });
  const runs = async (at: TestGate): Promise<void> => {
    const response = await post(at);
    expect([response.status, await response.text()]).toEqual([200, 'ok']);
  };

  const first = await start();
  const published = (await (await first.api('/api/v1/keys')).json()) as { keys: { kid: string }[] };
  const old = published.keys[0]?.kid;
  const answer = post(first);
  const { id, digest } = await first.held();
  const body = JSON.stringify({ vote: 'approve', digest, grant: true });
  expect((await first.api(`/api/v1/approvals/${id}/votes`, { method: 'POST', body })).status).toBe(200);
  await (await answer).text();
  await runs(first);

  await rotateKeys(source, { signing: true, data: true, now: Date.now(), delay: 0 });
  secret.swap(files());
  await first.running.reload();
  await runs(first);
  await first.stop();
  const second = await start();
  await runs(second);
  await second.stop();
  expect(upstream.requests).toHaveLength(4);

  // Taken out of the files, it is believed no longer.
  const { 'signing.json': signing = '', ...others } = files();
  const { keys, ...rest } = JSON.parse(signing) as { keys: { kid: string }[] };
  expect(keys).toHaveLength(2);
  secret.swap({ ...others, 'signing.json': JSON.stringify({ ...rest, keys: keys.filter(({ kid }) => kid !== old) }) });
  const third = await start();
  const last = post(third);
  const held = await third.held();
  expect(held).toMatchObject({ status: 'pending', granted_by: null });
  expect(upstream.requests).toHaveLength(4);
  await third.vote(held, 'deny');
  expect((await last).status).toBe(403);
});
