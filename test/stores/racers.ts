// Starts processes that race on one store, and tells them what to do and when: both sides of a race are given the same moment of the
// machine's clock, so that they really meet. They die with the process that started them.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Opened } from '../../src/core/approval/events.ts';
import { diesWithUs } from '../redis/watchdog.ts';
import type { Report, Side } from './race-actor.ts';
import type { Opening } from './storm.ts';

export interface RacerSpec {
  readonly name: string;
  readonly store: { readonly file: string } | { readonly port: number; readonly prefix: string };
  /** Folder of the data keys. */
  readonly keys: string;
}

/** `at`: ms of the machine's monotonic clock. */
export type Order = { readonly at: number; readonly event: Opened } & (
  | {
      readonly do: 'race';
      readonly kind: string;
      readonly side: Side;
      /** Epoch ms of the store; 0 for at once. */
      readonly startAt: number;
    }
  | { readonly do: 'run' }
  /** So many times at once. */
  | { readonly do: 'open'; readonly times: number }
);

export interface Reply {
  readonly id?: string;
  readonly report?: Report;
  readonly openings?: readonly Opening[];
}

export interface Racer {
  readonly name: string;
  ask(order: Order): Promise<Reply>;
  /** From now on it works by itself under a lease of so many ms; each reply is one approval. */
  work(lease: number, onReply: (reply: Reply) => void): void;
  /** SIGKILL; resolves when it is gone and everything that it said was heard. */
  kill(): Promise<void>;
}

/** Between the order and the moment it is for, ms: enough for both to have it. */
export const AHEAD = 0.4;
/** ms of the machine's monotonic clock. */
export const machineTime = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Its next message. Rejects if it ends instead. */
async function next(child: ChildProcess): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const ended = (): void => reject(new Error('the racer ended'));
  child.once('message', resolve).once('exit', ended);
  try {
    return await promise;
  } finally {
    child.off('message', resolve).off('exit', ended);
  }
}

export async function startRacer(spec: RacerSpec): Promise<Racer> {
  const child = fork(fileURLToPath(import.meta.resolve('./racer.ts')), [JSON.stringify(spec)], {
    execArgv: ['--no-warnings'],
  });
  diesWithUs(child);
  const gone = once(child, 'close');
  await next(child);
  return {
    name: spec.name,
    async ask(order) {
      const reply = next(child);
      child.send(order);
      return (await reply) as Reply;
    },
    work(lease, onReply) {
      child.on('message', onReply);
      child.send({ do: 'work', lease });
    },
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
