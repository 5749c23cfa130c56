// The figures of one group of approvals, added up one by one: only numbers are kept of each.
import { decisionOf } from '../approval/decision.ts';
import type { Approval } from '../approval/state.ts';
import { RISKS } from '../policy/schema-words.ts';
import type { Figures } from './insights.ts';
import { quantile, quick, share } from './times.ts';

export interface Group {
  add(approval: Approval): void;
  figures(): Figures;
  /** Highest risk of those added, as its place in the order of risks. */
  readonly risk: number;
  /** Of those decided, how many within 5 s. */
  readonly quick: number;
}

export function createGroup(): Group {
  const counts = { opened: 0, approved: 0, denied: 0, expired: 0, other: 0, pending: 0, escalated: 0 };
  const times: number[] = [];
  let risk = 0;
  return {
    add(approval) {
      const { opened, status, escalations = [] } = approval;
      counts.opened += 1;
      if (escalations.length > 0) counts.escalated += 1;
      risk = Math.max(risk, RISKS.indexOf(opened.risk));
      const decision = decisionOf(approval);
      if (decision) {
        counts[decision.outcome] += 1;
        times.push(Math.max(0, decision.at - opened.at));
      } else if (status === 'pending' || status === 'expired') counts[status] += 1;
      else counts.other += 1;
    },
    figures() {
      const ascending = times.toSorted((a, b) => a - b);
      return {
        ...counts,
        approve_rate: share(counts.approved, times.length),
        median_ms: quantile(ascending, 0.5),
        p95_ms: quantile(ascending, 0.95),
        under_5s: share(quick(times), times.length),
      };
    },
    get risk() {
      return risk;
    },
    get quick() {
      return quick(times);
    },
  };
}
