// How many new messages one agent may cause at one place, over all replicas. INVARIANT: within any time of the rate's length no more
// than it says, by the store's clock (compare-and-swap on one record of agent and place); an agent never waits for another one.
import type { Rate } from '../../core/attention.ts';
import { sha256 } from '../../core/sha256.ts';
import type { SharedRecords } from '../../ports/shared-records.ts';

export interface Asking {
  /** Of the approval: asking again for what was granted is granted again, and counts once. */
  readonly id: string;
  /** Higher goes first; among equals, who came first. */
  readonly rank: number;
  /** Epoch ms when it was opened. */
  readonly at: number;
}

export interface MessageLimit {
  /** Undefined: it may be posted now, and is counted; else epoch ms at which to ask again. Rejects with StoreUnavailable. */
  ask(agent: string, place: string, message: Asking, now: number): Promise<number | undefined>;
}

interface Waiting extends Asking {
  /** Epoch ms when it last asked. */
  readonly asked: number;
}

interface Turns {
  /** Epoch ms by approval, oldest first. */
  readonly sent: readonly (readonly [id: string, at: number])[];
  /** In their order. */
  readonly waiting: readonly Waiting[];
}

const KIND = 'turns';
/** Asked again at the latest after, and forgotten where it was not (decided meanwhile), ms. */
const AGAIN = 30_000;
const FORGOTTEN = 90_000;
const SOON = 1_000;
/** Those behind ask again without a place in the line. */
const MOST_WAITING = 200;
/** Lost races before it is asked again later. */
const TRIES = 8;

export function createMessageLimit(records: SharedRecords, { most, per }: Rate): MessageLimit {
  return {
    async ask(agent, place, message, now) {
      const key = sha256(`${agent}\n${place}`);
      let known = await records.get(KIND, key);
      for (let attempt = 0; attempt < TRIES; attempt++) {
        const { sent, waiting } = stillTrue(known && (JSON.parse(known.value) as Turns), now, per);
        if (sent.some(([id]) => id === message.id)) return undefined;
        const before = waiting.find(({ id }) => id === message.id);
        const others = waiting.filter(({ id }) => id !== message.id);
        const line = [...others, { ...message, asked: now }].toSorted(byTurn);
        const turn = line.findIndex(({ id }) => id === message.id);
        const room = most - sent.length;
        const goes = turn < room;
        const later = (): number => {
          const [, at = now] = sent[turn - room] ?? [];
          return Math.min(Math.max(at + per, now + SOON), now + AGAIN);
        };
        const listed = before?.rank === message.rank && now - before.asked < AGAIN;
        if (!goes && (listed || turn >= MOST_WAITING)) return later();
        const turns: Turns = goes
          ? { sent: [...sent, [message.id, now]], waiting: others }
          : { sent, waiting: line.slice(0, MOST_WAITING) };
        const keepFor = per + FORGOTTEN;
        const put = await records.put(KIND, key, known?.version ?? 0, JSON.stringify(turns), { keepFor });
        if (put.outcome === 'written') return goes ? undefined : later();
        known = put.record;
      }
      return now + SOON;
    },
  };
}

const byTurn = (a: Asking, b: Asking): number => b.rank - a.rank || a.at - b.at || (a.id < b.id ? -1 : 1);

function stillTrue(turns: Turns = { sent: [], waiting: [] }, now: number, per: number): Turns {
  return {
    sent: turns.sent.filter(([, at]) => at + per > now),
    waiting: turns.waiting.filter(({ asked }) => asked + FORGOTTEN > now),
  };
}
