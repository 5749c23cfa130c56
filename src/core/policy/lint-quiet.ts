// Holds that would end while it is quiet, before anybody is told: nobody gets to decide them then.
import type { QuietTime } from '../attention.ts';
import type { PolicyFile, Rule } from './ast.ts';
import type { Finding, KnownNames } from './lint-finding.ts';
import { RISKS } from './schema-words.ts';

const MINUTE = 60_000;
const DAY = 24 * 60;

/** One warning for each hold rule; nothing where the quiet hours are not known. */
export function lintQuiet(files: readonly PolicyFile[], { quiet = [], hold }: KnownNames): Finding[] {
  return files
    .flatMap((file) => file.rules)
    .filter((rule) => rule.effect === 'hold')
    .flatMap((rule): Finding[] => {
      const expires = rule.hold?.expires ?? hold?.expires;
      const time = expires === undefined ? undefined : quiet.find((each) => endsUnseen(rule, expires, each));
      if (!time || expires === undefined) return [];
      const { from, to, zone } = time.window;
      const words = `${clock(from)} to ${clock(to)} ${zone}`;
      const message = `rule "${rule.id}": what is held at quiet hours (${words}) ends after ${minutes(expires)} min, before anybody is told; give it \`escalate\`, or \`expires\` of at least ${minutes(lengthOf(time))} min`;
      return [{ severity: 'warning', code: 'ends-unseen', at: rule.at, rule: rule.id, message }];
    });
}

function endsUnseen({ risk = 'medium', hold }: Rule, expires: number, time: QuietTime): boolean {
  const isQuiet = RISKS.indexOf(risk) <= RISKS.indexOf(time.upTo) && time.notify.length === 0;
  const isHeard = hold?.escalate !== undefined && hold.escalate.after < expires;
  return isQuiet && !isHeard && expires < lengthOf(time);
}

/** ms. */
function lengthOf({ window: { from, to } }: QuietTime): number {
  return (to > from ? to - from : to + DAY - from) * MINUTE;
}

const minutes = (ms: number): number => Math.ceil(ms / MINUTE);
const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
