// What all commands about approvals share: their connection, and how a failure ends the process (docs/exit-codes.md).
import { type ApiClient, type ApiFailure, createApiClient } from '../api-client.ts';
import type { ExitName } from '../exit-codes.ts';
import { visibleText } from '../../core/visible-text.ts';
import { type ConnectionOptions, findConnection } from './connection.ts';
import type { RenderOptions } from './render-approval.ts';
import type { Terminal } from './terminal.ts';

function exitOf(failure: ApiFailure): ExitName {
  switch (failure.kind) {
    case 'unreachable':
    case 'unavailable':
    case 'unexpected':
      return 'unavailable';
    case 'unauthorised':
      return 'noPermission';
    case 'not-found':
      return 'noInput';
    case 'refused':
      return failure.status === 403 ? 'noPermission' : 'negative';
  }
}

/** Says what went wrong and sets the exit code. */
export function fail(terminal: Terminal, failure: ApiFailure): void {
  terminal.err(`holdgate: ${visibleText(failure.detail)}`);
  terminal.exit(exitOf(failure));
}

/** Ends with words of ours. */
export function stop(terminal: Terminal, exit: ExitName, message: string): void {
  terminal.err(`holdgate: ${message}`);
  terminal.exit(exit);
}

/** The client for these options; undefined if there is none to be had, which was said. */
export function connect(terminal: Terminal, options: ConnectionOptions): ApiClient | undefined {
  const found = findConnection(options, terminal);
  if (found.ok) return createApiClient(found.connection);
  stop(terminal, found.exit, found.message);
  return undefined;
}

export function rendering({ columns, colour }: Terminal): RenderOptions {
  return { columns, colour };
}

/** Ids come from people's hands: checked before they become part of a path. */
export function isId(id: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(id);
}
