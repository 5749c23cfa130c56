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
const MAX_SAID = 200;

export class SqlRequest {
  readonly #dialects: readonly SqlDialect[];
  readonly #context: Record<string, unknown>;
  readonly #statements: Statement[] = [];
  readonly #findings = new Findings();

  /** `context`: parameters of every action; `dialects`: all that the server may speak. */
  constructor(dialects: readonly SqlDialect[], context: SqlContext) {
    this.#dialects = dialects;
    this.#context = { ...context };
  }

  /** A parameter of every action: the database, the role, the user that the call names. Never a secret. */
  say(name: string, value: string | undefined): void {
    if (value !== undefined && value !== '') this.#context[name] = value.slice(0, MAX_SAID);
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

  /** At least one action. */
  actions(): readonly Action[] {
    const all = this.#context;
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
