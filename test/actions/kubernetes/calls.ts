// Calls to an API server as the recogniser gets them, and its answers in one line each.
import { createKubernetesRecogniser } from '../../../src/actions/kubernetes/recogniser.ts';
import type { Action } from '../../../src/core/action.ts';
import type { Call, CallBody } from '../../../src/core/call.ts';

export interface CallParts {
  readonly headers?: readonly string[];
  /** A text or bytes are sent as they are, anything else as JSON. */
  readonly body?: unknown;
  /** Of the body; application/json where there is a body. */
  readonly type?: string | undefined;
  readonly state?: CallBody;
}

/** `line`: `METHOD /path?query`. */
export function call(line: string, { headers = [], body, type = 'application/json', state }: CallParts = {}): Call {
  const at = line.indexOf(' ');
  const [path = '', ...query] = line.slice(at + 1).split('?');
  const bytes = bytesOf(body);
  return {
    method: line.slice(0, at),
    upstream: 'cluster',
    scheme: 'https',
    host: 'cluster.example',
    path,
    query: query.length === 0 ? undefined : query.join('?'),
    headers: [...headers, ...(body !== undefined && type !== '' ? ['Content-Type', type] : [])],
    body: state ?? (bytes ? { state: 'whole', bytes, decoded: bytes } : { state: 'none' }),
  };
}

function bytesOf(body: unknown): Uint8Array | undefined {
  if (body === undefined || body instanceof Uint8Array) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

const recogniser = createKubernetesRecogniser();

export function recognise(line: string, parts: CallParts = {}): readonly Action[] {
  return recogniser.recognise(call(line, parts));
}

/** Of a call that does one thing. */
export function only(line: string, parts: CallParts = {}): Action {
  const [action, ...more] = recognise(line, parts);
  if (!action || more.length > 0)
    throw new Error(`${line} is ${[action, ...more].map((each) => each?.name).join(' + ')}`);
  return action;
}

/** `name level tag,tag namespace/id`, with `?` before it where it is ambiguous and `!` where it is unknown. */
export function told({ name, level, tags, resource, confidence }: Action): string {
  const mark = confidence === 'exact' ? '' : confidence === 'ambiguous' ? '?' : '!';
  const place = resource.namespace === undefined ? '' : `${resource.namespace}/`;
  return `${mark}${name} ${level} ${tags.length === 0 ? '-' : tags.join(',')} ${place}${resource.id ?? ''}`;
}
