// Small records that replicas share beside the approvals, such as what was shown to whom. The only change is a compare-and-swap of
// one whole record. Every method may reject with StoreUnavailable.

export interface SharedRecord {
  readonly id: string;
  /** Number of times it was written; what a write has to name. */
  readonly version: number;
  readonly value: string;
  /** Epoch ms by the store's clock; undefined: nobody waits for it. */
  readonly dueAt: number | undefined;
}

export interface RecordTerms {
  /** Epoch ms from which {@link SharedRecords.due} lists it. */
  readonly dueAt?: number | undefined;
  /** ms from now after which it may be forgotten. */
  readonly keepFor: number;
}

export type PutOutcome =
  | { readonly outcome: 'written'; readonly record: SharedRecord }
  /** Another one was faster; `record` is what stands there, undefined if there is none (any more). */
  | { readonly outcome: 'conflict'; readonly record: SharedRecord | undefined };

/** `kind` is a word (lower-case letters), the same for all records of one purpose; ids are its own. Values are sealed at rest. One
 *  that was edited there is as if it had never been written. */
export interface SharedRecords {
  /** The store's clock, epoch ms. */
  now(): Promise<number>;
  get(kind: string, id: string): Promise<SharedRecord | undefined>;
  /** Writes `value` if the stored version is `version`; 0 where there is none. Durable when it resolves. */
  put(kind: string, id: string, version: number, value: string, terms: RecordTerms): Promise<PutOutcome>;
  /** False where the stored version is another one. */
  drop(kind: string, id: string, version: number): Promise<boolean>;
  /** Those whose time has come, the longest overdue first, at most `limit`. */
  due(kind: string, limit: number): Promise<readonly SharedRecord[]>;
  /** All of a kind, in no order. */
  list(kind: string): Promise<readonly SharedRecord[]>;
  close(): Promise<void>;
}
