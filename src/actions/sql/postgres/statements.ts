// Which reader reads which kind of statement. INVARIANT: a kind that is not in the table is unknown.
import type { Findings } from '../finding.ts';
import { ALTERATIONS } from './alterations.ts';
import { CREATIONS } from './creations.ts';
import { MOVEMENTS } from './movements.ts';
import { kindOf } from './node.ts';
import { PRIVILEGES } from './privileges.ts';
import { QueryWalk } from './query-walk.ts';
import type { Reader, StatementReader, StatementsAround } from './reader.ts';
import { REMOVALS } from './removals.ts';
import { changesWhatFollows, SESSION } from './session.ts';

const QUERIES: ReadonlySet<string> = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

const READERS: ReadonlyMap<string, StatementReader> = new Map(
  [CREATIONS, ALTERATIONS, REMOVALS, PRIVILEGES, SESSION, MOVEMENTS].flatMap((readers) => Object.entries(readers)),
);

/** Every kind that is read, for the test that compares it with the parser's own list. */
export const KNOWN_STATEMENTS: readonly string[] = [...QUERIES, ...READERS.keys()];

/** Reads one statement into the findings. True if later statements may mean something else than they seem to. */
export function readStatement(statement: unknown, findings: Findings, text: StatementsAround): boolean {
  const reader: Reader = {
    findings,
    walk: new QueryWalk(findings, text.dialect),
    statement: (node) => {
      readStatement(node, findings, text);
    },
    ...text,
  };
  const [kind, node] = kindOf(statement);
  if (QUERIES.has(kind)) {
    reader.walk.walk({ [kind]: node });
    if (!reader.walk.found) findings.add({ verb: 'select', effect: 'read' });
  } else {
    const read = READERS.get(kind);
    if (read === undefined) findings.doubt('unknown-statement');
    else read(node, reader);
  }
  return changesWhatFollows(kind, node);
}
