// Brings every place of one message up to date with its approvals, side by side. Never rejects: what fails is tried again when its time has come.
import { type Approval, isOpen } from '../../core/approval/state.ts';
import type { Shown } from '../../core/similar/shown.ts';
import type { Channel, Delivery, NoticeMessage } from '../../ports/channel.ts';
import type { EventBus } from '../../ports/events.ts';
import { within } from '../within.ts';
import { delivered, nextDelivery, type Notice, type Place, versionOf } from './notice.ts';
import { type ShownDeps, shownOf } from './shown.ts';

export interface DeliverDeps extends ShownDeps {
  readonly channels: ReadonlyMap<string, Channel>;
  readonly bus: EventBus;
}

/** ms that a channel may take, with some room to what it promises. */
const LONGEST = 20_000;
const NOTHING = Promise.resolve(undefined);
/** ms before the next attempt where the other side does not say; the last one from then on. */
const PAUSES = [1_000, 2_000, 5_000, 15_000, 30_000, 60_000, 300_000] as const;
/** What another side may ask for at most, ms: somebody may be able to approve there. */
const LONGEST_PAUSE = 600_000;
/** Messages to one place on one look: post, then what time did. */
const STEPS = 3;

/** The places after everything that is due now was tried. `id`: what the message is called by. */
export async function deliverAll(
  deps: DeliverDeps,
  id: string,
  approvals: readonly Approval[],
  destinations: readonly string[],
  notice: Notice,
  now: number,
): Promise<Notice['places']> {
  const known = new Set([...destinations, ...Object.keys(notice.places)]);
  let reading: Promise<Shown> | undefined;
  /** Read once for all places, and only where there is something to say. */
  const shown = (): Promise<Shown> => (reading ??= shownOf(deps, id, approvals, now));
  const places = await Promise.all(
    [...known].map(
      async (to) => [to, await deliverTo(deps, { id, approvals, shown }, to, notice.places[to], now)] as const,
    ),
  );
  return Object.fromEntries(places);
}

interface Subject {
  readonly id: string;
  readonly approvals: readonly Approval[];
  readonly shown: () => Promise<Shown>;
}

async function deliverTo(
  deps: DeliverDeps,
  { id, approvals, shown }: Subject,
  destination: string,
  known: Place | undefined,
  now: number,
): Promise<Place> {
  let place: Place = known ?? { shown: 0 };
  for (let step = 0; step < STEPS; step++) {
    const reason = nextDelivery(approvals, place, now);
    if (!reason) return place;
    const [name, target] = split(destination);
    const channel = deps.channels.get(name);
    if (!channel) return { ...place, over: true };
    const key = `${id}.${destination.replaceAll(/[^\w.-]/g, '_').slice(0, 100)}`;
    const message = { reason, version: versionOf(approvals), key };
    const over = !approvals.some(({ status }) => isOpen(status));
    const result = await tried(deps, channel, target, place, { shown, over, message });
    deps.bus.emit('notice:tried', {
      approvalId: id,
      destination,
      reason,
      outcome: result.outcome,
      ...(result.outcome !== 'delivered' && { why: result.why }),
    });
    if (result.outcome === 'refused') return { ...place, over: true };
    // Nobody knows whether the message stands there although the answer to it was lost: looked for, it is not made twice. Whoever says when to
    // come again has taken nothing.
    const maybe = place.ref === undefined && channel.find !== undefined;
    if (result.outcome === 'later')
      return { ...later(place, result, now), ...(maybe && result.after === undefined && { posting: true }) };
    place = delivered(approvals, result.ref, now, place);
  }
  return place;
}

/** `slack:C123` → `slack`, `C123`. */
function split(destination: string): readonly [string, string] {
  const colon = destination.indexOf(':');
  return [destination.slice(0, colon), destination.slice(colon + 1)];
}

interface Saying {
  readonly shown: () => Promise<Shown>;
  /** None of its approvals is open any more. */
  readonly over: boolean;
  readonly message: Omit<NoticeMessage, 'shown'>;
}

async function tried(
  { clock }: DeliverDeps,
  channel: Channel,
  target: string,
  place: Place,
  { shown, over, message }: Saying,
): Promise<Delivery> {
  try {
    // A replica may have died between the post and the record of it.
    const lost = place.posting === true && place.ref === undefined;
    const ref = lost ? await within(clock, LONGEST, channel.find?.(target, message.key) ?? NOTHING) : place.ref;
    if (lost && channel.find && ref === undefined && over)
      return { outcome: 'refused', why: 'it was over before it was shown' };
    return await within(clock, LONGEST, channel.deliver(target, { ...message, shown: await shown() }, ref));
  } catch (error) {
    return { outcome: 'later', why: error instanceof Error ? error.message : String(error) };
  }
}

function later(place: Place, { after }: Extract<Delivery, { outcome: 'later' }>, now: number): Place {
  const tries = place.tries ?? 0;
  const pause = after ?? PAUSES[Math.min(tries, PAUSES.length - 1)] ?? LONGEST_PAUSE;
  return { ...place, tries: tries + 1, notBefore: now + Math.min(pause, LONGEST_PAUSE) };
}
