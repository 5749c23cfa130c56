// A redis-server of the bench's own, as one would run it for Holdgate: every write in the append-only file, synced once a second,
// nothing evicted. It shares the core of the load.
import { type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { freePort, has, listening, start } from './processes.ts';

export interface Redis {
  readonly process: ChildProcess;
  readonly port: number;
  readonly url: string;
}

export const redisInstalled: boolean = has('redis-server');

/** What a part of the page says where it cannot be measured. */
export const NO_REDIS = '- Redis is left out: redis-server is not installed here (`apt-get install redis-server`).';

/** Starts an empty one that keeps its data in `dir`. */
export async function startRedis(dir: string): Promise<Redis> {
  mkdirSync(dir, { recursive: true });
  const port = await freePort();
  const directives: Readonly<Record<string, string>> = {
    bind: '127.0.0.1',
    port: String(port),
    dir,
    save: '',
    appendonly: 'yes',
    appendfsync: 'everysec',
    'maxmemory-policy': 'noeviction',
    'shutdown-timeout': '0',
  };
  const flags = Object.entries(directives).flatMap(([name, value]) => [`--${name}`, value]);
  const child = start('load', ['redis-server', ...flags]);
  child.stdout?.resume();
  await listening(port, child);
  return { process: child, port, url: `redis://127.0.0.1:${port}` };
}
