// How many new messages one agent may cause at one place: never more, over replicas, in turn, and without holding up anybody else.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMessageLimit } from '../../../src/gate/notices/message-limit.ts';
import type { SharedRecords } from '../../../src/ports/shared-records.ts';
import { createManualClock, type ManualClock } from '../../ports/manual-clock.ts';
import { createMemoryRecords } from '../../stores/memory-records.ts';

const RATE = { most: 2, per: 60_000 };

interface Asker {
  readonly clock: ManualClock;
  readonly records: SharedRecords;
  /** Granted, or how many ms to wait. */
  readonly ask: (id: string, rank?: number, agent?: string, place?: string) => Promise<true | number>;
}

function asker(rate = RATE): Asker {
  const clock = createManualClock();
  const disk = new Map();
  const records = createMemoryRecords(clock, disk);
  // Two replicas in turn.
  const limits = [createMessageLimit(records, rate), createMessageLimit(createMemoryRecords(clock, disk), rate)];
  let turn = 0;
  const opened = new Map<string, number>();
  return {
    clock,
    records,
    async ask(id, rank = 1, agent = 'bot', place = 'slack:C1') {
      const now = clock.now();
      const at = opened.get(id) ?? now;
      opened.set(id, at);
      const until = await limits[turn++ % 2]?.ask(agent, place, { id, rank, at }, now);
      return until === undefined ? true : until - now;
    },
  };
}

describe('messages of one agent at one place', () => {
  it('are posted up to the limit, then wait until there is room', async () => {
    const { ask, clock } = asker();
    expect([await ask('a'), await ask('b')]).toEqual([true, true]);
    clock.advance(40_000);
    expect(await ask('c')).toBe(20_000);
    clock.advance(20_000);
    expect(await ask('c')).toBe(true);
  });

  it('count once, however often they are tried', async () => {
    const { ask } = asker();
    for (let i = 0; i < 5; i++) expect(await ask('a')).toBe(true);
    expect(await ask('b')).toBe(true);
    expect(await ask('c')).not.toBe(true);
  });

  it('of a higher risk go first when there is room, else whoever came first', async () => {
    const { ask, clock } = asker();
    await ask('a');
    await ask('b');
    clock.advance(1);
    await ask('low', 0);
    clock.advance(1);
    await ask('medium', 1);
    clock.advance(1);
    await ask('critical', 3);
    clock.advance(59_990);
    await Promise.all([ask('low', 0), ask('medium', 1), ask('critical', 3)]);
    clock.advance(10);
    expect([await ask('low', 0), await ask('medium', 1), await ask('critical', 3)]).toEqual([
      expect.any(Number),
      true,
      true,
    ]);
    clock.advance(60_000);
    expect(await ask('low', 0)).toBe(true);
  });

  it('that were decided while they waited are forgotten, and keep nobody back', async () => {
    const { ask, clock } = asker({ most: 1, per: 60_000 });
    await ask('a');
    await ask('decided', 3);
    clock.advance(60_000);
    expect(await ask('b')).not.toBe(true);
    clock.advance(30_001);
    expect(await ask('b')).toBe(true);
  });

  it('never wait for those of another agent or another place', async () => {
    const { ask } = asker();
    for (let i = 0; i < 500; i++) await ask(`flood${i}`, 3);
    expect(await ask('x', 0, 'other')).toBe(true);
    expect(await ask('flood499', 0, 'bot', 'slack:C2')).toBe(true);
  });

  it('that wait leave a record of bounded size, and are asked again within half a minute', async () => {
    const { ask, records } = asker({ most: 1, per: 3_600_000 });
    for (let i = 0; i < 400; i++) {
      const waits = await ask(`apr_${i}`);
      expect(waits === true || (waits >= 1000 && waits <= 30_000)).toBe(true);
    }
    const [record] = await records.list('turns');
    expect(JSON.parse(record?.value ?? '{}').waiting).toHaveLength(200);
  });

  it('are put off, not lost, where the record is fought over', async () => {
    const { records, clock } = asker();
    const busy: SharedRecords = { ...records, put: async () => ({ outcome: 'conflict', record: undefined }) };
    const limit = createMessageLimit(busy, RATE);
    const until = await limit.ask('bot', 'slack:C1', { id: 'a', rank: 1, at: 0 }, clock.now());
    expect(until).toBe(clock.now() + 1000);
  });
});

describe('whatever is asked when', () => {
  it('no window has more than the limit, and everybody who keeps asking gets a turn', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ most: fc.integer({ min: 1, max: 4 }), per: fc.integer({ min: 1000, max: 120_000 }) }),
        fc.array(fc.record({ pause: fc.nat({ max: 20_000 }), rank: fc.nat({ max: 3 }) }), {
          minLength: 1,
          maxLength: 15,
        }),
        async (rate, given) => {
          const { ask, clock } = asker(rate);
          const sent: number[] = [];
          const waiting = new Map<string, { readonly rank: number; readonly due: number }>();
          const step = async (): Promise<void> => {
            for (const [id, { rank, due }] of waiting) {
              if (due > clock.now()) continue;
              const outcome = await ask(id, rank);
              if (outcome === true) {
                sent.push(clock.now());
                waiting.delete(id);
              } else waiting.set(id, { rank, due: clock.now() + outcome });
            }
          };
          for (const [i, { pause, rank }] of given.entries()) {
            waiting.set(`apr_${i}`, { rank, due: clock.now() });
            await step();
            clock.advance(pause);
          }
          for (let i = 0; i < 5000 && waiting.size > 0; i++) {
            const next = Math.min(...[...waiting.values()].map(({ due }) => due));
            clock.advance(Math.max(1, next - clock.now()));
            await step();
          }
          expect(sent).toHaveLength(given.length);
          for (const [i, at] of sent.entries()) {
            const after = sent[i + rate.most];
            if (after !== undefined) expect(after - at).toBeGreaterThanOrEqual(rate.per);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
