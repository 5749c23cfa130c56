// Whether SQL that a call carries only reads, so that the call itself may count as a read. INVARIANT: one action that is not known, changes
// something or is sensitive in any way makes the answer no; readings in several dialects have to agree.
import type { Action } from '../../core/action.ts';

/** `actions`: what all statements of the call do. */
export function onlyReads(actions: readonly Action[]): boolean {
  return actions.length > 0 && actions.every(isPlainRead);
}

const isPlainRead = ({ provider, level, tags, confidence }: Action): boolean =>
  provider === 'sql' && (level === 'read' || level === 'list') && tags.length === 0 && confidence !== 'unknown';
