// Calls to a GraphQL API as the recogniser gets them, and its answers in one line each.
import { createGraphqlRecogniser } from '../../../src/actions/graphql/recogniser.ts';
import type { Action } from '../../../src/core/action.ts';
import type { Call, CallBody } from '../../../src/core/call.ts';

export interface CallParts {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly headers?: readonly string[];
  /** Of the body; absent for application/json, empty for none. */
  readonly type?: string;
  readonly state?: CallBody;
}

/** A text or bytes are sent as they are, anything else as JSON. */
export function call(
  body: unknown,
  { method = 'POST', path = '/graphql', query, headers = [], type, state }: CallParts = {},
): Call {
  const bytes = bytesOf(body);
  const typed = bytes && type !== '' ? ['Content-Type', type ?? 'application/json'] : [];
  return {
    method,
    upstream: 'shop',
    scheme: 'https',
    host: 'shop.example',
    path,
    query,
    headers: [...headers, ...typed],
    body: state ?? (bytes ? { state: 'whole', bytes, decoded: bytes } : { state: 'none' }),
  };
}

function bytesOf(body: unknown): Uint8Array | undefined {
  if (body === undefined || body instanceof Uint8Array) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

const recogniser = createGraphqlRecogniser();

export function recognise(body: unknown, parts: CallParts = {}): readonly Action[] {
  return recogniser.recognise(call(body, parts));
}

export const envelope = (body: unknown): unknown => recogniser.envelope?.(call(body));

/** `type:field level tags {params}`, with `?` before it where it is ambiguous; `!` alone for an unknown one. */
export function told({ name, level, tags, params, confidence }: Action): string {
  if (confidence === 'unknown') return `!${name}`;
  return `${confidence === 'exact' ? '' : '?'}${name.slice(8)} ${level} ${tags.join(',') || '-'} ${JSON.stringify(params)}`;
}
