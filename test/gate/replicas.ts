// Several gates over one store and one clock, each of which can be killed, put to sleep, or cut off from the store.
import type { GateDeps } from '../../src/gate/deps.ts';
import { type ApprovalStore, StoreUnavailable } from '../../src/ports/approval-store.ts';
import { createManualClock, type ManualClock } from '../ports/manual-clock.ts';
import { createMemoryDisk, type MemoryDisk } from '../stores/memory-store.ts';
import { createWorld, quiet, type World } from './gate-world.ts';

export interface Replica extends World {
  readonly name: string;
  /** Names of the store's methods that it called, in order. */
  readonly calls: string[];
  /** From now on none of its timers fires and nothing that it asks is answered. */
  kill(): void;
  /** Its timers stand still, as those of a process that is stopped or a machine that sleeps; then all that were due fire. */
  pause(): void;
  resume(): void;
  /** Methods of the store that fail; `all` for each of them. */
  readonly away: Set<string>;
}

export interface Replicas {
  readonly clock: ManualClock;
  readonly disk: MemoryDisk;
  /** Starts one more. */
  start(name: string): Promise<Replica>;
  /** Lets time pass, in small steps, everything that is due running at its time. */
  pass(ms: number): Promise<void>;
  /** True while this replica's lease says that it lives. */
  lives(name: string): boolean;
  close(): Promise<void>;
}

const STEP = 50;

export function createReplicas(): Replicas {
  const clock = createManualClock();
  const disk = createMemoryDisk();
  const started: Replica[] = [];
  return {
    clock,
    disk,
    async start(name) {
      const calls: string[] = [];
      const away = new Set<string>();
      let dead = false;
      let paused: (() => void)[] | undefined;
      const around = (deps: GateDeps): GateDeps => ({
        ...deps,
        clock: {
          ...deps.clock,
          after: (ms, callback) =>
            clock.after(ms, () => {
              if (paused) paused.push(callback);
              else if (!dead) callback();
            }),
        },
        store: new Proxy(deps.store, {
          get(store, key: keyof ApprovalStore) {
            const member = store[key];
            if (typeof member !== 'function' || key === 'subscribe') return member;
            return (...input: unknown[]): unknown => {
              calls.push(key);
              if (dead) return new Promise(() => undefined);
              if (away.has(key) || away.has('all')) return Promise.reject(new StoreUnavailable(`${key}: away`));
              return Reflect.apply(member, store, input);
            };
          },
        }),
      });
      const world = createWorld({ clock, disk, replica: name, around });
      const replica = Object.assign(world, {
        name,
        calls,
        away,
        kill: () => void (dead = true),
        pause: () => void (paused = []),
        resume() {
          const due = paused ?? [];
          paused = undefined;
          for (const callback of due) callback();
        },
      });
      started.push(replica);
      await replica.gate.start();
      return replica;
    },
    async pass(ms) {
      for (let passed = 0; passed < ms; passed += STEP) {
        clock.advance(Math.min(STEP, ms - passed));
        await quiet();
      }
    },
    lives: (name) => {
      const lease = disk.leases.get(`replica:${name}`);
      return lease !== undefined && lease.holder === name && clock.now() < lease.until;
    },
    async close() {
      for (const replica of started) {
        replica.away.clear();
        replica.kill();
        void replica.gate.stop();
      }
      await quiet();
    },
  };
}
