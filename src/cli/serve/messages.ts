// What the primary process and its workers tell each other. None of it is on the path of a call.
import type { Config } from '../../config/types.ts';
import type { WorkerPlace } from '../../data-dir.ts';
import type { Running } from '../../main.ts';
import type { MetricFamily } from '../../telemetry/metric-family.ts';
import { pack, unpack } from './packing.ts';

export type ToWorker =
  /** The configuration that the gate was started with: a worker that is replaced runs the same one. */
  | { readonly type: 'start'; readonly config: Config; readonly place: WorkerPlace }
  | { readonly type: 'reload' }
  | { readonly type: 'stop' }
  | { readonly type: 'report'; readonly question: number }
  /** Without `text` there is no page: the primary could not make one. */
  | { readonly type: 'page'; readonly id: number; readonly text?: string };

export type ToPrimary =
  /** It listens to messages. */
  | { readonly type: 'here' }
  | { readonly type: 'ready'; readonly at: Addresses }
  | { readonly type: 'figures'; readonly question: number; readonly families: readonly MetricFamily[] }
  | { readonly type: 'page'; readonly id: number };

export type Addresses = Pick<Running, 'proxy' | 'console'>;

interface Channel {
  readonly connected: boolean;
  send(message: unknown, handle: undefined, options: undefined, done: () => void): boolean;
}

/** Says nothing to a process that is gone: its end is an event of its own. */
export function tell(channel: Channel, message: ToWorker | ToPrimary): void {
  if (channel.connected) channel.send(pack(message), undefined, undefined, () => undefined);
}

export const fromPrimary = (packed: unknown): ToWorker => unpack(packed) as ToWorker;
export const fromWorker = (packed: unknown): ToPrimary => unpack(packed) as ToPrimary;
