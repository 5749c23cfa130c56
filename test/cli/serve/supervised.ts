// A supervisor of workers that only pretend: the first argument says how they behave. Its timers run a hundred times as fast.
import cluster from 'node:cluster';
import { tell } from '../../../src/cli/serve/messages.ts';
import { createSupervisor } from '../../../src/cli/serve/supervisor.ts';
import type { Config } from '../../../src/config/types.ts';
import { createEventBus } from '../../../src/telemetry/bus.ts';
import { createCallLog } from '../../../src/telemetry/log.ts';

const [, , behaviour = ''] = process.argv;
const SPEED = 100;
const at = { host: '127.0.0.1', port: 1 };

if (cluster.worker) {
  const { worker } = cluster;
  worker.on('message', (message: { type: string; place?: { number: number; first: boolean } }) => {
    const { type, place } = message;
    if (type === 'stop' && behaviour !== 'never stops') process.exit(0);
    if (type !== 'start') return;
    if (behaviour === 'second does not start' && place?.number === 2) process.exit(78);
    process.stdout.write(`${JSON.stringify({ event: 'fake:started', ...place })}\n`);
    tell(worker.process, { type: 'ready', at: { proxy: at, console: at } });
    if (behaviour === 'keeps dying' && place?.number === 1) setTimeout(() => process.exit(7), 5);
  });
  tell(worker.process, { type: 'here' });
} else {
  const clock = {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    after(ms: number, callback: () => void) {
      const timer = setTimeout(callback, ms / SPEED);
      return () => clearTimeout(timer);
    },
  };
  let exits = 0;
  const four = Promise.withResolvers<void>();
  const write = (line: string): void => {
    process.stdout.write(line);
    if (line.includes('"worker:exited"') && ++exits === 4) four.resolve();
  };
  const log = createCallLog(createEventBus(), { level: 'info', stream: { write } });
  const supervisor = createSupervisor({ config: {} as Config, workers: 2, clock, logger: log.logger });
  const started = await supervisor.start();
  process.stdout.write(`${JSON.stringify({ event: 'test:started', ...started })}\n`);
  if (behaviour === 'keeps dying') await four.promise;
  const clean = await supervisor.stop();
  process.stdout.write(`${JSON.stringify({ event: 'test:stopped', clean })}\n`);
}
