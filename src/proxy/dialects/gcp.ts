// Refusals as Google's APIs say them (google.aip.dev/193): clients raise their own errors with `error.message`. What is pending is a 503: gcloud tries
// that again for every method and never a 429, the generated Python and Go clients most often nothing else, gaxios both for GET, PUT and DELETE.
import { gcpErrorForm } from '../../actions/gcp/error-form.ts';
import type { Call } from '../../core/call.ts';
import type { NativeRefusal, RefusalWords } from './refusal-words.ts';

/** `google.rpc.Code` of an HTTP status (github.com/googleapis/googleapis/blob/master/google/rpc/code.proto). */
const CODES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** The older field beside it. `rateLimitExceeded` would be tried again without end by some, so a refusal never says that. */
const REASONS: Readonly<Record<number, string>> = {
  401: 'authError',
  403: 'forbidden',
  404: 'notFound',
  409: 'conflict',
};

/** Errors of OAuth 2.0 (RFC 6749 §5.2). */
const OAUTH: Readonly<Record<number, string>> = {
  401: 'invalid_client',
  403: 'access_denied',
  503: 'temporarily_unavailable',
};

export function gcpRefusal(words: RefusalWords, call: Call): NativeRefusal {
  const { type, message, retryAfter } = words;
  const status = words.status === 429 ? 503 : words.status;
  const form = gcpErrorForm(call);
  if (form === 'xml') {
    const code = status === 403 ? 'AccessDenied' : status === 503 ? 'SlowDown' : 'RequestRefused';
    const body = `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}</Code><Message>${escaped(message)}</Message></Error>`;
    return { status, contentType: 'application/xml; charset=UTF-8', body };
  }
  if (form === 'oauth') {
    const body = JSON.stringify({ error: OAUTH[status] ?? 'invalid_request', error_description: message });
    return { status, contentType: 'application/json; charset=UTF-8', body };
  }
  const details: unknown[] = [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: type.replaceAll('-', '_').toUpperCase(),
      domain: 'holdgate.dev',
    },
  ];
  if (retryAfter !== undefined)
    details.push({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfter}s` });
  const error = {
    code: status,
    message,
    status: CODES[status] ?? (status >= 500 ? 'UNAVAILABLE' : 'FAILED_PRECONDITION'),
    errors: [{ message, domain: 'global', reason: REASONS[status] ?? (status >= 500 ? 'backendError' : 'badRequest') }],
    details,
  };
  return { status, contentType: 'application/json; charset=UTF-8', body: JSON.stringify({ error }) };
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (char) => ENTITIES[char] ?? '');
