// What comes at once with the making of a grant: denials, revocations, younger grants, lost answers. Nothing that ended stands up again.
import { describe, expect, it } from 'vitest';
import type { Approval } from '../../../src/core/approval/state.ts';
import type { GateDeps } from '../../../src/gate/deps.ts';
import { type GrantRecord, readGrant, writeGrant } from '../../../src/gate/grants/grant-record.ts';
import type { PutOutcome, SharedRecords } from '../../../src/ports/shared-records.ts';
import { BOB, createWorld, quiet, type World } from '../gate-world.ts';
import { grant, granted, grantIdOf, isHeld, offers, ran, removal, remove } from './granting.ts';

type Put = SharedRecords['put'];

/** A world in which writing grants goes through `put`. */
function worldWith(put: (real: Put, ...input: Parameters<Put>) => Promise<PutOutcome>): World {
  const world = createWorld({
    around: (deps) => ({
      ...deps,
      records: {
        ...deps.records,
        put: (...input) => (input[0] === 'grant' ? put(deps.records.put, ...input) : deps.records.put(...input)),
      },
    }),
  });
  world.policy = offers();
  return world;
}

/** A world whose first grant is written only when it is released. */
function delayed(): { readonly world: World; release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let first = true;
  const world = worldWith(async (real, ...input) => {
    if (first) {
      first = false;
      await promise;
    }
    return real(...input);
  });
  return { world, release: resolve };
}

async function asked(world: World, name: string): Promise<Approval> {
  return (await remove(world, name)).approval;
}

describe('a grant that is being kept', () => {
  it('does not stand once a call like it was denied', async () => {
    const { world, release } = delayed();
    const [one, two] = [await asked(world, 'one'), await asked(world, 'two')];
    const granting = grant(world, one);
    await quiet();
    world.clock.advance(1);
    expect(await world.vote(two, 'deny', BOB)).toMatchObject({ outcome: 'recorded' });
    release();
    expect(await granting).toMatchObject({ outcome: 'recorded' });
    expect(await world.gate.grants()).toMatchObject([
      { approval: one.id, revoked: { by: 'bob@example.com', why: `a call like it was denied: ${two.id}` } },
    ]);
    isHeld(await remove(world, 'three'));
  });

  it('stands if the denial was before it', async () => {
    const world = createWorld();
    world.policy = offers();
    const [one, two] = [await asked(world, 'one'), await asked(world, 'two')];
    await world.vote(two, 'deny', BOB);
    world.clock.advance(1);
    await grant(world, one);
    ran(await remove(world, 'three'));
  });

  it('does not take the place of a younger one that was ended', async () => {
    const { world, release } = delayed();
    const [one, two] = [await asked(world, 'one'), await asked(world, 'two')];
    const granting = grant(world, one);
    await quiet();
    world.clock.advance(1);
    await grant(world, two);
    await world.gate.revokeGrant({ id: await grantIdOf(world), person: BOB });
    release();
    await granting;
    expect(await world.gate.grants()).toMatchObject([{ approval: two.id, revoked: { by: 'bob@example.com' } }]);
    isHeld(await remove(world, 'three'));
  });

  it('keeps its uses if the answer of the store was lost and the write is told as a conflict', async () => {
    let written = false;
    const world = worldWith(async (real, kind, id, version, value, terms) => {
      if (written) return real(kind, id, version, value, terms);
      written = true;
      await real(kind, id, version, value, terms);
      const used: GrantRecord = { ...readGrant(value), used: 2 };
      await real(kind, id, version + 1, writeGrant(used), terms);
      return real(kind, id, version, value, terms);
    });
    await grant(world, await asked(world, 'one'));
    expect(await world.gate.grants()).toMatchObject([{ used: 2 }]);
  });
});

describe('a grant', () => {
  it('is ended by the denial of a call like it for which none could be had', async () => {
    const world = createWorld();
    await granted(world);
    const critical = { actions: [removal('x', { params: { privileges: ['hostPID'] } })] };
    const { approval } = await remove(world, 'x', critical);
    expect(approval.opened.flags).toMatchObject([{ severity: 'critical' }]);
    await world.vote(approval, 'deny', BOB);
    isHeld(await remove(world, 'second'));
    expect(await world.gate.grants()).toMatchObject([{ used: 0, revoked: { by: 'bob@example.com' } }]);
  });

  it('ends once nobody knows what a call did that it let through', async () => {
    const world = createWorld();
    await granted(world);
    world.upstream.send = async () => ({ outcome: 'indeterminate', detail: 'the connection broke' });
    const { approval } = await remove(world, 'second');
    expect(approval).toMatchObject({ status: 'indeterminate', granted: { use: 1 } });
    const why = `nobody knows what a call did that it let through: ${approval.id}`;
    expect(await world.gate.grants()).toMatchObject([{ used: 1, revoked: { by: 'holdgate', why } }]);
    isHeld(await remove(world, 'third'));
  });

  it('runs what it let through although people were asked meanwhile, and they are told', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const around = (deps: GateDeps): GateDeps => ({
      ...deps,
      store: {
        ...deps.store,
        append: async (...input) => {
          if (input[2].some(({ type }) => type === 'granted')) await promise;
          return deps.store.append(...input);
        },
      },
    });
    const world = createWorld({ around });
    await granted(world);
    const told: string[] = [];
    world.deps.bus.on('approval:changed', ({ event }) => told.push(event));
    const asking = remove(world, 'second');
    await quiet();
    world.clock.advance(3_000);
    const { approval, agent } = await asking;
    isHeld({ approval, agent });
    expect(told).toEqual(['opened']);
    resolve();
    await quiet();
    // Whoever asked people hears that nobody need answer.
    expect(told.slice(0, 2)).toEqual(['opened', 'granted']);
    ran({ approval: await world.load(approval.id), agent });
  });
});
