// `holdgate serve`: runs the gate until it is told to stop.
import type { Command } from 'commander';
import { insecureRuntime } from '../config/insecure-runtime.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/types.ts';
import type { Fault } from '../core/located-yaml.ts';
import { type Running, startHoldgate } from '../main.ts';
import { VERSION } from '../version.ts';
import { exitCode } from './exit-codes.ts';

/** How long sends and streams may go on after SIGTERM, ms; Kubernetes kills after 30 s by default. */
const GRACE = 25_000;

function complain(faults: readonly Fault[]): void {
  for (const { at, message } of faults) console.error(`${at}: ${message}`);
}

function origin({ host, port }: Running['proxy']): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Running, or the exit code that says why not. */
async function start(config: Config): Promise<Running | number> {
  try {
    const result = await startHoldgate(config);
    if (result.ok) return result.running;
    complain(result.faults);
    return exitCode('badConfig');
  } catch (error) {
    console.error(`holdgate: ${error instanceof Error ? error.message : String(error)}`);
    return exitCode('unavailable');
  }
}

/** Resolves when the process has been told to stop and has done so. */
async function serve(file: string): Promise<number> {
  const insecure = insecureRuntime(process.execArgv, process.env);
  if (insecure.length > 0) {
    for (const why of insecure) console.error(`holdgate: refusing to start: ${why}`);
    return exitCode('unavailable');
  }
  const loaded = loadConfig(file, process.env);
  if (!loaded.ok) {
    complain(loaded.faults);
    return exitCode('badConfig');
  }
  for (const warning of loaded.warnings) console.error(`warning: ${warning.at}: ${warning.message}`);
  const running = await start(loaded.config);
  if (typeof running === 'number') return running;
  console.error(
    `holdgate ${VERSION} is ready: agents at ${origin(running.proxy)}, people at ${origin(running.console)}`,
  );
  const { promise, resolve } = Promise.withResolvers<void>();
  process.once('SIGTERM', resolve).once('SIGINT', resolve);
  process.on('SIGHUP', () => void running.reload());
  await promise;
  await running.stop(GRACE);
  return exitCode('ok');
}

/** Adds `serve` to the program. */
export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('run the gate')
    .option('-c, --config <file>', 'configuration file', 'holdgate.yaml')
    .action(async (options: { readonly config: string }) => {
      process.exitCode = await serve(options.config);
    });
}
