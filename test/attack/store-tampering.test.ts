// security.md S20: somebody with write access to the SQLite file edits rows while the gate runs. Whatever is edited, nothing is
// sent that the untouched rows would not have let through, and no edit of what decides goes unnoticed.
import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Approval } from '../../src/core/approval/state.ts';
import { createSigner } from '../../src/signers/ed25519.ts';
import { createSealer } from '../../src/signers/sealer.ts';
import { createSqliteStore, type SqliteStore } from '../../src/stores/sqlite/store.ts';
import { BOB, createWorld, holds, quiet, TERMS, type World } from '../gate/gate-world.ts';
import { createManualClock } from '../ports/manual-clock.ts';
import { random, type Random } from './random.ts';

const OWNER = { email: 'owner@example.com', groups: ['security'] };
const INTERN = { email: 'intern@example.com', groups: ['interns'] };

type Json = Record<string, unknown>;
type Edit = (rows: Rows, pick: Random) => void;

/** The attacker's hands: the rows of two approvals, theirs to change. */
interface Rows {
  readonly db: DatabaseSync;
  readonly id: string;
  readonly other: string;
}

const bodies = ({ db }: Rows, id: string): { n: number; seq: number; body: Json; seal: string }[] =>
  db
    .prepare('SELECT n, seq, body, hex(seal) AS seal FROM events WHERE approval = ? ORDER BY seq')
    .all(id)
    .map((row) => ({
      n: Number(row['n']),
      seq: Number(row['seq']),
      body: JSON.parse(String(row['body'])) as Json,
      seal: String(row['seal']),
    }));

const write = ({ db }: Rows, n: number, body: Json): unknown =>
  db.prepare('UPDATE events SET body = ?, type = ? WHERE n = ?').run(JSON.stringify(body), String(body['type']), n);

/** Edits one event that has the field; the opening has most of them. */
const field =
  (name: string, value: (before: unknown, pick: Random) => unknown): Edit =>
  (rows, pick) => {
    const having = bodies(rows, rows.id).filter(({ body }) => Object.hasOwn(body, name));
    const { n, body } = pick.of(having.length > 0 ? having : bodies(rows, rows.id));
    write(rows, n, { ...body, [name]: value(body[name], pick) });
  };

const forge = (rows: Rows, body: Json): unknown => {
  const all = bodies(rows, rows.id);
  return rows.db
    .prepare('INSERT INTO events (approval, seq, type, body, seal) SELECT ?, ?, ?, ?, seal FROM events WHERE n = ?')
    .run(rows.id, all.length + 1, String(body['type']), JSON.stringify(body), all.at(-1)?.n ?? 0);
};

const vote = (rows: Rows, by: string, over: Json = {}): Json => ({
  type: 'voted',
  at: 1_800_000_000_000,
  by,
  vote: 'approve',
  digest: bodies(rows, rows.id)[0]?.body['digest'],
  groups: ['security'],
  channel: 'api',
  proof: bodies(rows, rows.other).at(-1)?.body['proof'] ?? 'a.b.c',
  ...over,
});

/** Edits of what decides: each has to be noticed. */
const DECISIVE: Readonly<Record<string, Edit>> = {
  requesters: field('requesters', () => []),
  owner: field('owner', () => 'nobody@example.com'),
  agent: field('agent', () => 'other-bot'),
  'terms of one voter': field('terms', (terms) => ({
    ...(terms as Json),
    quorums: [{ rule: 'writes', approvals: 1, from: [] }],
  })),
  'no quorums': field('terms', (terms) => ({ ...(terms as Json), quorums: [] })),
  'short denial': field('terms', (terms) => ({ ...(terms as Json), denyMemory: 0, replayWindow: 0 })),
  'later expiry': field('expiresAt', (at) => Number(at) + 1e9),
  digest: (rows, pick) => field('digest', () => bodies(rows, rows.other)[0]?.body['digest'])(rows, pick),
  'content digest': (rows, pick) =>
    field('contentDigest', () => bodies(rows, rows.other)[0]?.body['contentDigest'])(rows, pick),
  url: field('url', () => 'http://api.test/harmless'),
  summary: field('summary', () => 'Reads a list'),
  upstream: field('upstream', () => 'other'),
  labels: field('labels', () => ({ env: 'dev' })),
  risk: field('risk', () => 'low'),
  method: field('method', () => 'GET'),
  'a denial made an approval': field('vote', () => 'approve'),
  'another voter': field('by', () => 'bob@example.com'),
  'groups of a vote': field('groups', () => ['security', 'admins']),
  'time of an event': field('at', (at, pick) => Number(at) - pick.below(1_000_000)),
  'another type': (rows, pick) => {
    const { n, body } = pick.of(bodies(rows, rows.id));
    write(rows, n, { ...body, type: pick.of(['seen', 'voted', 'opened', 'cancelled']) });
  },
  'last event gone': ({ db, id }) =>
    void db.prepare('DELETE FROM events WHERE n = (SELECT max(n) FROM events WHERE approval = ?)').run(id),
  'all but the opening gone': ({ db, id }) =>
    void db.prepare('DELETE FROM events WHERE approval = ? AND seq > 1').run(id),
  'an event in the middle gone': ({ db, id }) => {
    db.prepare('DELETE FROM events WHERE approval = ? AND seq = 1').run(id);
  },
  'rows renumbered': (rows) => {
    const all = bodies(rows, rows.id);
    if (all.length < 2) return void rows.db.prepare('UPDATE events SET seq = 7 WHERE approval = ?').run(rows.id);
    rows.db.prepare('DELETE FROM events WHERE n = ?').run(all.at(-1)?.n ?? 0);
    rows.db.prepare('UPDATE events SET seq = 9 WHERE n = ?').run(all[0]?.n ?? 0);
  },
  'a forged vote': (rows) => void forge(rows, vote(rows, 'ann@example.com')),
  'a forged vote of another human': (rows) => void forge(rows, vote(rows, 'bob@example.com')),
  'a forged claim': (rows) =>
    void forge(rows, {
      type: 'claimed',
      at: 1_800_000_000_000,
      replica: 'one',
      token: 'clm_x',
      digest: '',
      contentDigest: '',
      policyDigest: '',
      effectNow: 'allow',
      quorumsNow: [],
      eligible: [],
    }),
  'a forged result': (rows) =>
    void forge(rows, { type: 'result', at: 1_800_000_000_000, token: 'clm_x', outcome: 'succeeded', httpStatus: 200 }),
  'events of the other approval': ({ db, id, other }) => {
    db.prepare('DELETE FROM events WHERE approval = ?').run(id);
    db.prepare('UPDATE events SET approval = ? WHERE approval = ?').run(id, other);
  },
  'bodies of the other approval': (rows) => {
    const [first] = bodies(rows, rows.id);
    const [theirs] = bodies(rows, rows.other);
    if (first && theirs) write(rows, first.n, { ...theirs.body, id: rows.id });
  },
  'no seal': ({ db, id }) => void db.prepare('UPDATE events SET seal = NULL WHERE approval = ?').run(id),
  'seal of the other approval': ({ db, id, other }) =>
    void db
      .prepare(
        'UPDATE events SET seal = (SELECT seal FROM events WHERE approval = ? ORDER BY n DESC LIMIT 1) WHERE approval = ?',
      )
      .run(other, id),
};

/** Edits of the stored bytes: they show when the call is to run. */
const BYTES: Readonly<Record<string, Edit>> = {
  'the call of the other approval': ({ db, id, other }) =>
    void db
      .prepare(
        "UPDATE blobs SET bytes = (SELECT bytes FROM blobs WHERE approval = ? AND kind = 'call') WHERE approval = ? AND kind = 'call'",
      )
      .run(other, id),
  'one byte of the call': ({ db, id }, pick) => {
    const row = db.prepare("SELECT bytes FROM blobs WHERE approval = ? AND kind = 'call'").get(id);
    const bytes = Buffer.from((row?.['bytes'] ?? new Uint8Array(1)) as Uint8Array);
    const at = pick.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << pick.below(8));
    db.prepare("UPDATE blobs SET bytes = ? WHERE approval = ? AND kind = 'call'").run(bytes, id);
  },
  'no call': ({ db, id }) => void db.prepare("DELETE FROM blobs WHERE approval = ? AND kind = 'call'").run(id),
  'a response in place of the call': ({ db, id }) =>
    void db.prepare("UPDATE blobs SET bytes = zeroblob(200) WHERE approval = ? AND kind = 'call'").run(id),
};

/** Edits of the index over the events: they may hide something from a list, never let anything through. */
const INDEX: Readonly<Record<string, Edit>> = {
  status: ({ db, id }, pick) =>
    void db
      .prepare('UPDATE approvals SET status = ? WHERE id = ?')
      .run(pick.of(['approved', 'pending', 'claimed', 'succeeded']), id),
  open: ({ db, id }, pick) => void db.prepare('UPDATE approvals SET open = ? WHERE id = ?').run(pick.below(2), id),
  expiry: ({ db, id }) => void db.prepare('UPDATE approvals SET expires_at = NULL WHERE id = ?').run(id),
  replica: ({ db, id }) =>
    void db.prepare("UPDATE approvals SET replica = 'one', status = 'claimed' WHERE id = ?").run(id),
  version: ({ db, id }, pick) =>
    void db.prepare('UPDATE approvals SET version = ? WHERE id = ?').run(pick.below(9), id),
  agent: ({ db, id }) => void db.prepare("UPDATE approvals SET agent = 'other-bot' WHERE id = ?").run(id),
};

interface Scene {
  /** Brings the approval to the moment of the edit. */
  readonly before: (world: World, approval: Approval) => Promise<unknown>;
  /** What people do afterwards, believing in the file. */
  readonly after: (world: World, approval: Approval) => Promise<unknown>;
  readonly approvals?: number;
  /** Sends that the untouched rows allow. */
  readonly allowed: 0 | 1;
}

const nothing = async (): Promise<void> => undefined;

const SCENES: Readonly<Record<string, Scene>> = {
  'nobody has voted': { before: nothing, after: nothing, allowed: 0 },
  'the owner votes': {
    before: nothing,
    after: (world, approval) => world.vote(approval, 'approve', OWNER),
    allowed: 0,
  },
  'somebody outside the group votes': {
    before: nothing,
    after: (world, approval) => world.vote(approval, 'approve', INTERN),
    allowed: 0,
  },
  'one of two has voted': {
    before: (world, approval) => world.vote(approval),
    after: nothing,
    approvals: 2,
    allowed: 0,
  },
  'somebody has denied': {
    before: (world, approval) => world.vote(approval, 'deny', BOB),
    after: (world, approval) => world.vote(approval),
    allowed: 0,
  },
  'it has expired': {
    before: async (world) => world.clock.advance(TERMS.expires + 1),
    after: (world, approval) => world.vote(approval),
    allowed: 0,
  },
  'it is approved': { before: (world, approval) => world.vote(approval), after: nothing, allowed: 1 },
  'the vote is to come': { before: nothing, after: (world, approval) => world.vote(approval), allowed: 1 },
  'it has run': {
    before: async (world, approval) => {
      await world.vote(approval);
      const agent = world.wait(approval);
      while (!agent.complete()) await quiet();
      world.upstream.sent.length = 0;
    },
    after: (world, approval) => world.vote(approval, 'approve', BOB),
    allowed: 0,
  },
};

let folder: string;
let ports: {
  store: SqliteStore;
  signer: Awaited<ReturnType<typeof createSigner>>;
  sealer: Awaited<ReturnType<typeof createSealer>>;
};
let attacker: DatabaseSync;
const clock = createManualClock();
const corrupt: string[] = [];
let round = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdgate-tamper-'));
  const keys = join(folder, 'keys');
  const sealer = await createSealer({ folder: keys, allowCreate: true });
  const signer = await createSigner({ folder: keys, allowCreate: true });
  const file = join(folder, 'holdgate.db');
  const store = createSqliteStore({
    file,
    clock,
    sealer,
    onDamaged: (id, finding) => corrupt.push(`${id}: ${finding}`),
  });
  ports = { store, signer, sealer };
  attacker = new DatabaseSync(file);
  attacker.exec(
    'PRAGMA busy_timeout = 1000; PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; DROP TRIGGER events_are_never_edited; DROP TRIGGER events_are_never_deleted',
  );
});
afterAll(async () => {
  attacker.close();
  await ports.store.close();
  rmSync(folder, { recursive: true });
});

async function play(
  scene: Scene,
  edit: Edit,
  pick: Random,
): Promise<{
  bodies: string[];
  body: string;
  noticed: boolean;
  changed: boolean;
  status: string;
  heard: string | undefined;
  again: 'joined' | 'new' | 'neither';
}> {
  const name = `r${round++}`;
  const world = createWorld({
    clock,
    replica: name,
    around: (deps) => ({ ...deps, ...ports, limits: { ...deps.limits, openPerAgent: 1e6, open: 1e6 } }),
  });
  for (const person of [OWNER, INTERN]) world.people.set(person.email, person);
  const quorums = [{ rule: 'writes', approvals: scene.approvals ?? 1, from: ['group:security'] }];
  const decision = holds({ quorums });
  world.policy = decision;
  const body = `real ${name}`;
  const mine = await world.open(decision, body);
  const other = await world.open(decision, `other ${name}`);
  if (mine.outcome !== 'open' || other.outcome !== 'open') throw new Error('not opened');
  await world.vote(other.approval);
  await scene.before(world, mine.approval);
  const known = corrupt.length;
  const rows = { db: attacker, id: mine.approval.id, other: other.approval.id };
  const before = JSON.stringify(bodies(rows, rows.id));
  edit(rows, pick);
  const changed = JSON.stringify(bodies(rows, rows.id)) !== before;
  await scene.after(world, mine.approval).catch(() => undefined);
  await quiet();
  // The agent comes back with the same call, and so does the sweeper.
  const agent = world.wait(mine.approval);
  for (let turn = 0; turn < 400 && agent.heard() === undefined && corrupt.length === known; turn++) await quiet();
  const again = await world.open(decision, body).catch(() => undefined);
  await ports.store.due(clock.now(), 10).catch(() => undefined);
  await quiet();
  const left = await ports.store.load(mine.approval.id).catch(() => undefined);
  const sent = world.upstream.sent.flatMap((id, i) =>
    id === mine.approval.id ? [world.upstream.bodies.at(i - world.upstream.sent.length) ?? ''] : [],
  );
  await world.gate.stop();
  const came = again?.outcome === 'open' && again.approval.id !== mine.approval.id;
  return {
    bodies: sent,
    body,
    noticed: corrupt.length > known,
    changed,
    status: left?.status ?? 'unavailable',
    heard: agent.heard(),
    again: again?.outcome === 'open' && again.joined ? 'joined' : came ? 'new' : 'neither',
  };
}

describe.each(Object.entries(SCENES))('while %s', (_when, scene) => {
  it.each(Object.entries({ ...DECISIVE, ...BYTES, ...INDEX }))('an edit of: %s', async (what, edit) => {
    const pick = random(`${_when} ${what}`);
    const { bodies: sent, body, noticed, changed, status, heard, again } = await play(scene, edit, pick);
    expect(sent.length).toBeLessThanOrEqual(scene.allowed);
    for (const bytes of sent) expect(bytes).toBe(body);
    if (changed) {
      expect(sent).toEqual([]);
      // Nobody waits for it, and the same call may be asked for anew: that needs votes of its own.
      expect([noticed, status, heard, again]).toEqual([true, 'unavailable', 'unavailable', 'new']);
    }
    if (what in BYTES) expect(sent).toEqual([]);
    if (what in BYTES && scene.allowed === 1) expect(status).toBe('void');
    if (!changed && !(what in BYTES) && scene.allowed === 1) expect(sent).toEqual([body]);
  });
});
