// What every SharedRecords must do, sentence by sentence of the port.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordTerms, SharedRecord, SharedRecords } from '../../src/ports/shared-records.ts';

export interface RecordsUnderTest {
  readonly records: SharedRecords;
  /** Lets that much of the store's time pass. */
  fastForward(ms: number): Promise<void> | void;
  /** One more handle on the same data: another replica. */
  another(): Promise<SharedRecords>;
  close(): Promise<void>;
}

const KEPT: RecordTerms = { keepFor: 60_000 };

export function sharedRecordsConformance(name: string, factory: () => Promise<RecordsUnderTest>): void {
  describe(`${name} as shared records`, () => {
    let subject: RecordsUnderTest;
    let records: SharedRecords;
    beforeEach(async () => {
      subject = await factory();
      ({ records } = subject);
    });
    afterEach(() => subject.close());

    const ids = (found: readonly SharedRecord[]): string[] => found.map(({ id }) => id);
    async function write(id: string, value: string, terms: Partial<RecordTerms> = {}): Promise<SharedRecord> {
      const version = (await records.get('note', id))?.version ?? 0;
      const put = await records.put('note', id, version, value, { ...KEPT, ...terms });
      if (put.outcome !== 'written') throw new Error(put.outcome);
      return put.record;
    }

    it('gives back what was written, to every replica', async () => {
      const other = await subject.another();
      expect(await records.get('note', 'a')).toBeUndefined();
      expect(await write('a', '{"x":"ü\u0000\\n"}')).toEqual({
        id: 'a',
        version: 1,
        value: '{"x":"ü\u0000\\n"}',
        dueAt: undefined,
      });
      expect(await other.get('note', 'a')).toEqual({
        id: 'a',
        version: 1,
        value: '{"x":"ü\u0000\\n"}',
        dueAt: undefined,
      });
      await write('a', 'second', { dueAt: 5 });
      expect(await other.get('note', 'a')).toEqual({ id: 'a', version: 2, value: 'second', dueAt: 5 });
      await other.close();
    });

    it('writes only behind the version that is named, and shows what stands there', async () => {
      await write('a', 'one', { dueAt: 7 });
      const stands = { id: 'a', version: 1, value: 'one', dueAt: 7 };
      for (const version of [0, 2]) {
        expect(await records.put('note', 'a', version, 'no', KEPT)).toEqual({ outcome: 'conflict', record: stands });
      }
      expect(await records.put('note', 'b', 1, 'no', KEPT)).toEqual({ outcome: 'conflict', record: undefined });
      expect(await records.get('note', 'a')).toEqual(stands);
      expect(await records.get('note', 'b')).toBeUndefined();
    });

    it('lets one of many win who write at once', async () => {
      const other = await subject.another();
      for (let version = 0; version < 5; version++) {
        const puts = await Promise.all(
          Array.from({ length: 10 }, (_, i) => (i % 2 ? other : records).put('note', 'a', version, `${i}`, KEPT)),
        );
        expect(puts.filter(({ outcome }) => outcome === 'written')).toHaveLength(1);
      }
      await other.close();
    });

    it('keeps kinds apart', async () => {
      await write('a', 'note');
      expect(await records.get('other', 'a')).toBeUndefined();
      await records.put('other', 'a', 0, 'other', { keepFor: 1000, dueAt: 0 });
      expect(ids(await records.due('note', 10))).toEqual([]);
      expect(await records.drop('other', 'a', 1)).toBe(true);
      expect((await records.get('note', 'a'))?.value).toBe('note');
    });

    it('drops only the version that is named', async () => {
      const other = await subject.another();
      await write('a', 'one', { dueAt: 0 });
      expect(await records.drop('note', 'a', 2)).toBe(false);
      expect(await records.drop('note', 'b', 0)).toBe(false);
      expect(await other.drop('note', 'a', 1)).toBe(true);
      expect(await records.get('note', 'a')).toBeUndefined();
      expect(await records.due('note', 10)).toEqual([]);
      expect((await write('a', 'again')).version).toBe(1);
      await other.close();
    });

    it('lists what is due, the longest overdue first, and only then', async () => {
      const now = await records.now();
      await write('late', '1', { dueAt: now + 2000 });
      await write('soon', '2', { dueAt: now + 1000 });
      await write('never', '3');
      await write('moved', '4', { dueAt: now });
      await write('moved', '5', { dueAt: now + 500 });
      await write('settled', '6', { dueAt: now });
      await write('settled', '7');
      expect(ids(await records.due('note', 10))).toEqual([]);
      await subject.fastForward(2000);
      expect(ids(await records.due('note', 10))).toEqual(['moved', 'soon', 'late']);
      expect(await records.due('note', 1)).toEqual([{ id: 'moved', version: 2, value: '5', dueAt: now + 500 }]);
    });

    it('lists all of a kind', async () => {
      for (const id of ['a', 'b', 'c']) await write(id, id.toUpperCase());
      await records.put('other', 'd', 0, 'D', KEPT);
      expect(ids(await records.list('note')).toSorted()).toEqual(['a', 'b', 'c']);
      expect(await records.list('nothing')).toEqual([]);
    });

    it('may forget what was to be kept no longer, and not before', async () => {
      const now = await records.now();
      await write('short', 'x', { keepFor: 1000, dueAt: now });
      await write('long', 'x', { keepFor: 3000 });
      await write('renewed', 'x', { keepFor: 1000 });
      await subject.fastForward(999);
      await write('renewed', 'y', { keepFor: 3000 });
      expect(ids(await records.list('note')).toSorted()).toEqual(['long', 'renewed', 'short']);
      await subject.fastForward(1);
      expect(ids(await records.list('note')).toSorted()).toEqual(['long', 'renewed']);
      expect(await records.get('note', 'short')).toBeUndefined();
      expect(await records.due('note', 10)).toEqual([]);
    });

    it('takes any id', async () => {
      for (const id of ['', ' ', 'ü', 'a:b', 'a\nb', '*', '\u202e', "'; DROP TABLE records; --", 'x'.repeat(500)]) {
        await write(id, `value of ${id}`);
        expect((await records.get('note', id))?.value).toBe(`value of ${id}`);
      }
      expect(await records.list('note')).toHaveLength(9);
    });
  });
}
