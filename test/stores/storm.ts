// A retry storm: the same call over and over, at every replica at once. It opens one approval, and all the others join it.
import type { Opened } from '../../src/core/approval/events.ts';
import type { ApprovalStore, OpenLimits, OpenOutcome } from '../../src/ports/approval-store.ts';
import { judge, type Race } from './race-judge.ts';

/** Openings in a storm. */
export const STORM = 50;
export const CALL: Uint8Array = new Uint8Array(64);
export const LIMITS: OpenLimits = { perAgent: 1e6, total: 1e6 };

export interface Opening {
  readonly by: string;
  readonly outcome: OpenOutcome['outcome'];
  /** Of the approval that it opened or joined. */
  readonly id: string | undefined;
}

/** One replica's share of a storm. */
export function openAgain(store: ApprovalStore, by: string, asked: Opened, times: number): Promise<readonly Opening[]> {
  const all = Array.from({ length: times }, async (_, n): Promise<Opening> => {
    const done = await store.open({ ...asked, id: `${asked.id}-${by}-${n}` }, CALL, LIMITS);
    return { by, outcome: done.outcome, id: 'approval' in done ? done.approval.id : undefined };
  });
  return Promise.all(all);
}

/** Each broken promise of a storm whose approval was then approved and run by every replica at once, in words. */
export function judgeStorm(openings: readonly Opening[], race: Race): string[] {
  const wrong = judge(race);
  const first = openings.filter(({ outcome }) => outcome === 'opened');
  const joined = openings.filter(({ outcome }) => outcome === 'joined');
  if (first.length !== 1 || joined.length !== STORM - 1) {
    wrong.push(`${first.length} opened and ${joined.length} joined of ${STORM}`);
  }
  const ids = new Set(openings.map(({ id }) => id));
  if (ids.size !== 1 || !ids.has(race.asked.id)) wrong.push(`${ids.size} approvals of one call`);
  const sends = race.reports.flatMap(({ sent }) => sent).length;
  if (sends !== 1) wrong.push(`${sends} sends`);
  return wrong;
}
