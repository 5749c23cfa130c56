import { describe, expect, it } from 'vitest';
import { createDeadlines, type Deadline } from '../../../src/proxy/wire/deadlines.ts';
import { createManualClock } from '../../ports/manual-clock.ts';

function entry(expired: string[], name: string): Deadline {
  return { deadline: Infinity, expire: () => void expired.push(name) };
}

describe('deadlines', () => {
  it('expire in time, each once, also when set later or earlier than the timer', () => {
    const clock = createManualClock();
    const deadlines = createDeadlines(clock);
    const expired: string[] = [];
    const [a, b, c] = [entry(expired, 'a'), entry(expired, 'b'), entry(expired, 'c')];
    for (const one of [a, b, c]) deadlines.add(one);
    deadlines.set(a, 100);
    deadlines.set(b, 50);
    deadlines.set(c, 70);
    deadlines.set(c, Infinity);
    deadlines.set(b, 200);
    clock.advance(99);
    expect(expired).toEqual([]);
    clock.advance(1);
    expect(expired).toEqual(['a']);
    clock.advance(99);
    expect(expired).toEqual(['a']);
    clock.advance(1);
    expect(expired).toEqual(['a', 'b']);
    expect(clock.pending).toBe(0);
  });

  it('need one timer for many, and none for nobody', () => {
    const clock = createManualClock();
    const deadlines = createDeadlines(clock);
    const entries = Array.from({ length: 100 }, () => entry([], ''));
    for (const [i, one] of entries.entries()) {
      deadlines.add(one);
      deadlines.set(one, 1000 - i);
      expect(clock.pending).toBe(1);
    }
    for (const one of entries) deadlines.remove(one);
    expect(clock.pending).toBe(0);
  });

  it('may be set and removed by what expires', () => {
    const clock = createManualClock();
    const deadlines = createDeadlines(clock);
    let rounds = 0;
    const again: Deadline = {
      deadline: Infinity,
      expire() {
        if (++rounds < 3) deadlines.set(again, 10);
        else deadlines.remove(again);
      },
    };
    deadlines.add(again);
    deadlines.set(again, 10);
    for (let i = 0; i < 10; i++) clock.advance(10);
    expect(rounds).toBe(3);
    expect(clock.pending).toBe(0);
  });
});
