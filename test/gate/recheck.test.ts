import { describe, expect, it } from 'vitest';
import type { ApprovalEvent } from '../../src/core/approval/events.ts';
import type { Approval } from '../../src/core/approval/state.ts';
import { encodeCall } from '../../src/core/stored-call.ts';
import { ANN, BOB, createWorld, holds, plainSealer, quiet, theCall, type World } from './gate-world.ts';

/** Approves while nobody waits, changes something, and lets the agent come back. */
async function afterApproval(change: (world: World, approval: Approval) => unknown): Promise<{
  readonly world: World;
  readonly approval: Approval;
  readonly heard: string | undefined;
}> {
  const world = createWorld();
  const { approval, agent } = await world.ask();
  agent.hangUp();
  await world.vote(approval);
  expect((await world.load(approval.id)).status).toBe('approved');
  await change(world, approval);
  const back = await world.ask();
  return { world, approval: await world.load(approval.id), heard: back.agent.heard() };
}

/** Rewrites one event in the store, as somebody with write access to it could. */
function edit(world: World, id: string, type: ApprovalEvent['type'], more: object): void {
  const log = world.disk.logs.get(id) ?? [];
  const at = log.findIndex((event) => event.type === type);
  log[at] = { ...log[at], ...more } as ApprovalEvent;
}

describe('at the claim, an approval', () => {
  it('runs if nothing changed', async () => {
    const { world, approval, heard } = await afterApproval(() => undefined);
    expect(heard).toBe('live');
    expect(world.upstream.sent).toEqual([approval.id]);
    expect(world.upstream.bodies).toEqual(['a=1']);
  });

  it('runs if policy allows the call outright by now', async () => {
    const { approval } = await afterApproval((world) => {
      const { hold: _, ...rest } = holds();
      world.policy = { ...rest, effect: 'allow' };
    });
    expect(approval.status).toBe('succeeded');
  });

  it.each<[string, (world: World, approval: Approval) => unknown, string]>([
    [
      'policy denies the call by now',
      (world) => {
        const { hold: _, ...rest } = holds();
        world.policy = { ...rest, effect: 'deny' };
      },
      'the current policy denies this call',
    ],
    [
      'policy asks for more humans by now',
      (world) => (world.policy = holds({ quorums: [{ rule: 'writes', approvals: 2, from: [] }] })),
      'the votes no longer meet the quorum',
    ],
    [
      'policy asks for other humans by now',
      (world) => (world.policy = holds({ quorums: [{ rule: 'writes', approvals: 1, from: ['group:finance'] }] })),
      'the votes no longer meet the quorum',
    ],
    ['the agent or upstream is no longer served', (world) => (world.policy = undefined), 'no longer served'],
    ['the approver is gone', (world) => world.people.delete(ANN.email), 'the votes no longer meet the quorum'],
    [
      'the approver left the group',
      (world) => world.people.set(ANN.email, { ...ANN, groups: [] }),
      'the votes no longer meet the quorum',
    ],
    ['the stored call is gone', (world, { id }) => world.disk.blobs.delete(`${id} call`), 'the stored call is missing'],
    [
      'a bit of the stored call was changed',
      (world, { id }) => void world.disk.blobs.get(`${id} call`)?.fill(0, 70),
      'the stored call was changed at rest',
    ],
    [
      'the stored call is another one, sealed for this approval',
      (world, { id }) => world.disk.blobs.set(`${id} call`, plainSealer.seal(encodeCall(theCall('a=2')), `call:${id}`)),
      'the stored call is not the call that was approved',
    ],
    [
      'the stored call is that of another approval',
      (world, { id }) => world.disk.blobs.set(`${id} call`, plainSealer.seal(encodeCall(theCall()), 'call:apr_other')),
      'the stored call was changed at rest',
    ],
    [
      'the proof of its vote is forged',
      (world, { id }) => edit(world, id, 'voted', { proof: 'e30.00' }),
      'the votes no longer meet the quorum',
    ],
    [
      'its vote was put in for another human',
      (world, { id }) => edit(world, id, 'voted', { by: BOB.email }),
      'the votes no longer meet the quorum',
    ],
    [
      'its opening was edited after the vote',
      (world, { id }) => edit(world, id, 'opened', { summary: 'harmless' }),
      'the votes no longer meet the quorum',
    ],
    [
      'its terms were edited after the vote',
      (world, { id, opened }) => edit(world, id, 'opened', { terms: { ...opened.terms, expires: 1 } }),
      'the votes no longer meet the quorum',
    ],
  ])('is void and sends nothing if %s', async (what, change, why) => {
    const alarms: string[] = [];
    const { world, approval, heard } = await afterApproval((one, approved) => {
      one.deps.bus.on('approval:damaged', ({ approvalId, finding }) => alarms.push(`${approvalId}: ${finding}`));
      return change(one, approved);
    });
    // What somebody did to the store is told of; what people and policies do is not.
    const tampered = /stored call|forged|put in|edited/.test(what);
    expect(alarms).toEqual(tampered ? [expect.stringContaining(`${approval.id}: the `)] : []);
    expect(world.upstream.sent).toEqual([]);
    expect(approval.status).toBe('void');
    expect(approval.why).toContain(why);
    expect(heard).toBe('ended');
    expect(await world.gate.receipt(approval.id)).toBeDefined();
  });

  it('does not count the vote that was given for another approval', async () => {
    const world = createWorld();
    const first = await world.ask({ body: '1' });
    first.agent.hangUp();
    await world.vote(first.approval);
    const [, voted] = world.disk.logs.get(first.approval.id) ?? [];
    const second = await world.ask({ body: '2' });
    second.agent.hangUp();
    world.disk.logs.get(second.approval.id)?.push({ ...voted, digest: second.approval.opened.digest } as ApprovalEvent);
    await world.ask({ body: '2' });
    expect((await world.load(second.approval.id)).status).toBe('void');
    expect(world.upstream.sent).toEqual([]);
  });

  it('lets a denial through until it is claimed', async () => {
    const world = createWorld();
    const { approval, agent } = await world.ask();
    agent.hangUp();
    await world.vote(approval);
    await world.vote(approval, 'deny', BOB);
    const back = await world.ask();
    expect(back.agent.answer()).toMatchObject({ kind: 'ended', approval: { status: 'denied' } });
    expect(world.upstream.sent).toEqual([]);
  });

  it('runs one millisecond before its expiry and is expired at it', async () => {
    for (const [at, status, sent] of [
      [899_999, 'succeeded', 1],
      [900_000, 'expired', 0],
    ] as const) {
      const world = createWorld();
      const { approval, agent } = await world.ask();
      agent.hangUp();
      await world.vote(approval);
      world.clock.advance(at);
      await world.ask();
      expect((await world.load(approval.id)).status).toBe(status);
      expect(world.upstream.sent).toHaveLength(sent);
    }
  });

  it('is not sent if it expires while the connection is made', async () => {
    const world = createWorld({
      around: (deps) => ({
        ...deps,
        dispatcher: {
          prepare(grant, call) {
            world.clock.advance(900_000);
            return deps.dispatcher.prepare(grant, call);
          },
        },
      }),
    });
    const { approval } = await world.ask({ wait: 10_000_000 });
    await world.vote(approval);
    expect(world.upstream.sent).toEqual([]);
    expect(world.upstream.abandoned).toBe(1);
    expect((await world.load(approval.id)).status).toBe('not_sent');
  });
});

describe('expiry', () => {
  it('comes by itself, exactly when it is due, and its receipt with it', async () => {
    const world = createWorld();
    const { approval, agent } = await world.ask({ wait: 10_000_000 });
    await world.gate.start();
    while (world.clock.now() < approval.opened.expiresAt - 500) {
      world.clock.advance(500);
      await quiet();
    }
    expect((await world.load(approval.id)).status).toBe('pending');
    for (let tick = 0; tick < 4; tick++) {
      world.clock.advance(500);
      await quiet();
    }
    expect((await world.load(approval.id)).status).toBe('expired');
    expect(agent.answer()).toMatchObject({ kind: 'ended', approval: { status: 'expired' } });
    expect(await world.vote(approval)).toMatchObject({ outcome: 'refused' });
    expect(await world.gate.receipt(approval.id)).toBeDefined();
    await world.gate.stop();
  }, 60_000);

  it('of hundreds at once takes one sweep, and leaves the event loop free in between', async () => {
    const world = createWorld({ limits: { open: 1000, openPerAgent: 1000 } });
    for (let n = 0; n < 450; n++) await world.open(holds(), `${n}`);
    await world.gate.start();
    world.clock.advance(900_000);
    await quiet();
    let turns = 0;
    let counting = true;
    const count = (): void => {
      turns++;
      if (counting) setImmediate(count);
    };
    setImmediate(count);
    world.clock.advance(500);
    const open = (): Promise<number> => world.deps.store.countOpen();
    while ((await open()) > 0) await quiet();
    counting = false;
    // Some end before the counting begins.
    expect(turns).toBeGreaterThan(400);
    await world.gate.stop();
  });

  it('refuses a vote at the boundary and ends the approval', async () => {
    const world = createWorld();
    const { approval } = await world.ask({ wait: 10_000_000 });
    world.clock.advance(900_000);
    expect(await world.vote(approval)).toMatchObject({ outcome: 'refused', refusal: 'expired' });
    expect((await world.load(approval.id)).status).toBe('expired');
  });
});
