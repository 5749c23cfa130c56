// The route table, whole. Nothing answers on the console's port that is not a row here.
import type { EventBus } from '../ports/events.ts';
import type { ApprovalGate } from '../gate/api.ts';
import { approvalRoutes } from './approval-routes.ts';
import type { ReadInsights } from '../gate/insights.ts';
import { json } from './answer.ts';
import type { EventStreams } from './event-streams.ts';
import { evidenceRoutes } from './evidence-routes.ts';
import { grantRoutes } from './grant-routes.ts';
import { insightsRoutes } from './insights-routes.ts';
import { type Links, linkRoutes } from './link-routes.ts';
import { openApiDocument } from './openapi.ts';
import { type OperationDeps, operationRoutes } from './operation-routes.ts';
import type { Route } from './route.ts';
import { type ListUsage, usageRoutes } from './usage-routes.ts';
import { voteRoutes } from './vote-routes.ts';

export interface RouteDeps extends OperationDeps {
  readonly gate: ApprovalGate;
  readonly streams: EventStreams;
  readonly usage: ListUsage;
  readonly insights: ReadInsights;
  readonly links: Links;
  /** Public keys as JWKs, newest first. */
  readonly publicKeys: () => readonly Record<string, unknown>[];
  readonly publicUrl: string | undefined;
  readonly bus?: EventBus;
}

export function consoleRoutes(deps: RouteDeps): readonly Route[] {
  const described: Route[] = ['/openapi.json', '/api/v1/openapi.json'].map((path, i) => ({
    method: 'GET',
    path,
    operation: i === 0 ? 'openapi' : 'openapiV1',
    summary: 'This API as an OpenAPI 3.1 document',
    principal: 'public',
    answer: { status: 200, description: 'The document', contentType: 'application/json' },
    problems: [],
    handle: () => json(document),
  }));
  const routes: readonly Route[] = [
    ...approvalRoutes(deps.gate, deps.streams, ({ id, opened }) =>
      deps.bus?.emit('review:opened', { approvalId: id, channel: 'api', risk: opened.risk }),
    ),
    ...voteRoutes(deps.gate),
    ...grantRoutes(deps.gate),
    ...evidenceRoutes(deps.gate, deps.publicKeys),
    ...usageRoutes(deps.usage),
    ...insightsRoutes(deps.insights),
    ...linkRoutes(deps.links),
    ...described,
    ...operationRoutes(deps),
  ];
  const document = openApiDocument(routes, deps.publicUrl);
  return routes;
}
