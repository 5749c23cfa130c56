// What is found again: by a repeated call, by lists, by sweepers.
import { describe, expect, it } from 'vitest';
import { DENY_MEMORY, EXPIRES, opened, REPLAY_WINDOW } from './approval-events.ts';
import { ANN, CALL, LIMITS, type StoreHarness } from './store-harness.ts';

export function findingSuite(h: StoreHarness): void {
  const { open, append, reach, currentOf } = h;

  describe('findCurrent', () => {
    it.each(['pending', 'approved', 'claimed', 'sending'] as const)('finds one that is %s', async (status) => {
      const event = await reach(status);
      await h.subject.fastForward(EXPIRES + DENY_MEMORY);
      expect(await currentOf(event)).toBe(event.id);
    });

    it.each(['expired', 'cancelled', 'void', 'not_sent'] as const)('never finds one that is %s', async (status) => {
      const event = await reach(status);
      expect(await currentOf(event)).toBeUndefined();
      await open();
    });

    it('finds a denied one within its deny memory, and not at its end', async () => {
      const event = await reach('denied');
      await h.subject.fastForward(DENY_MEMORY - 10_000);
      expect(await currentOf(event)).toBe(event.id);
      expect((await h.store.open(opened(await h.store.now()), CALL, LIMITS)).outcome).toBe('joined');
      await h.subject.fastForward(10_000);
      expect(await currentOf(event)).toBeUndefined();
      await open();
    });

    it.each(['succeeded', 'upstream_error', 'indeterminate'] as const)(
      'finds an undelivered %s one within its replay window, and not at its end',
      async (status) => {
        const event = await reach(status);
        await h.subject.fastForward(REPLAY_WINDOW - 10_000);
        expect(await currentOf(event)).toBe(event.id);
        await h.subject.fastForward(10_000);
        expect(await currentOf(event)).toBeUndefined();
      },
    );

    it('no longer finds one whose response was delivered', async () => {
      const event = await reach('succeeded');
      await append(event.id, { type: 'delivered', at: event.at, replayed: false });
      expect(await currentOf(event)).toBeUndefined();
      const again = await open();
      expect(await currentOf(event)).toBe(again.id);
    });

    it('no longer finds an indeterminate one that a human annotated', async () => {
      const event = await reach('indeterminate');
      await append(event.id, { type: 'annotated', at: event.at, by: ANN, outcome: 'done', note: 'seen upstream' });
      expect(await currentOf(event)).toBeUndefined();
    });

    it('takes memory and window from the terms of the approval itself', async () => {
      const terms = { ...opened(0).terms, denyMemory: 0, replayWindow: 0 };
      expect(await currentOf(await reach('denied', { terms }))).toBeUndefined();
      expect(await currentOf(await reach('succeeded', { terms }))).toBeUndefined();
    });

    it('never crosses agents or digests', async () => {
      const event = await reach('succeeded');
      expect(await h.store.findCurrent('other-bot', event.digest)).toBeUndefined();
      expect(await h.store.findCurrent(event.agent, 'd'.repeat(64))).toBeUndefined();
    });
  });

  describe('list and countOpen', () => {
    it('lists newest first, in pages that neither repeat nor skip', async () => {
      const ids: string[] = [];
      for (let i = 0; i < 7; i += 1) ids.unshift((await open({ digest: String(i) })).id);
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await h.store.list({ limit: 3, ...(cursor !== undefined && { cursor }) });
        expect(page.items.length).toBeLessThanOrEqual(3);
        seen.push(...page.items.map((one) => one.id));
        if (cursor === undefined) await open({ digest: 'opened while paging' });
        cursor = page.next;
      } while (cursor !== undefined);
      expect(seen).toEqual(ids);
    });

    it('gives no next page where there is none', async () => {
      for (let i = 0; i < 3; i += 1) await open({ digest: String(i) });
      expect((await h.store.list({ limit: 3 })).next).toBeUndefined();
    });

    it('gives an empty page for what never was a cursor', async () => {
      await open();
      expect(await h.store.list({ limit: 10, cursor: '!' })).toEqual({ items: [], next: undefined });
    });

    it('lists and counts as open exactly what is not terminal, alone and by agent', async () => {
      const statuses = ['pending', 'approved', 'claimed', 'sending', 'denied', 'succeeded', 'indeterminate'] as const;
      for (const status of statuses) await reach(status, { digest: status, agent: status === 'sending' ? 'b' : 'a' });
      const list = async (query: object): Promise<string[]> =>
        (await h.store.list({ limit: 200, ...query })).items.map((one) => one.status);
      expect(await list({})).toEqual(statuses.toReversed());
      expect(await list({ status: 'open' })).toEqual(['sending', 'claimed', 'approved', 'pending']);
      expect(await list({ status: 'open', agent: 'a' })).toEqual(['claimed', 'approved', 'pending']);
      expect(await list({ status: 'denied' })).toEqual(['denied']);
      expect(await list({ status: 'denied', agent: 'b' })).toEqual([]);
      expect(await list({ agent: 'b' })).toEqual(['sending']);
      expect([await h.store.countOpen(), await h.store.countOpen('a'), await h.store.countOpen('nobody')]).toEqual([
        4, 3, 0,
      ]);
    });
  });

  describe('due, interrupted and withoutReceipt', () => {
    it('due gives pending and approved ones from the moment of expiry on, at most the limit', async () => {
      const pending = await reach('pending', { digest: '1' });
      const approved = await reach('approved', { digest: '2' });
      await reach('claimed', { digest: '3' });
      await reach('denied', { digest: '4' });
      expect(await h.store.due(pending.expiresAt - 1, 10)).toEqual([]);
      const due = await h.store.due(pending.expiresAt, 10);
      expect(due.map((one) => one.id).toSorted()).toEqual([pending.id, approved.id].toSorted());
      expect(await h.store.due(pending.expiresAt, 1)).toHaveLength(1);
      await append(pending.id, { type: 'expired', at: pending.expiresAt });
      expect((await h.store.due(pending.expiresAt, 10)).map((one) => one.id)).toEqual([approved.id]);
    });

    it('interrupted gives what this replica had claimed and not finished', async () => {
      const claimed = await reach('claimed', { digest: '1' });
      const sending = await reach('sending', { digest: '2' });
      await reach('succeeded', { digest: '3' });
      await reach('approved', { digest: '4' });
      const ids = (await h.store.interrupted('r1')).map((one) => one.id);
      expect(ids.toSorted()).toEqual([claimed.id, sending.id].toSorted());
      expect(await h.store.interrupted('r2')).toEqual([]);
      await append(claimed.id, { type: 'void', at: claimed.at, why: 'replica gone' });
      expect((await h.store.interrupted('r1')).map((one) => one.id)).toEqual([sending.id]);
    });

    it('withoutReceipt gives terminal ones until their receipt is stored, at most the limit', async () => {
      const denied = await reach('denied', { digest: '1' });
      const succeeded = await reach('succeeded', { digest: '2' });
      await reach('sending', { digest: '3' });
      const ids = (await h.store.withoutReceipt(10)).map((one) => one.id);
      expect(ids.toSorted()).toEqual([denied.id, succeeded.id].toSorted());
      expect(await h.store.withoutReceipt(1)).toHaveLength(1);
      await h.store.putBlob(denied.id, 'receipt', CALL);
      await h.store.append(succeeded.id, 5, [{ type: 'delivered', at: succeeded.at, replayed: false }], {
        blobs: [{ kind: 'receipt', bytes: CALL }],
      });
      expect(await h.store.withoutReceipt(10)).toEqual([]);
      await h.store.dropBlob(denied.id, 'receipt');
      expect((await h.store.withoutReceipt(10)).map((one) => one.id)).toEqual([denied.id]);
    });
  });
}
