// Every refusal that can reach an agent or an API client, in one table: RFC 9457 bodies, the type union, docs/errors.md
// (tested equal) and the metric labels all come from here.

interface Problem {
  readonly status: number;
  /** Fixed title, RFC 9457 §3.1.3. */
  readonly title: string;
  /** Whether sending the same call again later can help. */
  readonly retryable: boolean;
}

export const problems = {
  // Decisions.
  'denied-by-policy': { status: 403, title: 'Denied by policy', retryable: false },
  'denied-by-person': { status: 403, title: 'Denied by a person', retryable: false },
  'approval-pending': { status: 429, title: 'Waiting for approval', retryable: true },
  'approval-expired': { status: 403, title: 'Nobody decided in time', retryable: true },
  'approval-cancelled': { status: 403, title: 'The approval was cancelled', retryable: true },
  'approval-void': { status: 503, title: 'The approval no longer holds', retryable: true },
  'approval-backpressure': { status: 429, title: 'People are asked too much already', retryable: true },
  'not-sent': { status: 503, title: 'Approved, but nothing was sent', retryable: true },
  'outcome-unknown': { status: 409, title: 'Sent, but the outcome is unknown', retryable: false },
  'already-executed': { status: 409, title: 'Already executed; the response is no longer kept', retryable: false },
  // The call itself.
  unauthenticated: { status: 401, title: 'Agent credential missing or not accepted', retryable: false },
  'proxy-unauthenticated': { status: 407, title: 'Agent credential missing or not accepted', retryable: false },
  // Calls that agents sign as for AWS.
  'signing-key-refused': { status: 403, title: 'Access key not accepted', retryable: false },
  'signature-mismatch': { status: 403, title: 'The signature does not fit the call', retryable: false },
  'signature-expired': { status: 403, title: 'The signature is not of now', retryable: true },
  'signature-missing': { status: 403, title: 'The call has to be signed', retryable: false },
  'signed-body-mismatch': { status: 400, title: 'The body is not the one that was signed', retryable: false },
  'signing-unsupported': { status: 400, title: 'This way of signing is not supported', retryable: false },
  'malformed-call': { status: 400, title: 'The call is malformed or ambiguous', retryable: false },
  'document-needed': { status: 422, title: 'The text of a stored query is needed', retryable: false },
  'unknown-upstream': { status: 404, title: 'No such upstream', retryable: false },
  'method-refused': { status: 405, title: 'This method is never forwarded', retryable: false },
  'upgrade-refused': { status: 403, title: 'Protocol upgrade refused', retryable: false },
  'expectation-failed': { status: 417, title: 'Expectation not supported', retryable: false },
  'body-too-large': { status: 413, title: 'The body is over the limit', retryable: false },
  'body-timeout': { status: 408, title: 'The body came too slowly', retryable: true },
  'headers-too-large': { status: 431, title: 'The header section is over the limit', retryable: false },
  'version-not-supported': { status: 505, title: 'HTTP version not supported', retryable: false },
  'loop-detected': { status: 508, title: 'The call has passed this gate before', retryable: false },
  // The upstream.
  'upstream-address-refused': {
    status: 502,
    title: 'The upstream resolves to an address that is not allowed',
    retryable: false,
  },
  'upstream-unreachable': { status: 502, title: 'The upstream cannot be reached', retryable: true },
  'upstream-timeout': { status: 504, title: 'The upstream did not answer in time', retryable: true },
  'upstream-invalid': { status: 502, title: 'The upstream sent an invalid response', retryable: false },
  // The gate.
  'gate-unavailable': { status: 503, title: 'The gate cannot decide right now', retryable: true },
  'shutting-down': { status: 503, title: 'The gate is restarting', retryable: true },
  'internal-error': { status: 500, title: 'Internal error; nothing was forwarded', retryable: true },
  // The console API.
  'not-signed-in': { status: 401, title: 'Person credential missing or not accepted', retryable: false },
  'misdirected-request': { status: 421, title: 'Not served under this name', retryable: false },
  'not-found': { status: 404, title: 'No such thing here', retryable: false },
  'too-many-sign-ins': { status: 429, title: 'Too many failed sign-ins from this address', retryable: true },
  'cross-site-refused': { status: 403, title: 'Requests from other sites are refused', retryable: false },
  'unsupported-media-type': { status: 415, title: 'The body has to be JSON', retryable: false },
  'method-not-allowed': { status: 405, title: 'Method not allowed', retryable: false },
  'invalid-request': { status: 400, title: 'The request is not valid', retryable: false },
  'vote-refused': { status: 403, title: 'This vote does not count', retryable: false },
  'vote-conflict': { status: 409, title: 'The approval has moved on', retryable: false },
  'link-refused': { status: 409, title: 'The account belongs to somebody else', retryable: false },
  'vote-not-recorded': { status: 503, title: 'The vote was not confirmed', retryable: true },
} as const;

export type ProblemType = keyof typeof problems;

const table: Readonly<Record<ProblemType, Problem>> = problems;

/** Where the `type` URIs of problem bodies point. */
export const PROBLEM_BASE = 'https://holdgate.dev/problems/';

/** Members beside those of RFC 9457; `detail` must be safe for the agent to read. */
export interface ProblemDetails {
  readonly detail: string;
  readonly reason?: string;
  readonly decision_id?: string;
  readonly approval_id?: string;
  readonly approval_url?: string;
  readonly rule_id?: string;
  readonly [extension: string]: unknown;
}

/** The RFC 9457 body (application/problem+json) of a problem. */
export function problemBody(type: ProblemType, details: ProblemDetails): Record<string, unknown> {
  const { status, title, retryable } = table[type];
  return { type: PROBLEM_BASE + type, title, status, retryable, reason: type, ...details };
}
