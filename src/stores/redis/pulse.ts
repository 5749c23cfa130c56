// Looks at Redis once a second: whether it may still hold approvals, whether it was emptied, whether the notifications come, and,
// a few approvals at a time, whether what is stored is what was written.
import type { RedisSettings } from '../../core/redis-settings.ts';
import { STATUSES } from '../../core/approval/state.ts';
import { StoreUnavailable } from '../../ports/approval-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Sealer } from '../../ports/sealer.ts';
import type { Changes, StreamTime } from './changes.ts';
import type { RedisKeys } from './keys.ts';
import type { Link } from './link.ts';
import { createPatrol } from './patrol.ts';
import type { Records } from './records.ts';
import { PRUNE } from './scripts.ts';
import { unsafeBecause } from './server-check.ts';
import type { StoreClock } from './store-clock.ts';

export interface Pulse {
  /** Throws StoreUnavailable while Redis may forget what is written to it. */
  assertSafe(): void;
  stop(): void;
}

export interface PulseOptions {
  readonly settings: RedisSettings;
  readonly clock: Clock;
  readonly sealer?: Sealer;
  readonly time?: () => number;
  readonly storeClock: StoreClock;
  readonly link: Link;
  readonly keys: RedisKeys;
  readonly where: string;
  readonly changes: Changes;
  readonly isAhead: StreamTime['isAhead'];
  readonly records: Records;
  /** Ids of approvals that this process has read. */
  readonly known: () => Iterable<string>;
  readonly trouble: (operation: string, message: string) => void;
  readonly now: () => number;
}

const EVERY = 1_000;
/** Beats between two looks for approvals that have expired, and how many of the oldest one takes. */
const PRUNE_EVERY = 60;
/** Beats after which what is still wrong is told again. */
const FORGET_EVERY = 60;
const PRUNE_BATCH = 500;
const MARK = new TextEncoder().encode('holdgate');

/** Rejects with StoreUnavailable if Redis cannot hold approvals, or holds those of another data key. */
export async function startPulse(options: PulseOptions): Promise<Pulse> {
  const { settings, clock, sealer, link, keys, where, changes, trouble } = options;
  let unsafe: readonly string[] = [];
  let stopped = false;
  let cancel = (): void => {};

  async function check(): Promise<void> {
    if (settings.allowUnsafe) return;
    const found = (await link.info()).flatMap((info) => unsafeBecause(info, settings));
    for (const finding of found) if (!unsafe.includes(finding)) trouble('check', `${where}: ${finding}`);
    unsafe = [...new Set(found)];
  }

  function assertSafe(): void {
    if (unsafe.length > 0) throw new StoreUnavailable(`${where} is not safe to hold approvals: ${unsafe.join('; ')}`);
  }

  /** A known value, sealed: the wrong data key is found at start, an emptied store while we run. */
  async function mark(first: boolean): Promise<void> {
    if (!sealer) return;
    const stored = await link.bytes('GET', keys.mark);
    if (!stored) {
      if (!first)
        trouble('check', `${where} was emptied, or another server took its place: every approval in it is lost`);
      await link.call('SET', keys.mark, Buffer.from(sealer.seal(MARK, keys.mark)), 'NX');
      if (!first) changes.anything();
      return;
    }
    try {
      sealer.open(stored, keys.mark);
    } catch (error) {
      throw new StoreUnavailable(
        `${where}: sealed with another data key; give Holdgate the keys it had (keys.dir), or another store.prefix to start empty`,
        { cause: error },
      );
    }
  }

  const patrol = createPatrol(options);

  /** What expired by itself leaves its name in the lists. */
  async function prune(): Promise<void> {
    const statuses = STATUSES.map((one) => keys.status(one));
    const gone = await link.run(
      PRUNE,
      [keys.all, keys.open, keys.agents, keys.unreceipted, ...statuses],
      [options.time?.() ?? '', keys.events(''), keys.agent(''), PRUNE_BATCH],
    );
    // Where there were many there may be more.
    pruning = Number(gone) === PRUNE_BATCH;
  }

  async function subscription(): Promise<void> {
    const place = changes.place();
    const [newest] = (await link.call('XREVRANGE', keys.changes, '+', '-', 'COUNT', 1)) as [string, unknown][];
    changes.expect(newest?.[0], place);
    if (newest && options.isAhead(newest[0])) {
      await link.call('DEL', keys.changes);
      trouble('check', `${where}: the stream of changes was edited: its newest entry is from the future`);
    }
  }

  let beats = 0;
  let pruning = false;
  /** What the last beats had to say. */
  const told = new Set<string>();
  function tell(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (told.has(message)) return;
    told.add(message);
    trouble('check', message);
  }

  async function readClock(): Promise<void> {
    const [seconds, micros] = (await link.call('TIME')) as [string, string];
    options.storeClock.heard(Number(seconds) * 1000 + Math.floor(Number(micros) / 1000));
  }

  async function beat(): Promise<void> {
    if (beats++ % FORGET_EVERY === 0) told.clear();
    // Without an answer to this there is none to the rest.
    await readClock();
    const parts = [
      check,
      subscription,
      () => mark(false),
      () => patrol.look(),
      ...(beats % PRUNE_EVERY === 1 || pruning ? [prune] : []),
    ];
    // Each by itself: who spoils one must not stop the others.
    let fine = true;
    for (const part of parts) {
      await part().catch((error: unknown) => {
        fine = false;
        tell(error);
      });
    }
    if (fine) told.clear();
  }

  await check();
  assertSafe();
  await mark(true);
  await readClock();

  const next = (): void => {
    cancel = clock.after(EVERY, () => {
      beat()
        .catch(tell)
        .finally(() => {
          if (!stopped) next();
        });
    });
  };
  next();
  return {
    assertSafe,
    stop() {
      stopped = true;
      cancel();
    },
  };
}
