// What was shown where, of one message: the record that replicas share, and what is left to do by it.
import { dueEscalations } from '../../core/approval/quorum.ts';
import { type Approval, isOpen } from '../../core/approval/state.ts';
import type { NoticeReason } from '../../ports/channel.ts';

/** Kind of these records. */
export const NOTICE: string = 'notice';
/** How long one is kept after it was last written, ms. */
export const KEPT: number = 3 * 86_400_000;
/** It is quiet, or the agent has caused as many messages as it may. */
export type PutOff = 'quiet' | 'limit';

/** One destination. */
export interface Place {
  /** What the channel calls the message; absent before it is there. */
  readonly ref?: string;
  /** {@link versionOf} what it shows. */
  readonly shown: number;
  /** A first post is under way, or was when its replica died. */
  readonly posting?: boolean;
  readonly nudged?: boolean;
  /** What became of it was told. */
  readonly ended?: boolean;
  /** Number of escalations that were told. */
  readonly escalated?: number;
  /** Attempts in a row that failed, and epoch ms before which there is no other one. */
  readonly tries?: number;
  readonly notBefore?: number;
  /** Why its first post was put off, each reason once. */
  readonly putOff?: readonly PutOff[];
  /** Nothing more is tried here. */
  readonly over?: boolean;
}

export interface Notice {
  /** The approval whose message this one stands in; nothing else counts then. */
  readonly lead?: string;
  /** Similar approvals that stand in this message too, in the order in which they came. */
  readonly members?: readonly string[];
  /** Who works on it, until epoch ms. */
  readonly lease?: { readonly by: string; readonly until: number };
  /** Times that an approval of it changed, as far as anybody said. */
  readonly touched: number;
  readonly places: Readonly<Record<string, Place>>;
}

/** An approval that is open is looked at again after this even if nobody said that it changed, ms. */
const LOOK_AGAIN = 30_000;
/** How long after its end an approval's messages are still tried to be put right, ms. */
const AFTERMATH = 86_400_000;
/** Between two changes of a message that shows several approvals, ms: they come and are decided in bursts. */
const BREATH = 1_000;

/** Throws on what is no notice; only the gate writes them, sealed. */
export function readNotice(text: string): Notice {
  return JSON.parse(text) as Notice;
}

export const writeNotice = (notice: Notice): string => JSON.stringify(notice);

/** Grows with every change of any of them, and with each that is added. */
export const versionOf = (approvals: readonly Approval[]): number =>
  approvals.reduce((sum, { version }) => sum + version, 0);

const escalationsOf = (approvals: readonly Approval[]): number =>
  Math.max(0, ...approvals.map(({ escalations }) => escalations?.length ?? 0));

const isPending = ({ status }: Approval): boolean => status === 'pending';

/** What is left to do now at one place for the approvals of a message; undefined for nothing. */
export function nextDelivery(
  approvals: readonly Approval[],
  place: Place | undefined,
  now: number,
): NoticeReason | undefined {
  if (place?.over === true || (place?.notBefore ?? 0) > now) return undefined;
  const open = approvals.some(({ status }) => isOpen(status));
  if (place?.ref === undefined) return open || place?.posting === true ? 'posted' : undefined;
  const waiting = approvals.filter(isPending);
  if (waiting.length > 0) {
    if (escalationsOf(waiting) > (place.escalated ?? 0)) return 'escalated';
    if (waiting.some(({ nudgedAt }) => nudgedAt !== undefined) && place.nudged !== true) return 'nudged';
  }
  // Less, too: one of them cannot be read any more.
  if (!open && place.ended !== true) return 'ended';
  return place.shown === versionOf(approvals) ? undefined : 'updated';
}

/** The place after a delivery: everything that the message said is told of those that wait; what others come to is told anew once these are
 *  decided. Whoever was left in peace hears of an escalation by itself. */
export function delivered(approvals: readonly Approval[], ref: string, now: number, before?: Place): Place {
  const rested = before?.putOff?.includes('quiet') === true;
  const waiting = approvals.filter(isPending);
  return {
    ref,
    shown: versionOf(approvals),
    nudged: waiting.some(({ nudgedAt }) => nudgedAt !== undefined),
    escalated: rested ? 0 : escalationsOf(waiting),
    ended: !approvals.some(({ status }) => isOpen(status)),
    ...(approvals.length > 1 && { notBefore: now + BREATH }),
  };
}

/** Epoch ms when the message has to be looked at next; undefined: never, unless something changes. */
export function nextLook(
  approvals: readonly Approval[],
  places: Notice['places'],
  now: number,
  nudgeAt?: (approval: Approval, now: number) => number | undefined,
): number | undefined {
  const times: number[] = [];
  const lastChange = Math.max(...approvals.map(({ statusAt }) => statusAt));
  for (const place of Object.values(places)) {
    if (place.over === true || now > lastChange + AFTERMATH) continue;
    const waits = place.notBefore !== undefined && place.notBefore > now;
    const due = nextDelivery(approvals, { ...place, notBefore: 0 }, now) !== undefined;
    if (due) times.push(waits ? (place.notBefore ?? now) : now);
  }
  for (const approval of approvals.filter(isPending))
    times.push(...reminderTimes(approval, nudgeAt?.(approval, now)), approval.opened.expiresAt);
  if (approvals.some(({ status }) => isOpen(status))) times.push(now + LOOK_AGAIN);
  return times.length === 0 ? undefined : Math.min(...times);
}

function reminderTimes(approval: Approval, nudgeAt: number | undefined): number[] {
  const { opened, nudgedAt } = approval;
  const { quorums, nudge } = opened.terms;
  const late = dueEscalations(approval, Number.POSITIVE_INFINITY);
  const escalations = quorums.flatMap(({ rule, escalate }) =>
    escalate && late.includes(rule) ? [opened.at + escalate.after] : [],
  );
  return nudge !== undefined && nudgedAt === undefined ? [...escalations, nudgeAt ?? opened.at + nudge] : escalations;
}
