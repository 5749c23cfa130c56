// For machines that keep Holdgate running. Public: labels and checks are policy identities, never calls or people.
import type { PublicRoute } from './route.ts';
import { json } from './answer.ts';
import { healthSchema, readySchema } from './schemas.ts';

export interface OperationDeps {
  readonly metrics: { readonly contentType: string; render(): Promise<string> };
  /** `checks` name each part and say `ok` or what is wrong, fit for the public. */
  readonly ready: () => Promise<{ readonly ready: boolean; readonly checks: Readonly<Record<string, string>> }>;
}

export function operationRoutes({ metrics, ready }: OperationDeps): readonly PublicRoute[] {
  return [
    {
      method: 'GET',
      path: '/healthz',
      operation: 'health',
      summary: 'Answers as long as the process does',
      principal: 'public',
      answer: { status: 200, description: 'Alive', contentType: 'application/json', schema: healthSchema },
      problems: [],
      handle: () => json({ status: 'ok' }),
    },
    {
      method: 'GET',
      path: '/readyz',
      operation: 'ready',
      summary: 'Whether calls can be decided right now: 200, or 503 with the check that fails',
      principal: 'public',
      answer: { status: 200, description: 'Ready', contentType: 'application/json', schema: readySchema },
      problems: [],
      async handle() {
        const state = await ready();
        return json(state, state.ready ? 200 : 503);
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      operation: 'metrics',
      summary: 'Prometheus exposition',
      principal: 'public',
      answer: { status: 200, description: 'The metrics page', contentType: 'text/plain' },
      problems: [],
      handle: async () => ({ kind: 'text', body: await metrics.render(), contentType: metrics.contentType }),
    },
  ];
}
