// Reading insights: bounded, newest first, not oftener than needed.
import { beforeEach, expect, it } from 'vitest';
import type { Approval } from '../../src/core/approval/state.ts';
import { fold } from '../../src/core/approval/transition.ts';
import { createInsights } from '../../src/gate/insights.ts';
import type { ListQuery } from '../../src/ports/approval-store.ts';
import { StoreUnavailable } from '../../src/ports/approval-store.ts';
import { opened } from '../conformance/approval-events.ts';

const HOUR = 3_600_000;
let now: number;
let stored: Approval[];
let queries: ListQuery[];
let away: boolean;

beforeEach(() => {
  now = 1_000 * HOUR;
  // Newest first, one a minute.
  stored = Array.from({ length: 1000 }, (_, i) => fold([opened(now - i * 60_000)]));
  queries = [];
  away = false;
});

const gate = {
  now: async () => now,
  async list(query: ListQuery) {
    if (away) throw new StoreUnavailable('away');
    queries.push(query);
    const from = Number(query.cursor ?? 0);
    const items = stored.slice(from, from + query.limit);
    const next = from + query.limit < stored.length ? String(from + query.limit) : undefined;
    return { items, next };
  },
};
const reader = (most?: number): ReturnType<typeof createInsights> =>
  createInsights({
    gate,
    putOff: async (since) => new Map([['deploy-bot', (now - since) / HOUR]]),
    yieldTurn: setImmediate,
    ...(most !== undefined && { most }),
  });

it('reads what the window holds and no page more', async () => {
  const insights = await reader()(2 * HOUR, '2h');
  expect(insights).toMatchObject({
    window: '2h',
    read: 121,
    cut: false,
    agents: [{ agent: 'deploy-bot', held: 121, put_off: 2 }],
  });
  expect(insights.since).toBe(new Date(now - 2 * HOUR).toISOString());
  expect(queries).toHaveLength(2);
});

it('reads all there is, whatever the window', async () => {
  expect(await reader()(24 * HOUR, '1d')).toMatchObject({ read: 1000, cut: false });
});

it('stops where it has read enough, and says so', async () => {
  const insights = await reader(250)(24 * HOUR, '1d');
  expect(insights).toMatchObject({ read: 250, cut: true });
  expect(queries.map(({ limit }) => limit)).toEqual([100, 100, 50]);
});

it('gives what it found a moment ago, for that window, and reads anew later', async () => {
  const read = reader();
  const [first, second] = await Promise.all([read(2 * HOUR, '2h'), read(2 * HOUR, '120m')]);
  expect(queries).toHaveLength(2);
  expect(second).toEqual({ ...first, window: '120m' });
  await read(HOUR, '1h');
  expect(queries).toHaveLength(3);
  now += 15_000;
  await read(2 * HOUR, '2h');
  expect(queries).toHaveLength(5);
});

it('reads one after the other, and lets others work in between', async () => {
  const read = reader();
  let turns = 0;
  let done = false;
  const turn = (): void => {
    turns += 1;
    if (!done) setImmediate(turn);
  };
  setImmediate(turn);
  await Promise.all([read(5 * HOUR, '5h'), read(6 * HOUR, '6h')]);
  done = true;
  expect(turns).toBeGreaterThanOrEqual(8);
  expect(queries.filter(({ cursor }) => cursor === undefined).map((one) => queries.indexOf(one))).toEqual([0, 4]);
});

it('rejects while the store is away, and recovers', async () => {
  const read = reader();
  away = true;
  await expect(read(HOUR, '1h')).rejects.toThrow(StoreUnavailable);
  away = false;
  expect(await read(HOUR, '1h')).toMatchObject({ read: 61 });
});
