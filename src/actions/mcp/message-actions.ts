// What one JSON-RPC message asks an MCP server to do. The arguments of a tool are its parameters; answers to the server's own questions
// (sampling, elicitation) are actions too, for a server may be waiting for nothing but a "yes".
import type { Action, ActionLevel, ActionResource } from '../../core/action.ts';
import type { JsonObject, JsonValue } from '../../core/body/json.ts';
import { shortenedText } from '../../core/visible-text.ts';
import { type Params, plainParams } from '../aws/body/plain.ts';
import { namePart } from './action-name.ts';
import type { McpMessage } from './message-reading.ts';
import { mcpMethod } from './methods.ts';
import { nameTags } from '../name-tags.ts';
import { uriTags } from './uri-tags.ts';

export interface MessageAction {
  readonly action: Action;
  /** Why this reading may not be the server's. */
  readonly doubt?: string;
}

const MAX_NAME = 256;
const NOTHING: JsonObject = new Map();

export function messageAction(server: string, message: McpMessage): MessageAction {
  return message.kind === 'response' ? answer(server, message.result) : request(server, message.method, message.params);
}

interface Parts {
  readonly operation: string;
  readonly level: ActionLevel;
  readonly tags?: readonly string[];
  readonly resource?: ActionResource;
  readonly params?: Params;
  readonly summary: string;
  readonly confidence?: Action['confidence'];
}

function build(server: string, parts: Parts): Action {
  return {
    provider: 'mcp',
    service: server,
    operation: parts.operation,
    name: `mcp:${server}:${parts.operation}`,
    level: parts.level,
    levelSource: parts.confidence === 'unknown' ? 'rule' : 'catalogue',
    tags: parts.tags ?? [],
    resource: parts.resource ?? {},
    params: parts.params ?? {},
    summary: parts.summary,
    confidence: parts.confidence ?? 'exact',
  };
}

/** One that nobody can name: it meets every rule about the server. */
export function unknownMessage(server: string, why: string, params: Params = {}): Action {
  return build(server, {
    operation: 'unknown',
    level: 'unknown',
    params: { ...params, why },
    summary: `A message to MCP server ${server} that may do anything: ${why}`,
    confidence: 'unknown',
  });
}

function request(server: string, method: string, params: JsonObject): MessageAction {
  const known = mcpMethod(method);
  if (!known) {
    if (method.length > MAX_NAME) return { action: unknownMessage(server, 'its method is too long') };
    const operation = namePart(method);
    const summary = `${shortenedText(method, 80)} on MCP server ${server}: not a method of the specification`;
    return {
      action: build(server, {
        operation,
        level: 'unknown',
        params: plainParams(params),
        summary,
        confidence: 'unknown',
      }),
    };
  }
  if (method === 'tools/call' || method === 'prompts/get') return named(server, method, params);
  const uri = params.get('uri');
  const task = params.get('taskId');
  const resource: ActionResource =
    typeof uri === 'string'
      ? { type: 'resource', id: uri }
      : typeof task === 'string'
        ? { type: 'task', id: task }
        : {};
  const what = resource.id === undefined ? '' : ` ${shortenedText(resource.id, 200)}`;
  const action = build(server, {
    operation: namePart(method),
    level: known.level,
    tags: typeof uri === 'string' ? uriTags(uri) : [],
    resource,
    params: plainParams(withoutMeta(params)),
    summary: `${known.does}${what} on MCP server ${server}`,
  });
  return method === 'resources/read' && typeof uri !== 'string'
    ? { action, doubt: 'it names no resource' }
    : { action };
}

/** `_meta` is about the message: progress tokens, versions, traces. */
function withoutMeta(params: JsonObject): JsonObject {
  return params.has('_meta') ? new Map([...params].filter(([key]) => key !== '_meta')) : params;
}

function named(server: string, method: 'tools/call' | 'prompts/get', params: JsonObject): MessageAction {
  const name = params.get('name');
  const type = method === 'tools/call' ? 'tool' : 'prompt';
  if (typeof name !== 'string' || name === '') return { action: unknownMessage(server, `it names no ${type}`) };
  if (name.length > MAX_NAME) return { action: unknownMessage(server, `the name of its ${type} is too long`) };
  const given = params.get('arguments');
  const read = given instanceof Map ? (given as JsonObject) : NOTHING;
  const shown = shortenedText(name, 80);
  const values = plainParams(read);
  const action = build(server, {
    operation: `${method}:${namePart(name)}`,
    level: method === 'tools/call' ? 'unknown' : 'read',
    tags: method === 'tools/call' ? nameTags(name) : [],
    resource: { type, id: name },
    params: values,
    summary: `${method === 'tools/call' ? 'Call tool' : 'Get prompt'} ${shown} of MCP server ${server}${inWords(values, read.size)}`,
  });
  const doubt =
    oddName(name) ?? (given === undefined || given instanceof Map ? undefined : 'its arguments are no object');
  return doubt === undefined ? { action } : { action, doubt };
}

/** Names that a server may tidy up before it looks for the tool. */
function oddName(name: string): string | undefined {
  for (let i = 0; i < name.length; i++) if (name.charCodeAt(i) < 32) return 'its name has control characters';
  if (name !== name.trim()) return 'its name begins or ends with a blank';
  return name === name.normalize('NFKC') ? undefined : 'its name is not in its usual Unicode form';
}

/** The first few arguments, for the approver's one sentence. Secrets are hidden as in the parameters. */
function inWords(params: Params, size: number): string {
  const plain = Object.entries(params);
  if (plain.length === 0) return size === 0 ? '' : ', with arguments too large to show';
  const shown = plain.slice(0, 4).map(([key, value]) => {
    const text = typeof value === 'string' ? `"${value}"` : JSON.stringify(value);
    return `${shortenedText(key, 40)} ${shortenedText(text, 80)}`;
  });
  const more = size - shown.length;
  return ` with ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** The client's answer, told apart by its shape: only the server knows what it asked. */
function answer(server: string, result: JsonValue | undefined): MessageAction {
  const of = (kind: string, level: ActionLevel, summary: string, params?: Params): Action =>
    build(server, {
      operation: `response:${kind}`,
      level,
      summary: `${summary} MCP server ${server}`,
      ...(params && { params }),
    });
  if (result === undefined) return { action: of('error', 'read', 'Answer with an error to') };
  if (!(result instanceof Map)) {
    return { action: of('other', 'unknown', 'Answer a question of'), doubt: 'its answer is no object' };
  }
  const object: JsonObject = result;
  const kinds = [
    typeof object.get('action') === 'string' && 'elicitation',
    object.has('role') && object.has('content') && 'sampling',
    Array.isArray(object.get('roots')) && 'roots',
  ].filter((kind) => kind !== false);
  const [kind, ...more] = kinds;
  if (kind === undefined) {
    const bare = [...object.keys()].every((key) => key === '_meta');
    return { action: bare ? of('ping', 'read', 'Answer a ping of') : of('other', 'unknown', 'Answer a question of') };
  }
  const params = plainParams(withoutMeta(object));
  const said = object.get('action');
  const declines = kind === 'elicitation' && (said === 'decline' || said === 'cancel');
  const action = of(
    kind,
    declines || kind === 'roots' ? 'read' : 'unknown',
    kind === 'roots'
      ? 'Tell its folders to'
      : kind === 'sampling'
        ? 'Hand the text of a model to'
        : `${declines ? 'Decline' : 'Accept'} what is asked by`,
    params,
  );
  return more.length > 0 ? { action, doubt: 'its answer has two shapes' } : { action };
}
