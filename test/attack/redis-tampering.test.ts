// security.md S20, K1, K2: somebody with write access to Redis edits what a gate keeps there, while it runs. Whatever is edited, nothing
// is sent that the untouched record would not have let through, and every edit that changes anything is reported in the log.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isOpen } from '../../src/core/approval/state.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { random, type Random } from './random.ts';
import { EVENT_EDITS } from './redis-event-edits.ts';
import { startTamperedGate, type TamperedGate } from './redis-gate.ts';
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
import { type Held, SCENES, stage, until } from './redis-scenes.ts';

const PREFIX = 'tampering';
/** Edits that have to change something; those that happen not to are not counted. */
const EDITS = 500;
const SPARE = 20;
const ROUNDS = 2;
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
  /** Changed at some moment: the gate may have put it right before it was looked at. */
  readonly touched: boolean;
  readonly allowed: number;
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
  let world: TamperedGate;

  beforeAll(async () => {
    world = await startTamperedGate(redis(), PREFIX);
  });
  afterAll(() => world.close());

  async function prepare(round: number): Promise<readonly Trial[]> {
    const count = Math.ceil((EDITS + SPARE) / ROUNDS);
    const trials: Trial[] = [];
    const one = async (serial: number): Promise<void> => {
      const kind = KIND[serial % KIND.length] as Kind;
      const pick = random(`${serial} ${kind.name}`);
      const scene = pick.of(kind.scenes);
      const held = await stage(world, scene, serial);
      trials.push({ ...held, scene, kind, pick, patrolled: kind.patrolled || pick.below(2) === 0 });
    };
    const serials = Array.from({ length: count }, (_, n) => round * count + n);
    const lane = async (): Promise<void> => {
      for (let serial = serials.shift(); serial !== undefined; serial = serials.shift()) await one(serial);
    };
    await Promise.all(Array.from({ length: 24 }, lane));
    await until(async () => Number(await world.hands.by('ZCARD', 'unreceipted')) === 0);
    return trials;
  }

  /** Whether it changed anything, for good or for a moment. */
  async function tamper(
    { id, scene, kind, pick, ...held }: Trial,
    other: Held,
  ): Promise<Pick<Judged, 'changed' | 'touched'>> {
    const { hands, pointerOf } = world;
    const pointer = pointerOf(held);
    const before = await hands.facts(id, pointer);
    const { status } = SCENES[scene] as (typeof SCENES)[string];
    const watched = hands.watched(id, pointer);
    await kind.edit(watched, { id, status, other: other.id, pointer }, pick);
    return { changed: (await hands.facts(id, pointer)) !== before, touched: watched.touched() };
  }

  async function play(round: number): Promise<readonly Judged[]> {
    const { sentTo, patrol, reports, comeBack, keepAlive } = world;
    await keepAlive();
    const trials = await prepare(round);
    const other = await stage(world, 'approved', 1_000_000 + round);
    const sentBefore = new Map(trials.map((trial) => [trial.id, sentTo(trial)]));
    const [changed, touched] = [new Set<string>(), new Set<string>()];
    const edit = async (some: readonly Trial[]): Promise<void> => {
      for (const trial of some) {
        const done = await tamper(trial, other);
        if (done.changed) changed.add(trial.id);
        if (done.touched) touched.add(trial.id);
      }
    };
    await edit(trials.filter(({ patrolled }) => patrolled));
    await patrol();
    await edit(trials.filter(({ patrolled }) => !patrolled));
    const runs = ({ id, scene, kind }: Trial): boolean =>
      (SCENES[scene]?.runs ?? false) && !(changed.has(id) && kind.fatal);
    await Promise.all(trials.map((trial) => comeBack(trial, trial.scene, runs(trial))));
    await patrol();
    const told = new Set(reports().flatMap((line) => line.match(/apr_[0-9A-Z]{26}/g) ?? []));
    expect(sentTo(other)).toBe(0);
    return trials.map((trial) => ({
      trial,
      allowed: runs(trial) ? 1 : 0,
      changed: changed.has(trial.id),
      touched: touched.has(trial.id),
      sent: sentTo(trial) - (sentBefore.get(trial.id) ?? 0),
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
    expect(table(judged.filter((one) => one.sent > one.allowed))).toEqual([]);
    expect(table(real.filter(({ reported }) => !reported))).toEqual([]);
    // What nobody touched was not blamed, and what only the lists said wrong ran as it should.
    expect(table(judged.filter(({ touched, reported }) => !touched && reported))).toEqual([]);
    expect(table(judged.filter((one) => one.sent < one.allowed))).toEqual([]);
    const metrics = await (await world.gate.api('/metrics')).text();
    const [, count = '0'] = /^holdgate_records_damaged_total (\d+)$/m.exec(metrics) ?? [];
    expect(Number(count)).toBeGreaterThanOrEqual(real.filter(({ trial }) => trial.kind.fatal).length);
  });
});
