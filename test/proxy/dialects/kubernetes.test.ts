// Refusals as metav1.Status. That kubectl prints and retries them is tested with kubectl itself (test/e2e/kubectl.test.ts).
import { expect, it } from 'vitest';
import type { Call } from '../../../src/core/call.ts';
import { nativeRefusal } from '../../../src/proxy/dialects/native-refusal.ts';

const call: Call = {
  method: 'GET',
  upstream: 'cluster',
  scheme: 'https',
  host: 'cluster.example.com',
  path: '/api/v1/pods',
  query: undefined,
  headers: [],
  body: { state: 'none' },
};

type Words = Parameters<typeof nativeRefusal>;
const said = (type: Words[2], words: Words[3]): unknown =>
  JSON.parse(nativeRefusal('kubernetes', call, type, words)?.body ?? 'null');

it('says no as an API server does', () => {
  expect(said('denied-by-person', { detail: 'denied: “not now”', approvalId: 'apr_1' })).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'denied: “not now” (approval apr_1) [denied-by-person]',
    reason: 'Forbidden',
    code: 403,
  });
});

it.each([
  ['approval-pending', 429, 'TooManyRequests'],
  ['gate-unavailable', 503, 'ServiceUnavailable'],
  ['malformed-call', 400, 'BadRequest'],
  ['unauthenticated', 401, 'Unauthorized'],
] as const)('%s has status %d, and says when to come back', (type, code, reason) => {
  expect(said(type, { detail: 'd', retryAfter: 2 })).toMatchObject({
    code,
    reason,
    details: { retryAfterSeconds: 2 },
  });
});

it('leaves plain HTTP to its own form', () => {
  expect(nativeRefusal('http', call, 'denied-by-person', { detail: 'd' })).toBeUndefined();
});
