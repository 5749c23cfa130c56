// What the lists in Redis say of an approval, from its fold; and the keys and values that the scripts take for it.
import { droppableFrom } from '../../core/approval/current.ts';
import { type Approval, isOpen, STATUSES } from '../../core/approval/state.ts';
import type { RedisKeys } from './keys.ts';
import type { Argument } from './client.ts';

/** A call or a response is kept at most this long after the approval expired, ms: longer than any send takes. */
const SPARE = 3_600_000;

export const dueAt = ({ status, opened }: Approval): number | undefined =>
  status === 'pending' || status === 'approved' ? opened.expiresAt : undefined;

export const claimedBy = ({ status, claim }: Approval): string | undefined =>
  status === 'claimed' || status === 'sending' ? claim?.replica : undefined;

/** ms from `now` for which the call and the response are kept. */
export function blobsKeptFor(approval: Approval, now: number): number {
  return Math.ceil(Math.max(0, (droppableFrom(approval) ?? approval.opened.expiresAt + SPARE) - now));
}

/** ms from `now` for which the events and the receipt are kept once the approval has ended. */
export function recordKeptFor({ opened }: Approval, now: number, retention: number): number {
  return Math.ceil(Math.max(0, opened.expiresAt - now) + retention);
}

/** KEYS of APPEND and REINDEX. */
export function indexKeys(keys: RedisKeys, { id, opened, status }: Approval): readonly string[] {
  return [
    keys.events(id),
    keys.changes,
    keys.all,
    keys.order,
    keys.agent(opened.agent),
    keys.status(status),
    keys.open,
    keys.openOf(opened.agent),
    keys.agents,
    keys.due,
    keys.claimed,
    keys.unreceipted,
    keys.blob(id, 'call'),
    keys.blob(id, 'response'),
    keys.blob(id, 'receipt'),
    ...STATUSES.map((one) => keys.status(one)),
  ];
}

/** Numbers of the blobs' keys among them. */
export const BLOB_KEY = { call: 13, response: 14, receipt: 15 } as const;

/** ARGV 5 to 12 of APPEND and REINDEX, for the approval as it stands afterwards. */
export function indexValues(approval: Approval, now: number, retention: number): readonly Argument[] {
  return [
    isOpen(approval.status) ? '0' : '1',
    dueAt(approval) ?? '',
    claimedBy(approval) ?? '',
    blobsKeptFor(approval, now),
    recordKeptFor(approval, now, retention),
    approval.opened.agent,
    approval.version,
    approval.opened.expiresAt,
  ];
}
