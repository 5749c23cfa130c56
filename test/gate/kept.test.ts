// What is kept sealed, at a replica that has not loaded the data key yet: it waits for the key; nothing is taken for edited.
import { expect, it } from 'vitest';
import { RecordUnreadable } from '../../src/ports/approval-store.ts';
import { UnknownDataKey } from '../../src/ports/sealer.ts';
import { createWorld, holds, plainSealer, quiet, type World } from './gate-world.ts';

function late(): { readonly world: World; readonly key: { known: boolean } } {
  const key = { known: true };
  const world = createWorld({
    around: (deps) => ({
      ...deps,
      sealer: {
        seal: (plain, context) => plainSealer.seal(plain, context),
        open(sealed, context) {
          if (!key.known) throw new UnknownDataKey(2);
          return plainSealer.open(sealed, context);
        },
      },
    }),
  });
  return { world, key };
}

it('an approved call runs once the key is there, and is not void before', async () => {
  const { world, key } = late();
  const { approval, agent } = await world.ask();
  key.known = false;
  await world.vote(approval);
  world.clock.advance(2_000);
  await quiet();
  expect((await world.load(approval.id)).status).toBe('approved');
  await expect(world.gate.call(approval.id)).rejects.toThrow(RecordUnreadable);
  expect([world.upstream.sent, agent.heard()]).toEqual([[], undefined]);
  expect(world.failures.join()).toContain('sealed with data key 2, which this replica does not have (yet)');

  key.known = true;
  world.clock.advance(30_000);
  await quiet();
  expect(world.upstream.sent).toEqual([approval.id]);
  expect(agent.heard()).toBe('live');
});

it('a response is replayed once the key is there, and is not "already executed" before', async () => {
  const { world, key } = late();
  const decision = holds({ onAbsent: 'execute' });
  const { approval, agent } = await world.ask({ decision });
  agent.hangUp();
  await world.vote(approval);
  expect(world.upstream.sent).toEqual([approval.id]);
  key.known = false;
  const back = await world.ask({ decision });
  expect(back.approval.id).toBe(approval.id);
  expect(back.agent.heard()).toBeUndefined();
  key.known = true;
  world.clock.advance(55_000);
  await quiet();
  expect(back.agent.answer()).toMatchObject({ kind: 'replay' });
  expect(world.upstream.sent).toHaveLength(1);
});
