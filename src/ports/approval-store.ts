// Where approvals live. The only mutation of an approval is a compare-and-swap append of events; that is what makes the
// adapters provably equal. Every method may reject with StoreUnavailable: callers fail closed.
import type { Rate } from '../core/attention.ts';
import type { ApprovalEvent, Opened } from '../core/approval/events.ts';
import type { Approval, Status } from '../core/approval/state.ts';

/** The store cannot answer (gone, full, corrupt). Nothing may be forwarded on the strength of a guess. */
export class StoreUnavailable extends Error {
  override readonly name: string = 'StoreUnavailable';
}

/** The record of this one approval was edited, lost or cut: it can never run, whatever else the store answers. */
export class RecordDamaged extends StoreUnavailable {
  override readonly name: string = 'RecordDamaged';
}

/** The record of this one approval cannot be read for now: the data key it is sealed with is not here. Whether it was edited is
 *  not known; with the key it is read again. */
export class RecordUnreadable extends StoreUnavailable {
  override readonly name: string = 'RecordUnreadable';
}

export interface OpenLimits {
  /** Approvals that are open (not terminal) for the same agent, and in all. */
  readonly perAgent: number;
  readonly total: number;
  /** Approvals that were opened for the same agent within any time of this length, whatever became of them. */
  readonly held?: Rate | undefined;
}

export type OpenOutcome =
  | { readonly outcome: 'opened'; readonly approval: Approval }
  /** The same agent's same call is already here (see `findCurrent`); nothing was written. */
  | { readonly outcome: 'joined'; readonly approval: Approval }
  | { readonly outcome: 'too-many'; readonly limit: 'agent' | 'total'; readonly open: number }
  /** `after`: ms until there is room, at least 1. */
  | { readonly outcome: 'too-many'; readonly limit: 'rate'; readonly after: number };

export type AppendOutcome =
  | { readonly outcome: 'appended'; readonly approval: Approval }
  /** Somebody else was faster; `approval` is what they left. */
  | { readonly outcome: 'conflict'; readonly approval: Approval | undefined }
  /** The reducer refused one of the events. */
  | { readonly outcome: 'refused'; readonly refusal: string; readonly approval: Approval }
  /** The store's clock had reached `before`; nothing was written. */
  | { readonly outcome: 'too-late'; readonly approval: Approval };

export interface ListQuery {
  /** `open` = not terminal. Absent = all. */
  readonly status?: Status | 'open';
  readonly agent?: string;
  /** Opaque cursor from a previous page; one that never was a cursor gives an empty page. */
  readonly cursor?: string;
  /** 1–200. */
  readonly limit: number;
}

export type BlobKind = 'call' | 'response' | 'receipt';

export interface StoredBlob {
  readonly kind: BlobKind;
  readonly bytes: Uint8Array;
}

/** How new an answer must be: `recent` takes what this replica was told last, which any later append finds out. */
export type Freshness = 'recent' | 'current';

export interface ApprovalStore {
  /** The store's clock, epoch ms: the one that decides expiry. */
  now(): Promise<number>;

  /** Atomically joins the current approval of the same agent and digest, or opens a new one within the limits.
   *  `call` is the sealed call, stored with the approval in the same step. Durable when it resolves. */
  open(event: Opened, call: Uint8Array, limits: OpenLimits): Promise<OpenOutcome>;

  /** Appends if the stored version equals `version` and the reducer accepts every event. Durable (survives power loss)
   *  when it resolves. With `before`, only while the store's clock is below it. `blobs` are stored in the same step; what
   *  serves nobody afterwards (see core/approval/current.ts) may be dropped in it. */
  append(
    id: string,
    version: number,
    events: readonly ApprovalEvent[],
    options?: { readonly before?: number; readonly blobs?: readonly StoredBlob[] },
  ): Promise<AppendOutcome>;

  /** Default: `current`. */
  load(id: string, freshness?: Freshness): Promise<Approval | undefined>;
  events(id: string): Promise<readonly ApprovalEvent[]>;

  /** The approval that a repeat of this call belongs to: an open one; or a finished one that is not delivered and younger
   *  than its replay window; or a denied one within its deny memory (`terms`); newest first. */
  findCurrent(agent: string, digest: string, freshness?: Freshness): Promise<Approval | undefined>;

  list(query: ListQuery): Promise<{ readonly items: readonly Approval[]; readonly next: string | undefined }>;
  countOpen(agent?: string): Promise<number>;

  /** Pending or approved approvals whose expiry is at or before `now`, at most `limit`. */
  due(now: number, limit: number): Promise<readonly Approval[]>;
  /** Approvals in `claimed` or `sending` whose claim names this replica: what a crash left behind. */
  interrupted(replica: string): Promise<readonly Approval[]>;
  /** Terminal approvals without a stored receipt, at most `limit`. */
  withoutReceipt(limit: number): Promise<readonly Approval[]>;

  /** Approvals in `claimed` or `sending` whose claim names a replica that does not hold its lease `replica:<id>` (any more):
   *  what a crash left behind. At most `limit`. */
  orphaned(limit: number): Promise<readonly Approval[]>;

  /** Takes or renews the lease `name` for `holder` until the store's clock + `ttl` ms; false while another one holds it. `ttl`
   *  0 gives it back. Leases tell who lives and keep replicas from doing the same work twice; no promise rests on them. */
  lease(name: string, holder: string, ttl: number): Promise<boolean>;

  putBlob(id: string, kind: BlobKind, bytes: Uint8Array): Promise<void>;
  blob(id: string, kind: BlobKind): Promise<Uint8Array | undefined>;
  dropBlob(id: string, kind: BlobKind): Promise<void>;

  /** Maintenance, for adapters whose data does not expire by itself: drops the stored calls and responses that serve nobody
   *  at `now` any more (see core/approval/current.ts); events and receipts stay. Resolves to the number of blobs dropped. */
  prune?(now: number): Promise<number>;

  /** Calls back with the id of every approval that changed, through this or any other replica, also after a reconnect
   *  (then possibly more often than it changed); with `undefined` where the store cannot say which ones did: any may have.
   *  Returns the unsubscribe function. */
  subscribe(listener: (id: string | undefined) => void): () => void;

  /** Rejects with StoreUnavailable if a write would. */
  health(): Promise<void>;
  close(): Promise<void>;
}
