// One click, one vote on each approval that the message covers: they were all shown, and the core decides about each by itself.
import type { Vote } from '../../core/approval/events.ts';
import type { Person } from '../../core/principal.ts';
import { covered, type Shown } from '../../core/similar/shown.ts';
import type { ChannelVoteOutcome, Votes } from '../../ports/votes.ts';
import { GONE } from './looked-at.ts';

export interface Choice {
  readonly person: Person;
  readonly vote: Vote;
  readonly reason: string | undefined;
  /** `slack`, `teams`. */
  readonly channel: string;
  /** Everything that is offered is granted with it. */
  readonly grant?: true | undefined;
}

/** Votes side by side; each is written to disk by itself. */
const ABREAST = 8;

/** Undefined where all were recorded, else what to tell whoever voted. Never rejects. */
export async function voteOn(votes: Pick<Votes, 'vote'>, shown: Shown, choice: Choice): Promise<string | undefined> {
  const rest = [...covered(shown)];
  const total = rest.length;
  const refusals: string[] = [];
  const lane = async (): Promise<void> => {
    for (let view = rest.shift(); view; view = rest.shift()) {
      const done = await votes.vote({ ...choice, approvalId: view.id, digest: view.digest });
      if (done.outcome !== 'recorded') refusals.push(wordsOf(done));
    }
  };
  await Promise.all(Array.from({ length: ABREAST }, lane));
  const [first] = refusals;
  if (first === undefined || total === 1) return first;
  const recorded = total - refusals.length;
  return recorded === 0 ? first : `${recorded} of ${total} votes were recorded. Of the others: ${first}`;
}

const wordsOf = (outcome: Exclude<ChannelVoteOutcome, { outcome: 'recorded' }>): string =>
  outcome.outcome === 'not-found' ? GONE : outcome.detail;
