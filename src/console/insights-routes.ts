// How people deal with approvals, from those that are stored.
import { parseWindow } from '../core/usage/usage-window.ts';
import type { ReadInsights } from '../gate/insights.ts';
import { json } from './answer.ts';
import { type InsightsInput, insightsQuerySchema, insightsSchema } from './insights-schema.ts';
import type { PersonRoute, Route } from './route.ts';

export function insightsRoutes(read: ReadInsights): readonly Route[] {
  const insights: PersonRoute<InsightsInput> = {
    method: 'GET',
    path: '/api/v1/insights',
    operation: 'getInsights',
    summary: 'How people dealt with approvals: by rule, risk, approver and agent',
    principal: 'person',
    query: insightsQuerySchema,
    answer: { status: 200, description: 'The figures', contentType: 'application/json', schema: insightsSchema },
    problems: [],
    handle: async ({ query: { window } }) => json(await read(parseWindow(window) ?? 0, window)),
  };
  return [insights];
}
