// The schema, one numbered step after another; a step that was released is never edited.
// INVARIANT: `events` is the truth and append-only; `approvals` is an index over it that could be thrown away and rebuilt.

/** Step N brings a file from `user_version` N to N + 1. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE approvals (
    id         TEXT PRIMARY KEY,
    agent      TEXT NOT NULL,
    status     TEXT NOT NULL,
    open       INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    opened_n   INTEGER NOT NULL,     -- place of its first event in the order of all events; the order of lists
    expires_at INTEGER,              -- while a sweep may expire it
    replica    TEXT,                 -- who holds the claim, while something is under way
    drop_at    INTEGER,              -- when the stored call and response may go; null while needed or when gone
    receipted  INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX approvals_by_order ON approvals (opened_n);
  CREATE INDEX approvals_by_status ON approvals (status, opened_n);
  CREATE INDEX approvals_by_agent ON approvals (agent, opened_n);
  CREATE INDEX approvals_open ON approvals (agent, opened_n) WHERE open = 1;
  CREATE INDEX approvals_due ON approvals (expires_at) WHERE expires_at IS NOT NULL;
  CREATE INDEX approvals_claimed ON approvals (replica) WHERE replica IS NOT NULL;
  CREATE INDEX approvals_droppable ON approvals (drop_at) WHERE drop_at IS NOT NULL;
  CREATE INDEX approvals_unreceipted ON approvals (opened_n) WHERE open = 0 AND receipted = 0;

  CREATE TABLE events (
    n        INTEGER PRIMARY KEY AUTOINCREMENT,
    approval TEXT NOT NULL,
    seq      INTEGER NOT NULL,
    type     TEXT NOT NULL,
    body     TEXT NOT NULL,
    seal     BLOB,                   -- over this and all earlier events of the approval; null without a data key
    UNIQUE (approval, seq)
  ) STRICT;
  CREATE INDEX opened_calls ON events (body ->> '$.agent', body ->> '$.digest', n) WHERE type = 'opened';
  CREATE TRIGGER events_are_never_edited BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
  CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

  CREATE TABLE blobs (
    approval TEXT NOT NULL REFERENCES approvals (id),
    kind     TEXT NOT NULL,
    bytes    BLOB NOT NULL,
    PRIMARY KEY (approval, kind)
  ) STRICT;

  CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE leases (
    name   TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until  INTEGER NOT NULL          -- epoch ms; it is free from then on
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE records (
    kind       TEXT NOT NULL,
    id         TEXT NOT NULL,
    version    INTEGER NOT NULL,
    value      BLOB NOT NULL,
    due_at     INTEGER,              -- epoch ms; null while nobody waits for it
    kept_until INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX records_due ON records (kind, due_at) WHERE due_at IS NOT NULL;
  CREATE INDEX records_kept ON records (kept_until);
  `,
  `
  CREATE TABLE agent_keys (
    id      TEXT PRIMARY KEY,
    agent   TEXT NOT NULL,
    created INTEGER NOT NULL,        -- epoch ms
    revoked INTEGER                  -- epoch ms; null while it is good
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE usage (
    span     TEXT NOT NULL,          -- minute or hour
    n        INTEGER NOT NULL,       -- which one, since the epoch
    agent    TEXT NOT NULL,
    upstream TEXT NOT NULL,
    dataset  TEXT NOT NULL,
    bytes    INTEGER NOT NULL,
    rows     INTEGER NOT NULL,
    PRIMARY KEY (span, n, agent, upstream, dataset)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE agent_keys ADD COLUMN settled INTEGER NOT NULL DEFAULT 0; -- 1: revoked, and nothing signed with it waits any more
  CREATE INDEX agent_keys_unsettled ON agent_keys (id) WHERE revoked IS NOT NULL AND settled = 0;
  `,
];
