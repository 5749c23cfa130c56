// The folded state of one approval.
import type { Claimed, Escalated, Granted, Informed, Intent, Opened, Resulted, Voted } from './events.ts';

export const STATUSES = [
  'pending',
  'approved',
  'claimed',
  'sending',
  'denied',
  'expired',
  'cancelled',
  'void',
  'not_sent',
  'succeeded',
  'upstream_error',
  'indeterminate',
] as const;

export type Status = (typeof STATUSES)[number];

const OPEN: ReadonlySet<Status> = new Set(['pending', 'approved', 'claimed', 'sending']);

/** Not terminal: `GET /approvals?status=open` lists exactly these. */
export function isOpen(status: Status): boolean {
  return OPEN.has(status);
}

export interface Approval {
  readonly id: string;
  /** Number of events folded so far; the compare-and-swap version. */
  readonly version: number;
  readonly status: Status;
  readonly opened: Opened;
  readonly votes: readonly Voted[];
  /** What approved it in place of votes; absent where people were asked. */
  readonly granted?: Granted;
  readonly claim: Claimed | undefined;
  readonly intent: Intent | undefined;
  readonly result: Resulted | undefined;
  /** Epoch ms when the agent had the whole response. */
  readonly deliveredAt: number | undefined;
  /** In the order in which they happened; absent for none. */
  readonly escalations?: readonly Escalated[];
  /** Epoch ms. */
  readonly nudgedAt?: number;
  /** Absent until somebody has looked. */
  readonly informed?: Informed;
  readonly annotation:
    | { readonly by: string; readonly outcome: 'done' | 'not_done'; readonly note: string }
    | undefined;
  /** Epoch ms of the event that made the current status. */
  readonly statusAt: number;
  /** Words for why it ended (denier's reason, not-sent cause, …). */
  readonly why: string | undefined;
}
