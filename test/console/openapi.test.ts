// The OpenAPI document is well-formed, complete, and true of the server.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problems, type ProblemType } from '../../src/core/problems.ts';
import { problemSchema } from '../../src/console/schemas.ts';
import { type RunningConsole, runConsole } from './running-console.ts';

type Json = Record<string, unknown>;

let running: RunningConsole;
let document: Json;
beforeAll(async () => {
  running = await runConsole();
  document = (await running.ask('/openapi.json')).json;
});
afterAll(() => running.close());

function* nodes(value: unknown): Generator<Json> {
  if (typeof value !== 'object' || value === null) return;
  yield value as Json;
  for (const item of Object.values(value)) yield* nodes(item);
}

function operations(): { path: string; method: string; operation: Json }[] {
  return Object.entries(document['paths'] as Record<string, Record<string, Json>>).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );
}

describe('the OpenAPI document', () => {
  it('is 3.1, has what it must have, and is the same at both addresses', async () => {
    expect(document).toMatchObject({
      openapi: '3.1.0',
      info: { title: expect.any(String), version: expect.any(String) },
      servers: [{ url: 'https://holdgate.example.com' }],
    });
    expect((await running.ask('/api/v1/openapi.json')).json).toEqual(document);
    const known = ['openapi', 'jsonSchemaDialect', 'info', 'servers', 'paths', 'components'];
    expect(Object.keys(document).filter((key) => !known.includes(key))).toEqual([]);
  });

  it('describes exactly the routes, each operation once', () => {
    const described = operations().map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    expect(described.toSorted()).toEqual(
      running.console.routes.map(({ method, path }) => `${method} ${path}`).toSorted(),
    );
    const ids = operations().map(({ operation }) => operation['operationId']);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('declares every path parameter and none that is not in the path', () => {
    for (const { path, operation } of operations()) {
      const declared = ((operation['parameters'] ?? []) as Json[]).filter((parameter) => parameter['in'] === 'path');
      expect(declared.map((parameter) => parameter['name'])).toEqual(
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
      );
      for (const parameter of declared) expect(parameter).toMatchObject({ required: true, schema: { type: 'string' } });
    }
  });

  it('gives every operation a success, its problems, and a security requirement where a person is needed', () => {
    for (const { path, method, operation } of operations()) {
      const route = running.console.routes.find((row) => row.path === path && row.method === method.toUpperCase());
      expect(operation['security']).toEqual(route?.principal === 'person' ? [{ person: [] }] : []);
      const responses = operation['responses'] as Record<string, Json>;
      expect(Object.keys(responses)).toContain('200');
      expect(Object.keys(responses).includes('401')).toBe(route?.principal === 'person');
      for (const [code, response] of Object.entries(responses)) {
        expect(code).toMatch(/^[1-5]\d\d$/);
        expect(response).toMatchObject({ description: expect.stringMatching(/./), content: expect.any(Object) });
      }
    }
  });

  it('resolves every reference and uses every component', () => {
    const refs = new Set<string>();
    for (const node of nodes(document)) if ('$ref' in node) refs.add(String(node['$ref']));
    const schemas = (document['components'] as { schemas: Json }).schemas;
    const names = Object.keys(schemas).map((name) => `#/components/schemas/${name}`);
    expect([...refs].toSorted()).toEqual(names.toSorted());
  });

  it('holds only JSON Schema that forbids members it does not name, except in problems', () => {
    for (const node of nodes(document)) {
      if (node['type'] !== 'object' || !('properties' in node)) continue;
      const isProblem = 'retryable' in (node['properties'] as Json);
      expect(node['additionalProperties'], JSON.stringify(node).slice(0, 200)).toEqual(isProblem ? {} : false);
    }
  });

  it('has a problem schema that every problem body satisfies', async () => {
    const { problemBody } = await import('../../src/core/problems.ts');
    for (const type of Object.keys(problems) as ProblemType[]) {
      expect(problemSchema.safeParse(problemBody(type, { detail: 'x' })).success, type).toBe(true);
    }
    expect(problemSchema.safeParse({ title: 'x' }).success).toBe(false);
  });
});
