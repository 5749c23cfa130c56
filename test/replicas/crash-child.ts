// A replica that dies at a place of our choosing. Arguments: its configuration file, and the place (`name#occurrence`; none: it lives
// and writes the places that it passes to `places.txt` beside the file). Prints what `holdgate serve` prints when it is ready.
import { appendFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../src/config/load.ts';
import { startHoldgate } from '../../src/main.ts';
import { withCrashPoints } from '../crash/crash-points.ts';
import type { Program } from './replicas.ts';

/** For `Replicas.add`. */
export function diesAt(place: string | undefined): Program {
  const file = fileURLToPath(import.meta.url);
  return (config) => [process.execPath, '--no-warnings', file, config, ...(place === undefined ? [] : [place])];
}

async function live(file: string, deadly: string): Promise<void> {
  const loaded = loadConfig(file, process.env);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  const passed = new Map<string, number>();
  const pass = (place: string): void => {
    const occurrence = (passed.get(place) ?? 0) + 1;
    passed.set(place, occurrence);
    if (deadly === '') return appendFileSync(join(dirname(file), 'places.txt'), `${place}#${occurrence}\n`);
    if (`${place}#${occurrence}` !== deadly) return;
    process.kill(process.pid, 'SIGKILL');
    // Nothing of what follows may run while the signal is on its way.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  };
  const started = await startHoldgate(loaded.config, { adapt: (ports) => withCrashPoints(ports, pass) });
  if (!started.ok) throw new Error(JSON.stringify(started.faults));
  const { running } = started;
  process.once('SIGTERM', () => void running.stop(500).then(() => process.exit(0)));
  const [agents, people] = [running.proxy, running.console].map(({ host, port }) => `http://${host}:${port}`);
  process.stderr.write(`is ready: agents at ${agents}, people at ${people}\n`);
}

if (import.meta.main) {
  const [file = '', deadly = ''] = process.argv.slice(2);
  await live(file, deadly);
}
