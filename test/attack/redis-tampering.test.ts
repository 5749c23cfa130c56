// security.md S20, K1, K2: somebody with write access to Redis edits what a gate keeps there, while it runs. Whatever is edited, nothing
// is sent that the untouched record would not have let through, and every edit that changes anything is reported in the log.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isOpen } from '../../src/core/approval/state.ts';
import { sha256 } from '../../src/core/sha256.ts';
import type { ApprovalStore } from '../../src/ports/approval-store.ts';
import { initKeys } from '../../src/signers/init-keys.ts';
import { systemClock } from '../../src/system-clock.ts';
import { type RawUpstream, startRawUpstream } from '../e2e/raw-upstream.ts';
import { APPROVER, OUTSIDER, OWNER, SECOND, startGate, type TestGate } from '../e2e/running-gate.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { random, type Random } from './random.ts';
import { EVENT_EDITS } from './redis-event-edits.ts';
import { type Hands, handsOn } from './redis-hands.ts';
import {
  CALLS,
  type Edit,
  type Edits,
  FORETOLD,
  KINDS,
  LISTS,
  POINTERS,
  RECEIPTS,
  RESPONSES,
} from './redis-other-edits.ts';
import { call, type Held, REPLICA, SCENE_RULES, SCENES, stage, until } from './redis-scenes.ts';

const PREFIX = 'tampering';
/** Edits that have to change something; those that happen not to are not counted. */
const EDITS = 500;
const SPARE = 20;
const ROUNDS = 2;
/** The pulse of the store, ms, and how long it takes here. */
const [PULSE, FAST] = [1_000, 15];
/** The replica that claimed what is claimed lives for a whole round, ms. */
const LEASE = 59_000;
/** For what another replica seems to be sending, ms. */
const PATIENCE = 2_000;
/** Approvals that the patrol looks at in one beat. */
const BATCH = 100;

interface Kind {
  readonly name: string;
  readonly edit: Edit;
  readonly scenes: readonly string[];
  /** Nothing may be sent afterwards, whoever votes. */
  readonly fatal: boolean;
  /** The next event of the approval would put it right unseen: the patrol comes first. */
  readonly patrolled: boolean;
}

interface Trial extends Held {
  readonly scene: string;
  readonly kind: Kind;
  readonly patrolled: boolean;
  readonly pick: Random;
}

interface Judged {
  readonly trial: Trial;
  readonly changed: boolean;
  readonly sent: number;
  readonly reported: boolean;
}

const ALL = Object.keys(SCENES);
const having = (wanted: (scene: (typeof SCENES)[string]) => boolean): readonly string[] =>
  ALL.filter((name) => wanted(SCENES[name] as (typeof SCENES)[string]));
const RUNNING = having(({ runs = false }) => runs);
const OPEN = having(({ status }) => isOpen(status));
const ENDED = having(({ status }) => !isOpen(status));
const BEYOND_APPROVAL = ALL.filter((name) => !RUNNING.includes(name) && name !== 'expired');
const REPLAYED = having(
  ({ method, delivered = false, upstream }) => method === 'PATCH' && !delivered && upstream !== 'reset',
);

const events: Edits = Object.fromEntries(
  Object.entries(EVENT_EDITS).map(([name, edit]): [string, Edit] => [
    name,
    async ({ entries, rewrite }, { id, other }, pick) =>
      rewrite(id, edit({ id, mine: await entries(id), theirs: await entries(other) }, pick)),
  ]),
);

const kinds = (edits: Edits, more: Omit<Kind, 'name' | 'edit'>): readonly Kind[] =>
  Object.entries(edits).map(([name, edit]) => ({ name, edit, ...more }));

const KIND: readonly Kind[] = [
  ...kinds(events, { scenes: ALL, fatal: true, patrolled: false }),
  ...kinds(KINDS, { scenes: ALL, fatal: true, patrolled: false }),
  ...kinds(FORETOLD, { scenes: BEYOND_APPROVAL, fatal: true, patrolled: false }),
  ...kinds(CALLS, { scenes: RUNNING, fatal: true, patrolled: false }),
  ...kinds(RESPONSES, { scenes: REPLAYED, fatal: false, patrolled: false }),
  ...kinds(RECEIPTS, { scenes: ENDED, fatal: false, patrolled: false }),
  ...kinds(LISTS, { scenes: ALL, fatal: false, patrolled: true }),
  ...kinds(POINTERS, { scenes: OPEN, fatal: false, patrolled: true }),
];

describeRedis('somebody who can write to Redis', () => {
  const redis = useRedis({ appendfsync: 'no' });
  let upstream: RawUpstream;
  let gate: TestGate;
  let store: ApprovalStore;
  let hands: Hands;
  let folder: string;
  let beats = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'holdgate-tampering-'));
    await initKeys(join(folder, 'keys'), Date.now());
    hands = handsOn(redis(), PREFIX);
    upstream = await startRawUpstream((request, socket) => {
      if (request.includes(' /reset/')) return void socket.destroy();
      const status = request.includes(' /error/') ? '500 Internal Server Error' : '200 OK';
      socket.write(`HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok`);
    });
    gate = await startGate({
      upstream: upstream.url,
      rules: SCENE_RULES,
      folder,
      store: `{url: "${redis().url}", prefix: ${PREFIX}, timeout: 5s}`,
      more: 'keys: {dir: keys}\nhold: {max_open_per_agent: 10000}',
      clock: {
        ...systemClock,
        after(ms, callback) {
          if (ms !== PULSE) return systemClock.after(ms, callback);
          beats++;
          return systemClock.after(FAST, callback);
        },
      },
      adapt: (ports) => {
        ({ store } = ports);
        return ports;
      },
    });
  });
  afterAll(async () => {
    await gate.stop();
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const sentTo = (path: string): number => upstream.requests.filter((one) => one.split(' ', 2)[1] === path).length;
  const pointerOf = ({ digest }: Held): string => `c:${sha256(`deploy-bot\n${digest}`)}`;

  /** Until the patrol has been everywhere. */
  async function patrol(): Promise<void> {
    const all = Number(await hands.by('ZCARD', 'all'));
    const enough = beats + 2 * Math.ceil(all / BATCH) + 3;
    await until(() => beats >= enough);
  }

  async function prepare(round: number): Promise<readonly Trial[]> {
    const count = Math.ceil((EDITS + SPARE) / ROUNDS);
    const trials: Trial[] = [];
    const one = async (serial: number): Promise<void> => {
      const kind = KIND[serial % KIND.length] as Kind;
      const pick = random(`${serial} ${kind.name}`);
      const scene = pick.of(kind.scenes);
      const held = await stage(gate, store, scene, serial);
      trials.push({ ...held, scene, kind, pick, patrolled: kind.patrolled || pick.below(2) === 0 });
    };
    const serials = Array.from({ length: count }, (_, n) => round * count + n);
    const lane = async (): Promise<void> => {
      for (let serial = serials.shift(); serial !== undefined; serial = serials.shift()) await one(serial);
    };
    await Promise.all(Array.from({ length: 24 }, lane));
    await until(async () => Number(await hands.by('ZCARD', 'unreceipted')) === 0);
    return trials;
  }

  /** True if it changed anything. */
  async function tamper({ id, scene, kind, pick, ...held }: Trial, other: Held): Promise<boolean> {
    const pointer = pointerOf({ id, ...held });
    const before = await hands.facts(id, pointer);
    const { status } = SCENES[scene] as (typeof SCENES)[string];
    await kind.edit(hands, { id, status, other: other.id, pointer }, pick);
    return (await hands.facts(id, pointer)) !== before;
  }

  /** An agent that gives up after a while, whatever becomes of its call. */
  const ask = (trial: Trial): Promise<unknown> =>
    call(gate, trial, 'wait=1', AbortSignal.timeout(PATIENCE))
      .then((response) => response.arrayBuffer())
      .catch((error: unknown) => {
        if (!(error instanceof DOMException)) throw error;
      });

  /** Everybody believes in what is stored: the agent comes back with the same call, all people vote, somebody reads the receipt. */
  async function comeBack(trial: Trial): Promise<void> {
    const agent = ask(trial);
    const people = async (): Promise<void> => {
      for (const as of [OWNER, OUTSIDER, SECOND, APPROVER])
        await gate.vote(trial as unknown as Parameters<TestGate['vote']>[0], 'approve', { as });
      await gate.api(`/api/v1/receipts/rcp_${trial.id.slice('apr_'.length)}`);
    };
    await Promise.all([agent, people()]);
    // Approved in the meantime, it runs for an agent that is there.
    if (RUNNING.includes(trial.scene)) await ask(trial);
  }

  async function play(round: number): Promise<readonly Judged[]> {
    await store.lease(`replica:${REPLICA}`, REPLICA, LEASE);
    const trials = await prepare(round);
    const other = await stage(gate, store, 'approved', 1_000_000 + round);
    const sentBefore = new Map(trials.map(({ id, path }) => [id, sentTo(path)]));
    const changed = new Set<string>();
    const edit = async (some: readonly Trial[]): Promise<void> => {
      for (const trial of some) if (await tamper(trial, other)) changed.add(trial.id);
    };
    await edit(trials.filter(({ patrolled }) => patrolled));
    await patrol();
    await edit(trials.filter(({ patrolled }) => !patrolled));
    await Promise.all(trials.map(comeBack));
    await patrol();
    const told = new Set(
      gate.log
        .filter((line) => line.includes('"approval:damaged"') || line.includes('"store:failed"'))
        .flatMap((line) => line.match(/apr_[0-9A-Z]{26}/g) ?? []),
    );
    expect(sentTo(other.path)).toBe(0);
    return trials.map((trial) => ({
      trial,
      changed: changed.has(trial.id),
      sent: sentTo(trial.path) - (sentBefore.get(trial.id) ?? 0),
      reported: told.has(trial.id),
    }));
  }

  const table = (judged: readonly Judged[]): readonly string[] =>
    judged.map(({ trial, sent, reported }) => {
      const order = trial.patrolled ? 'the patrol first' : 'the agent first';
      return `${trial.kind.name} | ${trial.scene} | ${order} | sent ${sent} | ${reported ? 'reported' : 'not reported'}`;
    });

  it(`has nothing sent by any of ${EDITS} edits, and none goes unreported`, { timeout: 120_000 }, async () => {
    const judged: Judged[] = [];
    for (let round = 0; round < ROUNDS; round++) judged.push(...(await play(round)));
    const real = judged.filter(({ changed }) => changed);
    expect(real.length).toBeGreaterThanOrEqual(EDITS);
    // Every kind was tried for real.
    const tried = new Set(real.map(({ trial }) => trial.kind.name));
    expect(KIND.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([]);
    const allowed = ({ trial, changed }: Judged): number =>
      (SCENES[trial.scene]?.runs ?? false) && !(changed && trial.kind.fatal) ? 1 : 0;
    expect(table(judged.filter((one) => one.sent > allowed(one)))).toEqual([]);
    expect(table(real.filter(({ reported }) => !reported))).toEqual([]);
    // What nobody touched was not blamed, and what only the lists said wrong ran as it should.
    expect(table(judged.filter(({ changed, reported }) => !changed && reported))).toEqual([]);
    expect(table(judged.filter((one) => one.sent < allowed(one)))).toEqual([]);
    const metrics = await (await gate.api('/metrics')).text();
    const [, count = '0'] = /^holdgate_records_damaged_total (\d+)$/m.exec(metrics) ?? [];
    expect(Number(count)).toBeGreaterThanOrEqual(real.filter(({ trial }) => trial.kind.fatal).length);
  });
});
