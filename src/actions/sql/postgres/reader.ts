// What the readers of statements share: where findings go, and how to read what is inside.
import type { SqlDialect } from '../dialect.ts';
import type { Findings } from '../finding.ts';
import type { Node } from './node.ts';
import type { QueryWalk } from './query-walk.ts';

/** What the statements of one text share. */
export interface StatementsAround {
  readonly dialect: SqlDialect;
  /** Reads the body of a `DO` block. */
  readonly block: (body: string) => void;
  /** Names of the statements that the text prepared so far. */
  readonly prepared: Set<string>;
}

export interface Reader extends StatementsAround {
  readonly findings: Findings;
  readonly walk: QueryWalk;
  /** Reads a statement that stands inside another, as its kind and fields. */
  readonly statement: (node: unknown) => void;
}

/** Reads one kind of statement. */
export type StatementReader = (node: Node, reader: Reader) => void;
export type StatementReaders = Readonly<Record<string, StatementReader>>;
