// Refusals as metav1.Status. That kubectl prints and retries them is tested with kubectl itself (test/e2e/kubectl.test.ts).
import { expect, it } from 'vitest';
import { nativeRefusal } from '../../../src/proxy/dialects/native-refusal.ts';

const said = (...args: Parameters<typeof nativeRefusal>): unknown => JSON.parse(nativeRefusal(...args)?.body ?? 'null');

it('says no as an API server does', () => {
  expect(said('kubernetes', 'denied-by-person', { detail: 'denied: “not now”', approvalId: 'apr_1' })).toEqual({
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
  expect(said('kubernetes', type, { detail: 'd', retryAfter: 2 })).toMatchObject({
    code,
    reason,
    details: { retryAfterSeconds: 2 },
  });
});

it('leaves plain HTTP to its own form', () => {
  expect(nativeRefusal('http', 'denied-by-person', { detail: 'd' })).toBeUndefined();
  expect(nativeRefusal(undefined, 'denied-by-person', { detail: 'd' })).toBeUndefined();
});
