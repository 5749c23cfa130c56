// Who waits for which approval. A waiter is one held connection; it is small on purpose: ten thousand of them must fit.
import type { AgentSink } from './capture.ts';
import type { HoldAnswer } from './hold-answer.ts';

export interface Waiter {
  /** Called when the approval may have moved. */
  wake(): void;
  /** The agent's connection, as the place where an executed response goes. */
  readonly sink: AgentSink;
  /** Takes the waiter out to receive the live stream; false if it has its answer already. */
  takeLive(): boolean;
  /** Ends the wait with this answer. */
  deliver(answer: HoldAnswer): void;
  /** Id of the access key that signed its call. */
  readonly signer: string | undefined;
  /** Ends the wait: the agent has to come again, and is looked at anew. */
  readonly turnAway: () => void;
  /** Ends the wait because the process shuts down. */
  release(): void;
}

export interface WaitingRoom {
  /** Returns the function that takes the waiter out again. */
  enter(approvalId: string, waiter: Waiter): () => void;
  /** The waiter that came last: the connection most likely to be alive. */
  latest(approvalId: string): Waiter | undefined;
  all(approvalId: string): readonly Waiter[];
  wake(approvalId: string): void;
  /** Any approval may have moved. */
  wakeAll(): void;
  /** Ends every wait. */
  releaseAll(): void;
  readonly size: number;
}

/** Waiters woken in one turn of the event loop; more would stall routine calls (measured: 10,000 in one loop = 250 ms). */
const BATCH = 200;

/** `yieldTurn` runs its callback in a later turn of the event loop. */
export function createWaitingRoom(yieldTurn: (callback: () => void) => void): WaitingRoom {
  const rooms = new Map<string, Set<Waiter>>();
  /** Queued once, however often: one look sees everything that came before it. */
  const waiting = new Set<Waiter>();
  let draining = false;
  let size = 0;

  const drain = (): void => {
    let woken = 0;
    for (const waiter of waiting) {
      if (woken++ === BATCH) return yieldTurn(drain);
      waiting.delete(waiter);
      waiter.wake();
    }
    draining = false;
  };
  const schedule = (waiters: Iterable<Waiter>): void => {
    for (const waiter of waiters) waiting.add(waiter);
    if (draining || waiting.size === 0) return;
    draining = true;
    drain();
  };

  const everybody = (): Waiter[] => [...rooms.values()].flatMap((room) => [...room]);

  return {
    enter(approvalId, waiter) {
      const room = rooms.get(approvalId) ?? new Set();
      rooms.set(approvalId, room.add(waiter));
      size++;
      return () => {
        if (!room.delete(waiter)) return;
        size--;
        if (room.size === 0 && rooms.get(approvalId) === room) rooms.delete(approvalId);
      };
    },
    latest: (approvalId) => [...(rooms.get(approvalId) ?? [])].at(-1),
    all: (approvalId) => [...(rooms.get(approvalId) ?? [])],
    wake(approvalId) {
      const room = rooms.get(approvalId);
      if (room) schedule([...room]);
    },
    wakeAll() {
      schedule(everybody());
    },
    releaseAll() {
      for (const waiter of everybody()) waiter.release();
    },
    get size() {
      return size;
    },
  };
}
