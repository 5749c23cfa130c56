// What the parts of a run share: an upstream, folders, and gates that live for one measurement.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createPrincipals, type Gate, type GateOptions, makeKeys, startGate } from './gate.ts';
import { startUpstream } from './nginx.ts';
import { freePort, stop } from './processes.ts';
import { type Recorder, startRecorder } from './recorder.ts';
import { type Redis, startRedis } from './redis.ts';

export interface Settings {
  readonly rounds: number;
  /** Of one measurement. */
  readonly seconds: number;
  /** Held calls. */
  readonly calls: number;
  readonly votes: number;
  /** Folder for CPU profiles of the gates. */
  readonly profile: string | undefined;
}

export interface Wanted extends Pick<GateOptions, 'workers' | 'core'> {
  readonly store: 'sqlite' | 'redis';
  /** Gates; several are replicas of each other. Default 1. */
  readonly count?: number;
}

export type Gates = readonly [Gate, ...Gate[]];

export interface SetUp {
  readonly settings: Settings;
  /** Port of the nginx that answers `GET /1k`, and `ok` to anything below /held. */
  readonly upstream: number;
  readonly recorder: Recorder;
  /** A new folder. */
  folder(name: string): string;
  /** Starts gates, on a Redis of their own if they need one; stops them when `measure` is done. */
  withGates<T>(wanted: Wanted, measure: (gates: Gates, redis: Redis | undefined) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** `dir`: for everything that is written. */
export async function createSetUp(dir: string, settings: Settings): Promise<SetUp> {
  let folders = 0;
  const folder = (name: string): string => {
    const path = join(dir, `${name}-${folders++}`);
    mkdirSync(path);
    return path;
  };
  const upstream = await freePort();
  const server = await startUpstream(folder('upstream'), upstream);
  const recorder = await startRecorder();
  const { profile } = settings;
  return {
    settings,
    upstream,
    recorder,
    folder,
    async withGates({ store, count = 1, workers = 1, core = 'proxy' }, measure) {
      const redis = store === 'redis' ? await startRedis(folder('redis')) : undefined;
      const gates: Gate[] = [];
      try {
        const place = folder('gate');
        const principals = createPrincipals();
        const shared = redis && { store: redis.url, keys: makeKeys(join(place, 'keys')) };
        for (let n = 0; n < count; n++)
          gates.push(
            await startGate(join(place, `${n}`), upstream, recorder.port, {
              workers,
              core,
              principals,
              profile,
              ...shared,
            }),
          );
        return await measure(gates as unknown as Gates, redis);
      } finally {
        await Promise.all(gates.map((gate) => stop(gate.process)));
        if (redis) await stop(redis.process);
      }
    },
    async close() {
      recorder.server.close().closeAllConnections();
      await stop(server);
    },
  };
}
