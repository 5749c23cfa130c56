// Starts a gate for the command line: faults and failures as lines on stderr and an exit code.
import type { Config } from '../../config/types.ts';
import type { Fault } from '../../core/located-yaml.ts';
import { type Running, type StartOptions, startHoldgate } from '../../main.ts';
import { VERSION } from '../../version.ts';
import { exitCode } from '../exit-codes.ts';
import type { Addresses } from './messages.ts';

/** How long sends and streams may go on after SIGTERM, ms; Kubernetes kills after 30 s by default. */
export const GRACE = 25_000;

/** Prints what is wrong with configuration or policies; the exit code. */
export function badConfig(faults: readonly Fault[]): number {
  for (const { at, message } of faults) console.error(`${at}: ${message}`);
  return exitCode('badConfig');
}

/** Prints why something is not there; the exit code. */
export function unavailable(error: unknown): number {
  console.error(`holdgate: ${error instanceof Error ? error.message : String(error)}`);
  return exitCode('unavailable');
}

/** Running, or the exit code that says why not. */
export async function startGate(config: Config, options: StartOptions = {}): Promise<Running | number> {
  // What is waited for at the start (a lock, a name) does not keep a process alive by itself.
  const alive = setInterval(() => undefined, GRACE);
  try {
    const result = await startHoldgate(config, options);
    return result.ok ? result.running : badConfig(result.faults);
  } catch (error) {
    return unavailable(error);
  } finally {
    clearInterval(alive);
  }
}

/** Says where the gate is reached. */
export function announce(at: Addresses, workers: number): void {
  const by = workers === 1 ? '' : ` (${workers} workers)`;
  console.error(`holdgate ${VERSION} is ready: agents at ${origin(at.proxy)}, people at ${origin(at.console)}${by}`);
}

function origin({ host, port }: Addresses['proxy']): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Resolves when the process is told to end; to be listened to before anybody hears that it is ready. */
export function toldToStop(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve()).once('SIGINT', () => resolve());
  });
}
