// Suites that need redis-server. Where it is missing they are skipped and say so, or fail, see redis-installed.ts.
import { afterAll, beforeAll, describe, it } from 'vitest';
import { INSTALL_REDIS, NO_REDIS, redisSuites } from './redis-installed.ts';
import { type RedisOptions, type RedisServer, startRedis } from './redis-server.ts';

/** `describe` for a suite that starts redis-server processes. */
export function describeRedis(name: string, suite: () => void): void {
  const what = redisSuites();
  if (what === 'run') describe(name, suite);
  else if (what === 'skip') describe.skip(`${name} (${NO_REDIS})`, suite);
  else {
    describe(name, () => {
      it('needs redis-server', () => {
        throw new Error(`${NO_REDIS}, and CI must not be green without it: ${INSTALL_REDIS}`);
      });
    });
  }
}

/** One server for all tests of a suite; each takes keys of its own. To be called inside `describeRedis`. */
export function useRedis(options?: RedisOptions): () => RedisServer {
  let server: RedisServer | undefined;
  beforeAll(async () => {
    server = await startRedis(options);
  });
  afterAll(() => server?.stop());
  return () => {
    if (!server) throw new Error('the server runs inside tests only');
    return server;
  };
}
