// Leases: who lives, and who does the work that one replica is enough for. No promise rests on them, so they need not survive
// a power failure: to wait for the disk here would stop every replica's event loop, several times a second, for nothing.
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../ports/clock.ts';
import type { Statements } from './statements.ts';

export interface Leases {
  /** As ApprovalStore.lease; a transaction of its own. */
  take(name: string, holder: string, ttl: number): boolean;
  /** True while this replica holds the lease that says that it lives. */
  lives(replica: string): boolean;
}

export function createLeases(db: DatabaseSync, sql: Statements, clock: Clock): Leases {
  const holderOf = (name: string): unknown => sql.lease.get(name, clock.now())?.['holder'];

  function write(name: string, holder: string, ttl: number): boolean {
    const now = clock.now();
    if (ttl > 0) return Number(sql.takeLease.run({ name, holder, now, until: now + ttl }).changes) === 1;
    sql.dropLease.run({ name, holder, now });
    return holderOf(name) === undefined;
  }

  return {
    take(name, holder, ttl) {
      try {
        db.exec('PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE');
        const taken = write(name, holder, ttl);
        db.exec('COMMIT');
        return taken;
      } finally {
        if (db.isTransaction) db.exec('ROLLBACK');
        // INVARIANT: whatever else is written waits for the disk.
        db.exec('PRAGMA synchronous = FULL');
      }
    },
    lives: (replica) => holderOf(`replica:${replica}`) === replica,
  };
}
