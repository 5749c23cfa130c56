// What the methods of MCP do to the server, over all revisions of the specification from 2024-11-05 to 2026-07-28, clients' side.
import type { ActionLevel } from '../../core/action.ts';

export interface McpMethod {
  /** `unknown` where the server alone knows what it does. */
  readonly level: ActionLevel;
  /** The member of `params` that `Mcp-Name` mirrors (2026-07-28, "Standard Request Headers"; tasks: SEP-2663). */
  readonly mirrored?: 'name' | 'uri' | 'taskId';
  /** In words, for summaries and the catalogue. */
  readonly does: string;
}

const METHODS: Readonly<Record<string, McpMethod>> = {
  'tools/call': { level: 'unknown', mirrored: 'name', does: 'Call a tool' },
  'prompts/get': { level: 'read', mirrored: 'name', does: 'Get a prompt' },
  'resources/read': { level: 'read', mirrored: 'uri', does: 'Read a resource' },
  initialize: { level: 'read', does: 'Open a session' },
  ping: { level: 'read', does: 'Ping' },
  'server/discover': { level: 'read', does: 'Ask what the server can do' },
  'tools/list': { level: 'list', does: 'List the tools' },
  'prompts/list': { level: 'list', does: 'List the prompts' },
  'resources/list': { level: 'list', does: 'List the resources' },
  'resources/templates/list': { level: 'list', does: 'List the templates of resources' },
  'resources/subscribe': { level: 'read', does: 'Subscribe to a resource' },
  'resources/unsubscribe': { level: 'read', does: 'End the subscription to a resource' },
  'subscriptions/listen': { level: 'read', does: 'Listen to changes' },
  'completion/complete': { level: 'read', does: 'Complete an argument' },
  // What this client is told of the log: nothing else changes.
  'logging/setLevel': { level: 'read', does: 'Set how much of the log it is sent' },
  'tasks/list': { level: 'list', does: 'List the tasks' },
  'tasks/get': { level: 'read', mirrored: 'taskId', does: 'Look at a task' },
  'tasks/result': { level: 'read', does: 'Read the result of a task' },
  'tasks/cancel': { level: 'write', mirrored: 'taskId', does: 'Cancel a task' },
  // It carries what the task waits for: a confirmation, perhaps.
  'tasks/update': { level: 'unknown', mirrored: 'taskId', does: 'Hand input to a task' },
  'notifications/initialized': { level: 'read', does: 'Say that the session is open' },
  'notifications/cancelled': { level: 'read', does: 'Give up a request of its own' },
  'notifications/progress': { level: 'read', does: 'Report progress' },
  'notifications/roots/list_changed': { level: 'read', does: 'Say that its folders changed' },
  'notifications/tasks/status': { level: 'read', does: 'Report on a task' },
};

/** Undefined for a method that is not of the specification. */
export function mcpMethod(name: string): McpMethod | undefined {
  return Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
}

export function mcpMethods(): readonly (readonly [string, McpMethod])[] {
  return Object.entries(METHODS);
}
