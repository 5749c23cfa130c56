// Opening and joining: the first half of the waiting contract.
import { describe, expect, it } from 'vitest';
import type { OpenOutcome } from '../../src/ports/approval-store.ts';
import { opened, vote } from './approval-events.ts';
import { ANN, CALL, LIMITS, type StoreHarness } from './store-harness.ts';

export function openingSuite(h: StoreHarness): void {
  const { open, reach } = h;

  describe('now', () => {
    it('is the time that fastForward moves', async () => {
      const before = await h.store.now();
      await h.subject.fastForward(5000);
      expect((await h.store.now()) - before).toBeGreaterThanOrEqual(5000);
    });
  });

  describe('open', () => {
    it('stores the event and the sealed call in one step', async () => {
      const event = await open();
      expect(await h.store.events(event.id)).toEqual([event]);
      expect(await h.store.load(event.id)).toMatchObject({
        id: event.id,
        version: 1,
        status: 'pending',
        opened: event,
      });
      expect(Buffer.from((await h.store.blob(event.id, 'call')) ?? [])).toEqual(Buffer.from(CALL));
    });

    it('joins the open approval of the same agent and digest and writes nothing', async () => {
      const first = await open();
      const second = opened(await h.store.now());
      const outcome = await h.store.open(second, CALL, LIMITS);
      expect(outcome).toMatchObject({ outcome: 'joined', approval: { id: first.id } });
      expect(await h.store.load(second.id)).toBeUndefined();
      expect(await h.store.blob(second.id, 'call')).toBeUndefined();
      expect(await h.store.countOpen()).toBe(1);
    });

    it('opens another approval for another agent or another digest', async () => {
      await open();
      await open({ agent: 'other-bot' });
      await open({ digest: 'd'.repeat(64) });
      expect(await h.store.countOpen()).toBe(3);
    });

    it('opens exactly one of fifty simultaneous opens of the same call', async () => {
      const at = await h.store.now();
      const others = h.subject.another ? [await h.subject.another(), await h.subject.another()] : [];
      const stores = [h.store, ...others];
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, i) => (stores[i % stores.length] ?? h.store).open(opened(at), CALL, LIMITS)),
      );
      expect(outcomes.filter((one) => one.outcome === 'opened')).toHaveLength(1);
      expect(outcomes.filter((one) => one.outcome === 'joined')).toHaveLength(49);
      expect(new Set(outcomes.map((one) => ('approval' in one ? one.approval.id : ''))).size).toBe(1);
      await Promise.all(others.map((other) => other.close()));
    });

    it('refuses beyond the limit of the agent, and says how many are open', async () => {
      await open({ digest: '1' });
      await open({ digest: '2' });
      const third = await h.store.open(opened(await h.store.now(), { digest: '3' }), CALL, { perAgent: 2, total: 9 });
      expect(third).toEqual({ outcome: 'too-many', limit: 'agent', open: 2 });
      expect(await h.store.countOpen()).toBe(2);
      const other = opened(await h.store.now(), { digest: '3', agent: 'other-bot' });
      expect((await h.store.open(other, CALL, { perAgent: 2, total: 9 })).outcome).toBe('opened');
    });

    it('refuses beyond the limit of all agents together', async () => {
      await open({ digest: '1' });
      await open({ digest: '2', agent: 'other-bot' });
      const third = await h.store.open(opened(await h.store.now(), { digest: '3' }), CALL, { perAgent: 9, total: 2 });
      expect(third).toEqual({ outcome: 'too-many', limit: 'total', open: 2 });
    });

    it('joins although the limits are reached', async () => {
      await open();
      const outcome = await h.store.open(opened(await h.store.now()), CALL, { perAgent: 1, total: 1 });
      expect(outcome.outcome).toBe('joined');
    });

    it('keeps the limit under fifty simultaneous opens of different calls', async () => {
      const at = await h.store.now();
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          h.store.open(opened(at, { digest: String(i) }), CALL, { perAgent: 7, total: 100 }),
        ),
      );
      expect(outcomes.filter((one) => one.outcome === 'opened')).toHaveLength(7);
      expect(await h.store.countOpen('deploy-bot')).toBe(7);
    });

    it('refuses beyond the rate of held calls, whatever became of them, and says when there is room', async () => {
      const held = { most: 2, per: 60_000 };
      const next = async (digest: string, agent = 'deploy-bot'): Promise<OpenOutcome> =>
        h.store.open(opened(await h.store.now(), { digest, agent }), CALL, { ...LIMITS, held });
      expect((await next('1')).outcome).toBe('opened');
      await h.subject.fastForward(20_000);
      expect((await next('2')).outcome).toBe('opened');
      for (const digest of ['1', '2']) {
        const { id, opened: event } = (await h.store.findCurrent('deploy-bot', digest)) ?? {};
        if (!id || !event) throw new Error('it was just opened');
        await h.append(id, vote(event, await h.store.now(), ANN, 'approve'), {
          type: 'cancelled',
          at: await h.store.now(),
          why: 'done with',
        });
      }
      expect(await h.store.countOpen()).toBe(0);
      const third = await next('3');
      expect(third).toMatchObject({ outcome: 'too-many', limit: 'rate' });
      const after = third.outcome === 'too-many' && third.limit === 'rate' ? third.after : 0;
      expect(after).toBeGreaterThan(30_000);
      expect(after).toBeLessThanOrEqual(40_000);
      expect(await h.store.countOpen()).toBe(0);
      expect((await next('3', 'other-bot')).outcome).toBe('opened');
      await h.subject.fastForward(after + 1);
      expect((await next('3')).outcome).toBe('opened');
      expect(await next('4')).toMatchObject({ outcome: 'too-many', limit: 'rate' });
    });

    it('joins although the rate is reached', async () => {
      const limits = { ...LIMITS, held: { most: 1, per: 60_000 } };
      const event = opened(await h.store.now());
      expect((await h.store.open(event, CALL, limits)).outcome).toBe('opened');
      const again = await h.store.open(opened(await h.store.now()), CALL, limits);
      expect(again).toMatchObject({ outcome: 'joined', approval: { id: event.id } });
    });

    it('keeps the rate under fifty simultaneous opens of different calls, over replicas', async () => {
      const at = await h.store.now();
      const other = h.subject.another ? await h.subject.another() : undefined;
      const stores = [h.store, other ?? h.store];
      const limits = { ...LIMITS, held: { most: 7, per: 60_000 } };
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          (stores[i % 2] ?? h.store).open(opened(at, { digest: String(i) }), CALL, limits),
        ),
      );
      expect(outcomes.filter((one) => one.outcome === 'opened')).toHaveLength(7);
      await other?.close();
    });

    it('counts only what is not terminal', async () => {
      await reach('denied');
      await reach('expired', { digest: '2' });
      const third = await h.store.open(opened(await h.store.now(), { digest: '3' }), CALL, { perAgent: 1, total: 1 });
      expect(third.outcome).toBe('opened');
    });
  });
}
