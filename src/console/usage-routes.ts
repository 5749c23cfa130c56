// What went out to agents: by agent, upstream and dataset, over all gates that share the store.
import type { UsageAmount } from '../core/usage/usage-amount.ts';
import { parseWindow } from '../core/usage/usage-window.ts';
import { json, problem } from './answer.ts';
import type { PersonRoute, Route } from './route.ts';
import { type UsageInput, usageQuerySchema, usageSchema } from './schemas.ts';

/** Everybody's within a window (ms); undefined while it is not known. */
export type ListUsage = (window: number) => readonly UsageAmount[] | undefined;

/** More than anybody reads; the largest are shown. */
const MAX_ITEMS = 1000;

export function usageRoutes(list: ListUsage): readonly Route[] {
  const usage: PersonRoute<UsageInput> = {
    method: 'GET',
    path: '/api/v1/usage',
    operation: 'listUsage',
    summary: 'What went out to agents within a window, the most first',
    principal: 'person',
    query: usageQuerySchema,
    answer: { status: 200, description: 'The amounts', contentType: 'application/json', schema: usageSchema },
    problems: [],
    handle({ query: { window, agent, dataset } }) {
      const amounts = list(parseWindow(window) ?? 0);
      if (!amounts) {
        return problem('gate-unavailable', { detail: 'Usage is not known right now.' }, { 'Retry-After': '2' });
      }
      const found = amounts
        .filter(
          (one) => (agent === undefined || one.agent === agent) && (dataset === undefined || one.dataset === dataset),
        )
        .toSorted((a, b) => b.bytes - a.bytes || (a.agent < b.agent ? -1 : 1));
      const items = found
        .slice(0, MAX_ITEMS)
        .map(({ bytes, rows, ...key }) => ({ ...key, bytes_out: bytes, rows_out: rows }));
      return json({ window, items, cut: found.length > MAX_ITEMS });
    },
  };
  return [usage];
}
