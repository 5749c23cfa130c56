// Reads the events that a race left and says what is wrong with them: the invariants of held calls, in words of its own, not the
// reducer's. What the sides were told, and what every replica says afterwards, has to be the same story.
import { isDeepStrictEqual } from 'node:util';
import type { ApprovalEvent, Opened } from '../../src/core/approval/events.ts';
import type { Approval } from '../../src/core/approval/state.ts';
import type { Report } from './race-actor.ts';

export interface Race {
  /** What the agent asked for. */
  readonly asked: Opened;
  readonly log: readonly ApprovalEvent[];
  /** Events of the log that were there before. */
  readonly before: number;
  readonly reports: readonly Report[];
  /** What each replica says that it stands at. */
  readonly views: readonly (Approval | undefined)[];
  /** When the store had written the event of this number (from 1), by its own clock, epoch ms; undefined where that is not known. */
  readonly takenAt?: (version: number) => number | undefined;
}

/** True if the store wrote something after the expiry that has to come before it. It looks at the clock a moment before it writes:
 *  now and then that moment is the last. */
export function isLate({ asked, log, takenAt }: Race): boolean {
  return log.some(({ type }, n) => TIMELY.has(type) && (takenAt?.(n + 1) ?? 0) >= asked.expiresAt);
}

const ENDS = new Set(['expired', 'cancelled', 'void', 'not_sent', 'result']);
const AFTERWARDS = new Set(['delivered', 'annotated']);
/** No later than the expiry. */
const TIMELY = new Set(['voted', 'claimed', 'intent']);

const ends = (event: ApprovalEvent): boolean =>
  ENDS.has(event.type) || (event.type === 'voted' && event.vote === 'deny');

/** Each broken invariant, in words; empty if all is well. */
export function judge({ asked, log, before, reports, views, takenAt }: Race): string[] {
  const wrong: string[] = [];
  const must = (holds: boolean, words: string): void => {
    if (!holds) wrong.push(words);
  };
  const votes = log.filter((event) => event.type === 'voted');
  const claims = log.filter((event) => event.type === 'claimed');
  const intents = log.filter((event) => event.type === 'intent');
  const sent = reports.flatMap((report) => report.sent);
  const [claimed] = claims;
  const [intent] = intents;

  must(sent.length <= 1, `I1: ${sent.length} first bytes`);
  must(claims.length <= 1 && intents.length <= 1, `I1: ${claims.length} claims, ${intents.length} intents`);

  if (intent) {
    const counted = votes.filter((vote) => vote.vote === 'approve' && log.indexOf(vote) < log.indexOf(intent));
    const humans = new Set(counted.map(({ by }) => by));
    const needed = Math.max(...asked.terms.quorums.map(({ approvals }) => approvals));
    must(humans.size >= needed, `I2: sent with ${humans.size} of ${needed} votes`);
    must(!votes.some(({ vote }) => vote === 'deny'), 'I2: sent in spite of a denial');
    const eligible = new Set(claimed?.eligible.map(({ by }) => by));
    must([...humans].filter((by) => eligible.has(by)).length >= needed, 'I9: sent without the quorum of that moment');
  }
  for (const { by, digest, groups } of votes) {
    must(![...asked.requesters, asked.agent].includes(by), `I2: ${by} voted on what was asked for them`);
    must(groups.includes('security'), `I2: ${by} may not vote`);
    must(digest === asked.digest, `I2: ${by} voted on something else`);
  }
  for (const { digest } of [...claims, ...intents])
    must(digest === asked.digest, 'I3: another call than the approved one');
  must(!claimed || claimed.contentDigest === asked.contentDigest, 'I3: other bytes than the approved ones');

  for (const [n, { type, at }] of log.entries()) {
    if (TIMELY.has(type)) must(at < asked.expiresAt, `I4: ${type} at or after the expiry`);
    if (type === 'expired') must(Math.min(at, takenAt?.(n + 1) ?? at) >= asked.expiresAt, 'I4: expired early');
  }

  const end = log.findIndex(ends);
  must(end >= 0, `I8: left at ${log.at(-1)?.type}`);
  if (end >= 0) {
    const after = log.slice(end + 1).filter(({ type }) => !AFTERWARDS.has(type));
    must(after.length === 0, `I5, I13: ${after.map(({ type }) => type).join()} behind the end`);
  }

  must(
    !intent || (claimed !== undefined && log.indexOf(claimed) < log.indexOf(intent)),
    'I6: an intent without a claim',
  );
  must(!intent || intent.token === claimed?.token, 'I6: an intent under another claim');
  must(
    sent.every((token) => token === intent?.token),
    'I6: sent without a recorded intent',
  );

  const acknowledged = reports.flatMap((report) => report.acknowledged.map((event) => JSON.stringify(event)));
  const stored = log.slice(before).map((event) => JSON.stringify(event));
  must(isDeepStrictEqual(acknowledged.toSorted(), stored.toSorted()), 'I7: what was confirmed is not what is stored');

  must(isDeepStrictEqual(log[0], JSON.parse(JSON.stringify(asked))), 'I10: not what this agent asked for');

  const ballots = votes.map(({ by, vote }) => `${by} ${vote}`);
  must(new Set(ballots).size === ballots.length, 'I11: a human counted twice');

  const statuses = new Set(views.map((view) => view?.status));
  must(statuses.size === 1, `I12: replicas say ${[...statuses].join()}`);
  must(
    views.every((view) => view?.version === log.length),
    'I12: a replica does not have the whole story',
  );
  must(
    statuses.has('succeeded') === sent.length > 0,
    `I12: ${sent.length} sends, and it stands at ${[...statuses].join()}`,
  );
  return wrong;
}
