// Everything that a Redis is asked, in order, by MONITOR; without what its scripts do inside.
import { once, EventEmitter } from 'node:events';
import { Redis as Connection } from 'ioredis';
import type { Redis } from './redis.ts';

export interface Asked {
  /** When Redis took it, ms. */
  readonly at: number;
  /** Local port of who asked. */
  readonly port: number;
  /** The command and its arguments; bytes are escaped. */
  readonly words: readonly string[];
}

export interface RedisMonitor {
  /** Everything up to now since the last call. */
  take(): Promise<readonly Asked[]>;
  stop(): void;
}

export async function monitorRedis({ port }: Redis): Promise<RedisMonitor> {
  const connection = new Connection(port, '127.0.0.1');
  const monitor = await connection.monitor();
  const marks = new EventEmitter();
  let asked: Asked[] = [];
  let taken = 0;
  monitor.on('monitor', (time: string, words: readonly string[], source: string) => {
    const [command = '', mark = ''] = words;
    if (command.toUpperCase() === 'ECHO') marks.emit(mark);
    else if (source !== 'lua') asked.push({ at: Number(time) * 1000, port: Number(source.split(':')[1]), words });
  });
  return {
    async take() {
      const mark = `bench-${taken++}`;
      const heard = once(marks, mark);
      await connection.echo(mark);
      await heard;
      const all = asked;
      asked = [];
      return all;
    },
    stop() {
      monitor.disconnect();
      connection.disconnect();
    },
  };
}
