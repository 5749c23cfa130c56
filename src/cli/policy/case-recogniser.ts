// What the calls of a file of cases do: read as the kind of upstream that the file names, else by their hosts.
import { createActions } from '../../actions/registry.ts';
import type { Action } from '../../core/action.ts';
import type { Call } from '../../core/call.ts';
import { actionsOfKind, readKind } from '../upstream-kind.ts';

export function caseRecogniser(kind: string | undefined): (call: Call) => readonly Action[] {
  const read = kind === undefined ? undefined : readKind(kind);
  if (typeof read === 'string') throw new Error(`the schema let the kind pass: ${read}`);
  const actions = read ? actionsOfKind(read) : createActions([]);
  return (call) => actions.recognise(call);
}
