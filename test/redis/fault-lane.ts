// One direction of one connection through the fault proxy: bytes pass, come late, are kept back or get lost, always in order.
import type { Socket } from 'node:net';

/** `pass`; `stall`: kept until it passes again, as on a network that heals; `swallow`: lost for good. */
export type Flow = 'pass' | 'stall' | 'swallow';

export interface Lane {
  send(bytes: Buffer): void;
  /** The source has ended: so does the destination, once it has everything. */
  end(): void;
  flow(flow: Flow): void;
  /** Bytes were lost: whoever reads on reads nonsense. */
  readonly lost: () => boolean;
  /** Takes effect for what is sent from now on. */
  close(): void;
}

export function createLane(to: Socket, delay: () => number): Lane {
  const queue: { readonly bytes: Buffer | undefined; readonly due: number }[] = [];
  let flow: Flow = 'pass';
  let lost = false;
  let timer: NodeJS.Timeout | undefined;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (flow !== 'pass') return;
    for (let next = queue[0]; next; next = queue[0]) {
      const wait = next.due - performance.now();
      if (wait > 0) {
        timer = setTimeout(flush, wait);
        return;
      }
      queue.shift();
      if (next.bytes) to.write(next.bytes);
      else to.end();
    }
  };
  const enqueue = (bytes: Buffer | undefined): void => {
    if (flow === 'swallow') {
      lost = true;
      return;
    }
    // Never before what was sent earlier, although the delay may have become shorter.
    queue.push({ bytes, due: Math.max(performance.now() + delay(), queue.at(-1)?.due ?? 0) });
    flush();
  };
  return {
    send: enqueue,
    end: () => enqueue(undefined),
    flow(next) {
      if (next === 'swallow' && queue.splice(0).length > 0) lost = true;
      flow = next;
      flush();
    },
    lost: () => lost,
    close() {
      clearTimeout(timer);
      queue.length = 0;
    },
  };
}
