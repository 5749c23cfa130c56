import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loggedApprovals } from '../../src/audit/logged-approvals.ts';
import { workerLogFolder } from '../../src/audit/log-folders.ts';
import { openAuditLog } from '../../src/audit/open-audit-log.ts';
import type { AuditEntry } from '../../src/ports/audit-log.ts';
import { type Bench, bench } from './log-fixture.ts';

let b: Bench;
beforeEach(async () => {
  b = await bench();
});
afterEach(() => rmSync(join(b.path, '..'), { recursive: true, force: true }));

const ignore = (): void => undefined;
async function write(path: string, entries: readonly AuditEntry[], segmentBytes = 1_000_000): Promise<void> {
  const { signer, clock, ids } = b;
  const limits = { segmentBytes };
  const log = await openAuditLog({ path, signer, clock, ids, limits, onBroken: ignore, onFailed: ignore });
  for (const entry of entries) await log.durable(entry);
  await log.close();
}
const entry = (at: number, type: string, id: string, more: Record<string, unknown> = {}): AuditEntry => ({
  at,
  type: `approval:${type}`,
  approval: { id },
  ...more,
});
const look = async (since = 0): Promise<unknown> => Object.fromEntries(await loggedApprovals(b.path, since));

it('finds what any worker recorded, and puts together what several did', async () => {
  await write(b.path, [entry(1, 'opened', 'apr_1'), entry(2, 'intent', 'apr_alone')]);
  await write(workerLogFolder(b.path, 1), [
    entry(1, 'voted', 'apr_1', { vote: 'approve' }),
    entry(1, 'opened', 'apr_2'),
  ]);
  await write(workerLogFolder(b.path, 12), [entry(2, 'intent', 'apr_1'), entry(3, 'voted', 'apr_2', { vote: 'deny' })]);
  expect(await look()).toEqual({
    apr_1: { sent: true, denied: false },
    apr_2: { sent: false, denied: true },
    apr_alone: { sent: true, denied: false },
  });
});

it('looks no further back than it has to in one log, and still into every other', async () => {
  const old = entry(10, 'intent', 'apr_1');
  await write(workerLogFolder(b.path, 1), [old, entry(20, 'opened', 'apr_0'), entry(30, 'opened', 'apr_0')], 1);
  expect(await look(25)).toEqual({});
  expect(await look(5)).toEqual({ apr_1: { sent: true, denied: false } });
  await write(workerLogFolder(b.path, 2), [entry(30, 'intent', 'apr_1')]);
  expect(await look(25)).toEqual({ apr_1: { sent: true, denied: false } });
});

it('finds how often grants were used, and which were ended', async () => {
  const grant = (type: string, id: string, use?: number): AuditEntry => ({
    at: 5,
    type: `grant:${type}`,
    approval: { id: 'apr_9' },
    grant: { id, ...(use !== undefined && { use }) },
  });
  await write(b.path, [grant('made', 'grt_0'), grant('used', 'grt_1', 3), grant('revoked', 'grt_2')]);
  await write(workerLogFolder(b.path, 1), [grant('used', 'grt_1', 2), grant('used', 'grt_2', 1)]);
  expect(await look()).toEqual({
    grt_1: { sent: false, denied: false, uses: 3 },
    grt_2: { sent: false, denied: true, uses: 1 },
  });
});

it('knows nothing where there is no log', async () => {
  rmSync(b.path, { recursive: true, force: true });
  expect(await look()).toEqual({});
});
