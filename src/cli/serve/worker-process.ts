// One worker: a whole gate of its own on the shared ports, that begins and ends when its primary says so, and ends in good
// order when there is no primary any more.
import cluster, { type Worker } from 'node:cluster';
import type { Running } from '../../main.ts';
import { systemClock } from '../../system-clock.ts';
import { exitCode } from '../exit-codes.ts';
import { fromPrimary, tell, type ToWorker } from './messages.ts';
import { GRACE, startGate, toldToStop } from './start-gate.ts';

/** How long the primary may take over a metrics page, ms; it waits for other workers meanwhile. */
const PAGE_WITHIN = 5000;

type Start = Extract<ToWorker, { type: 'start' }>;

/** Resolves with the exit code once the worker is to end; what it had under way has then ended. */
export async function serveWorker(worker: Worker): Promise<number> {
  const stopping = Promise.withResolvers<undefined>();
  const starting = Promise.withResolvers<Start>();
  const pages = new Map<number, (text: string | undefined) => void>();
  const gate: { running?: Running } = {};
  let asked = 0;

  const stop = (): void => stopping.resolve(undefined);
  // Ctrl-C reaches every process of the group, and the primary passes it on as well: whichever comes first.
  void toldToStop().then(stop);
  process.on('SIGHUP', () => void gate.running?.reload());
  worker.once('disconnect', () => {
    worker.exitedAfterDisconnect = true; // else node ends this process on the spot, and held calls with it
    stop();
  });
  worker.on('message', (packed: unknown) => {
    const message = fromPrimary(packed);
    if (message.type === 'start') starting.resolve(message);
    else if (message.type === 'stop') stop();
    else if (message.type === 'reload') void gate.running?.reload();
    else if (message.type === 'page') pages.get(message.id)?.(message.text);
    else void report(message.question);
  });

  /** Without an answer the page says that this worker does not report. */
  async function report(question: number): Promise<void> {
    const families = await gate.running?.figures().catch(() => undefined);
    if (families) tell(worker.process, { type: 'figures', question, families });
  }

  /** The page of the whole gate, which only the primary has. */
  function metricsPage(): Promise<string> {
    const id = ++asked;
    return new Promise((resolve, reject) => {
      const done = (text: string | undefined): void => {
        pages.delete(id);
        cancel();
        if (text === undefined) reject(new Error('the primary process has no metrics page'));
        else resolve(text);
      };
      const cancel = systemClock.after(PAGE_WITHIN, () => done(undefined));
      pages.set(id, done);
      tell(worker.process, { type: 'page', id });
    });
  }

  tell(worker.process, { type: 'here' });
  const start = await Promise.race([starting.promise, stopping.promise]);
  if (!start) return exitCode('ok');
  const running = await startGate(start.config, { worker: start.place, metricsPage });
  if (typeof running === 'number') return running;
  gate.running = running;
  tell(worker.process, { type: 'ready', at: { proxy: running.proxy, console: running.console } });
  await stopping.promise;
  await running.stop(GRACE);
  return exitCode('ok');
}

/** This process as a worker; undefined if it is none. */
export function thisWorker(): Worker | undefined {
  return cluster.isWorker ? cluster.worker : undefined;
}
