// Which approval a repeat of the same call belongs to, and how long what is stored with it is needed. Every store adapter
// answers with these two functions, so that rejoining, replay and deny memory are the same everywhere.
import { type Approval, isOpen } from './state.ts';

/** True while a repeat of the call joins this approval: open, or executed and not delivered within its replay window
 *  (an indeterminate one until somebody says what it did), or denied within its deny memory. `now`: epoch ms. */
export function isCurrent(approval: Approval, now: number): boolean {
  const { status, statusAt } = approval;
  if (isOpen(status)) return true;
  const { denyMemory, replayWindow } = approval.opened.terms;
  if (status === 'denied') return now < statusAt + denyMemory;
  if (status === 'succeeded' || status === 'upstream_error') {
    return approval.deliveredAt === undefined && now < statusAt + replayWindow;
  }
  return status === 'indeterminate' && approval.annotation === undefined && now < statusAt + replayWindow;
}

/** How long the response stays after one connection has all of it, ms: the same call may wait on others, at other replicas, and
 *  they are answered with it too. */
export const DELIVERED_GRACE = 15_000;

/** Epoch ms from which the stored call and response serve nobody any more; undefined while the approval is open. */
export function droppableFrom(approval: Approval): number | undefined {
  const { status, statusAt } = approval;
  if (isOpen(status)) return undefined;
  const executed = status === 'succeeded' || status === 'upstream_error' || status === 'indeterminate';
  if (!executed || approval.annotation) return statusAt;
  const { deliveredAt, opened } = approval;
  return deliveredAt === undefined ? statusAt + opened.terms.replayWindow : deliveredAt + DELIVERED_GRACE;
}
