// A record that was edited, lost or cut under a call that waits for it or runs: whoever waits is told at once, nothing is sent
// that was not on its way, and nothing is tried for ever.
import { describe, expect, it } from 'vitest';
import { RecordDamaged } from '../../src/ports/approval-store.ts';
import { ANN, answers, createWorld, holds, quiet, type World } from './gate-world.ts';

/** From now on the store calls this record damaged, as it does with one whose events do not match their seal. */
function damage(world: World, id: string): { readonly looks: () => number } {
  const { store } = world.deps;
  const refuse = (): Promise<never> => Promise.reject(new RecordDamaged(`approval ${id} is damaged or was edited`));
  const [load, append] = [store.load.bind(store), store.append.bind(store)];
  let looks = 0;
  store.load = (one, ...more) => {
    if (one !== id) return load(one, ...more);
    looks++;
    return refuse();
  };
  store.append = (one, ...more) => (one === id ? refuse() : append(one, ...more));
  return { looks: () => looks };
}

describe('a damaged record', () => {
  it('is told to everybody who waits as soon as anybody has found it', async () => {
    const world = createWorld();
    const { approval, agent } = await world.ask();
    const other = world.wait(approval);
    const { agent: bystander } = await world.ask({ body: 'another call' });
    await quiet();
    damage(world, approval.id);
    expect(agent.heard()).toBeUndefined();
    world.deps.bus.emit('approval:damaged', { approvalId: approval.id, finding: 'event 2 is missing' });
    await quiet();
    expect([agent.heard(), other.heard(), bystander.heard()]).toEqual(['unavailable', 'unavailable', undefined]);
    expect(world.gate.held()).toBe(1);
    expect(world.failures).toEqual([]);
  });

  it('is told to one who comes, and to one whose wait ends', async () => {
    const world = createWorld();
    const { approval, agent } = await world.ask({ wait: 1_000 });
    damage(world, approval.id);
    const late = world.wait(approval);
    await quiet();
    expect([agent.heard(), late.heard()]).toEqual([undefined, 'unavailable']);
    world.clock.advance(1_000);
    await quiet();
    expect(agent.heard()).toBe('unavailable');
    expect(world.failures).toEqual([]);
  });

  it('takes no vote and no note, and says why', async () => {
    const world = createWorld();
    const { approval } = await world.ask();
    damage(world, approval.id);
    const note = { approvalId: approval.id, person: ANN, outcome: 'done', note: 'seen' } as const;
    for (const outcome of [await world.vote(approval), await world.gate.annotate(note)])
      expect(outcome).toMatchObject({
        outcome: 'not-recorded',
        detail: expect.stringContaining('is damaged: it never runs') as string,
      });
    expect(world.log(approval.id)).toEqual(['opened']);
    expect(world.failures).toEqual([]);
  });

  it('that is found when the call is to run is not sent and not looked at again', async () => {
    const world = createWorld();
    const { approval, agent } = await world.ask({ decision: holds({ onAbsent: 'execute' }) });
    await quiet();
    const blob = world.deps.store.blob.bind(world.deps.store);
    let looks = (): number => 0;
    world.deps.store.blob = (id, kind) => {
      if (kind === 'call') ({ looks } = damage(world, approval.id));
      return blob(id, kind);
    };
    await world.vote(approval);
    expect(world.upstream.sent).toEqual([]);
    expect(agent.heard()).toBe('unavailable');
    const known = looks();
    expect(known).toBeGreaterThan(0);
    world.clock.advance(600_000);
    await quiet();
    expect(looks()).toBe(known);
    await world.gate.idle();
  });

  it('that is found between the claim and the send gives the connection back unused', async () => {
    const world = createWorld();
    const { approval, agent } = await world.ask();
    const dispatcher = { ...world.deps.dispatcher };
    world.deps.dispatcher.prepare = async (grant, call) => {
      damage(world, approval.id);
      return dispatcher.prepare(grant, call);
    };
    await world.vote(approval);
    expect([world.upstream.sent, world.upstream.abandoned]).toEqual([[], 1]);
    expect(agent.heard()).toBe('unavailable');
    await world.gate.idle();
  });

  it('that is found after the send leaves the agent with a broken answer, not with half a truth', async () => {
    const world = createWorld();
    const { approval, agent } = await world.ask();
    const other = world.wait(approval);
    world.upstream.send = async (sink) => {
      const sent = await answers('ok')(sink);
      damage(world, approval.id);
      return sent;
    };
    await world.vote(approval);
    await quiet();
    expect(world.upstream.sent).toEqual([approval.id]);
    const [live, waiting] = other.heard() === 'live' ? [other, agent] : [agent, other];
    expect([live.heard(), live.broken(), live.complete()]).toEqual(['live', true, false]);
    expect([waiting.heard(), waiting.body()]).toEqual(['unavailable', '']);
    await world.gate.idle();
    expect(world.failures).toEqual([]);
  });
});
