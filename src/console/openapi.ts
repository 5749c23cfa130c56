// The OpenAPI 3.1 document, generated from the route table: it cannot say anything that the server does not do.
import { z } from 'zod';
import { type ProblemType, problems } from '../core/problems.ts';
import type { Route } from './route.ts';
import { approvalDetailSchema, approvalListSchema, approvalSchema, problemSchema } from './schemas.ts';

type Json = Record<string, unknown>;

const NAMED: ReadonlyMap<z.ZodType, string> = new Map([
  [approvalSchema, 'Approval'],
  [approvalDetailSchema, 'ApprovalDetail'],
  [approvalListSchema, 'ApprovalList'],
  [problemSchema, 'Problem'],
]);
const EVERY_ROUTE: readonly ProblemType[] = [
  'invalid-request',
  'cross-site-refused',
  'misdirected-request',
  'internal-error',
];
const PERSON: readonly ProblemType[] = ['not-signed-in', 'too-many-sign-ins', 'gate-unavailable'];
const WITH_BODY: readonly ProblemType[] = ['body-too-large', 'unsupported-media-type'];

function plainSchema(schema: z.ZodType): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'output' });
  return rest;
}

function schemaOf(schema: z.ZodType): Json {
  const name = NAMED.get(schema);
  return name === undefined ? plainSchema(schema) : { $ref: `#/components/schemas/${name}` };
}

/** The parameters of a route's query, by name. */
export function queryParameters(route: Route): readonly { readonly name: string; readonly schema: Json }[] {
  if (!route.query) return [];
  const members = (plainSchema(route.query)['properties'] ?? {}) as Record<string, Json>;
  return Object.entries(members).map(([name, schema]) => ({ name, schema }));
}

function parameters(route: Route): Json[] {
  const path = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
  }));
  return [...path, ...queryParameters(route).map(({ name, schema }) => ({ name, in: 'query', schema }))];
}

function problemTypes(route: Route): ProblemType[] {
  return [
    ...EVERY_ROUTE,
    ...(route.principal === 'person' ? PERSON : []),
    ...(route.body ? WITH_BODY : []),
    ...route.problems,
  ];
}

function responses(route: Route): Json {
  const { status, description, contentType, schema } = route.answer;
  const byStatus: Json = {
    [status]: { description, content: { [contentType]: schema ? { schema: schemaOf(schema) } : {} } },
  };
  const grouped = Map.groupBy(new Set(problemTypes(route)), (type) => problems[type].status);
  for (const [code, types] of grouped) {
    byStatus[code] = {
      description: types.map((type) => `${type}: ${problems[type].title}`).join('; '),
      content: { 'application/problem+json': { schema: schemaOf(problemSchema) } },
    };
  }
  return byStatus;
}

function operation(route: Route): Json {
  const all = parameters(route);
  return {
    operationId: route.operation,
    summary: route.summary,
    security: route.principal === 'person' ? [{ person: [] }] : [],
    ...(all.length > 0 && { parameters: all }),
    ...(route.body && {
      requestBody: { required: true, content: { 'application/json': { schema: schemaOf(route.body) } } },
    }),
    responses: responses(route),
  };
}

/** The document; `publicUrl` becomes its server. */
export function openApiDocument(routes: readonly Route[], publicUrl: string | undefined): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: {
      title: 'Holdgate console',
      version: 'v1',
      description: 'Approvals: read them, vote on them, follow them, prove them.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: publicUrl ?? '/' }],
    paths,
    components: {
      securitySchemes: {
        person: {
          type: 'http',
          scheme: 'bearer',
          description: 'A credential of a person; those of agents mean nothing here',
        },
      },
      schemas: Object.fromEntries([...NAMED].map(([schema, name]) => [name, plainSchema(schema)])),
    },
  };
}
