// What verification can find wrong, with the place.

export type FindingKind =
  /** Bytes are not what was sealed, or a line is in no known form. */
  | 'edited'
  /** Entries or segments are missing, repeated or in another order. */
  | 'sequence'
  /** A segment does not follow the one before it. */
  | 'unlinked'
  /** A checkpoint is not signed by a known key, or signs something else. */
  | 'checkpoint'
  /** An end without a seal: power was lost while writing, or the writer is at it right now. */
  | 'torn'
  /** The file cannot be read. */
  | 'unreadable';

export interface Finding {
  /** `000001.jsonl:12`; the line is left out where the whole file is meant. */
  readonly at: string;
  readonly kind: FindingKind;
  readonly message: string;
}
