// A primary with replicas, watched by sentinels that lose patience quickly.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RedisOptions, type RedisServer, startRedis } from './redis-server.ts';

export interface SentinelSetup {
  /** What the sentinels call the primary. */
  readonly name: string;
  /** The one that was primary at the start. */
  readonly primary: RedisServer;
  readonly replicas: readonly RedisServer[];
  readonly sentinels: readonly RedisServer[];
  /** The server that the first sentinel names. */
  current(): Promise<RedisServer>;
  /** Kills the primary; resolves to the replica that was promoted, once it takes writes. */
  failOver(): Promise<RedisServer>;
  stop(): Promise<void>;
}

export interface SentinelOptions {
  readonly replicas?: number;
  readonly sentinels?: number;
  /** Of the data servers. */
  readonly redis?: RedisOptions;
}

const NAME = 'holdgate';
const [DOWN_AFTER, FAILOVER_TIMEOUT] = [500, 2000];

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

/** Sentinels keep their state in the file that they are given. */
function sentinelFile(primary: RedisServer, quorum: number): (folder: string) => string {
  return (folder) => {
    const file = join(folder, 'sentinel.conf');
    writeFileSync(
      file,
      `sentinel monitor ${NAME} 127.0.0.1 ${primary.port} ${quorum}
sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER}
sentinel failover-timeout ${NAME} ${FAILOVER_TIMEOUT}
`,
    );
    return file;
  };
}

export async function startSentinel(options: SentinelOptions = {}): Promise<SentinelSetup> {
  const started: RedisServer[] = [];
  const stop = async (): Promise<void> => void (await Promise.all(started.map((server) => server.stop())));
  const start = async (redis: RedisOptions): Promise<RedisServer> => {
    const server = await startRedis(redis);
    started.push(server);
    return server;
  };
  try {
    const primary = await start(options.redis ?? {});
    const replicas = await Promise.all(
      Array.from({ length: options.replicas ?? 1 }, () => start({ ...options.redis, replicaOf: primary })),
    );
    const count = options.sentinels ?? 1;
    const quorum = Math.floor(count / 2) + 1;
    const sentinels = await Promise.all(
      Array.from({ length: count }, () => start({ sentinel: sentinelFile(primary, quorum) })),
    );
    const know = async (sentinel: RedisServer): Promise<boolean> => {
      const text = String(await sentinel.command('INFO', 'sentinel'));
      return text.includes(`slaves=${replicas.length},sentinels=${count}`);
    };
    for (const sentinel of sentinels) while (!(await know(sentinel))) await pause();
    const current = async (): Promise<RedisServer> => {
      const address = (await sentinels[0]?.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)) as
        | string[]
        | undefined;
      const port = Number(address?.[1]);
      const found = started.find((server) => server.port === port);
      if (!found) throw new Error(`the sentinel names a server that nobody started: ${port}`);
      return found;
    };
    return {
      name: NAME,
      primary,
      replicas,
      sentinels,
      current,
      async failOver() {
        const before = await current();
        await before.kill();
        for (;;) {
          const now = await current();
          if (now !== before && String(await now.command('ROLE')).startsWith('master')) return now;
          await pause();
        }
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
