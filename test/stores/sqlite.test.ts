// What only the SQLite adapter promises: its file, damage, edits by hand, a full disk.
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ApprovalStore, RecordDamaged, StoreUnavailable } from '../../src/ports/approval-store.ts';
import type { Opened } from '../../src/core/approval/events.ts';
import type { Sealer } from '../../src/ports/sealer.ts';
import { createSqliteStore, type SqliteStoreOptions } from '../../src/stores/sqlite/store.ts';
import { claim, intent, opened, vote } from '../conformance/approval-events.ts';
import { plainSealer } from '../gate/gate-world.ts';
import { createManualClock, type ManualClock } from '../ports/manual-clock.ts';

const CALL = new Uint8Array(2048);
const LIMITS = { perAgent: 1000, total: 1000 };

let folder: string;
let file: string;
let clock: ManualClock;
const stores: ApprovalStore[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdgate-sqlite-'));
  file = join(folder, 'holdgate.db');
  clock = createManualClock();
});
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function make(over: Partial<SqliteStoreOptions> = {}): ApprovalStore {
  const store = createSqliteStore({ file, clock, ...over });
  stores.push(store);
  return store;
}

function byHand(sql: string, path = file): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

function refusal(over: Partial<SqliteStoreOptions> = {}): string {
  try {
    make(over);
  } catch (error) {
    expect(error).toBeInstanceOf(StoreUnavailable);
    return (error as Error).message;
  }
  throw new Error('the store opened');
}

describe('the file', () => {
  it('is private to its user, with its -wal and -shm, and leaves nothing beside it', async () => {
    const store = make({ file: join(folder, 'new', 'holdgate.db') });
    await store.open(opened(clock.now()), CALL, LIMITS);
    const names = readdirSync(join(folder, 'new'));
    expect(names.toSorted()).toEqual(['holdgate.db', 'holdgate.db-shm', 'holdgate.db-wal']);
    for (const name of names) expect(statSync(join(folder, 'new', name)).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o700);
  });

  it('is narrowed if it came with a wider mode', async () => {
    await make().close();
    chmodSync(file, 0o644);
    make();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('cannot be made where there is no place for it: the message names it', () => {
    writeFileSync(join(folder, 'plain'), '');
    expect(refusal({ file: join(folder, 'plain', 'holdgate.db') })).toContain(join(folder, 'plain', 'holdgate.db'));
  });

  it('is refused when empty, when no database, and when a page is damaged: named, with what to do, and left as it is', async () => {
    const advice = /holdgate\.db: the file is damaged: restore it from a backup, or move it away/;
    writeFileSync(file, '');
    expect(refusal()).toMatch(advice);
    expect(statSync(file).size).toBe(0);

    writeFileSync(file, 'these are notes, not a database\n'.repeat(200));
    const notes = readFileSync(file);
    expect(refusal()).toMatch(advice);
    expect(readFileSync(file)).toEqual(notes);

    rmSync(file);
    const store = make();
    for (let i = 0; i < 40; i += 1) await store.open(opened(clock.now(), { digest: `${i}` }), CALL, LIMITS);
    await store.close();
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 4096 * 2, 4096 * 12);
    writeFileSync(file, bytes);
    expect(refusal()).toMatch(advice);
    expect(readFileSync(file)).toEqual(bytes);
  });

  it('is refused when it was cut short', async () => {
    const store = make();
    for (let i = 0; i < 40; i += 1) await store.open(opened(clock.now(), { digest: `${i}` }), CALL, LIMITS);
    await store.close();
    truncateSync(file, statSync(file).size / 2);
    expect(refusal()).toContain('damaged');
  });

  it('is refused, and not touched, when it belongs to another program', () => {
    byHand('CREATE TABLE orders (id); INSERT INTO orders VALUES (1)');
    const bytes = readFileSync(file);
    expect(refusal()).toContain('not a Holdgate store');
    expect(readFileSync(file)).toEqual(bytes);
  });

  it('is refused when a newer Holdgate wrote it', async () => {
    await make().close();
    byHand('PRAGMA user_version = 99');
    expect(refusal()).toMatch(/newer Holdgate \(schema 99, this one knows \d+\)/);
  });

  it('is refused with another data key than the one it was first sealed with', async () => {
    const sealer = (key: string): Sealer => ({
      seal: (plain, context) => Buffer.from(`${key}|${context}|${Buffer.from(plain).toString('hex')}`),
      open: (sealed, context) => {
        const [made, bound, hex] = Buffer.from(sealed).toString().split('|');
        if (made !== key || bound !== context) throw new Error('does not open');
        return Buffer.from(hex ?? '', 'hex');
      },
    });
    await make({ sealer: sealer('first') }).close();
    await make({ sealer: sealer('first') }).close();
    expect(refusal({ sealer: sealer('second') })).toContain('sealed with another data key');
  });

  it('loads without any warning', () => {
    const module = join(import.meta.dirname, '../../src/stores/sqlite/sqlite-module.ts');
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', `await import(${JSON.stringify(module)})`]);
    expect(run.status).toBe(0);
    expect(run.stderr.toString()).toBe('');
  });
});

/** A store with one approval that has a vote, and this edit of its events. */
async function damage(
  edit: string,
): Promise<{ readonly store: ApprovalStore; readonly bad: Opened; readonly findings: string[] }> {
  const findings: string[] = [];
  const store = make({ onDamaged: (id, finding) => findings.push(`${id}: ${finding}`) });
  const bad = opened(clock.now(), { digest: 'bad' });
  await store.open(bad, CALL, LIMITS);
  await store.append(bad.id, 1, [vote(bad, clock.now(), 'ann@example.com', 'approve')]);
  byHand(
    `DROP TRIGGER events_are_never_edited; DROP TRIGGER events_are_never_deleted; ${edit} AND approval = '${bad.id}'`,
  );
  return { store, bad, findings };
}

describe('edits by hand', () => {
  const EDITS = [
    "UPDATE approvals SET status = 'approved', version = 2",
    "UPDATE approvals SET status = 'denied', open = 0, expires_at = NULL, replica = NULL",
    "UPDATE approvals SET agent = 'other-bot', version = 7, opened_n = 99",
    'UPDATE approvals SET expires_at = 1, drop_at = 1, receipted = 1',
    'PRAGMA foreign_keys = OFF; DELETE FROM approvals',
  ];
  it.each(EDITS)('of the index change no outcome: %s', async (edit) => {
    const store = make();
    const event = opened(clock.now());
    await store.open(event, CALL, LIMITS);
    byHand(edit);
    expect(await store.load(event.id)).toMatchObject({ status: 'pending', version: 1 });
    expect((await store.open(opened(clock.now()), CALL, LIMITS)).outcome).toBe('joined');
    expect(await store.append(event.id, 1, [claim(event, clock.now(), 'r1')])).toMatchObject({
      refusal: 'wrong-status',
    });
    expect(await store.due(clock.now(), 10)).toEqual([]);
    expect((await store.list({ status: 'approved', limit: 10 })).items).toEqual([]);
    expect((await store.list({ agent: 'other-bot', limit: 10 })).items).toEqual([]);
    expect(await store.prune?.(clock.now())).toBe(0);
    expect(await store.blob(event.id, 'call')).toBeDefined();
    const voted = await store.append(event.id, 1, [vote(event, clock.now(), 'ann@example.com', 'approve')]);
    expect(voted).toMatchObject({ outcome: 'appended', approval: { status: 'approved' } });
  });

  it('of events are refused by the file itself', async () => {
    await make().open(opened(clock.now()), CALL, LIMITS);
    expect(() => byHand("UPDATE events SET body = '{}'")).toThrow('append-only');
    expect(() => byHand('DELETE FROM events')).toThrow('append-only');
  });

  it.each([
    ['an impossible event', `UPDATE events SET body = replace(body, '"voted"', '"claimed"') WHERE seq = 2`],
    ['no JSON', "UPDATE events SET body = '{' WHERE seq = 2"],
    ['an unknown event', `UPDATE events SET body = '{"type":"blessed","at":1}' WHERE seq = 2`],
    ['a missing event', 'UPDATE events SET seq = 3 WHERE seq = 2'],
    ['events of another approval', `UPDATE events SET body = replace(body, 'apr_', 'apr-') WHERE seq = 1`],
    ['nothing at all', 'DELETE FROM events WHERE seq > 0'],
  ])('that get %s into the log make that approval unavailable, and only that one', async (_words, edit) => {
    const { store, bad, findings } = await damage(edit);
    const good = opened(clock.now(), { digest: 'good' });
    await store.open(good, CALL, LIMITS);

    const said = `approval ${bad.id} is damaged or was edited`;
    await expect(store.load(bad.id)).rejects.toThrow(RecordDamaged);
    await expect(store.load(bad.id)).rejects.toThrow(said);
    await expect(store.events(bad.id)).rejects.toThrow(said);
    await expect(store.append(bad.id, 2, [claim(bad, clock.now(), 'r1')])).rejects.toThrow(said);
    await expect(store.putBlob(bad.id, 'response', CALL)).rejects.toThrow(said);
    expect((await store.list({ limit: 10 })).items.map((one) => one.id)).toEqual([good.id]);
    expect(await store.due(bad.expiresAt, 1)).toMatchObject([{ id: good.id }]);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toContain(bad.id);
  });

  it('leave room for a new approval of the same call, which is then the one that is joined', async () => {
    const { store, bad } = await damage(`UPDATE events SET body = '{' WHERE seq = 2`);
    expect(await store.findCurrent(bad.agent, bad.digest)).toBeUndefined();
    const next = opened(clock.now(), { digest: bad.digest });
    const outcome = await store.open(next, CALL, LIMITS);
    expect(outcome).toMatchObject({ outcome: 'opened', approval: { id: next.id, status: 'pending', votes: [] } });
    const again = await store.open(opened(clock.now(), { digest: bad.digest }), CALL, LIMITS);
    expect(again).toMatchObject({ outcome: 'joined', approval: { id: next.id } });
  });

  it('do not hide a sound approval of the same call behind an invented one', async () => {
    const store = make({ sealer: plainSealer });
    const event = opened(clock.now());
    await store.open(event, CALL, LIMITS);
    for (const id of ['apr_invented', 'apr_invented_too'])
      byHand(`INSERT INTO events (approval, seq, type, body) SELECT '${id}', 1, type, replace(body, '${event.id}', '${id}')
        FROM events WHERE approval = '${event.id}'`);
    expect(await store.findCurrent(event.agent, event.digest)).toMatchObject({ id: event.id });
    expect(await store.open(opened(clock.now()), CALL, LIMITS)).toMatchObject({ outcome: 'joined' });
  });

  it('are told once each, whoever looks how often, and again in the next life of the process', async () => {
    const { store, bad, findings } = await damage(`UPDATE events SET body = '{' WHERE seq = 2`);
    for (let i = 0; i < 3; i += 1) {
      await expect(store.load(bad.id)).rejects.toThrow(RecordDamaged);
      await store.findCurrent(bad.agent, bad.digest);
      await store.list({ limit: 10 });
    }
    expect(findings).toHaveLength(1);
    byHand(`UPDATE events SET seq = 7 WHERE seq = 2 AND approval = '${bad.id}'`);
    await expect(store.load(bad.id)).rejects.toThrow('event 2 is missing');
    expect(findings).toHaveLength(2);
    await store.close();
    make({ onDamaged: (id, finding) => findings.push(`${id}: ${finding}`) });
    await Promise.resolve();
    expect(findings).toHaveLength(3);
  });

  it('free the place in the caps as soon as they are found, and come back with the record', async () => {
    const { store, bad } = await damage(`UPDATE events SET body = body || ' ' || '}' WHERE seq = 2`);
    const cap = { perAgent: 1, total: 1 };
    const open = (digest: string): Promise<unknown> => store.open(opened(clock.now(), { digest }), CALL, cap);
    expect(await open('found by nobody yet')).toMatchObject({ outcome: 'too-many' });
    expect(await open(bad.digest)).toMatchObject({ outcome: 'opened' });
    expect([await store.countOpen(), await store.countOpen(bad.agent)]).toEqual([1, 1]);
    expect(await store.due(bad.expiresAt, 10)).toHaveLength(1);
    await store.close();

    byHand(`UPDATE events SET body = rtrim(body, ' }') || '}' WHERE seq = 2 AND approval = '${bad.id}'`);
    const restored = make();
    expect(await restored.load(bad.id)).toMatchObject({ version: 2, status: 'approved' });
    expect(await restored.countOpen()).toBe(2);
    expect(await restored.due(bad.expiresAt, 10)).toHaveLength(2);
  });

  it('free it by any look, also where nobody asks for that call again', async () => {
    const { store: before, findings } = await damage('DELETE FROM events WHERE seq > 0');
    await before.close();
    const store = make({ onDamaged: (id, finding) => findings.push(`${id}: ${finding}`) });
    expect(await store.countOpen()).toBe(1);
    expect((await store.list({ status: 'open', limit: 10 })).items).toEqual([]);
    expect(findings).toEqual([expect.stringContaining('its events are gone')]);
    expect(await store.countOpen()).toBe(0);
    expect(await store.withoutReceipt(10)).toEqual([]);
  });
});

describe('a full disk', () => {
  it('refuses the step whole, names the cause, and goes on when there is room again', async () => {
    const exec = vi.spyOn(DatabaseSync.prototype, 'exec');
    const store = make();
    const event = opened(clock.now());
    await store.open(event, CALL, LIMITS);
    const db = exec.mock.contexts.at(-1) as DatabaseSync;
    db.exec('PRAGMA max_page_count = 1'); // SQLite takes the present size where that is larger
    const large = new Uint8Array(1 << 20);
    const yes = vote(event, event.at, 'ann@example.com', 'approve');
    const refused = store.append(event.id, 1, [yes], { blobs: [{ kind: 'response', bytes: large }] });
    await expect(refused).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(refused).rejects.toThrow(/holdgate\.db: the disk is full; nothing of this step was written/);
    const next = opened(clock.now(), { digest: 'next' });
    await expect(store.open(next, large, LIMITS)).rejects.toThrow('the disk is full');
    expect(await store.events(event.id)).toHaveLength(1);
    expect(await store.load(next.id)).toBeUndefined();
    expect(await store.blob(event.id, 'response')).toBeUndefined();
    expect(await store.countOpen()).toBe(1);
    db.exec('PRAGMA max_page_count = 100000');
    expect((await store.append(event.id, 1, [yes])).outcome).toBe('appended');
  });

  it('of a real file system is noticed by writes and by health, and leaves a sound file (skipped where a tmpfs cannot be mounted)', async (context) => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    const root = (program: string, ...parameters: string[]): boolean => spawnSync(program, parameters).status === 0;
    if (!root('mount', '-t', 'tmpfs', '-o', 'size=512k', 'none', disk))
      return context.skip('mounting a small tmpfs needs root');
    try {
      const store = make({ file: join(disk, 'holdgate.db') });
      const acknowledged: string[] = [];
      const fill = async (): Promise<void> => {
        const event = opened(clock.now(), { digest: `${acknowledged.length}` });
        await store.open(event, CALL, LIMITS);
        acknowledged.push(event.id);
        await (acknowledged.length < 1000 && fill());
      };
      await expect(fill()).rejects.toBeInstanceOf(StoreUnavailable);
      // What an approval did not fit into may still hold the few pages that health asks for.
      expect(() => {
        for (;;) appendFileSync(join(disk, 'rest'), Buffer.alloc(4096));
      }).toThrow('ENOSPC');
      await expect(store.health()).rejects.toBeInstanceOf(StoreUnavailable);
      for (const id of acknowledged) expect(await store.load(id)).toMatchObject({ version: 1 });
      expect(await store.countOpen()).toBe(acknowledged.length);
    } finally {
      await Promise.all(stores.splice(0).map((store) => store.close()));
      root('umount', disk);
    }
  });
});

describe('several processes on one file', () => {
  it('wait for the disk before they acknowledge anything but a lease, also right after one that failed', async () => {
    const exec = vi.spyOn(DatabaseSync.prototype, 'exec');
    const store = make();
    await store.open(opened(clock.now()), CALL, LIMITS);
    const db = exec.mock.contexts.at(-1) as DatabaseSync;
    const FULL = 2;
    const waits: unknown[] = [];
    const look = (): unknown => waits.push(db.prepare('PRAGMA synchronous').get()?.['synchronous']);
    const failing = vi.spyOn(clock, 'now').mockImplementationOnce(() => {
      look();
      throw new Error('no clock');
    });
    await expect(store.lease('sweep', 'r1', 1000)).rejects.toThrow('no clock');
    look();
    failing.mockRestore();
    expect(await store.lease('sweep', 'r1', 1000)).toBe(true);
    look();
    expect(waits).toEqual([1, FULL, FULL]);
  });

  it('let a replica that believes in an old version send nothing', async () => {
    const one = make();
    const two = make();
    const event = opened(clock.now());
    await one.open(event, CALL, LIMITS);
    await one.append(event.id, 1, [vote(event, event.at, 'ann@example.com', 'approve'), claim(event, event.at, 'r1')]);
    await two.append(event.id, 3, [{ type: 'void', at: event.at, why: 'replica gone' }]);
    expect((await one.append(event.id, 3, [intent(event, event.at, 'r1')])).outcome).toBe('conflict');
    expect((await one.append(event.id, 4, [intent(event, event.at, 'r1')])).outcome).toBe('refused');
  });

  it('hear of each other within 50 ms, and watch the file only while somebody listens', async () => {
    const after = vi.spyOn(clock, 'after');
    const one = make();
    const two = make();
    expect(after).not.toHaveBeenCalled();
    const heard: (string | undefined)[] = [];
    const stop = one.subscribe((id) => heard.push(id));
    const event = opened(clock.now());
    await two.open(event, CALL, LIMITS);
    clock.advance(50);
    await Promise.resolve();
    expect(heard).toEqual([event.id]);
    stop();
    const calls = after.mock.calls.length;
    clock.advance(1000);
    expect(after.mock.calls.length).toBe(calls);
  });
});
