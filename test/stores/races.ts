// Many races of one kind: each prepared, run, read back and judged, and counted so that a race in which nobody ever overlapped anybody
// cannot pass for one.
import { expect } from 'vitest';
import type { ApprovalEvent, Opened } from '../../src/core/approval/events.ts';
import type { ApprovalStore } from '../../src/ports/approval-store.ts';
import { opened } from '../conformance/approval-events.ts';
import type { Report, Side } from './race-actor.ts';
import { isLate, judge, type Race } from './race-judge.ts';
import type { Kind } from './race-kinds.ts';
import { CALL, LIMITS } from './storm.ts';

/** `HOLDGATE_RACES=10000` runs the full number of each kind. */
const WANTED = process.env['HOLDGATE_RACES'];
export const RACES: number = Number(WANTED ?? 400);
export const STORMS: number = Number(WANTED ?? 100);
/** A vote may come a little after the expiry, ms. */
const LATE = 2;

let serial = 0;

/** A call that nobody asked for yet, and the opening of an approval for it. */
export async function newCall(store: ApprovalStore, over: Partial<Opened> = {}): Promise<Opened> {
  const name = `${process.pid}-${++serial}`;
  return opened(await store.now(), { id: `apr_${name}`, digest: `call ${name}`, ...over });
}

/** Opens the approval of one race and brings it to where the race begins. `soon`: after how many ms those expire that expire in the
 *  middle of it. Gives what was written. */
export async function prepare(
  store: ApprovalStore,
  kind: Kind,
  soon: number,
): Promise<readonly [Opened, ...ApprovalEvent[]]> {
  const expiry = kind.expires && { expiresAt: (await store.now()) + soon };
  const event = await newCall(store, { ...kind.over, ...expiry });
  const before = kind.before?.(event) ?? [];
  if ((await store.open(event, CALL, LIMITS)).outcome !== 'opened') throw new Error('not opened');
  if (before.length > 0 && (await store.append(event.id, 1, before)).outcome !== 'appended')
    throw new Error('not ready');
  return [event, ...before];
}

/** When a side of a race that expires starts, epoch ms of the store; others start at once. `random`: 0 ≤ random < 1. */
export function startAt(kind: Kind, { at, expiresAt }: Opened, side: Side, random: number): number {
  if (!kind.expires || side === 'B') return 0;
  return at + Math.floor(random * (expiresAt - at + LATE));
}

/** What is in the store afterwards, as one replica reads it and all of them see it. */
export async function readBack(
  stores: readonly [ApprovalStore, ...ApprovalStore[]],
  written: readonly [Opened, ...ApprovalEvent[]],
  reports: readonly Report[],
  takenAt?: (id: string, version: number) => number | undefined,
): Promise<Race> {
  const [asked] = written;
  return {
    asked,
    before: written.length,
    reports,
    log: await stores[0].events(asked.id),
    views: await Promise.all(stores.map((store) => store.load(asked.id))),
    ...(takenAt && { takenAt: (version) => takenAt(asked.id, version) }),
  };
}

export interface Tally {
  races: number;
  readonly won: Record<string, number>;
  /** One side had looked before the other wrote, and wrote after it. */
  contested: number;
  sent: number;
  /** See `isLate`. */
  late: number;
  readonly wrong: string[];
}

export const newTally = (): Tally => ({ races: 0, won: { A: 0, B: 0 }, contested: 0, sent: 0, late: 0, wrong: [] });

export function count(tally: Tally, kind: Kind, race: Race): void {
  const { asked, log, reports } = race;
  tally.races += 1;
  tally.wrong.push(...judge(race).map((words) => `${asked.id}: ${words}: ${log.map(({ type }) => type).join()}`));
  const decisive = JSON.stringify(kind.decisive(log));
  const winners = reports.filter(({ acknowledged }) =>
    acknowledged.some((event) => JSON.stringify(event) === decisive),
  );
  const [winner] = winners;
  if (winner && winners.length === 1) tally.won[winner.side] = (tally.won[winner.side] ?? 0) + 1;
  else tally.wrong.push(`${asked.id}: ${winners.length} winners of ${decisive}`);
  if (reports.some(({ attempts }) => attempts.includes('conflict'))) tally.contested += 1;
  if (reports.some(({ sent }) => sent.length > 0)) tally.sent += 1;
  if (isLate(race)) tally.late += 1;
}

/** Prints the figures, and fails where anything was broken or nothing was raced. */
export function expectRaces(name: string, { alwaysSent }: Kind, tally: Tally, races: number): void {
  const { won, contested, sent, late, wrong } = tally;
  process.stdout.write(
    `races: ${name}: ${tally.races}, won ${JSON.stringify(won)}, contested ${contested}, sent ${sent}, late ${late}\n`,
  );
  expect(wrong.slice(0, 20)).toEqual([]);
  expect(tally.races).toBe(races);
  expect(late).toBeLessThan(races / 10);
  // Either side can win, and often one wrote on the strength of what the other had just changed.
  for (const side of ['A', 'B']) expect(won[side], `${side} won`).toBeGreaterThan(0);
  expect(contested).toBeGreaterThan(0);
  if (alwaysSent) expect(sent).toBe(races);
  else expect(Math.min(sent, races - sent)).toBeGreaterThan(0);
}
