// Counts what goes out of one call's answer, as it does: bytes of the body, and rows where the answer's head says how many it has.
import type { Action } from '../core/action.ts';
import { type Call, headerValues, type RawHeaders } from '../core/call.ts';
import type { SqlService, Upstream } from '../core/upstream.ts';
import { compileDatasets, type DatasetsOf } from '../core/usage/datasets.ts';
import type { UsageKey, UsageMeter } from '../core/usage/usage-amount.ts';

export interface CallMeter {
  /** Head of the upstream's answer. */
  head(headers: RawHeaders): void;
  sent(bytes: number): void;
}

export interface CallMeters {
  /** `actions`: what the call does; asked for only where a dataset speaks of it. */
  of(agent: string, call: Call, actions: () => readonly Action[]): CallMeter;
}

interface Counted {
  readonly datasetsOf: DatasetsOf;
  readonly rows: ((headers: RawHeaders) => number) | undefined;
  /** By agent, for upstreams whose calls all have the same label. */
  readonly same: Map<string, CallMeter> | undefined;
}

/** Agents of one upstream whose meters are kept at hand. */
const MAX_KEPT = 10_000;

export function createCallMeters(
  upstreams: readonly Pick<Upstream, 'id' | 'sqlService' | 'datasets'>[],
  meter: (key: UsageKey) => UsageMeter,
): CallMeters {
  const counted = new Map<string, Counted>(
    upstreams.map(({ id, sqlService, datasets = [] }) => [
      id,
      {
        datasetsOf: compileDatasets(id, datasets),
        rows: sqlService && ROWS[sqlService],
        same: datasets.length === 0 ? new Map() : undefined,
      },
    ]),
  );
  const make = (agent: string, upstream: string, datasets: readonly string[], rows: Counted['rows']): CallMeter => {
    const meters = datasets.map((dataset) => meter({ agent, upstream, dataset }));
    const add = (bytes: number, count: number): void => {
      for (const one of meters) one.add(bytes, count);
    };
    return {
      head(headers) {
        const count = rows?.(headers) ?? 0;
        if (count > 0) add(0, count);
      },
      sent: (bytes) => add(bytes, 0),
    };
  };
  return {
    of(agent, call, actions) {
      const { upstream } = call;
      const known = counted.get(upstream);
      const kept = known?.same?.get(agent);
      if (kept) return kept;
      const datasets = known?.datasetsOf(call, actions) ?? [upstream];
      const made = make(agent, upstream, datasets, known?.rows);
      if (known?.same) {
        if (known.same.size >= MAX_KEPT) known.same.clear();
        known.same.set(agent, made);
      }
      return made;
    },
  };
}

/** Where the protocol itself says in the head of an answer how many rows it has. */
const ROWS: Partial<Readonly<Record<SqlService, (headers: RawHeaders) => number>>> = {
  postgrest: contentRange,
  clickhouse: clickhouseSummary,
};

/** `0-24/3573`, `0-24/*` (https://docs.postgrest.org/en/stable/references/api/pagination_count.html); `*` for none. */
function contentRange(headers: RawHeaders): number {
  const match = /^(\d{1,15})-(\d{1,15})\//.exec(headerValues(headers, 'content-range')[0] ?? '');
  return match ? Math.max(0, Number(match[2]) - Number(match[1]) + 1) : 0;
}

/** `X-ClickHouse-Summary`: complete only where the query waits for its end (`wait_end_of_query=1`). */
function clickhouseSummary(headers: RawHeaders): number {
  const match = /"result_rows"\s*:\s*"?(\d{1,15})"?/.exec(headerValues(headers, 'x-clickhouse-summary')[0] ?? '');
  return match ? Number(match[1]) : 0;
}
