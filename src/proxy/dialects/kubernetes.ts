// Refusals as an API server says them: metav1.Status, which client-go turns into its own typed errors and whose message kubectl
// prints (`Error from server (Forbidden): …`). A 429 with `retryAfterSeconds` is tried again by client-go itself, if the header
// Retry-After says so too.
import type { NativeRefusal, RefusalWords } from './refusal-words.ts';

/** `metav1.StatusReason`s that clients tell apart, by HTTP status. */
const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

export function kubernetesRefusal({ status, message, retryAfter }: RefusalWords): NativeRefusal {
  const body = JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason: REASONS[status] ?? 'InternalError',
    ...(retryAfter !== undefined && { details: { retryAfterSeconds: retryAfter } }),
    code: status,
  });
  return { contentType: 'application/json', body };
}
