import { expect, it } from 'vitest';
import { recogniseHttp } from '../../src/actions/http.ts';
import type { Call } from '../../src/core/call.ts';

const call: Call = {
  method: 'POST',
  upstream: 'billing',
  scheme: 'https',
  host: 'billing.example.com',
  path: '/v1/%75sers',
  query: 'token=secret',
  headers: [],
  body: { state: 'none' },
};

it('names the method on the raw path; the query is no part of the name', () => {
  expect(recogniseHttp(call)).toMatchObject([
    {
      provider: 'http',
      name: 'http:POST:billing.example.com/v1/%75sers',
      level: 'write',
      confidence: 'exact',
    },
  ]);
});

it.each([
  ['GET', 'read'],
  ['HEAD', 'read'],
  ['DELETE', 'write'],
  ['PATCH', 'write'],
  ['PROPFIND', 'unknown'],
])('%s is of level %s', (method, level) => {
  expect(recogniseHttp({ ...call, method })[0]?.level).toBe(level);
});
