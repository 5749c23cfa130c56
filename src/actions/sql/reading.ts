// One dialect's reading of a text.
import type { SqlDialect } from './dialect.ts';
import type { Findings } from './finding.ts';

/** One reading of a text: what it was found to do. `refused`: the dialect's own parser does not know it. */
export interface Reading {
  readonly dialect: SqlDialect;
  readonly findings: Findings;
  readonly refused: boolean;
}
