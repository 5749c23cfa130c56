// One life of a whole gate on a data directory that outlives it. Arguments: folder, and the place at which to die
// (`name#occurrence`; none: it lives until SIGTERM and writes the places that it passed to `places.txt`).
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.ts';
import { startHoldgate } from '../../src/main.ts';
import { withCrashPoints } from './crash-points.ts';

const [folder = '', deadly = ''] = process.argv.slice(2);
const loaded = loadConfig(join(folder, 'holdgate.yaml'), { UPSTREAM_TOKEN: 'upstream-secret-token' });
if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));

const passed = new Map<string, number>();
function pass(place: string): void {
  const occurrence = (passed.get(place) ?? 0) + 1;
  passed.set(place, occurrence);
  if (deadly === '') return appendFileSync(join(folder, 'places.txt'), `${place}#${occurrence}\n`);
  if (`${place}#${occurrence}` !== deadly) return;
  process.kill(process.pid, 'SIGKILL');
  // Nothing of what follows may run while the signal is on its way.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

const free = { host: '127.0.0.1', port: 0 };
const started = await startHoldgate(
  { ...loaded.config, listen: { proxy: free, console: free } },
  { adapt: (ports) => withCrashPoints(ports, pass), logTo: { write: () => undefined } },
);
if (!started.ok) throw new Error(JSON.stringify(started.faults));
const { running } = started;
process.once('SIGTERM', () => void running.stop(500).then(() => process.exit(0)));
process.stdout.write(`${running.proxy.port} ${running.console.port}\n`);
