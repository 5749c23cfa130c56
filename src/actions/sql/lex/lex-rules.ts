// What each dialect takes for a comment, a string and a quoted name. INVARIANT: what is not listed for a dialect makes its text
// doubtful; nothing is taken for blank or for text that a server may take for code.
import type { SqlDialect } from '../dialect.ts';

/** Whether a backslash hides the next character: `setting` where the server's configuration decides. */
export type Escapes = 'none' | 'always' | 'setting';

export interface LexRules {
  /** `#` starts a comment. */
  readonly hashComments: boolean;
  /** `//` starts a comment. */
  readonly slashComments: boolean;
  /** `--` starts a comment only before white space (MySQL). */
  readonly dashNeedsSpace: boolean;
  /** Comments nest; where not, a second start inside one is doubtful: servers and versions disagree. */
  readonly nestedComments: boolean;
  /** What stands in a comment that begins with an exclamation mark is code for some servers. */
  readonly executableComments: boolean;
  /** A carriage return alone ends a line comment. */
  readonly returnEndsLine: boolean;
  readonly stringEscapes: Escapes;
  readonly doubleQuotes: 'name' | 'string';
  readonly backticks: boolean;
  readonly brackets: boolean;
  /** Three quotes in a row delimit a string. */
  readonly tripleQuotes: boolean;
  /** `$$ … $$`, or with a tag between the dollars. */
  readonly dollarQuotes: 'none' | 'plain' | 'tagged';
  /** Letters directly before a quote that leave the string as it is (`n`, `x`), make it raw, or let backslashes escape. */
  readonly plainPrefixes: string;
  readonly rawPrefixes: string;
  readonly escapePrefixes: string;
  /** A variable goes on over `::` and over what stands in brackets behind it (SQLite, for Tcl). */
  readonly tclVariables: boolean;
  /** `U&'…'` and `U&"…"` hold Unicode escapes. */
  readonly unicodePrefix: boolean;
}

const PLAIN: LexRules = {
  hashComments: false,
  slashComments: false,
  dashNeedsSpace: false,
  nestedComments: false,
  executableComments: false,
  returnEndsLine: false,
  stringEscapes: 'none',
  doubleQuotes: 'name',
  backticks: false,
  brackets: false,
  tripleQuotes: false,
  dollarQuotes: 'none',
  plainPrefixes: ' x ',
  rawPrefixes: '',
  escapePrefixes: '',
  tclVariables: false,
  unicodePrefix: false,
};

/** Standard strings are the default for long, but Redshift and old servers take backslashes for escapes. */
const POSTGRESQL: LexRules = {
  ...PLAIN,
  nestedComments: true,
  returnEndsLine: true,
  dollarQuotes: 'tagged',
  plainPrefixes: ' b x n ',
  unicodePrefix: true,
  escapePrefixes: ' e ',
};

const GOOGLE: LexRules = {
  ...PLAIN,
  hashComments: true,
  stringEscapes: 'always',
  doubleQuotes: 'string',
  backticks: true,
  tripleQuotes: true,
  plainPrefixes: ' b ',
  rawPrefixes: ' r rb br ',
};

export const LEX_RULES: Readonly<Record<SqlDialect, LexRules>> = {
  postgresql: POSTGRESQL,
  redshift: POSTGRESQL,
  mysql: {
    ...PLAIN,
    hashComments: true,
    dashNeedsSpace: true,
    executableComments: true,
    stringEscapes: 'setting',
    doubleQuotes: 'string',
    backticks: true,
    plainPrefixes: ' b x n ',
  },
  sqlite: { ...PLAIN, backticks: true, brackets: true, tclVariables: true },
  snowflake: { ...PLAIN, slashComments: true, stringEscapes: 'always', dollarQuotes: 'plain' },
  bigquery: GOOGLE,
  databricks: { ...PLAIN, stringEscapes: 'setting', doubleQuotes: 'string', backticks: true, rawPrefixes: ' r ' },
  clickhouse: { ...PLAIN, stringEscapes: 'always', backticks: true, dollarQuotes: 'tagged', plainPrefixes: ' b x ' },
  partiql: PLAIN,
  trino: { ...PLAIN, unicodePrefix: true },
};
