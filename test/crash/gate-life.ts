// Starts and ends lives of the gate: one that is to be killed in a process of its own; one that follows, on what was left, in this
// one, which starts in a tenth of the time.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.ts';
import { startHoldgate } from '../../src/main.ts';
import { diesWithUs } from '../redis/watchdog.ts';

export interface GateLife {
  readonly proxy: number;
  readonly console: number;
  /** True once the process is gone. */
  readonly over: () => boolean;
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>;
  /** Ends it with SIGTERM; resolves when it is gone. */
  end(): Promise<void>;
}

const CHILD = new URL('child.ts', import.meta.url).pathname;

async function firstLine(child: ChildProcess): Promise<string | undefined> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (text.includes('\n')) return text;
  }
  return undefined;
}

/** ms. */
const GRACE = 500;
const FREE = { host: '127.0.0.1', port: 0 };

/** A life that nobody ends but `end`. Rejects where a gate does not start on what an earlier life left. */
export async function followingLife(folder: string): Promise<GateLife> {
  const loaded = loadConfig(join(folder, 'holdgate.yaml'), { UPSTREAM_TOKEN: 'upstream-secret-token' });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  const config = { ...loaded.config, listen: { proxy: FREE, console: FREE } };
  const started = await startHoldgate(config, { logTo: { write: () => undefined } });
  if (!started.ok) throw new Error(JSON.stringify(started.faults));
  const { running } = started;
  const gone = Promise.withResolvers<void>();
  let over = false;
  return {
    proxy: running.proxy.port,
    console: running.console.port,
    gone: gone.promise,
    over: () => over,
    async end() {
      await running.stop(GRACE);
      over = true;
      gone.resolve();
    },
  };
}

/** Undefined if it died before it listened. Anything but that or SIGKILL is a failed start: rejects with what it said. */
export async function startLife(folder: string, deadly: string | undefined): Promise<GateLife | undefined> {
  const child = spawn(process.execPath, ['--no-warnings', CHILD, folder, ...(deadly === undefined ? [] : [deadly])], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const gone = once(child, 'exit').then(() => undefined);
  diesWithUs(child);
  const line = await firstLine(child);
  if (line === undefined) {
    await gone;
    if (child.signalCode !== 'SIGKILL') throw new Error(`the gate did not start: ${said}`);
    return undefined;
  }
  const [proxy = 0, atConsole = 0] = line.trim().split(' ').map(Number);
  return {
    proxy,
    console: atConsole,
    gone,
    over: () => child.exitCode !== null || child.signalCode !== null,
    async end() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}
