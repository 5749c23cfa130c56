// Reads stored approvals for people who ask how they deal with them. INVARIANT: the work is bounded, in approvals, in time between other
// work, and in readings at once: whoever asks again and again gets what was found a moment ago.
import type { Insights } from '../core/insights/insights.ts';
import { createInsightsTally } from '../core/insights/tally.ts';
import type { ApprovalGate } from './api.ts';
import type { YieldTurn } from './sweep.ts';

export interface InsightsDeps {
  readonly gate: Pick<ApprovalGate, 'list' | 'now'>;
  /** Messages of each agent that were put off since then (epoch ms). */
  readonly putOff: (since: number) => Promise<ReadonlyMap<string, number>>;
  readonly yieldTurn: YieldTurn;
  /** Approvals that are read at most; default 5,000. */
  readonly most?: number;
}

/** `window` in ms and in words. Rejects with StoreUnavailable. */
export type ReadInsights = (window: number, words: string) => Promise<Insights>;

const PAGE = 100;
const MOST = 5_000;
/** How long what was found is given again, ms. */
const FRESH = 15_000;

export function createInsights({ gate, putOff, yieldTurn, most = MOST }: InsightsDeps): ReadInsights {
  const known = new Map<number, { readonly at: number; readonly insights: Insights }>();
  let last: Promise<unknown> = Promise.resolve();

  async function read(window: number, words: string): Promise<Insights> {
    const now = await gate.now();
    for (const [key, { at }] of known) if (at + FRESH <= now || at > now) known.delete(key);
    const found = known.get(window);
    if (found) return { ...found.insights, window: words };
    const since = now - window;
    const tally = createInsightsTally();
    let left = most;
    let cursor: string | undefined;
    do {
      const limit = Math.min(PAGE, left);
      const page = await gate.list({ limit, ...(cursor !== undefined && { cursor }) });
      const within = page.items.filter(({ opened }) => opened.at >= since);
      for (const approval of within) tally.add(approval);
      left -= limit;
      // Newest first: behind an older one there are only older ones.
      cursor = within.length < page.items.length ? undefined : page.next;
      await new Promise<void>((resolve) => yieldTurn(resolve));
    } while (cursor !== undefined && left > 0);
    const cut = cursor !== undefined;
    const terms = { window: words, since: new Date(since).toISOString(), cut };
    const insights = tally.result(terms, await putOff(since));
    known.set(window, { at: now, insights });
    return insights;
  }

  return (window, words) => {
    const reading = last.then(() => read(window, words));
    last = reading.catch(() => undefined);
    return reading;
  };
}
