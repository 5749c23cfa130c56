// Counts finished calls in plain objects, so that a call costs a few additions; the metrics page folds them at each scrape.
// Labels are identities of the configuration (effect, rule, upstream), never URLs or text from outside: bounded.
import type { CallRecord } from '../ports/events.ts';

/** Upper bounds of `holdgate_call_seconds`, in seconds: from a routine call to one that waited for a human. */
export const CALL_BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
];

export interface CallCell {
  readonly upstream: string;
  readonly effect: string;
  readonly rule: string;
  count: number;
  /** Calls per bucket (not cumulated); the last is +Inf. */
  readonly buckets: Float64Array;
  seconds: number;
}

export interface ObservedCell {
  readonly upstream: string;
  readonly effect: string;
  readonly rule: string;
  count: number;
}

export interface UpstreamBytes {
  out: number;
  in: number;
}

export interface CallTally {
  add(record: CallRecord): void;
  readonly cells: () => Iterable<CallCell>;
  readonly observed: () => Iterable<ObservedCell>;
  readonly bytes: () => Iterable<readonly [upstream: string, bytes: UpstreamBytes]>;
}

/** Calls that never got as far as a decision. */
const REFUSED = 'refused';
const NO_UPSTREAM = 'none';
const DEFAULT_RULE = 'default';

export function createCallTally(): CallTally {
  const cells = new Map<string, Map<string, Map<string, CallCell>>>();
  const observed = new Map<string, ObservedCell>();
  const bytes = new Map<string, UpstreamBytes>();

  const level = <Value>(map: Map<string, Value>, key: string, make: () => Value): Value => {
    let value = map.get(key);
    if (value === undefined) {
      value = make();
      map.set(key, value);
    }
    return value;
  };

  const cellOf = (upstream: string, effect: string, rule: string): CallCell => {
    const effects = level(cells, upstream, () => new Map<string, Map<string, CallCell>>());
    const rules = level(effects, effect, () => new Map<string, CallCell>());
    let cell = rules.get(rule);
    if (cell === undefined) {
      cell = { upstream, effect, rule, count: 0, buckets: new Float64Array(CALL_BUCKETS.length + 1), seconds: 0 };
      rules.set(rule, cell);
    }
    return cell;
  };

  return {
    add(record) {
      const { decision } = record;
      const upstream = record.upstream ?? NO_UPSTREAM;
      const effect = decision === undefined ? REFUSED : decision.effect;
      const rule = decision === undefined ? (record.problem ?? REFUSED) : (decision.rules[0] ?? DEFAULT_RULE);
      const cell = cellOf(upstream, effect, rule);
      const seconds = record.duration / 1000;
      let bucket = 0;
      while (bucket < CALL_BUCKETS.length && seconds > (CALL_BUCKETS[bucket] ?? 0)) bucket++;
      cell.count++;
      cell.seconds += seconds;
      cell.buckets[bucket] = (cell.buckets[bucket] ?? 0) + 1;
      if (record.upstream !== undefined) {
        const sum = level(bytes, upstream, () => ({ out: 0, in: 0 }));
        sum.out += record.bytesOut;
        sum.in += record.bytesIn;
      }
      const seen = decision?.observed;
      if (seen !== undefined) {
        const first = seen.rules[0] ?? DEFAULT_RULE;
        const key = `${upstream} ${seen.effect} ${first}`;
        level(observed, key, () => ({ upstream, effect: seen.effect, rule: first, count: 0 })).count++;
      }
    },
    *cells() {
      for (const effects of cells.values()) for (const rules of effects.values()) yield* rules.values();
    },
    observed: () => observed.values(),
    bytes: () => bytes,
  };
}
