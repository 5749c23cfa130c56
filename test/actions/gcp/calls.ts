// Calls for the tests of the recogniser of Google's APIs, and what is made of them.
import { createGcpRecogniser } from '../../../src/actions/gcp/recogniser.ts';
import type { Action } from '../../../src/core/action.ts';
import type { Call, CallBody } from '../../../src/core/call.ts';

export interface Parts {
  readonly headers?: readonly string[];
  readonly body?: string | Uint8Array | CallBody;
}

export const JSON_TYPE: readonly string[] = ['Content-Type', 'application/json'];

/** `request` is `METHOD https://host/path?query`; text as a body is JSON where no headers are given. */
export function call(request: string, { headers, body }: Parts = {}): Call {
  const [method = '', url = ''] = request.split(' ');
  const [, host = '', path = '', query] = /^https:\/\/([^/?]+)([^?]*)(?:\?([\s\S]*))?$/.exec(url) ?? [];
  return {
    method,
    upstream: 'google',
    scheme: 'https',
    host: host.toLowerCase(),
    path: path === '' ? '/' : path,
    query,
    headers: headers ?? (typeof body === 'string' ? JSON_TYPE : []),
    body: bodyOf(body),
  };
}

export function whole(bytes: Uint8Array, decoded: Uint8Array = bytes): CallBody {
  return { state: 'whole', bytes, decoded };
}

function bodyOf(body: Parts['body']): CallBody {
  if (body === undefined) return { state: 'none' };
  if (typeof body === 'string') return whole(new TextEncoder().encode(body));
  return body instanceof Uint8Array ? whole(body) : body;
}

export const recogniser: ReturnType<typeof createGcpRecogniser> = createGcpRecogniser();

export const recognise = (each: Call): readonly Action[] => recogniser.recognise(each);

const MARKS = { exact: '', ambiguous: '?', unknown: '!' } as const;

/** `id` without its provider, with `?` for ambiguous and `!` for unknown ones. */
export function names(each: Call): string[] {
  return recognise(each).map(({ name, confidence }) => name.slice('gcp:'.length) + MARKS[confidence]);
}

/** As names, with the resource behind it. */
export function resources(each: Call): string[] {
  return recognise(each).map(
    ({ name, confidence, resource }) =>
      `${name.slice('gcp:'.length)}${MARKS[confidence]} ${resource.type ?? '-'}/${resource.id ?? '-'}`,
  );
}

/** The only action of a call. */
export function only(each: Call): Action {
  const [action, ...others] = recognise(each);
  if (!action || others.length > 0) throw new Error(`${others.length + 1} actions`);
  return action;
}
