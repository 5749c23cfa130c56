// How a record ends from which events were taken away: by the event that is due where it stands now. It never runs.
import type { ApprovalEvent } from '../../core/approval/events.ts';
import type { Approval } from '../../core/approval/state.ts';

const WHY = 'the store lost or was robbed of later events of this approval; a replica that had seen them ended it';

/** Undefined where it has ended as it stands. `now`: epoch ms of the store. */
export function endOfCut({ status, claim }: Approval, now: number): ApprovalEvent | undefined {
  switch (status) {
    case 'pending':
      return { type: 'cancelled', at: now, why: WHY };
    case 'approved':
    case 'claimed':
      return { type: 'void', at: now, why: WHY };
    case 'sending':
      return { type: 'result', at: now, token: claim?.token ?? '', outcome: 'indeterminate', detail: WHY };
    default:
      return undefined;
  }
}
