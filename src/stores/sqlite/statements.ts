// Every statement of the store, prepared once.
import type { DatabaseSync, StatementSync } from 'node:sqlite';

const SQL = {
  events: 'SELECT seq, body, seal FROM events WHERE approval = ? ORDER BY seq',
  openedBy: `SELECT approval FROM events
    WHERE type = 'opened' AND body ->> '$.agent' = ? AND body ->> '$.digest' = ? ORDER BY n DESC`,
  addEvent: 'INSERT INTO events (approval, seq, type, body, seal) VALUES (?, ?, ?, ?, ?)',
  changesAfter: 'SELECT n, approval FROM events WHERE n > ? ORDER BY n',
  lastChange: 'SELECT coalesce(max(n), 0) AS n FROM events',
  dataVersion: 'PRAGMA data_version',

  index: `INSERT INTO approvals (id, agent, opened_n, status, open, version, expires_at, replica, drop_at)
    VALUES (:id, :agent, (SELECT n FROM events WHERE approval = :id AND seq = 1),
      :status, :open, :version, :expires_at, :replica, :drop_at)
    ON CONFLICT (id) DO UPDATE SET agent = excluded.agent, opened_n = excluded.opened_n, status = excluded.status,
      open = excluded.open, version = excluded.version, expires_at = excluded.expires_at, replica = excluded.replica,
      drop_at = excluded.drop_at`,
  countOpenOf: 'SELECT count(*) AS n FROM approvals WHERE open = 1 AND agent = ?',
  nthNewestOf: `SELECT body ->> '$.at' AS at FROM events WHERE seq = 1 AND approval =
    (SELECT id FROM approvals WHERE agent = ? ORDER BY opened_n DESC LIMIT 1 OFFSET ?)`,
  countOpen: 'SELECT count(*) AS n FROM approvals WHERE open = 1',
  due: 'SELECT id FROM approvals WHERE expires_at IS NOT NULL AND expires_at <= ? ORDER BY expires_at LIMIT ? OFFSET ?',
  claimedBy: 'SELECT id FROM approvals WHERE replica = ?',
  orphaned: `SELECT id FROM approvals WHERE replica IS NOT NULL AND NOT EXISTS
      (SELECT 1 FROM leases WHERE name = 'replica:' || replica AND holder = replica AND until > ?)
    ORDER BY opened_n LIMIT ? OFFSET ?`,
  unreceipted: `SELECT id FROM approvals WHERE open = 0 AND receipted = 0 AND status <> 'damaged'
    ORDER BY opened_n LIMIT ? OFFSET ?`,
  droppable: 'SELECT id FROM approvals WHERE drop_at IS NOT NULL AND drop_at <= ? ORDER BY drop_at LIMIT ?',
  setDropped: 'UPDATE approvals SET drop_at = NULL WHERE id = ?',
  setAside: `UPDATE approvals SET status = 'damaged', open = 0, expires_at = NULL, replica = NULL, drop_at = NULL
    WHERE id = ?`,
  setAsideOnes: "SELECT id FROM approvals WHERE status = 'damaged'",
  setReceipted: 'UPDATE approvals SET receipted = ? WHERE id = ?',

  page: 'SELECT id, opened_n AS n FROM approvals WHERE opened_n < ? ORDER BY opened_n DESC LIMIT ?',
  pageOpen: 'SELECT id, opened_n AS n FROM approvals WHERE open = 1 AND opened_n < ? ORDER BY opened_n DESC LIMIT ?',
  pageStatus:
    'SELECT id, opened_n AS n FROM approvals WHERE status = ? AND opened_n < ? ORDER BY opened_n DESC LIMIT ?',
  pageOf: 'SELECT id, opened_n AS n FROM approvals WHERE agent = ? AND opened_n < ? ORDER BY opened_n DESC LIMIT ?',
  pageOpenOf: `SELECT id, opened_n AS n FROM approvals WHERE open = 1 AND agent = ? AND opened_n < ?
    ORDER BY opened_n DESC LIMIT ?`,
  pageStatusOf: `SELECT id, opened_n AS n FROM approvals WHERE agent = ? AND status = ? AND opened_n < ?
    ORDER BY opened_n DESC LIMIT ?`,

  putBlob: `INSERT INTO blobs (approval, kind, bytes) VALUES (?, ?, ?)
    ON CONFLICT (approval, kind) DO UPDATE SET bytes = excluded.bytes`,
  blob: 'SELECT bytes FROM blobs WHERE approval = ? AND kind = ?',
  dropBlob: 'DELETE FROM blobs WHERE approval = ? AND kind = ?',

  takeLease: `INSERT INTO leases (name, holder, until) VALUES (:name, :holder, :until)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE leases.holder = excluded.holder OR leases.until <= :now`,
  dropLease: 'DELETE FROM leases WHERE name = :name AND (holder = :holder OR until <= :now)',
  lease: 'SELECT holder FROM leases WHERE name = ? AND until > ?',

  putFact: 'INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  fact: 'SELECT value FROM facts WHERE name = ?',
} as const;

export type Statements = { readonly [Name in keyof typeof SQL]: StatementSync };

export function prepareStatements(db: DatabaseSync): Statements {
  return Object.fromEntries(Object.entries(SQL).map(([name, text]) => [name, db.prepare(text)])) as Statements;
}
