// docs/api.md describes every route, nothing else, and its examples are what the schemas say.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemSchema } from '../../src/console/schemas.ts';
import { type RunningConsole, runConsole } from './running-console.ts';

const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
const sections = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((section) => [/^`(.+?)`/.exec(section)?.[1] ?? '', section]),
);

let running: RunningConsole;
beforeAll(async () => {
  running = await runConsole();
});
afterAll(() => running.close());

describe('docs/api.md', () => {
  it('has one section for each route', () => {
    const routes = running.console.routes.map(({ method, path }) => `${method} ${path}`);
    expect([...sections.keys()].toSorted()).toEqual(routes.toSorted());
  });

  it('has an example of every JSON answer and body, and each is valid', () => {
    for (const route of running.console.routes) {
      const section = sections.get(`${route.method} ${route.path}`) ?? '';
      const examples = [...section.matchAll(/```json\n(.+?)\n```/gs)].map(
        ([, text]) => JSON.parse(text ?? '') as unknown,
      );
      const schemas = [route.body, route.answer.schema, problemSchema].filter((schema) => schema !== undefined);
      for (const example of examples) {
        const fits = schemas.filter((schema) => schema.safeParse(example).success);
        expect(fits.length, `${route.path}: ${JSON.stringify(example).slice(0, 80)}`).toBeGreaterThan(0);
      }
      for (const schema of [route.body, route.answer.schema]) {
        if (schema)
          expect(
            examples.some((example) => schema.safeParse(example).success),
            route.path,
          ).toBe(true);
      }
    }
  });
});
