// Refusals as Azure says them (github.com/microsoft/api-guidelines, "Error condition responses"): `error.code` and `error.message`, the code in a header
// too. The SDKs try a 429 or 503 with Retry-After again by themselves, whatever the method (azure-core, @azure/core-rest-pipeline).
import { azureErrorForm } from '../../actions/azure/error-form.ts';
import type { Call } from '../../core/call.ts';
import type { NativeRefusal, RefusalWords } from './refusal-words.ts';

const CODES: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'AuthenticationFailed',
  403: 'AuthorizationFailed',
  404: 'NotFound',
  409: 'Conflict',
  413: 'RequestEntityTooLarge',
  429: 'TooManyRequests',
  500: 'InternalServerError',
  503: 'ServiceUnavailable',
  504: 'GatewayTimeout',
};

/** Errors of OAuth 2.0 (RFC 6749 §5.2). */
const OAUTH: Readonly<Record<number, string>> = {
  401: 'invalid_client',
  403: 'access_denied',
  429: 'temporarily_unavailable',
  503: 'temporarily_unavailable',
};

export function azureRefusal({ status, message }: RefusalWords, call: Call): NativeRefusal {
  const code = CODES[status] ?? (status >= 500 ? 'ServiceUnavailable' : 'BadRequest');
  const headers = ['x-ms-error-code', code];
  switch (azureErrorForm(call)) {
    case 'xml': {
      const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${escaped(message)}</Message></Error>`;
      return { contentType: 'application/xml', headers, body };
    }
    case 'oauth': {
      const body = JSON.stringify({ error: OAUTH[status] ?? 'invalid_request', error_description: message });
      return { contentType: 'application/json; charset=utf-8', body };
    }
    case 'json':
      return {
        contentType: 'application/json; charset=utf-8',
        headers,
        body: JSON.stringify({ error: { code, message } }),
      };
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (char) => ENTITIES[char] ?? '');
