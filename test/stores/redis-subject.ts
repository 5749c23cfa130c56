// A Redis store with the test's clock around it, what it reports, and its pulse by hand. Closed with the test.
import { onTestFinished, vi } from 'vitest';
import type { RedisSettings } from '../../src/core/redis-settings.ts';
import type { ApprovalStore } from '../../src/ports/approval-store.ts';
import type { Sealer } from '../../src/ports/sealer.ts';
import { createRedisStore, type RedisStoreOptions } from '../../src/stores/redis/store.ts';
import { plainSealer } from '../gate/gate-world.ts';
import { createManualClock, type ManualClock } from '../ports/manual-clock.ts';

export interface RedisSubject {
  readonly store: ApprovalStore;
  readonly clock: ManualClock;
  /** `<approval id>: <finding>`. */
  readonly damaged: readonly string[];
  /** `<operation>: <message>`. */
  readonly trouble: readonly string[];
  /** Lets the clock run to the next beat of the pulse, and the beat to its end. */
  readonly beat: () => Promise<void>;
}

export interface SubjectOptions extends Partial<Omit<RedisStoreOptions, 'settings' | 'clock'>> {
  readonly clock?: ManualClock;
}

let nonces = 0;

/** As real ones do, never gives the same bytes twice. */
export const noncedSealer: Sealer = {
  seal(plain, context) {
    const nonce = Buffer.alloc(4);
    nonce.writeUInt32BE(nonces++);
    return Buffer.concat([nonce, plainSealer.seal(plain, `${nonce.toString('hex')} ${context}`)]);
  },
  open(sealed, context) {
    const nonce = Buffer.from(sealed.subarray(0, 4)).toString('hex');
    return plainSealer.open(sealed.subarray(4), `${nonce} ${context}`);
  },
};

/** Between two beats of the pulse, ms. */
export const PULSE = 1_000;

/** Rejects as `createRedisStore` does. Sealed unless the options say otherwise; the time is Redis' own. */
export async function openSubject(settings: RedisSettings, options: SubjectOptions = {}): Promise<RedisSubject> {
  const { clock = createManualClock(), ...more } = options;
  const damaged: string[] = [];
  const trouble: string[] = [];
  let beats = 0;
  const store = await createRedisStore({
    settings,
    sealer: noncedSealer,
    onDamaged: (id, finding) => damaged.push(`${id}: ${finding}`),
    onTrouble: (operation, message) => trouble.push(`${operation}: ${message}`),
    ...more,
    clock: {
      ...clock,
      // The pulse asks for its next beat when one is over.
      after(ms, callback) {
        if (ms === PULSE) beats++;
        return clock.after(ms, callback);
      },
    },
  });
  onTestFinished(() => store.close());
  return {
    store,
    clock,
    damaged,
    trouble,
    async beat() {
      const before = beats;
      clock.advance(PULSE);
      await eventually(() => beats > before);
    },
  };
}

/** Polls without moving any clock. Rejects with what `condition` says at the end of its patience. */
export async function eventually(condition: () => boolean | Promise<boolean>, ms = 10_000): Promise<void> {
  await vi.waitUntil(condition, { timeout: ms, interval: 2 });
}
