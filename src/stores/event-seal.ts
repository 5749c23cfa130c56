// Proves that the events of an approval are the ones that were written: each carries a seal over itself and everything before
// it. INVARIANT: whoever can write the file but has no data key can neither edit, add, reorder nor move an event; taking the
// last ones away is noticed by seen-versions.ts.
import { sha256 } from '../core/sha256.ts';
import { RecordUnreadable } from '../ports/approval-store.ts';
import { type Sealer, UnknownDataKey } from '../ports/sealer.ts';

export interface EventSeal {
  /** Seals the last of `bodies`, the events of `id` so far as they are stored. */
  seal(id: string, bodies: readonly string[]): Uint8Array;
  /** Throws unless `sealed` was made for exactly these events: RecordUnreadable where the key to tell is not here. */
  check(id: string, bodies: readonly string[], sealed: unknown): void;
}

const NOTHING = new Uint8Array(0);

export function createEventSeal(sealer: Sealer): EventSeal {
  // Hashes have one length, so no two lists of events give the same text.
  const context = (id: string, bodies: readonly string[]): string => {
    const chain = bodies.reduce((before, body) => sha256(`${before}\n${body}`), sha256(id));
    return `events:${id}:${bodies.length}:${chain}`;
  };
  return {
    seal: (id, bodies) => sealer.seal(NOTHING, context(id, bodies)),
    check(id, bodies, sealed) {
      if (!(sealed instanceof Uint8Array)) throw new Error('its last event is not sealed');
      try {
        sealer.open(sealed, context(id, bodies));
      } catch (error) {
        if (error instanceof UnknownDataKey) throw new RecordUnreadable(error.message, { cause: error });
        throw new Error('its events are not the ones that were written', { cause: error });
      }
    },
  };
}
