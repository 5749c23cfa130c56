// `holdgate serve`: runs the gate until it is told to stop, in this process or in several.
import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import { insecureRuntime } from '../config/insecure-runtime.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/types.ts';
import { parseWorkerCount } from '../config/worker-count.ts';
import { exitCode } from './exit-codes.ts';
import { servePrimary } from './serve/primary.ts';
import { announce, badConfig, GRACE, startGate, toldToStop } from './serve/start-gate.ts';
import { serveWorker, thisWorker } from './serve/worker-process.ts';

interface ServeOptions {
  readonly config: string;
  readonly workers?: Config['workers'];
  readonly allowUnsafeStore?: boolean;
}

function asWorkerCount(text: string): Config['workers'] {
  const count = parseWorkerCount(text);
  if (count === undefined) throw new InvalidArgumentError('Expected auto, or a whole number from 1 to 256.');
  return count;
}

function withUnsafeStore(config: Config): Config {
  if (config.store === 'sqlite') return config;
  console.error('warning: --allow-unsafe-store: what Redis forgets, held calls and votes among it, is lost');
  return { ...config, store: { ...config.store, allowUnsafe: true } };
}

/** Resolves when the gate has been told to stop and has done so. */
async function serve(options: ServeOptions): Promise<number> {
  const insecure = insecureRuntime(process.execArgv, process.env);
  if (insecure.length > 0) {
    for (const why of insecure) console.error(`holdgate: refusing to start: ${why}`);
    return exitCode('unavailable');
  }
  const loaded = loadConfig(options.config, process.env);
  if (!loaded.ok) return badConfig(loaded.faults);
  const { warnings } = loaded;
  const config = options.allowUnsafeStore ? withUnsafeStore(loaded.config) : loaded.config;
  for (const warning of warnings) console.error(`warning: ${warning.at}: ${warning.message}`);
  const wanted = options.workers ?? config.workers;
  const workers = wanted === 'auto' ? availableParallelism() : wanted;
  return workers === 1 ? serveAlone(config) : servePrimary(config, workers);
}

async function serveAlone(config: Config): Promise<number> {
  const running = await startGate(config);
  if (typeof running === 'number') return running;
  process.on('SIGHUP', () => void running.reload());
  const told = toldToStop();
  announce(running, 1);
  await told;
  await running.stop(GRACE);
  return exitCode('ok');
}

/** Adds `serve` to the program. */
export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('run the gate')
    .option('-c, --config <file>', 'configuration file', 'holdgate.yaml')
    .option('--workers <count>', 'processes that serve: 1 to 256, or auto for one per core', asWorkerCount)
    .option('--allow-unsafe-store', 'for tests: take a Redis that may forget approvals')
    .action(async (options: ServeOptions) => {
      const worker = thisWorker();
      if (!worker) {
        process.exitCode = await serve(options);
        return;
      }
      try {
        process.exitCode = await serveWorker(worker);
      } finally {
        // Its channel to the primary would keep it alive.
        setImmediate(() => process.exit());
      }
    });
}
