// Right before a call is sent that a grant let through, everything is looked at anew; a person can still stop it.
import { describe, expect, it } from 'vitest';
import type { Granted } from '../../../src/core/approval/events.ts';
import { BOB, createWorld, holds, quiet, type World } from '../gate-world.ts';
import {
  type Asked,
  granted,
  grantIdOf,
  isHeld,
  offers,
  OFFER,
  openRemoval,
  ran,
  removal,
  remove,
} from './granting.ts';

/** Opens a call that the grant lets through, while nobody waits for it; changes something; and lets the agent come back. */
async function afterUse(change: (world: World, id: string) => unknown): Promise<Asked & { readonly world: World }> {
  const world = createWorld();
  await granted(world);
  const opened = await openRemoval(world, 'next');
  if (opened.outcome !== 'open') throw new Error(opened.outcome);
  expect(opened.approval.status).toBe('approved');
  await change(world, opened.approval.id);
  const agent = world.wait(opened.approval);
  await quiet();
  return { world, approval: await world.load(opened.approval.id), agent };
}
describe('at the claim, a call that a grant let through', () => {
  it('runs if nothing changed', async () => ran(await afterUse(() => undefined)));

  it.each<[string, (world: World, id: string) => unknown, string]>([
    [
      'somebody ended the grant',
      async (world) => world.gate.revokeGrant({ id: await grantIdOf(world), person: BOB }),
      'the grant that let it through was ended',
    ],
    [
      'somebody denied a call like it',
      async (world) => {
        const { approval } = await remove(world, 'flagged', {
          actions: [removal('flagged')],
          decision: offers(OFFER, { quorums: [{ rule: 'writes', approvals: 2, from: ['group:security'] }] }),
        });
        await world.vote(approval, 'deny');
      },
      'the grant that let it through was ended',
    ],
    [
      'nobody knows any more what its own call did',
      async (world) => {
        const log = world.disk.logs.get((await world.gate.grants())[0]?.approval ?? '') ?? [];
        const at = log.findIndex(({ type }) => type === 'result');
        const result = log[at];
        if (result?.type !== 'result') throw new Error('no story');
        log.splice(at, log.length, { ...result, outcome: 'indeterminate' });
      },
      'the grant that let it through was ended',
    ],
    ['policy offers nothing any more', (world) => (world.policy = holds()), 'the current policy offers no such grant'],
    [
      'policy offers it for a shorter time',
      (world) => (world.policy = offers({ ...OFFER, for: 60_000 })),
      'the current policy offers no such grant',
    ],
    [
      'policy offers it for less',
      (world) => (world.policy = offers({ ...OFFER, covers: 'targets' })),
      'the current policy offers no such grant',
    ],
    [
      'other rules hold it',
      (world) => (world.policy = { ...offers(), rules: ['writes', 'prod'] }),
      'the current policy offers no such grant',
    ],
    [
      'policy asks for more people',
      (world) => (world.policy = offers(OFFER, { quorums: [{ rule: 'writes', approvals: 2, from: [] }] })),
      'the votes no longer meet the quorum',
    ],
    ['who gave it is gone', (world) => world.people.delete('ann@example.com'), 'the votes no longer meet the quorum'],
    [
      'who gave it lost the group',
      (world) => world.people.set('ann@example.com', { email: 'ann@example.com', groups: [] }),
      'the votes no longer meet the quorum',
    ],
    [
      'a vote in it was changed',
      (world, id) => {
        const log = world.disk.logs.get(id) ?? [];
        const event = log[1] as Granted;
        log[1] = { ...event, votes: event.votes.map((vote) => ({ ...vote, reason: 'put in' })) };
      },
      'the votes no longer meet the quorum',
    ],
    [
      'what it was given with was changed',
      (world, id) => {
        const log = world.disk.logs.get(id) ?? [];
        const event = log[1] as Granted;
        log[1] = { ...event, source: { ...event.source, summary: 'something else' } };
      },
      'the votes no longer meet the quorum',
    ],
  ])('is void if %s', async (_what, change, why) => {
    const { world, approval, agent } = await afterUse(change);
    expect(approval).toMatchObject({ status: 'void', why: expect.stringContaining(why) });
    expect(agent.heard()).toBe('ended');
    expect(world.upstream.sent).not.toContain(approval.id);
  });

  it('can still be denied by a person until it is sent, which ends the grant too', async () => {
    const { world, approval } = await afterUse(async (gone, id) => gone.vote(await gone.load(id), 'deny'));
    expect(approval).toMatchObject({ status: 'denied' });
    expect(await world.gate.grants()).toMatchObject([{ revoked: { by: 'ann@example.com' } }]);
    isHeld(await remove(world, 'another'));
  });
});
