// What keeps a grant from being used, and what replicas, stores that were rolled back and gates that die make of it.
import { describe, expect, it } from 'vitest';
import type { SharedRecords } from '../../../src/ports/shared-records.ts';
import { StoreUnavailable } from '../../../src/ports/approval-store.ts';
import { createMemoryDisk } from '../../stores/memory-store.ts';
import { ANN, BOB, createWorld, quiet, type World } from '../gate-world.ts';
import { granted, grantIdOf, isHeld, offers, ran, remove } from './granting.ts';

describe('a grant is not used', () => {
  it.each<[string, (world: World, id: string) => unknown]>([
    ['once its giver is gone', (world) => world.people.delete('ann@example.com')],
    ['once its own call was denied after all', (world, id) => cut(world, id, 'denied')],
    ['while nobody knows what its own call did', (world, id) => cut(world, id, 'indeterminate')],
    ['if its own approval is gone from the store', (world, id) => world.disk.logs.delete(id)],
    ['if its record is gone', (world) => world.disk.records.clear()],
  ])('%s', async (_what, change) => {
    const world = createWorld();
    const { id } = await granted(world);
    await change(world, id);
    isHeld(await remove(world, 'second'));
    expect(world.upstream.sent).toHaveLength(1);
  });

  /** Makes its log end otherwise. */
  function cut(world: World, id: string, how: 'denied' | 'indeterminate'): void {
    const log = world.disk.logs.get(id) ?? [];
    const [opened, voted, claimed, intent, result] = log;
    if (!opened || voted?.type !== 'voted' || !claimed || !intent || result?.type !== 'result')
      throw new Error('no story');
    const { grant: _, ...alone } = voted;
    const end =
      how === 'denied' ? [{ ...alone, vote: 'deny' as const }] : [claimed, intent, { ...result, outcome: how }];
    world.disk.logs.set(id, [opened, voted, ...end]);
  }

  it.each(['get', 'put'] as const)(
    'while its record cannot be read or written (%s): people are asked',
    async (method) => {
      let away = false;
      const world = createWorld({
        around: (deps) => ({
          ...deps,
          records: {
            ...deps.records,
            [method]: (...input: never[]) =>
              away
                ? Promise.reject(new StoreUnavailable('gone'))
                : (deps.records[method] as (...all: never[]) => unknown)(...input),
          },
        }),
      });
      await granted(world);
      away = true;
      isHeld(await remove(world, 'second'));
      expect(world.failures.join()).toContain('grant');
    },
  );

  it('while the log cannot be written; the use is lost', async () => {
    let away = false;
    const world = createWorld({
      around: (deps) => ({
        ...deps,
        audit: {
          ...deps.audit,
          durable: (entry) =>
            away && entry.type === 'grant:used' ? Promise.reject(new Error('disk full')) : deps.audit.durable(entry),
        },
      }),
    });
    await granted(world);
    away = true;
    isHeld(await remove(world, 'second'));
    expect(await world.gate.grants()).toMatchObject([{ used: 1 }]);
  });

  it('once people are asked, although a silent store answers after all', async () => {
    let release: (() => void) | undefined;
    let silent = false;
    const world = createWorld({
      around: (deps) => ({
        ...deps,
        records: {
          ...deps.records,
          get: async (...input) => {
            if (silent) await new Promise<void>((resolve) => (release = resolve));
            return deps.records.get(...input);
          },
        },
      }),
    });
    await granted(world);
    silent = true;
    const asking = remove(world, 'second');
    await quiet();
    world.clock.advance(3_000);
    isHeld(await asking);
    release?.();
    await quiet();
    silent = false;
    expect(world.log((await asking).approval.id)).toEqual(['opened']);
    expect(await world.gate.grants()).toMatchObject([{ used: 0 }]);
  });
});

describe('replicas', () => {
  it('count the uses together: of 30 calls at two of them exactly 3 run', async () => {
    const disk = createMemoryDisk();
    const one = createWorld({ disk, replica: 'one' });
    const two = createWorld({ disk, replica: 'two', clock: one.clock, upstream: one.upstream });
    await granted(one);
    two.policy = offers();
    const asked = await Promise.all(
      Array.from({ length: 30 }, (_, n) => remove(n % 2 === 0 ? one : two, `pod-${n}`).catch(String)),
    );
    await quiet();
    // 25 at once is what one agent may have open.
    const opened = asked.filter((each) => typeof each !== 'string');
    const settled = await Promise.all(opened.map(({ approval }) => one.load(approval.id)));
    const through = settled.filter((approval) => approval.granted);
    expect(new Set(through.map(({ granted: by }) => by?.use))).toEqual(new Set([1, 2, 3]));
    expect(through).toHaveLength(3);
    expect(one.upstream.sent).toHaveLength(4);
    expect(settled.filter(({ status }) => status === 'pending').length).toBeGreaterThan(20);
  });

  it('hear at once that a grant was ended', async () => {
    const disk = createMemoryDisk();
    const one = createWorld({ disk, replica: 'one' });
    const two = createWorld({ disk, replica: 'two', clock: one.clock, upstream: one.upstream });
    await granted(one);
    two.policy = offers();
    const id = await grantIdOf(two);
    expect(await two.gate.revokeGrant({ id, person: BOB })).toMatchObject({ revoked: { by: 'bob@example.com' } });
    isHeld(await remove(one, 'second'));
    // A second time changes nothing.
    expect(await one.gate.revokeGrant({ id, person: ANN })).toMatchObject({ revoked: { by: 'bob@example.com' } });
    expect(await one.gate.revokeGrant({ id: 'grt_none', person: ANN })).toBeUndefined();
  });
});

describe('a store that was rolled back', () => {
  /** Copies what the records hold, and puts it back. */
  function snapshot(world: World): () => void {
    const kept = new Map([...world.disk.records].map(([kind, all]) => [kind, new Map(all)]));
    return () => {
      world.disk.records.clear();
      for (const [kind, all] of kept) world.disk.records.set(kind, all);
    };
  }

  it('gives no use back while the process lives', async () => {
    const world = createWorld();
    await granted(world);
    const rollBack = snapshot(world);
    ran(await remove(world, 'a'));
    rollBack();
    isHeld(await remove(world, 'b'));
    expect(await world.gate.grants()).toMatchObject([
      { revoked: { by: 'holdgate', why: 'the store was rolled back' } },
    ]);
    expect(world.failures.join()).toContain('rolled back');
  });

  it.each([
    ['uses', { sent: false, denied: false, uses: 2 }],
    ['an end', { sent: false, denied: true, uses: 0 }],
  ])('gives nothing back after a restart where the log shows %s', async (_what, shown) => {
    const disk = createMemoryDisk();
    const world = createWorld({ disk });
    await granted(world);
    ran(await remove(world, 'a'));
    const id = await grantIdOf(world);
    await world.gate.stop();
    const next = createWorld({ disk, clock: world.clock, logged: new Map([[id, shown]]), upstream: world.upstream });
    next.policy = offers();
    await next.gate.start();
    expect(await next.gate.grants()).toMatchObject([{ revoked: { by: 'holdgate' } }]);
    isHeld(await remove(next, 'b'));
    await next.gate.stop();
  });

  it('is not suspected where the log shows what the store has', async () => {
    const disk = createMemoryDisk();
    const world = createWorld({ disk });
    await granted(world);
    ran(await remove(world, 'a'));
    const shown = new Map([[await grantIdOf(world), { sent: false, denied: false, uses: 1 }]]);
    await world.gate.stop();
    const next = createWorld({ disk, clock: world.clock, logged: shown, upstream: world.upstream });
    next.policy = offers();
    await next.gate.start();
    ran(await remove(next, 'b'));
    await next.gate.stop();
  });
});

describe('a gate that is killed between the count and the approval', () => {
  it('has lost the use and nothing else: the call is held for people, and the count goes on', async () => {
    const disk = createMemoryDisk();
    const counted = Promise.withResolvers<void>();
    const dying = createWorld({
      disk,
      around: (deps) => ({
        ...deps,
        records: {
          ...deps.records,
          put: async (...input: Parameters<SharedRecords['put']>) => {
            const done = await deps.records.put(...input);
            if (!input[3].includes('"used":1')) return done;
            counted.resolve();
            return new Promise(() => undefined);
          },
        },
      }),
    });
    await granted(dying);
    void remove(dying, 'a').catch(() => undefined);
    await counted.promise;
    const next = createWorld({ disk, clock: dying.clock, replica: 'two', upstream: dying.upstream });
    next.policy = offers();
    await next.gate.start();
    const back = await remove(next, 'a');
    isHeld(back);
    for (const name of ['b', 'c']) ran(await remove(next, name));
    isHeld(await remove(next, 'd'));
    expect(next.upstream.sent).toHaveLength(3);
    await next.gate.stop();
  });
});

describe('a gate that is killed while it sends what a grant let through', () => {
  it('ends the grant when it comes back: nobody knows what that call did', async () => {
    const disk = createMemoryDisk();
    const dying = createWorld({ disk });
    await granted(dying);
    dying.upstream.send = () => new Promise(() => undefined);
    const { approval } = await remove(dying, 'a');
    expect(approval).toMatchObject({ status: 'sending', granted: { use: 1 } });
    const next = createWorld({ disk, clock: dying.clock });
    next.policy = offers();
    await next.gate.start();
    await quiet();
    expect(await next.load(approval.id)).toMatchObject({ status: 'indeterminate' });
    expect(await next.gate.grants()).toMatchObject([{ revoked: { by: 'holdgate' } }]);
    isHeld(await remove(next, 'b'));
    await next.gate.stop();
  });
});
