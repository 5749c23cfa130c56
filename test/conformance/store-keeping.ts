// What is kept, dropped and told to others.
import { describe, expect, it } from 'vitest';
import { DELIVERED_GRACE } from '../../src/core/approval/current.ts';
import { StoreUnavailable } from '../../src/ports/approval-store.ts';
import { freshId, opened, REPLAY_WINDOW } from './approval-events.ts';
import { ANN, BOB, CALL, LIMITS, type StoreHarness } from './store-harness.ts';

export function keepingSuite(h: StoreHarness): void {
  const { open, append, reach, currentOf, until } = h;

  describe('blobs', () => {
    it('are kept by kind, replaced and dropped', async () => {
      const { id } = await open();
      await h.store.putBlob(id, 'response', new Uint8Array([1]));
      await h.store.putBlob(id, 'response', new Uint8Array([2, 0, 255]));
      expect([...((await h.store.blob(id, 'response')) ?? [])]).toEqual([2, 0, 255]);
      expect(await h.store.blob(id, 'receipt')).toBeUndefined();
      await h.store.dropBlob(id, 'response');
      await h.store.dropBlob(id, 'response');
      expect(await h.store.blob(id, 'response')).toBeUndefined();
      expect(await h.store.blob(id, 'call')).toBeDefined();
    });

    it('can be empty and can be large', async () => {
      const { id } = await open();
      await h.store.putBlob(id, 'response', new Uint8Array(0));
      expect((await h.store.blob(id, 'response'))?.byteLength).toBe(0);
      await h.store.putBlob(id, 'response', new Uint8Array(1 << 20).fill(7));
      expect((await h.store.blob(id, 'response'))?.byteLength).toBe(1 << 20);
    });

    it('are refused for an approval that does not exist', async () => {
      await expect(h.store.putBlob(freshId(), 'response', CALL)).rejects.toThrow();
    });
  });

  describe('prune', () => {
    it('drops calls and responses that serve nobody, and keeps events, receipts and what may be replayed', async () => {
      if (!h.store.prune) return;
      const kept = await reach('pending', { digest: 'open' });
      const denied = await reach('denied', { digest: 'denied' });
      const waiting = await reach('succeeded', { digest: 'waiting' });
      const delivered = await reach('succeeded', { digest: 'delivered' });
      for (const one of [waiting, delivered]) await h.store.putBlob(one.id, 'response', CALL);
      await h.store.putBlob(delivered.id, 'receipt', CALL);
      await append(delivered.id, { type: 'delivered', at: delivered.at, replayed: false });

      const explained = await reach('indeterminate', { digest: 'explained' });
      await append(explained.id, { type: 'annotated', at: explained.at, by: ANN, outcome: 'done', note: 'seen' });

      expect(await h.store.prune(await h.store.now())).toBe(2);
      const left = async (id: string): Promise<boolean[]> =>
        Promise.all(
          (['call', 'response', 'receipt'] as const).map(async (k) => (await h.store.blob(id, k)) !== undefined),
        );
      expect(await left(kept.id)).toEqual([true, false, false]);
      expect(await left(denied.id)).toEqual([false, false, false]);
      expect(await left(explained.id)).toEqual([false, false, false]);
      expect(await left(waiting.id)).toEqual([true, true, false]);
      // Whoever waited with it, elsewhere, is answered with the same response.
      expect(await left(delivered.id)).toEqual([true, true, true]);
      expect((await h.store.events(delivered.id)).map((one) => one.type).at(-1)).toBe('delivered');

      await h.subject.fastForward(Math.max(REPLAY_WINDOW, DELIVERED_GRACE));
      expect(await h.store.prune(await h.store.now())).toBe(4);
      expect(await left(waiting.id)).toEqual([false, false, false]);
      expect(await left(delivered.id)).toEqual([false, false, true]);
      expect(await h.store.prune(await h.store.now())).toBe(0);
      expect(await left(kept.id)).toEqual([true, false, false]);
    });
  });

  describe('subscribe', () => {
    it('calls back with the id of what changed, not before the change can be read, and not after unsubscribing', async () => {
      const heard: { id: string | undefined; version: Promise<number | undefined> }[] = [];
      const stop = h.store.subscribe((id) =>
        heard.push({ id, version: h.store.load(id ?? event.id).then((approval) => approval?.version) }),
      );
      const event = await open();
      await until(() => heard.length > 0);
      await append(event.id, { type: 'seen', at: event.at, by: ANN });
      await until(() => heard.length > 1);
      expect(new Set(heard.map((one) => one.id ?? event.id))).toEqual(new Set([event.id]));
      expect(await heard.at(-1)?.version).toBe(2);
      stop();
      const count = heard.length;
      await append(event.id, { type: 'seen', at: event.at, by: BOB });
      await h.subject.fastForward(200);
      expect(heard).toHaveLength(count);
    });

    it('tells every listener', async () => {
      const heard = new Set<string>();
      const stops = ['one', 'two'].map((listener) => h.store.subscribe(() => heard.add(listener)));
      await open();
      await until(() => heard.size === 2);
      for (const stop of stops) stop();
    });

    it('hears of changes that another replica made', async () => {
      if (!h.subject.another) return;
      const other = await h.subject.another();
      const event = await open();
      const heard: (string | undefined)[] = [];
      const stop = h.store.subscribe((id) => heard.push(id));
      await other.append(event.id, 1, [{ type: 'seen', at: event.at, by: ANN }]);
      await until(() => heard.includes(event.id) || heard.includes(undefined));
      stop();
      await other.close();
    });
  });

  describe('durability and the end', () => {
    it('has everything again after it was closed and opened', async () => {
      if (!h.subject.reopen) return;
      const event = await reach('indeterminate');
      const events = await h.store.events(event.id);
      await h.store.putBlob(event.id, 'response', CALL);
      h.store = await h.subject.reopen();
      expect(await h.store.events(event.id)).toEqual(events);
      expect(await h.store.load(event.id)).toMatchObject({ status: 'indeterminate', version: 5 });
      expect(await h.store.blob(event.id, 'response')).toBeDefined();
      expect(await currentOf(event)).toBe(event.id);
    });

    it('is healthy while open', async () => {
      await expect(h.store.health()).resolves.toBeUndefined();
    });

    it('rejects with StoreUnavailable once closed, and may be closed twice', async () => {
      const event = await open();
      await h.store.close();
      await h.store.close();
      const attempts = [
        h.store.now(),
        h.store.load(event.id),
        h.store.append(event.id, 1, []),
        h.store.open(opened(0), CALL, LIMITS),
        h.store.findCurrent(event.agent, event.digest),
        h.store.list({ limit: 1 }),
        h.store.due(0, 1),
        h.store.orphaned(1),
        h.store.lease('sweep', 'r1', 1000),
        h.store.health(),
      ];
      for (const attempt of attempts) await expect(attempt).rejects.toBeInstanceOf(StoreUnavailable);
    });
  });
}
