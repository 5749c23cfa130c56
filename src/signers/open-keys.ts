// The keys of a running gate: loaded at start, looked at again every half minute, on SIGHUP, and when something cannot be
// verified or opened. INVARIANT: both files are taken over together and whole; what is broken or has lost a key changes nothing.
import type { Clock } from '../ports/clock.ts';
import type { EventBus } from '../ports/events.ts';
import { type Sealer, UnknownDataKey } from '../ports/sealer.ts';
import type { SecretSource } from '../ports/secret-source.ts';
import type { Signer } from '../ports/signer.ts';
import { type KeyPlaces, loadKeys } from './load-keys.ts';

export interface OpenKeysOptions extends KeyPlaces {
  readonly clock: Clock;
  readonly bus: Pick<EventBus, 'emit'>;
}

export interface Keys {
  readonly signer: Signer;
  readonly sealer: Sealer;
  readonly secrets: SecretSource;
  /** Looks at the files now. Never rejects. */
  reload(): Promise<void>;
  close(): void;
}

const EVERY = 30_000;
/** Between looks that somebody's data asked for: whoever sends forged data must not keep the disk busy. */
const SOON = 1000;

/** Rejects with KeyFileError whose message says how to fix it. */
export async function openKeys({ clock, bus, ...places }: OpenKeysOptions): Promise<Keys> {
  const { signer, sealer } = await loadKeys({ ...places, clock });

  let failing: string | undefined;
  let announced = `${signer.keyId} ${sealer.keyId}`;
  let lookedAt = clock.monotonic();

  const load = async (): Promise<void> => {
    lookedAt = clock.monotonic();
    let changed: boolean;
    try {
      const signing = await signer.look();
      const data = await sealer.look();
      await signing?.publish();
      signing?.take();
      data?.take();
      changed = signing !== undefined || data !== undefined;
    } catch (error) {
      const message = (error as Error).message;
      bus.emit('keys:rejected', { error: message, again: message === failing });
      failing = message;
      return;
    }
    const active = `${signer.keyId} ${sealer.keyId}`;
    if (changed || active !== announced || failing !== undefined) {
      bus.emit('keys:loaded', { signing: signer.keyId, data: sealer.keyId, known: signer.publicKeys().length });
    }
    failing = undefined;
    announced = active;
  };
  // One look at a time, and one more if it was asked for meanwhile: the last look is always at the newest files.
  let loading: Promise<void> = Promise.resolve();
  const reload = (): Promise<void> => (loading = loading.then(load));
  /** Data of another replica may be of a key that came a moment ago. */
  const reloadSoon = async (): Promise<void> => {
    if (clock.monotonic() - lookedAt < SOON) return loading;
    lookedAt = clock.monotonic();
    return reload();
  };

  let closed = false;
  let cancel = (): void => {};
  const tick = (): void => {
    cancel = clock.after(EVERY, () => void reload().finally(() => closed || tick()));
  };
  tick();

  return {
    signer: {
      get keyId() {
        return signer.keyId;
      },
      sign: (payload, typ) => signer.sign(payload, typ),
      publicKeys: () => signer.publicKeys(),
      async verify(jws, typ) {
        const payload = await signer.verify(jws, typ);
        if (payload) return payload;
        await reloadSoon();
        return signer.verify(jws, typ);
      },
    },
    sealer: {
      seal: (plain, context) => sealer.seal(plain, context),
      open(sealed, context) {
        try {
          return sealer.open(sealed, context);
        } catch (error) {
          // Whoever asks again in a moment finds it opened.
          if (error instanceof UnknownDataKey) void reloadSoon();
          throw error;
        }
      },
    },
    secrets: {
      get keyId() {
        return sealer.keyId;
      },
      derive(id, context) {
        try {
          return sealer.derive(id, context);
        } catch (error) {
          if (error instanceof UnknownDataKey) void reloadSoon();
          throw error;
        }
      },
    },
    reload,
    close() {
      closed = true;
      cancel();
    },
  };
}
