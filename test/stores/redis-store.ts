// The Redis store as the tests open it: on a real server, under a prefix of its own, with the time of the test's clock.
import type { RedisSettings } from '../../src/core/redis-settings.ts';

export function redisSettings(port: number, over: Partial<RedisSettings> = {}): RedisSettings {
  return {
    nodes: [{ host: '127.0.0.1', port }],
    kind: 'single',
    master: undefined,
    database: 0,
    username: undefined,
    password: undefined,
    sentinelPassword: undefined,
    tls: false,
    ca: undefined,
    prefix: 'holdgate',
    ackReplicas: 0,
    timeout: 2_000,
    retention: 86_400_000,
    allowUnsafe: false,
    ...over,
  };
}
