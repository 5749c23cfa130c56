// What was shown where, of one approval: the record that replicas share, and what is left to do by it.
import { dueEscalations } from '../../core/approval/quorum.ts';
import { type Approval, isOpen } from '../../core/approval/state.ts';
import type { NoticeReason } from '../../ports/channel.ts';

/** One destination. */
export interface Place {
  /** What the channel calls the message; absent before it is there. */
  readonly ref?: string;
  /** Version of the approval that it shows. */
  readonly shown: number;
  /** A first post is under way, or was when its replica died. */
  readonly posting?: boolean;
  readonly nudged?: boolean;
  /** Number of escalations that were told. */
  readonly escalated?: number;
  /** Attempts in a row that failed, and epoch ms before which there is no other one. */
  readonly tries?: number;
  readonly notBefore?: number;
  /** Nothing more is tried here. */
  readonly over?: boolean;
}

export interface Notice {
  /** Who works on it, until epoch ms. */
  readonly lease?: { readonly by: string; readonly until: number };
  /** Times that the approval changed, as far as anybody said. */
  readonly touched: number;
  readonly places: Readonly<Record<string, Place>>;
}

/** An approval that is open is looked at again after this even if nobody said that it changed, ms. */
const LOOK_AGAIN = 30_000;
/** How long after its end an approval's messages are still tried to be put right, ms. */
const AFTERMATH = 86_400_000;

/** Throws on what is no notice; only the gate writes them, sealed. */
export function readNotice(text: string): Notice {
  return JSON.parse(text) as Notice;
}

export const writeNotice = (notice: Notice): string => JSON.stringify(notice);

/** What is left to do at one place now; undefined for nothing. */
export function nextDelivery(approval: Approval, place: Place | undefined, now: number): NoticeReason | undefined {
  if (place?.over === true || (place?.notBefore ?? 0) > now) return undefined;
  const open = isOpen(approval.status);
  if (place?.ref === undefined) return open || place?.posting === true ? 'posted' : undefined;
  if (approval.status === 'pending') {
    if ((approval.escalations?.length ?? 0) > (place.escalated ?? 0)) return 'escalated';
    if (approval.nudgedAt !== undefined && place.nudged !== true) return 'nudged';
  }
  return place.shown < approval.version ? 'updated' : undefined;
}

/** The place after a delivery: everything that the message said is told. */
export function delivered(approval: Approval, ref: string): Place {
  return {
    ref,
    shown: approval.version,
    nudged: approval.nudgedAt !== undefined,
    escalated: approval.escalations?.length ?? 0,
  };
}

/** Epoch ms when the approval has to be looked at next; undefined: never, unless it changes. */
export function nextLook(approval: Approval, places: Notice['places'], now: number): number | undefined {
  const times: number[] = [];
  for (const place of Object.values(places)) {
    if (place.over === true || now > approval.statusAt + AFTERMATH) continue;
    const waits = place.notBefore !== undefined && place.notBefore > now;
    const due = nextDelivery(approval, { ...place, notBefore: 0 }, now) !== undefined;
    if (due) times.push(waits ? (place.notBefore ?? now) : now);
  }
  if (approval.status === 'pending') times.push(...reminderTimes(approval), approval.opened.expiresAt);
  if (isOpen(approval.status)) times.push(now + LOOK_AGAIN);
  return times.length === 0 ? undefined : Math.min(...times);
}

function reminderTimes(approval: Approval): number[] {
  const { opened, nudgedAt } = approval;
  const { quorums, nudge } = opened.terms;
  const late = dueEscalations(approval, Number.POSITIVE_INFINITY);
  const escalations = quorums.flatMap(({ rule, escalate }) =>
    escalate && late.includes(rule) ? [opened.at + escalate.after] : [],
  );
  return nudge !== undefined && nudgedAt === undefined ? [...escalations, opened.at + nudge] : escalations;
}
