// Starts the workers of one gate, replaces those that end, and ends them. INVARIANT: worker k is never two processes, so
// that its log has one writer and its claims one owner.
import cluster, { type Worker } from 'node:cluster';
import type { Config } from '../../config/types.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CallLog } from '../../telemetry/log.ts';
import { metricsText } from '../../telemetry/metrics-text.ts';
import { createWorkerFigures } from '../../telemetry/worker-figures.ts';
import { type Addresses, fromWorker, tell, type ToWorker } from './messages.ts';
import { createHandOver } from './hand-over.ts';
import { createRestartDelay, type RestartDelay } from './restart-delay.ts';
import { GRACE } from './start-gate.ts';

export interface SupervisorDeps {
  readonly config: Config;
  readonly workers: number;
  readonly clock: Clock;
  readonly logger: CallLog['logger'];
}

export type Started =
  | { readonly ok: true; readonly at: Addresses }
  /** `code` is undefined for one that was killed. It has printed why. */
  | { readonly ok: false; readonly worker: number; readonly code: number | undefined };

export interface Supervisor {
  /** Resolves when all workers listen, or one could not start; then `stop` has to be called all the same. */
  start(): Promise<Started>;
  reload(): void;
  /** Ends every worker in good order; true if all of them ended so. */
  stop(): Promise<boolean>;
}

/** What a worker may take beyond its grace until it is killed, ms. */
const BEYOND_GRACE = 3000;

interface Member {
  readonly number: number;
  readonly delay: RestartDelay;
  worker: Worker | undefined;
  ready: boolean;
  cancelRestart: () => void;
}

export function createSupervisor({ config, workers, clock, logger }: SupervisorDeps): Supervisor {
  const members = Array.from(
    { length: workers },
    (_, i): Member => ({
      number: i + 1,
      delay: createRestartDelay(),
      worker: undefined,
      ready: false,
      cancelRestart: () => undefined,
    }),
  );
  let started = false;
  let stopping = false;
  let clean = true;
  const ends = new Set<() => void>();

  const say = (member: Member | undefined, message: ToWorker): void => {
    if (member?.worker) tell(member.worker.process, message);
  };
  const running = (): number[] => members.filter(({ ready }) => ready).map(({ number }) => number);
  const handOver = createHandOver({ clock, workers: () => running().length });
  const figures = createWorkerFigures({
    clock,
    workers,
    running,
    ask: (number, question) => say(members[number - 1], { type: 'report', question }),
  });

  async function sendPage(member: Member, id: number): Promise<void> {
    const text = await figures.collect().then(metricsText, () => undefined);
    say(member, { type: 'page', id, ...(text !== undefined && { text }) });
  }

  /** Resolves when the worker listens, or has ended before. */
  function launch(member: Member, first: boolean): Promise<Started> {
    const { number } = member;
    const { promise, resolve } = Promise.withResolvers<Started>();
    const since = clock.monotonic();
    const worker = cluster.fork();
    handOver(worker.process);
    const { pid } = worker.process;
    member.worker = worker;
    logger.info({ worker: number, pid }, 'worker:started');

    const ended = (code: number | undefined, signal: string | undefined): void => {
      if (member.worker !== worker) return;
      const wasReady = member.ready;
      member.worker = undefined;
      member.ready = false;
      resolve({ ok: false, worker: number, code });
      for (const end of ends) end();
      const line = { worker: number, pid, code, signal, lived_ms: Math.round(clock.monotonic() - since) };
      if (stopping) {
        if (code === 0 || !wasReady) return;
        clean = false;
        return logger.error(line, 'worker:exited');
      }
      figures.gone(number);
      if (!wasReady && !started) return logger.error(line, 'worker:exited');
      const again = member.delay.next(line.lived_ms);
      logger.error({ ...line, again_in_ms: again }, 'worker:exited');
      member.cancelRestart = clock.after(again, () => void launch(member, false));
    };
    worker.on('exit', (code, signal) => ended(code ?? undefined, signal ?? undefined));
    worker.on('error', (error) => {
      // A message that could not be sent is followed by the end of that process; without a process there is nothing to end.
      logger.error({ worker: number, pid, error: String(error) }, 'worker:failed');
      if (pid === undefined) ended(undefined, undefined);
    });
    worker.on('message', (packed: unknown) => {
      if (member.worker !== worker) return;
      const message = fromWorker(packed);
      if (message.type === 'here') {
        const place = { number, of: workers, first };
        say(member, stopping ? { type: 'stop' } : { type: 'start', config, place });
      } else if (message.type === 'ready') {
        member.ready = true;
        resolve({ ok: true, at: message.at });
      } else if (message.type === 'figures') figures.heard(number, message.question, message.families);
      else void sendPage(member, message.id);
    });
    return promise;
  }

  return {
    async start() {
      const [one, ...rest] = members;
      if (!one) throw new Error('a gate without workers');
      // Alone at first: it compares the store with what was recorded, makes the store if there is none, finds the ports taken.
      const first = await launch(one, true);
      if (!first.ok) return first;
      const others = await Promise.all(rest.map((member) => launch(member, false)));
      started = true;
      return others.find(({ ok }) => !ok) ?? first;
    },
    reload() {
      for (const member of members) say(member, { type: 'reload' });
    },
    async stop() {
      stopping = true;
      for (const member of members) member.cancelRestart();
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = (): void => {
        if (members.every(({ worker }) => worker === undefined)) resolve();
      };
      ends.add(look);
      look();
      for (const member of members) say(member, { type: 'stop' });
      const cancel = clock.after(GRACE + BEYOND_GRACE, () => {
        for (const { worker } of members) worker?.process.kill('SIGKILL');
      });
      await promise;
      cancel();
      figures.close();
      return clean;
    },
  };
}
