// A whole gate on Redis whose store somebody else can write to; its pulse beats fast, the rest of it keeps real time.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../src/core/sha256.ts';
import type { ApprovalStore } from '../../src/ports/approval-store.ts';
import { initKeys } from '../../src/signers/init-keys.ts';
import { systemClock } from '../../src/system-clock.ts';
import { type RawUpstream, startRawUpstream } from '../e2e/raw-upstream.ts';
import { APPROVER, OUTSIDER, OWNER, SECOND, startGate, type TestGate } from '../e2e/running-gate.ts';
import type { RedisServer } from '../redis/redis-server.ts';
import { type Hands, handsOn } from './redis-hands.ts';
import { call, type Held, REPLICA, SCENE_RULES, SCENES, until } from './redis-scenes.ts';

export interface TamperedGate {
  readonly gate: TestGate;
  readonly upstream: RawUpstream;
  /** The gate's own. */
  readonly store: ApprovalStore;
  readonly hands: Hands;
  /** Requests that reached the upstream for this call. */
  readonly sentTo: (held: Pick<Held, 'path'>) => number;
  /** Key of the pointer from this call to its approval. */
  readonly pointerOf: (held: Pick<Held, 'digest'>) => string;
  /** Until the patrol has been everywhere. */
  readonly patrol: () => Promise<void>;
  /** Lines of the log that say that a record is damaged or the store failed. */
  readonly reports: () => readonly string[];
  /** Everybody believes in what is stored: the agent comes back with the same call, all people vote, somebody reads the receipt.
   *  `runs`: it is to run, and the agent waits for that. */
  readonly comeBack: (held: Held, scene: string, runs?: boolean) => Promise<void>;
  /** The replica that claimed what is claimed lives on. */
  readonly keepAlive: () => Promise<unknown>;
  readonly close: () => Promise<void>;
}

/** The pulse of the store, ms, and how long it takes here. */
const [PULSE, FAST] = [1_000, 15];
/** ms. */
const LEASE = 59_000;
/** For what another replica seems to be sending, and for an answer, ms. */
const PATIENCE = { underWay: 1_500, answer: 15_000 };
/** Approvals that the patrol looks at in one beat. */
const BATCH = 100;

const isUnderWay = (scene: string): boolean => ['claimed', 'sending'].includes(SCENES[scene]?.status ?? '');

export async function startTamperedGate(redis: RedisServer, prefix: string): Promise<TamperedGate> {
  const folder = mkdtempSync(join(tmpdir(), 'holdgate-tampering-'));
  await initKeys(join(folder, 'keys'), Date.now());
  const hands = handsOn(redis, prefix);
  const upstream = await startRawUpstream((request, socket) => {
    if (request.includes(' /reset/')) return void socket.destroy();
    const status = request.includes(' /error/') ? '500 Internal Server Error' : '200 OK';
    socket.write(`HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok`);
  });
  const seen = { beats: 0, store: undefined as ApprovalStore | undefined };
  const gate = await startGate({
    upstream: upstream.url,
    rules: SCENE_RULES,
    folder,
    store: `{url: "${redis.url}", prefix: ${prefix}, timeout: 5s}`,
    more: 'keys: {dir: keys}\nhold: {max_open_per_agent: 10000, max_held_per_agent: none}',
    clock: {
      ...systemClock,
      after(ms, callback) {
        if (ms !== PULSE) return systemClock.after(ms, callback);
        seen.beats++;
        return systemClock.after(FAST, callback);
      },
    },
    adapt: (ports) => {
      seen.store = ports.store;
      return ports;
    },
  });
  const { store } = seen;
  if (!store) throw new Error('the gate was given no store');

  /** An agent that gives up after a while, whatever becomes of its call. */
  const ask = (held: Held, scene: string, wait: number): Promise<unknown> =>
    call(gate, held, `wait=${wait}`, AbortSignal.timeout(PATIENCE[isUnderWay(scene) ? 'underWay' : 'answer']))
      .then((response) => response.arrayBuffer())
      .catch((error: unknown) => {
        if (!(error instanceof DOMException)) throw error;
      });

  return {
    gate,
    upstream,
    store,
    hands,
    sentTo: ({ path }) => upstream.requests.filter((one) => one.split(' ', 2)[1] === path).length,
    pointerOf: ({ digest }) => `c:${sha256(`deploy-bot\n${digest}`)}`,
    async patrol() {
      const all = Number(await hands.by('ZCARD', 'all'));
      const enough = seen.beats + 2 * Math.ceil(all / BATCH) + 3;
      await until(() => seen.beats >= enough);
    },
    reports: () => gate.log.filter((line) => line.includes('"approval:damaged"') || line.includes('"store:failed"')),
    async comeBack(held, scene, runs = false) {
      const people = async (): Promise<void> => {
        for (const as of [OWNER, OUTSIDER, SECOND, APPROVER])
          await gate.vote(held as unknown as Parameters<TestGate['vote']>[0], 'approve', { as });
        await gate.api(`/api/v1/receipts/rcp_${held.id.slice('apr_'.length)}`);
      };
      await Promise.all([ask(held, scene, runs ? 10 : 1), people()]);
      // Approved in the meantime, it would run for an agent that is there.
      if (!runs && SCENES[scene]?.runs) await ask(held, scene, 1);
    },
    keepAlive: () => store.lease(`replica:${REPLICA}`, REPLICA, LEASE),
    async close() {
      await gate.stop();
      await upstream.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
