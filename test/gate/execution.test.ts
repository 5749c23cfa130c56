import { StoreUnavailable } from '../../src/ports/approval-store.ts';
import { describe, expect, it } from 'vitest';
import { createManualClock } from '../ports/manual-clock.ts';
import { createMemoryDisk } from '../stores/memory-store.ts';
import { answers, createWorld, holds, quiet, type Send } from './gate-world.ts';

describe('one approved call', () => {
  it('is sent by one of two gates that share a store', async () => {
    const disk = createMemoryDisk();
    const clock = createManualClock();
    const one = createWorld({ disk, clock, replica: 'one' });
    const two = createWorld({ disk, clock, replica: 'two', upstream: one.upstream });
    const atOne = await one.ask();
    const atTwo = await two.ask();
    expect(atTwo.approval.id).toBe(atOne.approval.id);
    await one.vote(atOne.approval);
    await quiet();
    expect(one.upstream.sent).toEqual([atOne.approval.id]);
    expect([atOne.agent.body(), atTwo.agent.body()]).toEqual(['ok', 'ok']);
  });

  it('leaves a receipt and an intent in the log before the send', async () => {
    const world = createWorld();
    const { approval } = await world.ask();
    let before: string[] = [];
    world.upstream.send = (sink) => {
      before = world.entries.map(({ type }) => type);
      return answers()(sink);
    };
    await world.vote(approval);
    expect(before).toEqual(['approval:opened', 'approval:voted', 'approval:intent']);
    const after = world.entries.map(({ type }) => type).slice(before.length);
    expect(after.toSorted()).toEqual(['approval:delivered', 'approval:result', 'receipt:issued']);
    expect(await world.gate.receipt(approval.id)).toBeDefined();
  });

  it.each<[string, Send, number | undefined, boolean]>([
    [
      'a reset before the head',
      async () => ({ outcome: 'indeterminate', detail: 'reset: the connection was reset' }),
      undefined,
      false,
    ],
    [
      'a reset after the head',
      async (sink) => {
        sink.head(200, []);
        return { outcome: 'indeterminate', detail: 'reset: the connection was reset', status: 200 };
      },
      200,
      true,
    ],
    [
      'a body that is cut',
      async (sink) => {
        sink.head(200, ['Content-Length', '10']);
        await sink.data(Buffer.from('half'));
        return { outcome: 'indeterminate', detail: 'truncated: 4 of 10 bytes', status: 200 };
      },
      200,
      true,
    ],
    [
      'a dispatcher that throws in the middle',
      async () => {
        throw new Error('a bug');
      },
      undefined,
      false,
    ],
  ])('is indeterminate after %s, and never runs again', async (_what, send, status, live) => {
    const world = createWorld();
    world.upstream.send = send;
    const { approval, agent } = await world.ask();
    await world.vote(approval);
    const after = await world.load(approval.id);
    expect(after).toMatchObject({ status: 'indeterminate', result: { outcome: 'indeterminate' } });
    expect(after.result?.httpStatus).toBe(status);
    expect(agent.broken()).toBe(live);
    expect(agent.complete()).toBe(!live);
    const back = await world.ask();
    expect(back.approval.id).toBe(approval.id);
    expect(back.agent.answer()).toMatchObject({ kind: 'ended', approval: { status: 'indeterminate' } });
    expect(await world.vote(approval)).toMatchObject({ outcome: 'refused' });
    expect(world.upstream.sent).toHaveLength(1);
    expect(await world.gate.receipt(approval.id)).toBeDefined();
  });

  it('can be annotated once it is indeterminate, and then asked for anew', async () => {
    const world = createWorld();
    world.upstream.send = async () => ({ outcome: 'indeterminate', detail: 'reset' });
    const { approval } = await world.ask();
    const note = { approvalId: approval.id, person: { email: 'Ann@Example.com', groups: [] }, note: 'looked' } as const;
    expect(await world.gate.annotate({ ...note, outcome: 'done' })).toMatchObject({ outcome: 'refused' });
    await world.vote(approval);
    expect(await world.gate.annotate({ ...note, outcome: 'not_done' })).toMatchObject({ outcome: 'recorded' });
    expect((await world.load(approval.id)).annotation).toEqual({
      by: 'ann@example.com',
      outcome: 'not_done',
      note: 'looked',
    });
    expect((await world.load(approval.id)).status).toBe('indeterminate');
    const again = await world.ask();
    expect(again.approval.id).not.toBe(approval.id);
    expect(await world.gate.annotate({ ...note, approvalId: 'apr_none', outcome: 'done' })).toEqual({
      outcome: 'not-found',
    });
  });

  it.each(['the connection was refused', 'the name does not resolve', 'the certificate is not for this name'])(
    'is certainly not sent if %s, says so, and may be asked for anew',
    async (detail) => {
      const world = createWorld();
      world.upstream.prepare = async () => ({ outcome: 'not-sent', detail });
      const { approval, agent } = await world.ask();
      await world.vote(approval);
      expect(agent.answer()).toMatchObject({ kind: 'ended', approval: { status: 'not_sent', why: detail } });
      expect(world.log(approval.id)).not.toContain('intent');
      expect(await world.gate.receipt(approval.id)).toBeDefined();
      expect((await world.ask()).approval.id).not.toBe(approval.id);
      expect(world.upstream.sent).toEqual([]);
    },
  );

  it('is certainly not sent if the preparation throws', async () => {
    const world = createWorld();
    world.upstream.prepare = () => Promise.reject(new Error('a bug'));
    const { approval, agent } = await world.ask();
    await world.vote(approval);
    expect(agent.answer()).toMatchObject({ kind: 'ended', approval: { status: 'not_sent', why: 'a bug' } });
  });

  it('tells an upstream error from a success, and both are complete', async () => {
    const world = createWorld();
    world.upstream.send = answers('no', 503);
    const { approval, agent } = await world.ask();
    await world.vote(approval);
    expect(agent.body()).toBe('no');
    expect((await world.load(approval.id)).status).toBe('upstream_error');
  });
});

describe('a start after a crash', () => {
  const interrupted = async (until: 'claimed' | 'intent') => {
    const world = createWorld();
    const never = new Promise<never>(() => undefined);
    if (until === 'claimed') world.upstream.prepare = () => never;
    else world.upstream.send = () => never;
    const { approval } = await world.ask();
    await world.vote(approval);
    expect(world.log(approval.id).at(-1)).toBe(until);
    const next = createWorld({ disk: world.disk, clock: world.clock, replica: 'one' });
    return { next, approval };
  };

  it('voids a claim without intent: nothing was sent, and the call may be asked for anew', async () => {
    const { next, approval } = await interrupted('claimed');
    expect(await next.gate.start()).toEqual([]);
    expect((await next.load(approval.id)).status).toBe('void');
    expect((await next.ask()).approval.id).not.toBe(approval.id);
    await next.gate.stop();
  });

  it('calls a claim with intent indeterminate and names it', async () => {
    const { next, approval } = await interrupted('intent');
    expect(await next.gate.start()).toEqual([approval.id]);
    const back = await next.ask();
    expect(back.agent.answer()).toMatchObject({ kind: 'ended', approval: { status: 'indeterminate' } });
    expect(next.upstream.sent).toEqual([]);
    await next.gate.stop();
  });

  it("leaves another replica's claims alone", async () => {
    const { next, approval } = await interrupted('intent');
    const other = createWorld({ disk: next.disk, clock: next.clock, replica: 'two' });
    expect(await other.gate.start()).toEqual([]);
    expect((await other.load(approval.id)).status).toBe('sending');
    await other.gate.stop();
  });

  it('runs what was approved under `execute` while it was down, however much waits besides', async () => {
    const world = createWorld({ limits: { open: 1000, openPerAgent: 1000 } });
    const { approval, agent } = await world.ask({ decision: holds({ onAbsent: 'execute' }), body: 'first' });
    agent.hangUp();
    for (let n = 0; n < 210; n++) {
      const opened = await world.open(holds(), `${n}`);
      if (opened.outcome !== 'open') throw new Error(opened.outcome);
      await world.gate.vote({
        approvalId: opened.approval.id,
        person: { email: 'ann@example.com', groups: ['security'] },
        vote: 'approve',
        reason: undefined,
        digest: opened.approval.opened.digest,
        channel: 'api',
      });
    }
    await world.gate.stop();
    await world.vote(approval);
    expect(world.upstream.sent).toEqual([]);
    const next = createWorld({ disk: world.disk, clock: world.clock });
    await next.gate.start();
    await next.gate.idle();
    await quiet();
    expect(next.upstream.sent).toEqual([approval.id]);
    await next.gate.stop();
  });

  it('writes the receipts that the crash left unwritten', async () => {
    const world = createWorld();
    const { approval } = await world.ask();
    await world.vote(approval, 'deny');
    world.disk.blobs.delete(`${approval.id} receipt`);
    const next = createWorld({ disk: world.disk, clock: world.clock });
    await next.gate.start();
    next.clock.advance(500);
    await quiet();
    expect(await next.gate.receipt(approval.id)).toBeDefined();
    await next.gate.stop();
  });
});

describe('a stored receipt', () => {
  it('is not given out for another approval', async () => {
    const world = createWorld();
    const [one, two] = [await world.ask({ body: 'one' }), await world.ask({ body: 'two' })];
    await world.vote(one.approval, 'deny');
    await world.vote(two.approval, 'deny');
    expect(await world.gate.receipt(one.approval.id)).toBeDefined();
    const other = world.disk.blobs.get(`${two.approval.id} receipt`);
    if (!other) throw new Error('no receipt');
    world.disk.blobs.set(`${one.approval.id} receipt`, other);
    expect(await world.gate.receipt(one.approval.id)).toBeUndefined();
    expect(world.failures.join()).toContain(`the stored receipt of ${one.approval.id} is not its own`);
  });
});

describe('an approved call whose execution cannot start', () => {
  it('is looked at less and less often, and runs when it can', async () => {
    const world = createWorld();
    const { approval } = await world.ask();
    let away = true;
    let looks = 0;
    const blob = world.deps.store.blob.bind(world.deps.store);
    world.deps.store.blob = (id, kind) => {
      if (kind !== 'call' || !away) return blob(id, kind);
      looks++;
      return Promise.reject(new StoreUnavailable('away'));
    };
    await world.vote(approval);
    for (let second = 0; second < 300; second++) {
      world.clock.advance(1000);
      await quiet();
    }
    expect(looks).toBeGreaterThan(5);
    expect(looks).toBeLessThan(25);
    away = false;
    world.clock.advance(30_000);
    await quiet();
    expect(world.upstream.sent).toEqual([approval.id]);
  });
});

describe('a store that knows less than the log', () => {
  it.each([
    ['sent', { sent: true, denied: false }],
    ['denied', { sent: false, denied: true }],
  ])('does not run again what the log says was %s', async (what, known) => {
    const world = createWorld();
    const { approval, agent } = await world.ask();
    agent.hangUp();
    await world.vote(approval);
    await world.gate.stop();
    expect(world.upstream.sent).toEqual([]);
    const next = createWorld({ disk: world.disk, clock: world.clock, logged: new Map([[approval.id, known]]) });
    await next.gate.start();
    expect(await next.load(approval.id)).toMatchObject({ status: 'cancelled' });
    expect(next.failures.join()).toContain(`the audit log shows that it was ${what}`);
    expect((await next.ask()).approval.id).not.toBe(approval.id);
    expect(next.upstream.sent).toEqual([]);
    await next.gate.stop();
  });
});
