// Refusals as an API server says them: metav1.Status, which client-go turns into its own typed errors and whose message kubectl
// prints (`Error from server (Forbidden): …`). A 429 with `retryAfterSeconds` is tried again by client-go itself.

/** `metav1.StatusReason`s that clients tell apart. */
export type KubernetesReason =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'Conflict'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'TooManyRequests'
  | 'InternalError'
  | 'ServiceUnavailable'
  | 'Timeout';

export interface KubernetesRefusal {
  /** HTTP status. */
  readonly status: number;
  readonly reason: KubernetesReason;
  /** One line, for people: it ends up in a terminal. */
  readonly message: string;
  /** Whole seconds; fractions are rounded up. */
  readonly retryAfterSeconds?: number;
}

export interface KubernetesStatus {
  /** Name, value, name, value, … */
  readonly headers: readonly string[];
  readonly body: string;
}

export function kubernetesStatus({ status, reason, message, retryAfterSeconds }: KubernetesRefusal): KubernetesStatus {
  const seconds = retryAfterSeconds === undefined ? undefined : Math.max(1, Math.ceil(retryAfterSeconds));
  const body = JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(seconds !== undefined && { details: { retryAfterSeconds: seconds } }),
    code: status,
  });
  const headers = ['Content-Type', 'application/json', 'Content-Length', String(Buffer.byteLength(body))];
  // client-go looks at the header first; without it a 429 is final.
  if (seconds !== undefined) headers.push('Retry-After', String(seconds));
  return { headers, body };
}
