// Refusals as metav1.Status. That kubectl prints and retries them is tested with kubectl itself (test/actions/kubernetes).
import { expect, it } from 'vitest';
import { kubernetesStatus } from '../../../src/proxy/dialects/kubernetes.ts';

it('says no as an API server does', () => {
  const { headers, body } = kubernetesStatus({ status: 403, reason: 'Forbidden', message: 'denied: “not now”' });
  expect(JSON.parse(body)).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'denied: “not now”',
    reason: 'Forbidden',
    code: 403,
  });
  expect(headers).toEqual(['Content-Type', 'application/json', 'Content-Length', String(Buffer.byteLength(body))]);
});

it.each([
  [5, 5],
  [0.2, 1],
  [0, 1],
  [59.1, 60],
])('asks to come back after %f s', (retryAfterSeconds, whole) => {
  const { headers, body } = kubernetesStatus({
    status: 429,
    reason: 'TooManyRequests',
    message: 'm',
    retryAfterSeconds,
  });
  expect(JSON.parse(body)).toMatchObject({ code: 429, details: { retryAfterSeconds: whole } });
  expect(headers.slice(-2)).toEqual(['Retry-After', String(whole)]);
});
