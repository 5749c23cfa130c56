import { describe, expect, it } from 'vitest';
import type { Approval } from '../../src/core/approval/state.ts';
import { StoreUnavailable } from '../../src/ports/approval-store.ts';
import { AGENT, answers, createWorld, holds, quiet } from './gate-world.ts';

describe('a connection that waits', () => {
  it('hears "not yet" exactly when its wait is over, and the same call again joins', async () => {
    const world = createWorld();
    const first = await world.ask({ wait: 1000 });
    world.clock.advance(999);
    await quiet();
    expect(first.agent.heard()).toBeUndefined();
    world.clock.advance(1);
    await quiet();
    expect(first.agent.heard()).toBe('pending');
    const again = await world.ask();
    expect(again.approval.id).toBe(first.approval.id);
    expect(world.disk.logs.size).toBe(1);
  });

  it('hears of a vote that came between the opening and the wait', async () => {
    const world = createWorld();
    const opened = await world.open();
    if (opened.outcome !== 'open') throw new Error(opened.outcome);
    await world.vote(opened.approval);
    const agent = world.wait(opened.approval);
    await quiet();
    expect(agent.heard()).toBe('live');
    expect(world.upstream.sent).toEqual([opened.approval.id]);
  });

  it('hears of a vote whose wake-up came while the store was away, once that is back', async () => {
    const world = createWorld();
    const { approval, agent } = await world.ask();
    const { store } = world.deps;
    const working = { ...store };
    const away = (): Promise<never> => Promise.reject(new StoreUnavailable('away'));
    // The vote goes in elsewhere: all that comes through here is that something changed.
    let loads = 0;
    store.load = (id) => (loads++ === 0 ? working.load(id) : away());
    store.countOpen = away;
    await world.vote(approval);
    expect(world.failures).toEqual(['wait: StoreUnavailable: away']);
    world.clock.advance(5000);
    await quiet();
    expect(agent.heard()).toBeUndefined();
    Object.assign(store, working);
    world.clock.advance(500);
    await quiet();
    expect(agent.heard()).toBe('live');
    expect(world.upstream.sent).toEqual([approval.id]);
  });

  it('gets the response together with 49 others for one send', async () => {
    const world = createWorld();
    const { approval, agent } = await world.ask();
    const others = Array.from({ length: 49 }, () => world.wait(approval));
    await world.vote(approval);
    expect(world.upstream.sent).toEqual([approval.id]);
    expect([agent, ...others].map((one) => one.body())).toEqual(Array.from({ length: 50 }, () => 'ok'));
    expect(others.at(-1)?.heard()).toBe('live');
    expect(agent.answer()).toMatchObject({ kind: 'replay' });
    expect(world.gate.held()).toBe(0);
  });

  it('does not see the last byte before the result is on record', async () => {
    const world = createWorld();
    let during: string | undefined;
    world.upstream.send = async (sink) => {
      sink.head(200, ['Content-Length', '2']);
      await sink.data(Buffer.from('o'));
      await sink.data(Buffer.from('k'));
      during = agent.body();
      return { outcome: 'complete', status: 200 };
    };
    const { approval, agent } = await world.ask();
    await world.vote(approval);
    expect(during).toBe('o');
    expect(agent.body()).toBe('ok');
    expect(world.log(approval.id)).toEqual(['opened', 'voted', 'claimed', 'intent', 'result', 'delivered']);
  });

  it('that dies under the live stream finds the stored response, once, when it comes back', async () => {
    const world = createWorld();
    const { approval, agent } = await world.ask();
    world.upstream.send = async (sink) => {
      sink.head(200, ['Content-Length', '2']);
      agent.hangUp();
      await sink.data(Buffer.from('ok'));
      return { outcome: 'complete', status: 200 };
    };
    await world.vote(approval);
    expect(agent.complete()).toBe(false);
    expect((await world.load(approval.id)).deliveredAt).toBeUndefined();
    const back = await world.ask();
    expect(back.approval.id).toBe(approval.id);
    expect(back.agent.answer()).toMatchObject({ kind: 'replay' });
    expect(back.agent.body()).toBe('ok');
    const later = await world.ask();
    expect(later.approval.id).not.toBe(approval.id);
    expect(world.upstream.sent).toHaveLength(1);
    world.clock.advance(15_000);
    await world.deps.store.prune?.(await world.deps.store.now());
    expect(await world.deps.store.blob(approval.id, 'response')).toBeUndefined();
  });

  it('finds the stored response up to the end of the replay window and not at it', async () => {
    for (const [late, same] of [
      [-1, true],
      [0, false],
    ] as const) {
      const world = createWorld();
      const decision = holds({ onAbsent: 'execute' });
      const { approval, agent } = await world.ask({ decision });
      agent.hangUp();
      await world.vote(approval);
      expect(world.upstream.sent).toHaveLength(1);
      world.clock.advance(600_000 + late);
      const back = await world.ask({ decision });
      expect(back.approval.id === approval.id).toBe(same);
      expect(back.agent.heard()).toBe(same ? 'replay' : undefined);
    }
  });

  it('is told "already executed" where the response was too large to be kept', async () => {
    const world = createWorld();
    world.upstream.send = answers('x'.repeat(65));
    const decision = holds({ onAbsent: 'execute' });
    const { approval, agent } = await world.ask({ decision });
    agent.hangUp();
    await world.vote(approval);
    const back = await world.ask({ decision });
    expect(back.approval.id).toBe(approval.id);
    expect(back.agent.heard()).toBe('gone');
    expect(world.upstream.sent).toHaveLength(1);
  });

  it('is told "already executed" where the stored response was changed at rest, and nothing breaks', async () => {
    const world = createWorld();
    const decision = holds({ onAbsent: 'execute' });
    const { approval, agent } = await world.ask({ decision });
    agent.hangUp();
    await world.vote(approval);
    const sealed = world.disk.blobs.get(`${approval.id} response`);
    sealed?.fill(0, 70);
    expect((await world.ask({ decision })).agent.heard()).toBe('gone');
    expect(world.upstream.sent).toHaveLength(1);
  });

  it('is not kept by an answer to another that throws', async () => {
    const world = createWorld();
    const { approval, agent } = await world.ask();
    let failed = false;
    const bugs: unknown[] = [];
    world.deps.bus.on('proxy:failed', (event) => bugs.push(event));
    world.gate.wait(
      approval,
      {
        sink: { head: () => undefined, data: () => undefined, end: async () => true, fail: () => void (failed = true) },
        answer: () => {
          throw new Error('invalid header');
        },
      },
      55_000,
    );
    world.gate.release();
    await quiet();
    expect(bugs).toEqual([{ decisionId: approval.opened.decisionId, error: new Error('invalid header') }]);
    expect(failed).toBe(true);
    expect(agent.heard()).toBe('shutting-down');
  });

  it('whose sink breaks loses only its own stream; the outcome is recorded and the next one gets it', async () => {
    const world = createWorld();
    const { approval } = await world.ask();
    let failed = false;
    const bugs: unknown[] = [];
    world.deps.bus.on('proxy:failed', ({ error }) => bugs.push(error));
    world.gate.wait(
      approval,
      {
        sink: {
          head: () => {
            throw new Error('invalid status');
          },
          data: () => undefined,
          end: async () => true,
          fail: () => void (failed = true),
        },
        answer: async () => true,
      },
      55_000,
    );
    await world.vote(approval);
    expect(failed).toBe(true);
    expect(bugs).toEqual([new Error('invalid status')]);
    expect((await world.load(approval.id)).status).toBe('succeeded');
  });

  it('is handed back at shutdown, and its approval is still open for the next process', async () => {
    const world = createWorld();
    const { approval, agent } = await world.ask();
    world.gate.release();
    await quiet();
    expect(agent.heard()).toBe('shutting-down');
    await world.gate.stop();
    const next = createWorld({ disk: world.disk, clock: world.clock, upstream: world.upstream });
    await next.gate.start();
    const back = await next.ask();
    expect(back.approval.id).toBe(approval.id);
    await next.vote(approval);
    expect(back.agent.heard()).toBe('live');
  });

  it('is not answered with "not yet" while its call runs, and then gets the response', async () => {
    const world = createWorld();
    const running = Promise.withResolvers<void>();
    world.upstream.send = async (sink) => {
      await running.promise;
      return answers()(sink);
    };
    const { approval, agent } = await world.ask({ wait: 1000 });
    await world.vote(approval);
    for (let second = 0; second < 20; second++) {
      world.clock.advance(1000);
      await quiet();
    }
    expect(agent.heard()).toBeUndefined();
    running.resolve();
    await quiet();
    expect(agent.heard()).toBe('live');
  });

  it('is told to come back when the preparation of its call never ends', async () => {
    const world = createWorld();
    world.upstream.prepare = () => new Promise(() => undefined);
    const { approval, agent } = await world.ask({ wait: 1000 });
    await world.vote(approval);
    for (let second = 0; second < 70; second++) {
      world.clock.advance(1000);
      await quiet();
    }
    expect(agent.heard()).toBe('pending');
    expect(world.upstream.sent).toEqual([]);
  });
});

describe('an approval whose agent is absent', () => {
  const absent = async (onAbsent: 'wait' | 'execute' | 'cancel') => {
    const world = createWorld();
    const decision = holds({ onAbsent });
    const { approval, agent } = await world.ask({ decision });
    agent.hangUp();
    await quiet();
    return { world, approval, decision };
  };

  it('waits for it by default', async () => {
    const { world, approval } = await absent('wait');
    await world.vote(approval);
    expect(world.upstream.sent).toEqual([]);
    const back = await world.ask();
    expect(back.agent.heard()).toBe('live');
    expect(world.upstream.sent).toEqual([approval.id]);
  });

  it('runs at once under `execute`, and the agent finds the response', async () => {
    const { world, approval, decision } = await absent('execute');
    await world.vote(approval);
    expect(world.upstream.sent).toEqual([approval.id]);
    expect((await world.ask({ decision })).agent.answer()).toMatchObject({ kind: 'replay' });
  });

  it('is cancelled under `cancel`, and no vote counts any more', async () => {
    const { world, approval } = await absent('cancel');
    expect((await world.load(approval.id)).status).toBe('cancelled');
    expect(await world.vote(approval)).toMatchObject({ outcome: 'refused', refusal: 'already-decided' });
    expect(world.upstream.sent).toEqual([]);
  });

  it('is cancelled under `cancel` also if it hung up while the approval was opened', async () => {
    const world = createWorld();
    const opened = await world.open(holds({ onAbsent: 'cancel' }));
    if (opened.outcome !== 'open') throw new Error(opened.outcome);
    world.wait(opened.approval, 0).hangUp();
    await quiet();
    expect((await world.load(opened.approval.id)).status).toBe('cancelled');
  });

  it('under `cancel` is reported where the store is away and it cannot be cancelled', async () => {
    const world = createWorld();
    const { agent } = await world.ask({ decision: holds({ onAbsent: 'cancel' }) });
    world.deps.store.load = () => Promise.reject(new StoreUnavailable('away'));
    agent.hangUp();
    await quiet();
    expect(world.failures).toEqual(['cancel: StoreUnavailable: away']);
  });

  it('is not cancelled while another connection of the agent waits', async () => {
    const world = createWorld();
    const decision = holds({ onAbsent: 'cancel' });
    const first = await world.ask({ decision });
    const second = await world.ask({ decision });
    first.agent.hangUp();
    await quiet();
    expect((await world.load(first.approval.id)).status).toBe('pending');
    second.agent.hangUp();
    await quiet();
    expect((await world.load(first.approval.id)).status).toBe('cancelled');
  });

  it('does not run for an agent that hung up while the vote was looked at', async () => {
    const world = createWorld();
    const { approval, agent } = await world.ask();
    const vote = world.gate.vote({
      approvalId: approval.id,
      person: { email: 'ann@example.com', groups: ['security'] },
      vote: 'approve',
      reason: undefined,
      digest: approval.opened.digest,
      channel: 'api',
    });
    agent.hangUp();
    await vote;
    await quiet();
    expect(world.upstream.sent).toEqual([]);
    expect((await world.load(approval.id)).status).toBe('approved');
  });
});

describe('asking again', () => {
  it('after a denial hears the old reason until the deny memory ends, then opens a new approval', async () => {
    const world = createWorld();
    const { approval, agent } = await world.ask();
    await world.vote(approval, 'deny');
    const denied = (heard: typeof agent): Approval | undefined => {
      const answer = heard.answer();
      return answer?.kind === 'ended' ? answer.approval : undefined;
    };
    expect(denied(agent)).toMatchObject({ status: 'denied', why: 'because' });
    world.clock.advance(899_999);
    expect(denied((await world.ask()).agent)).toMatchObject({ id: approval.id, why: 'because' });
    world.clock.advance(1);
    expect((await world.ask()).approval.id).not.toBe(approval.id);
  });

  it('is refused beyond the cap of the agent, and joining is not', async () => {
    const world = createWorld({ limits: { openPerAgent: 2 } });
    await world.ask({ body: '1' });
    await world.ask({ body: '2' });
    expect(await world.open(holds(), '3')).toEqual({ outcome: 'too-many', limit: 'agent', open: 2 });
    expect(await world.open(holds(), '2')).toMatchObject({ outcome: 'open', joined: true });
  });

  it('is refused beyond the cap of the gate', async () => {
    const world = createWorld({ limits: { open: 1 } });
    await world.ask({ body: '1' });
    expect(await world.open(holds(), '2')).toEqual({ outcome: 'too-many', limit: 'total', open: 1 });
  });
});

describe('the same call on behalf of other humans', () => {
  it('does not join: they could vote on, or receive, what is not theirs', async () => {
    const world = createWorld();
    const { approval } = await world.ask();
    const forBob = await world.open(holds(), undefined, { ...AGENT, actsFor: ['bob@example.com'] });
    expect(forBob).toMatchObject({ outcome: 'of-others', approval: { id: approval.id } });
    await world.vote(approval, 'deny');
    expect((await world.open(holds(), undefined, { ...AGENT, actsFor: ['bob@example.com'] })).outcome).toBe(
      'of-others',
    );
    expect(await world.open()).toMatchObject({ outcome: 'open', joined: true });
  });
});
