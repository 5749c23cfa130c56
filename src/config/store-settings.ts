// The shared store as the gate reaches it: the address taken apart, its secrets read.
import type { RedisSettings } from '../core/redis-settings.ts';
import { Secret } from '../core/secret.ts';
import { isLoopback } from './leaves.ts';
import { literalPassword, parseStoreAddress } from './store-address.ts';
import type { SharedStoreSource } from './store-schema.ts';

export interface StoreReading {
  /** A secret that has references in it; undefined if it could not be read, which was reported. */
  readonly secret: (text: string, key: string) => Secret | undefined;
  /** The file's text; undefined if it could not be read, which was reported. */
  readonly ca: (name: string) => string | undefined;
  readonly warn: (message: string) => void;
}

/** Undefined where the schema had refused the address. */
export function storeSettings(source: SharedStoreSource, reading: StoreReading): RedisSettings | undefined {
  const address = parseStoreAddress(source.url);
  if (typeof address === 'string') return undefined;
  const { nodes, tls, password } = address;
  if (!tls && nodes.some(({ host }) => !isLoopback(host))) {
    reading.warn('the store is reached unencrypted; use rediss://');
  }
  if ((source.cluster || source.sentinel) && source.ack_replicas === 0) {
    reading.warn('a failover may lose the last votes and sends: set ack_replicas to 1 or more');
  }
  const secretOf = (text: string | undefined, key: string): Secret | undefined => {
    if (text === undefined) return undefined;
    if (text.includes('${')) return reading.secret(text, key);
    reading.warn('the password stands in this file; ${env:NAME} or ${file:PATH} keeps it out');
    return new Secret(key === 'url' ? literalPassword(text) : text);
  };
  return {
    nodes,
    kind: source.cluster ? 'cluster' : source.sentinel ? 'sentinel' : 'single',
    master: source.sentinel?.master,
    database: address.database,
    username: address.username,
    password: secretOf(password, 'url'),
    sentinelPassword: secretOf(source.sentinel?.password, 'sentinel.password'),
    tls,
    ca: source.ca === undefined ? undefined : reading.ca(source.ca),
    prefix: source.prefix,
    ackReplicas: source.ack_replicas,
    timeout: source.timeout,
    retention: source.retention,
    allowUnsafe: false,
  };
}
