// Quiet hours: what is quiet when, at the ends of windows, over midnight, and where clocks are changed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QuietTime } from '../../src/core/attention.ts';
import type { Risk } from '../../src/core/policy/types.ts';
import { createQuietHours, nextMinute } from '../../src/core/quiet-hours.ts';

const ALL = [1, 2, 3, 4, 5, 6, 7];
const HOUR = 60;
const night = (over: Partial<QuietTime> = {}, window: Partial<QuietTime['window']> = {}): QuietTime => ({
  window: { zone: 'Europe/Berlin', days: ALL, from: 22 * HOUR, to: 7 * HOUR, ...window },
  upTo: 'medium',
  notify: [],
  ...over,
});
const at = (text: string): number => Date.parse(text);

describe('quiet hours', () => {
  it('are none without a line in the configuration', () => {
    const none = createQuietHours([]);
    expect(none.places('low', at('2026-01-15T02:00:00Z'))).toBeUndefined();
    expect(none.between('low', 0, at('2026-01-15T02:00:00Z'))).toBe(false);
  });

  it.each<[Risk, boolean]>([
    ['low', true],
    ['medium', true],
    ['high', false],
    ['critical', false],
  ])('up to medium: risk %s is quiet: %s', (risk, quiet) => {
    const places = createQuietHours([night()]).places(risk, at('2026-01-15T02:00:00Z'));
    expect(places !== undefined).toBe(quiet);
  });

  it('begin and end on the minute, in their own zone', () => {
    const { places } = createQuietHours([night()]);
    const quiet = ['20:59:59.999', '21:00:00.000'].map((time) => places('low', at(`2026-01-15T${time}Z`)));
    expect(quiet).toEqual([undefined, []]);
    const over = ['05:59:59.999', '06:00:00.000'].map((time) => places('low', at(`2026-01-16T${time}Z`)));
    expect(over).toEqual([[], undefined]);
  });

  it('over midnight belong to the day on which they begin', () => {
    const { places } = createQuietHours([night({}, { days: [5] })]);
    expect(places('low', at('2026-01-16T23:00:00Z'))).toEqual([]); // Saturday 00:00 in Berlin, of Friday's night
    expect(places('low', at('2026-01-15T23:30:00Z'))).toBeUndefined(); // Friday 00:30, of Thursday's night
    expect(places('low', at('2026-01-17T23:00:00Z'))).toBeUndefined();
  });

  it('follow the wall clock when it is set forward and back', () => {
    const { places } = createQuietHours([night()]);
    // 29 March 2026: 02:00 becomes 03:00; 07:00 in Berlin is 05:00Z from then on.
    expect(places('low', at('2026-03-29T04:59:00Z'))).toEqual([]);
    expect(places('low', at('2026-03-29T05:00:00Z'))).toBeUndefined();
    // 25 October 2026: 03:00 becomes 02:00; 07:00 is 06:00Z.
    expect(places('low', at('2026-10-25T05:59:00Z'))).toEqual([]);
    expect(places('low', at('2026-10-25T06:00:00Z'))).toBeUndefined();
    // A window inside the hour that does not exist is never; one inside the hour that comes twice is twice.
    const inside = createQuietHours([night({}, { from: 2 * HOUR, to: 3 * HOUR })]);
    const minutes = (from: string, count: number): number =>
      Array.from({ length: count }, (_, i) => inside.places('low', at(from) + i * 60_000)).filter(Boolean).length;
    expect(minutes('2026-03-29T00:00:00Z', 180)).toBe(0);
    expect(minutes('2026-10-24T23:00:00Z', 240)).toBe(120);
    expect(minutes('2026-10-26T00:00:00Z', 240)).toBe(60);
  });

  it('that overlap are heard of at the places of each of them', () => {
    const weekend = night({ notify: ['webhook:b'], upTo: 'high' }, { days: [6, 7], from: 0, to: 24 * HOUR });
    const { places } = createQuietHours([night({ notify: ['webhook:a'] }), weekend]);
    const saturdayNight = at('2026-01-17T02:00:00Z');
    expect(places('medium', saturdayNight)).toEqual(['webhook:a', 'webhook:b']);
    expect(places('high', saturdayNight)).toEqual(['webhook:b']);
    expect(places('critical', saturdayNight)).toBeUndefined();
  });

  it('know whether it was quiet lately', () => {
    const { between } = createQuietHours([night()]);
    const end = at('2026-01-15T06:00:00Z');
    expect(between('low', end, end)).toBe(false);
    expect(between('low', end - 1, end)).toBe(true);
    expect(between('low', end - 86_400_000, end + 3_600_000)).toBe(true);
    expect(between('low', end, end + 300_000)).toBe(false);
    expect(between('high', end - 3_600_000, end)).toBe(false);
  });
});

/** Told in another way: the wall clock as Swedes write it, and days counted from it. */
function model({ window, upTo }: QuietTime, risk: Risk, now: number): boolean {
  const order: readonly Risk[] = ['low', 'medium', 'high', 'critical'];
  if (order.indexOf(risk) > order.indexOf(upTo)) return false;
  const [date = '', time = ''] = new Date(now).toLocaleString('sv-SE', { timeZone: window.zone }).split(' ');
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  const minute = hours * 60 + minutes;
  const day = (back: number): number => ((new Date(Date.parse(date) - back * 86_400_000).getUTCDay() + 6) % 7) + 1;
  const end = window.to <= window.from ? window.to + 1440 : window.to;
  return [0, 1].some((back) => {
    const since = minute + back * 1440;
    return window.days.includes(day(back)) && since >= window.from && since < end;
  });
}

const ZONES = ['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'UTC', 'Pacific/Apia'];
const window = fc
  .record({
    zone: fc.constantFrom(...ZONES),
    days: fc.subarray(ALL, { minLength: 1 }),
    from: fc.nat({ max: 1439 }),
    to: fc.integer({ min: 0, max: 1440 }),
  })
  .filter(({ from, to }) => from % 1440 !== to % 1440 || to - from === 1440);
const quietTime: fc.Arbitrary<QuietTime> = fc.record({
  window,
  upTo: fc.constantFrom<Risk>('low', 'medium', 'high'),
  notify: fc.subarray(['webhook:a', 'webhook:b']),
});
const moment = fc.integer({ min: Date.UTC(2025, 0), max: Date.UTC(2027, 0) });
const risk = fc.constantFrom<Risk>('low', 'medium', 'high', 'critical');

describe('for any windows', () => {
  it('it is quiet exactly where the wall clock says so, at the places of those that say so', () => {
    fc.assert(
      fc.property(fc.array(quietTime, { maxLength: 3 }), risk, moment, (times, level, now) => {
        const apply = times.filter((one) => model(one, level, now));
        const places = createQuietHours(times).places(level, now);
        const expected = apply.length === 0 ? undefined : [...new Set(apply.flatMap(({ notify }) => notify))];
        expect(places).toEqual(expected);
      }),
    );
  });

  it('nothing begins or ends but on a full minute', () => {
    fc.assert(
      fc.property(quietTime, moment, (time, now) => {
        const { places } = createQuietHours([time]);
        expect(places('low', nextMinute(now) - 1)).toEqual(places('low', now));
        expect(nextMinute(now) - now).toBeGreaterThan(0);
      }),
    );
  });

  it('what is critical is never quiet', () => {
    fc.assert(
      fc.property(fc.array(quietTime), moment, (times, now) => {
        expect(createQuietHours(times).places('critical', now)).toBeUndefined();
      }),
    );
  });
});
