// MCP over Streamable HTTP (and the older HTTP+SSE): what the messages of a call ask the server to do, `mcp:<upstream>:<method>`. The body
// is authoritative; headers that mirror it have to agree. INVARIANT: a message that a server may read otherwise is never exact, and
// comes with an unknown one beside it.
import type { Action } from '../../core/action.ts';
import type { JsonObject } from '../../core/body/json.ts';
import { type Call, headerValues } from '../../core/call.ts';
import { shortenedText } from '../../core/visible-text.ts';
import type { Envelope } from '../envelope.ts';
import type { Recogniser } from '../recogniser.ts';
import { messageAction, unknownMessage } from './message-actions.ts';
import { readMessages } from './message-reading.ts';
import { headerMismatch } from './mirrored-headers.ts';

/** In `_meta`: the agent's own words to the approver. */
export const JUSTIFICATION = 'holdgate/justification';

/** `server`: the id of the upstream, which its actions are named by. `base`: the path of its address, without a trailing slash. */
export function createMcpRecogniser(server: string, base = ''): Recogniser {
  return {
    // Any path of any host may be an MCP endpoint: the upstream has to be configured as one.
    claims: () => false,
    needsBody: ({ method }) => method === 'POST',
    recognise: (call) => (call.method === 'POST' ? messages(server, base, call) : [bodiless(server, base, call)]),
    envelope: (call) => (call.method === 'POST' ? envelope(call) : undefined),
  };
}

/** Below the base: itself, or a path that ends as endpoints do. Anything else may be no MCP at all. */
const ENDPOINT = /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9_~.-]*)*\/(?:mcp|sse|messages?)\/?$/;

function isEndpoint(base: string, { path }: Call): boolean {
  if (!path.startsWith(base)) return false;
  const rest = path.slice(base.length);
  return rest === '' || rest === '/' || ENDPOINT.test(rest);
}

function messages(server: string, base: string, call: Call): readonly Action[] {
  const reading = readMessages(call);
  const read = reading.messages.map((message) => messageAction(server, message));
  const doubts = [...reading.doubts, ...read.flatMap(({ doubt }) => doubt ?? [])];
  if (!isEndpoint(base, call)) doubts.push('its path is not that of an MCP endpoint');
  if (doubts.length === 0) return read.map(({ action }) => action);
  const sure = read.map(({ action }) =>
    action.confidence === 'exact' ? { ...action, confidence: 'ambiguous' as const } : action,
  );
  return [...sure, unknownMessage(server, [...new Set(doubts)].join('; '))];
}

/** Sessions (2025-03-26 to 2025-11-25) and what clients ask before they log in. */
function bodiless(server: string, base: string, call: Call): Action {
  const { method, path, body } = call;
  const of = (operation: string, level: Action['level'], summary: string): Action => ({
    provider: 'mcp',
    service: server,
    operation,
    name: `mcp:${server}:${operation}`,
    level,
    levelSource: 'catalogue',
    tags: [],
    resource: {},
    params: {},
    summary: `${summary} MCP server ${server}`,
    confidence: 'exact',
  });
  const plain = body.state === 'none' && !headerValuesOf(call).some((name) => OVERRIDING.test(name));
  if (plain && method === 'GET' && METADATA.test(path)) return of('metadata', 'read', 'Read the public metadata of');
  if (!plain || !isEndpoint(base, call))
    return unknownMessage(server, `${method} ${shortenedText(path, 100)} is no message`);
  if (method === 'GET' && streams(call)) return of('session/listen', 'read', 'Listen to messages of');
  // Of its own: whoever names a session's id is who was given it, and nothing but the session ends.
  if (method === 'DELETE') return of('session/delete', 'read', 'End the session with');
  return unknownMessage(server, `${method} ${shortenedText(path, 100)} is no message`);
}

const METADATA =
  /^(?:\/[A-Za-z0-9_-]+)*\/\.well-known\/(?:oauth-protected-resource|oauth-authorization-server|openid-configuration)(?:\/[A-Za-z0-9_-]+)*$/;
const OVERRIDING = /^x-(?:http-)?method(?:-override)?$/i;

function headerValuesOf({ headers }: Call): string[] {
  return headers.filter((_, at) => at % 2 === 0);
}

function streams({ headers }: Call): boolean {
  return headerValues(headers, 'accept').some((value) => value.toLowerCase().includes('text/event-stream'));
}

function envelope(call: Call): Envelope | 'needs-body' | undefined {
  if (call.body.state === 'unread') return 'needs-body';
  const reading = readMessages(call);
  // What was not read contradicts nothing: it is unknown.
  const fault = call.body.state === 'whole' ? headerMismatch(call, reading) : undefined;
  const requests = reading.messages.flatMap((message) => (message.kind === 'request' ? [message] : []));
  const words = requests.map(({ params }) => justification(params)).find((text) => text !== undefined);
  return {
    batch: reading.batch,
    ids: requests.flatMap(({ id }) => (id === undefined ? [] : [id])),
    ...(fault !== undefined && { fault }),
    ...(words !== undefined && { justification: words }),
  };
}

function justification(params: JsonObject): string | undefined {
  const meta = params.get('_meta');
  const words = meta instanceof Map ? (meta as JsonObject).get(JUSTIFICATION) : undefined;
  return typeof words === 'string' ? words : undefined;
}
