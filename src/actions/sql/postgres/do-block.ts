// The statements and expressions inside a PL/pgSQL block. INVARIANT: a kind of step whose text the parser does not hand out whole, and
// SQL that the block puts together itself, is a doubt.
import { fields, list, type Node, text } from './node.ts';

export type BlockPart =
  | { readonly kind: 'sql'; readonly text: string }
  /** SQL text that is only known when the block runs, or steps that cannot be read. */
  | { readonly kind: 'doubt'; readonly why: string };

/** Steps whose expressions are all in the tree. */
const STEPS: ReadonlySet<string> = new Set([
  'PLpgSQL_stmt_block',
  'PLpgSQL_stmt_assign',
  'PLpgSQL_stmt_if',
  'PLpgSQL_if_elsif',
  'PLpgSQL_stmt_case',
  'PLpgSQL_case_when',
  'PLpgSQL_stmt_loop',
  'PLpgSQL_stmt_while',
  'PLpgSQL_stmt_fori',
  'PLpgSQL_stmt_fors',
  'PLpgSQL_stmt_foreach_a',
  'PLpgSQL_stmt_exit',
  'PLpgSQL_stmt_return',
  'PLpgSQL_stmt_raise',
  'PLpgSQL_raise_option',
  'PLpgSQL_stmt_assert',
  'PLpgSQL_stmt_execsql',
  'PLpgSQL_stmt_perform',
  'PLpgSQL_stmt_call',
  'PLpgSQL_stmt_getdiag',
  'PLpgSQL_diag_item',
  'PLpgSQL_stmt_commit',
  'PLpgSQL_stmt_rollback',
  'PLpgSQL_exception_block',
  'PLpgSQL_exception',
  'PLpgSQL_condition',
]);
const DYNAMIC: ReadonlySet<string> = new Set([
  'PLpgSQL_stmt_dynexecute',
  'PLpgSQL_stmt_dynfors',
  'PLpgSQL_stmt_return_query',
]);
/** What variables and their types are called in the tree: nothing that runs. */
const DATA: ReadonlySet<string> = new Set([
  'PLpgSQL_function',
  'PLpgSQL_var',
  'PLpgSQL_rec',
  'PLpgSQL_row',
  'PLpgSQL_recfield',
  'PLpgSQL_type',
]);

/** Everything in the tree of a block, which is the parser's JSON. */
export function blockParts(tree: unknown): readonly BlockPart[] {
  const parts: BlockPart[] = [];
  const functions = list(fields(tree)['plpgsql_funcs']);
  if (functions.length !== 1 || fields(fields(functions[0])['PLpgSQL_function'])['action'] === undefined) {
    return [{ kind: 'doubt', why: 'block-not-read' }];
  }
  collect(functions, parts);
  return parts;
}

function collect(value: unknown, parts: BlockPart[]): void {
  if (Array.isArray(value)) {
    for (const each of value) collect(each, parts);
    return;
  }
  for (const [key, inner] of Object.entries(fields(value))) {
    if (key === 'PLpgSQL_expr') parts.push(expression(fields(inner)));
    else {
      if (DYNAMIC.has(key)) parts.push({ kind: 'doubt', why: 'computed-statement' });
      else if (key.startsWith('PLpgSQL_') && !STEPS.has(key) && !DATA.has(key)) {
        parts.push({ kind: 'doubt', why: 'block-not-read' });
      }
      collect(inner, parts);
    }
  }
}

/** `parseMode` 0: a statement; 2: an expression; 3 to 5: an assignment, `target := expression`. */
function expression(node: Node): BlockPart {
  const query = text(node['query']) ?? '';
  if (node['parseMode'] === 0) return { kind: 'sql', text: query };
  if (node['parseMode'] === 2) return { kind: 'sql', text: `SELECT ${query}` };
  const assignment = /^([^=]*?):?=([^]*)$/.exec(query);
  if (assignment === null) return { kind: 'doubt', why: 'block-not-read' };
  return { kind: 'sql', text: `SELECT ${assignment[1] ?? ''}, ${assignment[2] ?? ''}` };
}

/** The statement that wraps a body for the parser, with dollar quotes that the body cannot end. */
export function doStatement(body: string): string {
  let tag = '$block$';
  for (let n = 0; body.includes(tag); n++) tag = `$block${n}$`;
  return `DO ${tag}${body}${tag}`;
}
