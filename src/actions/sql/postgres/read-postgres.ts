// A text of PostgreSQL statements to findings, by the server's own parser. INVARIANT: what could overflow or stall the parser never
// reaches it; what it refuses is unknown.
import type { SqlDialect } from '../dialect.ts';
import type { Findings } from '../finding.ts';
import { LEX_RULES } from '../lex/lex-rules.ts';
import { type ScanOptions, scan } from '../lex/scan.ts';
import { withPgParser } from '../load-sql-parser.ts';
import { blockParts, doStatement } from './do-block.ts';
import { fields, list } from './node.ts';
import { readStatement } from './statements.ts';

const COST: Omit<ScanOptions, 'limits'> = {
  rules: LEX_RULES.postgresql,
  tokens: false,
  executables: 'skip',
  escapes: 'all',
};
const STATEMENTS: ScanOptions = { ...COST, limits: { tokens: 24_000, depth: 1000 } };
/** Blocks nest beyond semicolons, so that only their length bounds their depth. */
const BLOCKS: ScanOptions = { ...COST, limits: { tokens: 4000, depth: 1000 } };
const MAX_NESTED_BLOCKS = 2;

/** Reads every statement of the text. False where the parser refuses the text: then no server of its version or older runs it. */
export function readPostgres(text: string, findings: Findings, dialect: SqlDialect): boolean {
  return readText(text, findings, dialect, 0);
}

function readText(text: string, findings: Findings, dialect: SqlDialect, blocks: number): boolean {
  const cost = scan(text, STATEMENTS);
  if (!cost.ok) {
    findings.doubt(cost.why);
    return true;
  }
  // Nobody writes it for this server: the text is meant for another one.
  if (cost.foreign) findings.doubt('executable-comment');
  // With standard_conforming_strings off (or Redshift) the string ends elsewhere.
  if (cost.escapedQuote) findings.doubt('unclear-string');
  const answer = withPgParser((wasm) => wasm.parse(text));
  if (answer?.state !== 'parsed') {
    findings.doubt(answer === undefined ? 'no-parser' : answer.state === 'trap' ? 'parser-failed' : 'not-parsed');
    return answer?.state !== 'refused';
  }
  readTree(JSON.parse(answer.json) as unknown, findings, dialect, blocks);
  return true;
}

function readTree(tree: unknown, findings: Findings, dialect: SqlDialect, blocks: number): void {
  let changed = false;
  const prepared = new Set<string>();
  for (const raw of list(fields(tree)['stmts'])) {
    if (changed) findings.doubt('after-change-of-meaning');
    const block = (body: string): void => {
      readBlock(body, findings, dialect, blocks + 1);
    };
    if (readStatement(fields(raw)['stmt'], findings, { dialect, block, prepared })) changed = true;
  }
}

function readBlock(body: string, findings: Findings, dialect: SqlDialect, blocks: number): void {
  const cost = blocks > MAX_NESTED_BLOCKS ? undefined : scan(body, BLOCKS);
  if (cost?.ok !== true) {
    findings.doubt('block-not-read');
    return;
  }
  const answer = withPgParser((wasm) => wasm.parseDo(doStatement(body)));
  if (answer?.state !== 'parsed') {
    findings.doubt('block-not-read');
    return;
  }
  for (const part of blockParts(JSON.parse(answer.json))) {
    if (part.kind === 'doubt') findings.doubt(part.why);
    else readText(part.text, findings, dialect, blocks);
  }
}
