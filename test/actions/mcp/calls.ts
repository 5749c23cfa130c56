// Calls to an MCP server as the recogniser gets them, and its answers in one line each.
import type { Envelope } from '../../../src/actions/envelope.ts';
import { createMcpRecogniser } from '../../../src/actions/mcp/recogniser.ts';
import type { Action } from '../../../src/core/action.ts';
import type { Call, CallBody } from '../../../src/core/call.ts';

export interface CallParts {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: readonly string[];
  /** Of the body; absent for application/json, empty for none. */
  readonly type?: string;
  readonly state?: CallBody;
}

/** A text or bytes are sent as they are, anything else as JSON. */
export function call(
  body: unknown,
  { method = 'POST', path = '/mcp', headers = [], type, state }: CallParts = {},
): Call {
  const bytes = bytesOf(body);
  const typed = bytes && type !== '' ? ['Content-Type', type ?? 'application/json'] : [];
  return {
    method,
    upstream: 'files',
    scheme: 'https',
    host: 'mcp.example',
    path,
    query: undefined,
    headers: ['Accept', 'application/json, text/event-stream', ...headers, ...typed],
    body: state ?? (bytes ? { state: 'whole', bytes, decoded: bytes } : { state: 'none' }),
  };
}

function bytesOf(body: unknown): Uint8Array | undefined {
  if (body === undefined || body instanceof Uint8Array) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

export const rpc = (method: string, params?: unknown, id: unknown = 1): object => ({
  jsonrpc: '2.0',
  id,
  method,
  ...(params !== undefined && { params }),
});

export const tool = (name: unknown, args?: unknown): object =>
  rpc('tools/call', { name, ...(args !== undefined && { arguments: args }) });

const recogniser = createMcpRecogniser('files');

export function recognise(body: unknown, parts: CallParts = {}): readonly Action[] {
  return recogniser.recognise(call(body, parts));
}

export function envelope(body: unknown, parts: CallParts = {}): Envelope {
  const read = recogniser.envelope?.(call(body, parts));
  if (!read || read === 'needs-body') throw new Error(`no envelope: ${String(read)}`);
  return read;
}

/** `name level tag,tag id`, with `?` before it where it is ambiguous and `!` where it is unknown. */
export function told({ name, level, tags, resource, confidence }: Action): string {
  const mark = confidence === 'exact' ? '' : confidence === 'ambiguous' ? '?' : '!';
  return [`${mark}${name}`, level, tags.join(',') || '-', resource.id].filter((part) => part !== undefined).join(' ');
}
