// Calls to GitHub as the recogniser gets them, and its answers in one line each.
import { createGithubRecogniser } from '../../../src/actions/github/recogniser.ts';
import type { Action } from '../../../src/core/action.ts';
import type { Call, CallBody } from '../../../src/core/call.ts';

export interface CallParts {
  readonly host?: string;
  readonly headers?: readonly string[];
  /** A text or bytes are sent as they are, anything else as JSON. */
  readonly body?: unknown;
  /** Of the body; application/json where there is a body. */
  readonly type?: string;
  readonly state?: CallBody;
  /** The upstream's own path. */
  readonly base?: string;
}

/** `line`: `METHOD /path?query`. */
export function call(line: string, parts: CallParts = {}): Call {
  const { host = 'api.github.com', headers = [], body, type = 'application/json', state } = parts;
  const at = line.indexOf(' ');
  const [path = '', ...query] = line.slice(at + 1).split('?');
  const bytes =
    body === undefined || body instanceof Uint8Array
      ? body
      : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return {
    method: line.slice(0, at),
    upstream: 'github',
    scheme: 'https',
    host,
    path,
    query: query.length === 0 ? undefined : query.join('?'),
    headers: [...headers, ...(body !== undefined && type !== '' ? ['Content-Type', type] : [])],
    body: state ?? (bytes ? { state: 'whole', bytes, decoded: bytes } : { state: 'none' }),
  };
}

export function recognise(line: string, parts: CallParts = {}): readonly Action[] {
  return createGithubRecogniser(parts.base).recognise(call(line, parts));
}

/** `name level tag,tag resource`, with `?` before it where it is ambiguous and `!` where it is unknown. */
export function told({ name, level, tags, resource, confidence }: Action): string {
  const mark = confidence === 'exact' ? '' : confidence === 'ambiguous' ? '?' : '!';
  return `${mark}${name} ${level} ${tags.length === 0 ? '-' : tags.join(',')} ${resource.id ?? '-'}`;
}
