// Leases, and the claims of replicas that no longer hold theirs.
import { describe, expect, it } from 'vitest';
import type { ApprovalStore } from '../../src/ports/approval-store.ts';
import { claim, intent, vote } from './approval-events.ts';
import { ANN, type StoreHarness } from './store-harness.ts';

const TTL = 6_000;

export function leasingSuite(h: StoreHarness): void {
  const { open, append, reach } = h;

  /** The store itself and, where there can be one, a second handle on the same data: what one takes the other must see. */
  async function twoHandles(): Promise<{ readonly other: ApprovalStore; readonly close: () => Promise<void> }> {
    if (!h.subject.another) return { other: h.store, close: async () => undefined };
    const other = await h.subject.another();
    return { other, close: () => other.close() };
  }

  describe('lease', () => {
    it('goes to the first who asks and is refused to everybody else while it lasts', async () => {
      const { other, close } = await twoHandles();
      expect(await h.store.lease('sweep', 'r1', TTL)).toBe(true);
      expect(await other.lease('sweep', 'r2', TTL)).toBe(false);
      await h.subject.fastForward(TTL - 1_000);
      expect(await other.lease('sweep', 'r2', TTL)).toBe(false);
      expect(await h.store.lease('another name', 'r2', TTL)).toBe(true);
      await close();
    });

    it('is free at the end of its time, by the clock of the store', async () => {
      const { other, close } = await twoHandles();
      await h.store.lease('sweep', 'r1', TTL);
      await h.subject.fastForward(TTL);
      expect(await other.lease('sweep', 'r2', TTL)).toBe(true);
      expect(await h.store.lease('sweep', 'r1', TTL)).toBe(false);
      await close();
    });

    it('is kept by a holder who renews it, each time for the whole time from then on', async () => {
      const { other, close } = await twoHandles();
      await h.store.lease('sweep', 'r1', TTL);
      for (let i = 0; i < 4; i += 1) {
        await h.subject.fastForward(TTL - 1_000);
        expect(await h.store.lease('sweep', 'r1', TTL)).toBe(true);
      }
      await h.subject.fastForward(TTL - 1_000);
      expect(await other.lease('sweep', 'r2', TTL)).toBe(false);
      await h.subject.fastForward(1_000);
      expect(await other.lease('sweep', 'r2', TTL)).toBe(true);
      await close();
    });

    it('belongs to the name of its holder, not to a connection', async () => {
      const { other, close } = await twoHandles();
      await h.store.lease('sweep', 'r1', TTL);
      expect(await other.lease('sweep', 'r1', TTL)).toBe(true);
      await close();
      expect(await h.store.lease('sweep', 'r2', TTL)).toBe(false);
      expect(await h.store.lease('sweep', 'r1', TTL)).toBe(true);
    });

    it('can be shortened by its holder', async () => {
      await h.store.lease('sweep', 'r1', TTL);
      await h.store.lease('sweep', 'r1', 1_000);
      await h.subject.fastForward(1_000);
      expect(await h.store.lease('sweep', 'r2', TTL)).toBe(true);
    });

    it('is free at once when its holder gives it back, and nobody else can give it back', async () => {
      await h.store.lease('sweep', 'r1', TTL);
      expect(await h.store.lease('sweep', 'r2', 0)).toBe(false);
      expect(await h.store.lease('sweep', 'r2', TTL)).toBe(false);
      expect(await h.store.lease('sweep', 'r1', 0)).toBe(true);
      expect(await h.store.lease('sweep', 'r1', 0)).toBe(true);
      expect(await h.store.lease('sweep', 'r2', TTL)).toBe(true);
    });

    it('goes to one of many who ask at once', async () => {
      const { other, close } = await twoHandles();
      for (let round = 0; round < 5; round += 1) {
        const taken = await Promise.all(
          Array.from({ length: 10 }, (_, i) => (i % 2 ? other : h.store).lease(`sweep ${round}`, `r${i}`, TTL)),
        );
        expect(taken.filter(Boolean)).toHaveLength(1);
      }
      await close();
    });
  });

  describe('orphaned', () => {
    const ids = async (limit = 100): Promise<string[]> =>
      (await h.store.orphaned(limit)).map(({ id }) => id).toSorted();

    it('lists what is claimed or being sent by a replica that never had a lease', async () => {
      const claimed = await reach('claimed', { digest: 'claimed' });
      const sending = await reach('sending', { digest: 'sending' });
      expect(await ids()).toEqual([claimed.id, sending.id].toSorted());
      expect((await h.store.orphaned(100)).map(({ claim: by }) => by?.replica)).toEqual(['r1', 'r1']);
    });

    it('lists nothing of a replica that holds its lease, until that ends or is given back', async () => {
      const { other, close } = await twoHandles();
      const { id } = await reach('sending');
      await other.lease('replica:r1', 'r1', TTL);
      expect(await ids()).toEqual([]);
      await h.subject.fastForward(TTL - 1_000);
      expect(await ids()).toEqual([]);
      await h.subject.fastForward(1_000);
      expect(await ids()).toEqual([id]);
      await other.lease('replica:r1', 'r1', TTL);
      expect(await ids()).toEqual([]);
      await other.lease('replica:r1', 'r1', 0);
      expect(await ids()).toEqual([id]);
      await close();
    });

    it('tells replicas apart, also those whose names begin alike', async () => {
      const claimedBy = async (replica: string): Promise<string> => {
        const event = await open({ digest: replica });
        await append(event.id, vote(event, event.at, ANN, 'approve'), claim(event, event.at, replica));
        return event.id;
      };
      await claimedBy('r1');
      const second = await claimedBy('r11');
      const third = await claimedBy('%');
      await h.store.lease('replica:r1', 'r1', TTL);
      await h.store.lease('replica:r11', 'somebody else', TTL);
      await h.store.lease('sweep', '%', TTL);
      expect(await ids()).toEqual([second, third].toSorted());
    });

    it('respects the limit, and what is settled makes room', async () => {
      const events = [];
      for (let i = 0; i < 4; i += 1) events.push(await reach('claimed', { digest: `${i}` }));
      const seen = new Set<string>();
      for (let found = await ids(3); found.length > 0; found = await ids(3)) {
        expect(found.length).toBeLessThanOrEqual(3);
        for (const id of found) {
          seen.add(id);
          await append(id, { type: 'void', at: await h.store.now(), why: 'gone' });
        }
      }
      expect([...seen].toSorted()).toEqual(events.map(({ id }) => id).toSorted());
    });

    it.each([
      'pending',
      'approved',
      'denied',
      'expired',
      'cancelled',
      'void',
      'not_sent',
      'succeeded',
      'upstream_error',
      'indeterminate',
    ] as const)('never lists one that is %s', async (status) => {
      await reach(status);
      const { id } = await reach('claimed', { digest: 'the one that is' });
      expect(await ids()).toEqual([id]);
    });

    it('follows an approval from the claim to the send', async () => {
      const event = await reach('claimed');
      await append(event.id, intent(event, event.at, 'r1'));
      expect((await h.store.orphaned(1)).map(({ id, status }) => [id, status])).toEqual([[event.id, 'sending']]);
    });
  });
}
