// When approvers are left in peace. INVARIANT: it only says where something is shown and when people are reminded; who may vote, and
// when an approval ends, never depends on it.
import type { QuietTime } from './attention.ts';
import { RISKS } from './policy/schema-words.ts';
import { timeWindow } from './policy/time-criterion.ts';
import type { Risk } from './policy/types.ts';

export interface QuietHours {
  /** The only places where an approval of this risk is shown at this moment (epoch ms); undefined: it is not quiet. */
  readonly places: (risk: Risk, now: number) => readonly string[] | undefined;
  /** Whether it was quiet for this risk at any moment between the two (epoch ms), both included. */
  readonly between: (risk: Risk, since: number, now: number) => boolean;
}

/** Windows begin and end on whole minutes of the wall clock, and zones differ by whole minutes. */
const MINUTE = 60_000;
/** Moments that {@link QuietHours.between} looks at, at most; what is shorter than the steps between them may be missed. */
const LOOKS = 240;

/** Throws for a time zone that does not exist: the configuration refuses those. */
export function createQuietHours(times: readonly QuietTime[]): QuietHours {
  const all = times.map(({ window, upTo, notify }) => ({
    within: timeWindow(window),
    upTo: RISKS.indexOf(upTo),
    notify,
  }));
  const places = (risk: Risk, now: number): readonly string[] | undefined => {
    const level = RISKS.indexOf(risk);
    const quiet = all.filter(({ upTo, within }) => level <= upTo && within(now));
    return quiet.length === 0 ? undefined : [...new Set(quiet.flatMap(({ notify }) => notify))];
  };
  return {
    places,
    between(risk, since, now) {
      if (all.length === 0) return false;
      const step = Math.max(1, Math.ceil((now - since) / LOOKS / MINUTE)) * MINUTE;
      for (let at = now; at > since; at -= step) if (places(risk, at) !== undefined) return true;
      return places(risk, since) !== undefined;
    },
  };
}

/** The next moment at which it may begin or end to be quiet, epoch ms. */
export const nextMinute = (now: number): number => Math.floor(now / MINUTE) * MINUTE + MINUTE;
