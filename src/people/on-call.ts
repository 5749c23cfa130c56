// Who is on call, remembered, so that a vote never waits for another service. INVARIANT: what is not known, or too old to be believed, is
// nobody but the fallback that the configuration names.
import { isEligible } from '../core/approval/quorum.ts';
import { humanId, type Person } from '../core/principal.ts';
import type { Clock } from '../ports/clock.ts';
import type { Schedule } from './schedule.ts';

export interface OnCallSchedule {
  /** `platform` in `oncall:platform`. */
  readonly name: string;
  readonly schedule: Schedule;
  /** As in a quorum: `group:x` or an e-mail address; who counts while the schedule cannot be asked. */
  readonly fallback: readonly string[];
}

export interface OnCallDeps {
  readonly schedules: readonly OnCallSchedule[];
  readonly clock: Clock;
  /** Hears of a schedule that cannot be asked, each time, and when it can again. */
  readonly onState: (name: string, why: string | undefined) => void;
}

export interface OnCall {
  /** `oncall:platform`, … of this person now. */
  of(person: Person): readonly string[];
  /** Asks all schedules; resolves when each has answered or failed. Never rejects. */
  refresh(): Promise<void>;
  close(): void;
}

/** ms. */
const EVERY = 60_000;
/** For how long an answer is believed while the next one does not come, ms. */
const BELIEVED = 600_000;

interface Known {
  readonly emails: ReadonlySet<string>;
  readonly at: number;
}

export function startOnCall({ schedules, clock, onState }: OnCallDeps): OnCall {
  const known = new Map<string, Known>();
  let closed = false;
  let cancel = (): void => {};

  const ask = async ({ name, schedule }: OnCallSchedule): Promise<void> => {
    const answer = await schedule();
    if (answer.ok) known.set(name, { emails: new Set(answer.emails.map(humanId)), at: clock.monotonic() });
    onState(name, answer.ok ? undefined : answer.why);
  };
  const refresh = async (): Promise<void> => {
    await Promise.all(schedules.map(ask));
  };
  const tick = (): void => {
    if (closed) return;
    cancel = clock.after(EVERY, () => void refresh().then(tick));
  };
  if (schedules.length > 0) tick();

  return {
    of(person) {
      return schedules.flatMap(({ name, fallback }) => {
        const now = known.get(name);
        const believed = now !== undefined && clock.monotonic() - now.at < BELIEVED;
        const voter = { by: humanId(person.email), groups: person.groups };
        // An empty list would be everybody to a quorum; here it is nobody.
        const counts = believed ? now.emails.has(voter.by) : fallback.length > 0 && isEligible(fallback, voter);
        return counts ? [`oncall:${name}`] : [];
      });
    },
    refresh,
    close() {
      closed = true;
      cancel();
    },
  };
}
