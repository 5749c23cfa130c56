// When an approval is shown for the first time at a place, and when people are reminded of it: quiet hours, and limits per agent.
// INVARIANT: what is put off is open all the same, in every list and for every vote; an approval that has escalated is never quiet.
import { type Approval, isOpen } from '../../core/approval/state.ts';
import { nextMinute, type QuietHours } from '../../core/quiet-hours.ts';
import { RISKS } from '../../core/policy/schema-words.ts';
import type { EventBus } from '../../ports/events.ts';
import type { MessageLimit } from './message-limit.ts';
import { nextDelivery, type Notice, type Place, type PutOff } from './notice.ts';
import type { PutOffTally } from './put-off-tally.ts';

export interface PaceDeps {
  readonly quiet: QuietHours;
  /** Undefined: any number of messages. */
  readonly limit: MessageLimit | undefined;
  readonly tally: PutOffTally;
  readonly bus: EventBus;
}

/** What is shown together. */
export interface Message {
  /** The approval that it is called by. */
  readonly id: string;
  readonly approvals: readonly Approval[];
  /** The most pressing of them. */
  readonly speaker: Approval;
}

export interface Pace {
  /** Where it is to be shown at this moment, now or when its turn comes: `own`, and places that hear of it in quiet hours. */
  places(approval: Approval, own: readonly string[], now: number): readonly string[];
  /** `known` with a time to wait for each of the places `to` at which it is not shown yet and may not be now. To be asked before anything is
   *  sent. Rejects with StoreUnavailable. */
  hold(message: Message, to: readonly string[], known: Notice['places'], now: number): Promise<Notice['places']>;
  /** Says what `hold` put off, once it is on record. Never rejects. */
  told(message: Message, before: Notice['places'], after: Notice['places'], now: number): Promise<void>;
  /** When those who may vote are to be reminded, epoch ms, as far as is known at `now`; undefined: never. */
  readonly nudgeAt: (approval: Approval, now: number) => number | undefined;
}

/** Without the wait that was given here: why it was given may be over, by an escalation say. What a channel asked for stays. */
function ready(place: Place): Place {
  if (place.putOff === undefined || place.tries !== undefined) return place;
  const { notBefore: _over, ...rest } = place;
  return rest;
}

/** A place for a quiet time that is over: it is one again in the next. */
const without = (places: Notice['places'], gone: string): Record<string, Place> =>
  Object.fromEntries(Object.entries(places).filter(([place]) => place !== gone));

/** Ranks above every risk: those who have to hear of it before it ends. */
const ESCALATED = RISKS.length;

export function createPace({ quiet, limit, tally, bus }: PaceDeps): Pace {
  const quietPlaces = ({ opened, escalations = [] }: Approval, now: number): readonly string[] | undefined =>
    escalations.length > 0 ? undefined : quiet.places(opened.risk, now);

  async function wait(
    { id, speaker }: Message,
    place: string,
    now: number,
  ): Promise<{ readonly why: PutOff; readonly until: number } | undefined> {
    const only = quietPlaces(speaker, now);
    if (only && !only.includes(place)) return { why: 'quiet', until: nextMinute(now) };
    const { opened, escalations = [] } = speaker;
    const rank = escalations.length > 0 ? ESCALATED : RISKS.indexOf(opened.risk);
    const until = await limit?.ask(opened.agent, place, { id, rank, at: opened.at }, now);
    return until === undefined ? undefined : { why: 'limit', until };
  }

  async function held(message: Message, place: string, known: Place, now: number): Promise<Place> {
    const waits = await wait(message, place, now);
    if (!waits) return known;
    const { why, until } = waits;
    const { putOff = [] } = known;
    return { ...known, notBefore: until, putOff: putOff.includes(why) ? putOff : [...putOff, why] };
  }

  return {
    places: (approval, own, now) => [...new Set([...own, ...(quietPlaces(approval, now) ?? [])])],
    async hold(message, to, known, now) {
      const { approvals } = message;
      if (!approvals.some(({ status }) => isOpen(status))) return known;
      let places: Record<string, Place> = { ...known };
      for (const place of new Set([...to, ...Object.keys(known)])) {
        const stands = ready(known[place] ?? { shown: 0 });
        // What may stand there already is looked for, not put off.
        if (stands.posting === true || nextDelivery(approvals, stands, now) !== 'posted') continue;
        if (to.includes(place)) places[place] = await held(message, place, stands, now);
        else places = without(places, place);
      }
      return places;
    },
    async told({ id, speaker }, before, after, now) {
      const { agent, risk } = speaker.opened;
      for (const [destination, { putOff = [] }] of Object.entries(after)) {
        for (const why of putOff) {
          if (before[destination]?.putOff?.includes(why)) continue;
          bus.emit('notice:put-off', { approvalId: id, agent, risk, destination, why });
          if (why === 'limit') await tally.count(agent, now);
        }
      }
    },
    nudgeAt({ opened }, now) {
      const { nudge } = opened.terms;
      if (nudge === undefined) return undefined;
      const due = opened.at + nudge;
      // After a quiet time people get as long as always before they are reminded.
      const rested = now < due || !quiet.between(opened.risk, Math.max(opened.at, now - nudge), now);
      return rested ? due : nextMinute(now);
    },
  };
}
