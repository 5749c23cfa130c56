// This replica's sign of life: a lease that it renews while it lives, so that nobody else settles what it is doing; and by
// which it knows whether it has watched for long enough to say of another one that it is gone. No promise rests on it.
import type { GateDeps } from './deps.ts';
import { within } from './within.ts';

export interface Liveness {
  /** Takes the lease and keeps it from then on. Rejects with StoreUnavailable. */
  start(): Promise<void>;
  /** Renews the lease now if it may have run out (a long pause, the store away): for whoever is about to claim. Never rejects. */
  assure(): Promise<void>;
  /** True if this replica holds its lease and has seen the store, without a gap, for as long as a lease lasts: whoever lives
   *  had the time to say so. After an outage all leases may have run out, and nobody need have died. */
  mayJudge(): boolean;
  /** Stops renewing. With `giveBack` the lease ends now, else when its time is over. Never rejects. */
  stop(giveBack: boolean): Promise<void>;
}

/** ms. */
const TTL = 6_000;
const EVERY = 2_000;
const RETRY = 500;
/** Renewals further apart than this are a gap: others, too, may have been kept from renewing. */
const GAP = 3_000;

export function createLiveness({
  store,
  clock,
  bus,
  replica,
}: Pick<GateDeps, 'store' | 'clock' | 'bus' | 'replica'>): Liveness {
  const name = `replica:${replica}`;
  let running = false;
  let cancel = (): void => {};
  let renewing: Promise<void> | undefined;
  /** Monotonic ms: when the last renewal that succeeded was asked for; since when none has failed or was late. */
  let renewedAt = -Infinity;
  let seenSince: number | undefined;
  let failing = false;

  const lease = (ttl: number): Promise<boolean> => within(clock, EVERY, store.lease(name, replica, ttl));

  async function renewOnce(): Promise<void> {
    const asked = clock.monotonic();
    try {
      if (!(await lease(TTL))) throw new Error(`another process holds the lease ${name}: two replicas of one name?`);
      if (seenSince === undefined || asked - renewedAt > GAP) seenSince = clock.monotonic();
      renewedAt = asked;
      failing = false;
    } catch (error) {
      seenSince = undefined;
      // Once for each outage: whoever needs the store says the rest.
      if (!failing) bus.emit('store:failed', { operation: 'lease', error: String(error) });
      failing = true;
      throw error;
    }
  }

  function renew(): Promise<void> {
    renewing ??= renewOnce().finally(() => {
      renewing = undefined;
    });
    return renewing;
  }

  function schedule(ms: number): void {
    if (!running) return;
    cancel = clock.after(ms, () => {
      renew().then(
        () => schedule(EVERY),
        () => schedule(RETRY),
      );
    });
  }

  const recent = (): boolean => clock.monotonic() - renewedAt <= GAP;

  return {
    async start() {
      await renew();
      running = true;
      schedule(EVERY);
    },
    async assure() {
      if (running && !recent()) await renew().catch(() => undefined);
    },
    mayJudge: () => seenSince !== undefined && recent() && clock.monotonic() - seenSince >= TTL,
    async stop(giveBack) {
      if (!running) return;
      running = false;
      cancel();
      await renewing?.catch(() => undefined);
      if (!giveBack) return;
      await lease(0).catch((error: unknown) => bus.emit('store:failed', { operation: 'lease', error: String(error) }));
    },
  };
}
