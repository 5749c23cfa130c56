// Calls to an API that a document describes, as its recogniser gets them.
import { createOpenapiRecogniser } from '../../../src/actions/openapi/recogniser.ts';
import type { Action } from '../../../src/core/action.ts';
import type { Call, CallBody } from '../../../src/core/call.ts';

export interface CallParts {
  readonly headers?: readonly string[];
  /** A text or bytes are sent as they are, anything else as JSON. */
  readonly body?: unknown;
  readonly type?: string;
  readonly state?: CallBody;
}

/** `line`: `METHOD /path?query`. */
export function call(line: string, { headers = [], body, type = 'application/json', state }: CallParts = {}): Call {
  const at = line.indexOf(' ');
  const [path = '', ...query] = line.slice(at + 1).split('?');
  const bytes =
    body === undefined || body instanceof Uint8Array
      ? body
      : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return {
    method: line.slice(0, at),
    upstream: 'billing',
    scheme: 'https',
    host: 'billing.example',
    path,
    query: query.length === 0 ? undefined : query.join('?'),
    headers: [...headers, ...(body !== undefined && type !== '' ? ['Content-Type', type] : [])],
    body: state ?? (bytes ? { state: 'whole', bytes, decoded: bytes } : { state: 'none' }),
  };
}

/** A recogniser of upstream `billing`; a text is the document as it stands. */
export function api(document: object | string, base = ''): (line: string, parts?: CallParts) => readonly Action[] {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  const recogniser = createOpenapiRecogniser('billing', { file: 'billing.yaml', text }, base);
  return (line, parts = {}) => recogniser.recognise(call(line, parts));
}

/** `name level tag,tag type/id`, with `?` before it where it is ambiguous and `!` where it is unknown. */
export function told({ name, level, tags, resource, confidence }: Action): string {
  const mark = confidence === 'exact' ? '' : confidence === 'ambiguous' ? '?' : '!';
  const place = `${resource.type ?? ''}/${resource.id ?? ''}`;
  return `${mark}${name.replace('openapi:billing:', '')} ${level} ${tags.length === 0 ? '-' : tags.join(',')} ${place}`;
}
