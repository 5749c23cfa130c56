// What the calls of a file of cases do: read as the kind of upstream that the file names, else by their hosts.
import { createActions } from '../../actions/registry.ts';
import type { Action } from '../../core/action.ts';
import type { Call } from '../../core/call.ts';
import { readKind } from '../upstream-kind.ts';

export function caseRecogniser(kind: string | undefined): (call: Call) => readonly Action[] {
  if (kind === undefined) {
    const actions = createActions([]);
    return (call) => actions.recognise(call);
  }
  const read = readKind(kind);
  if (typeof read === 'string') throw new Error(`the schema let the kind pass: ${read}`);
  const actions = createActions([{ id: '', basePath: '', ...read }]);
  return (call) => actions.recognise({ ...call, upstream: '' });
}
