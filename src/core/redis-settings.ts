// Where and how the shared store is reached, as the configuration gives it.
import type { Secret } from './secret.ts';

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

export interface RedisSettings {
  /** One server; the nodes that are asked for the rest of a cluster; the sentinels that are asked for the primary. */
  readonly nodes: readonly RedisNode[];
  readonly kind: 'single' | 'cluster' | 'sentinel';
  /** Name of the primary, for sentinels. */
  readonly master: string | undefined;
  readonly database: number;
  readonly username: string | undefined;
  readonly password: Secret | undefined;
  /** Of the sentinels themselves. */
  readonly sentinelPassword: Secret | undefined;
  readonly tls: boolean;
  /** PEM roots that replace the system's. */
  readonly ca: string | undefined;
  /** Part of every key, without braces. */
  readonly prefix: string;
  /** Replicas that must have a write before it counts. */
  readonly ackReplicas: number;
  /** How long one command may take, ms. */
  readonly timeout: number;
  /** How long an approval and its receipt stay after it ended, ms. */
  readonly retention: number;
  /** For tests: a server that may forget what it holds is taken all the same. */
  readonly allowUnsafe: boolean;
}
