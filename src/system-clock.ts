// The real clock and the real randomness: with main.ts the only place that knows them.
import { randomFillSync } from 'node:crypto';
import type { Clock, IdSource } from './ports/clock.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** ULID (github.com/ulid/spec): 48 bits of time, 80 random bits, 26 characters. */
export function createIdSource(clock: Pick<Clock, 'now'>): IdSource {
  // Drawn in one piece for many ids: an entry of the audit log has one each, on the path of every routine call.
  const random = new Uint8Array(4096);
  let used = random.length;
  return {
    next(prefix) {
      let time = clock.now();
      let id = '';
      for (let i = 0; i < 10; i++) {
        id = CROCKFORD.charAt(time % 32) + id;
        time = Math.floor(time / 32);
      }
      if (used === random.length) {
        randomFillSync(random);
        used = 0;
      }
      for (const end = used + 16; used < end; used++) id += CROCKFORD.charAt((random[used] ?? 0) % 32);
      return `${prefix}_${id}`;
    },
  };
}

/** Decision ids: unique per process start and cheap, for they are made for every routine call. */
export function createDecisionIds(clock: Pick<Clock, 'now'>): () => string {
  const boot = `dec_${clock.now().toString(36)}${randomFillSync(new Uint8Array(4)).join('').slice(0, 6)}-`;
  let count = 0;
  return () => boot + (count++).toString(36);
}
