// What a call to a service that takes SQL asks for: statements, and effects that are written otherwise. INVARIANT: whatever of a call
// could not be read is a doubt, and a doubt is an action of confidence `unknown`.
import type { Action } from '../../../core/action.ts';
import { classifySql } from '../classify-sql.ts';
import type { SqlDialect } from '../dialect.ts';
import { type Finding, Findings } from '../finding.ts';
import { type SqlContext, toActions, unknownSql } from '../to-actions.ts';

interface Statement {
  readonly text: string;
  /** Where names without a schema are, if the call says it. */
  readonly schema: readonly string[] | undefined;
}

/** More texts than that nobody looks at. */
const MAX_TEXTS = 100;

export class SqlRequest {
  readonly #dialects: readonly SqlDialect[];
  readonly #context: SqlContext;
  readonly #statements: Statement[] = [];
  readonly #findings = new Findings();

  /** `context`: parameters of every action; `dialects`: all that the server may speak. */
  constructor(dialects: readonly SqlDialect[], context: SqlContext) {
    this.#dialects = dialects;
    this.#context = context;
  }

  statement(text: string, schema?: readonly string[]): void {
    if (this.#statements.length < MAX_TEXTS) this.#statements.push({ text, schema });
    else this.doubt('too-many-statements');
  }

  add(finding: Finding): void {
    this.#findings.add(finding);
  }

  doubt(why: string): void {
    this.#findings.doubt(why);
  }

  /** At least one action. `context`: what is known only now. */
  actions(context: SqlContext = {}): readonly Action[] {
    const all = { ...this.#context, ...context };
    const found = new Map<string, Action>();
    for (const { text, schema } of this.#statements) {
      for (const action of classifySql(text, this.#dialects, { context: all, schema })) keep(found, action);
    }
    const { size, doubts } = this.#findings;
    if (size + doubts.length > 0) for (const action of toActions(this.#findings, all)) keep(found, action);
    return found.size > 0 ? [...found.values()] : [unknownSql('no-statement', all)];
  }
}

/** Alike in two texts or two readings of a call: once. */
function keep(found: Map<string, Action>, action: Action): void {
  const { name, level, tags, confidence, params, resource } = action;
  const key = JSON.stringify([name, level, tags, confidence, params['flags'], params['why'], resource.type]);
  if (!found.has(key)) found.set(key, action);
}
