// A data directory whose database was put back to an earlier copy: what was sent since then must not be sent again.
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startRawUpstream } from './raw-upstream.ts';
import { startGate, type TestGate } from './running-gate.ts';

const RULES = `
  - id: writes
    match: {method: POST}
    effect: hold
`;

it('does not send a second time from a restored copy of the database', async () => {
  const upstream = await startRawUpstream();
  const folder = mkdtempSync(join(tmpdir(), 'holdgate-rollback-'));
  const database = join(folder, 'data', 'holdgate.db');
  const start = (): Promise<TestGate> => startGate({ upstream: upstream.url, rules: RULES, folder });
  const post = (gate: TestGate): Promise<Response> =>
    gate.call('/api/x', { method: 'POST', body: 'a=1', headers: { prefer: 'wait=0' } });

  let gate = await start();
  await post(gate);
  const approval = await gate.held();
  await gate.vote(approval, 'approve');
  await gate.stop();
  expect(existsSync(`${database}-wal`)).toBe(false);
  copyFileSync(database, join(folder, 'copy.db'));

  gate = await start();
  expect((await gate.call('/api/x', { method: 'POST', body: 'a=1' })).status).toBe(200);
  await gate.stop();
  copyFileSync(join(folder, 'copy.db'), database);

  gate = await start();
  const restored = (await (await gate.api(`/api/v1/approvals/${approval.id}`)).json()) as {
    status: string;
    why: string;
  };
  expect(restored).toMatchObject({
    status: 'cancelled',
    why: expect.stringContaining('the store was rolled back') as string,
  });
  expect((await post(gate)).status).toBe(429);
  expect(upstream.requests).toHaveLength(1);
  expect(gate.log.join('')).toContain('the store was rolled back');
  await gate.stop();
  await upstream.close();
  rmSync(folder, { recursive: true, force: true });
});
