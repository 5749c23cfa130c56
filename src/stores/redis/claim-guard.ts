// When a replica may claim at all. INVARIANT: nothing is claimed by a replica that would not hear of another one's claim; and what was
// approved before it began to listen only after those who know more have had the time to say so (see end-of-cut.ts).
import type { Approval } from '../../core/approval/state.ts';
import { StoreUnavailable } from '../../ports/approval-store.ts';
import type { Changes } from './changes.ts';

/** A replica that has just begun to listen leaves older approvals to the others for this long, ms: longer than a round of their
 *  patrols takes to come to what is open. */
const SETTLE = 3_000;

/** Throws StoreUnavailable. `now`: epoch ms of the store. */
export function assertMayClaim({ statusAt }: Approval, changes: Changes, now: number, where: string): void {
  if (!changes.wanted()) return;
  if (!changes.follows())
    throw new StoreUnavailable(`${where}: changes are not heard of now; nothing is claimed meanwhile`);
  const since = changes.since();
  if (statusAt < since && now < since + SETTLE)
    throw new StoreUnavailable(`${where}: approved before this replica began to listen; it waits for those who did`);
}
