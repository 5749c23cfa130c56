// The notifier over ports in memory: gates that share a disk and records, and a channel that says what it was told.
import type { Channel, Delivery, NoticeMessage } from '../../../src/ports/channel.ts';
import type { SharedRecords } from '../../../src/ports/shared-records.ts';
import type { GateDeps } from '../../../src/gate/deps.ts';
import type { Pace } from '../../../src/gate/notices/pace.ts';
import { type Notifier, startNotifier } from '../../../src/gate/notices/notifier.ts';
import type { ManualClock } from '../../ports/manual-clock.ts';
import type { MemoryDisk } from '../../stores/memory-store.ts';
import { createMemoryRecords, type RecordsDisk } from '../../stores/memory-records.ts';
import { createWorld, quiet, type World } from '../gate-world.ts';

export interface Said {
  readonly target: string;
  readonly reason: string;
  readonly status: string;
  readonly ref: string | undefined;
}

export class FakeChannel implements Channel {
  readonly name: string = 'fake';
  readonly said: Said[] = [];
  readonly messages: NoticeMessage[] = [];
  readonly posted: Map<string, string> = new Map<string, string>();
  answer: (message: NoticeMessage) => Delivery | Promise<Delivery> | undefined = () => undefined;

  async deliver(target: string, message: NoticeMessage, ref: string | undefined): Promise<Delivery> {
    this.said.push({ target, reason: message.reason, status: message.shown.view.status, ref });
    this.messages.push(message);
    const given = await this.answer(message);
    if (given) return given;
    const now = ref ?? `m${this.posted.size + 1}`;
    this.posted.set(message.key, now);
    return { outcome: 'delivered', ref: now };
  }

  async find(_target: string, key: string): Promise<string | undefined> {
    return this.posted.get(key);
  }

  reasons(): string[] {
    return this.said.map(({ reason, status }) => `${reason} ${status}`);
  }
}

export interface Shared {
  readonly clock: ManualClock;
  readonly disk: MemoryDisk;
  readonly shared: RecordsDisk;
  readonly channel: Channel;
}

export interface Replica {
  readonly world: World;
  readonly notifier: Notifier;
  /** Nothing that it asks of the records is answered any more. */
  kill(): void;
}

export interface ReplicaOptions {
  readonly routes?: readonly string[];
  /** Records that behave otherwise. */
  readonly over?: Partial<SharedRecords>;
  /** A store that behaves otherwise towards the notifier. */
  readonly load?: GateDeps['store']['load'];
  readonly limits?: Partial<GateDeps['limits']>;
  readonly pace?: (records: SharedRecords, bus: GateDeps['bus']) => Pace;
}

/** One gate and its notifier. */
export function startReplica(
  { clock, disk, shared, channel }: Shared,
  name: string,
  { routes = [], over = {}, load, limits = {}, pace }: ReplicaOptions = {},
): Replica {
  const world = createWorld({ clock, disk, replica: name, limits });
  let dead = false;
  const real = { ...createMemoryRecords(clock, shared), ...over };
  const records = new Proxy(real, {
    get: (of, key: keyof SharedRecords) =>
      dead ? () => new Promise(() => undefined) : (of[key] as (...input: unknown[]) => unknown).bind(of),
  });
  const { bus, audit } = world.deps;
  const store = load ? { ...world.deps.store, load } : world.deps.store;
  const notifier = startNotifier({
    store,
    bus,
    audit,
    clock,
    replica: name,
    records,
    channels: new Map([['fake', channel]]),
    call: (id) => world.gate.call(id),
    routes: () => routes,
    ...(pace && { pace: pace(records, bus) }),
  });
  return { world, notifier, kill: () => void (dead = true) };
}

/** Lets `ms` of the clock pass, with everything that happens meanwhile. */
export async function passOn(clock: ManualClock, ms: number, step = 1000): Promise<void> {
  for (let passed = 0; passed < ms; passed += step) {
    clock.advance(Math.min(step, ms - passed));
    await quiet();
  }
}
