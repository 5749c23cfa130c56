// What the readers of statements share, for dialects that are read by their words.
import type { Findings } from '../finding.ts';
import type { TokenCursor, Spoken } from './token-cursor.ts';

export interface PortableReader extends Spoken {
  readonly findings: Findings;
  readonly cursor: TokenCursor;
  /** Schema of names without one, where the carrier of the statement says it. */
  readonly schema: readonly string[] | undefined;
}

/** The name with the schema that the carrier gave, where it has none itself. */
export function located(name: readonly string[], { schema }: PortableReader): readonly string[] {
  return name.length === 1 && schema !== undefined ? [...schema, ...name] : name;
}
