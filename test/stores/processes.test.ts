// Real processes on one file: two that race, one that is killed.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSqliteStore } from '../../src/stores/sqlite/store.ts';
import { createManualClock } from '../ports/manual-clock.ts';

interface Line {
  readonly id: string;
  readonly opened: boolean;
  readonly voted: string | false;
  readonly sent: string | false;
}

/** What a racer's lease lasts, ms. */
const LEASE = 60_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdgate-race-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function racer(...parameters: string[]): { child: ChildProcessWithoutNullStreams; lines: AsyncIterator<string> } {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.resolve('./racer.ts')), ...parameters]);
  child.stderr.pipe(process.stderr);
  return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
}

async function rest(lines: AsyncIterator<string>): Promise<Line[]> {
  const all: Line[] = [];
  for (let next = await lines.next(); !next.done; next = await lines.next()) all.push(JSON.parse(next.value) as Line);
  return all;
}

it('two processes that race for the same calls leave one approval, one claim and one intent of each', async () => {
  const file = join(folder, 'holdgate.db');
  const rounds = 150;
  const racers = [racer(file, 'one', 'approve', `${rounds}`), racer(file, 'two', 'deny', `${rounds}`)];
  for (const { lines } of racers) expect((await lines.next()).value).toBe('ready');
  const start = Date.now() + 20;
  for (const { child } of racers) child.stdin.write(`${start}\n`);
  const reports = (await Promise.all(racers.map(({ lines }) => rest(lines)))).flat();
  expect(reports).toHaveLength(2 * rounds);

  const store = createSqliteStore({ file, clock: createManualClock(Date.now()) });
  const approvals = (await store.list({ limit: 200 })).items;
  expect(new Set(approvals.map((one) => one.opened.digest)).size).toBe(rounds);
  expect(approvals).toHaveLength(rounds);
  for (const approval of approvals) {
    const told = reports.filter((report) => report.id === approval.id);
    expect(told.filter((report) => report.opened)).toHaveLength(1);
    const senders = told.flatMap((report) => report.sent || []);
    expect(senders).toEqual(approval.intent ? [approval.claim?.replica] : []);
    const voters = told.flatMap((report) => report.voted || []);
    expect(approval.votes.map((vote) => vote.by).toSorted()).toEqual(voters.toSorted());
    if (approval.status === 'denied') expect(approval.intent).toBeUndefined();
  }
  await store.close();
});

it('a killed process leaves everything that was acknowledged, and claims that are orphaned once its lease is over', async () => {
  const file = join(folder, 'holdgate.db');
  const { child, lines } = racer(file, 'one', 'approve', '10000');
  await lines.next();
  child.stdin.write(`${Date.now()}\n`);
  const acknowledged: Line[] = [];
  for (let i = 0; i < 40; i += 1) acknowledged.push(JSON.parse(String((await lines.next()).value)) as Line);
  child.kill('SIGKILL');
  acknowledged.push(...(await rest(lines)));

  const clock = createManualClock(Date.now());
  const store = createSqliteStore({ file, clock });
  for (const { id } of acknowledged) expect(await store.load(id)).toMatchObject({ status: 'sending', version: 4 });
  expect(await store.orphaned(1000)).toEqual([]);
  clock.advance(LEASE);
  const orphaned = new Set((await store.orphaned(1000)).map(({ id }) => id));
  expect(acknowledged.filter(({ id }) => !orphaned.has(id))).toEqual([]);
  await store.health();
  await store.close();
});
