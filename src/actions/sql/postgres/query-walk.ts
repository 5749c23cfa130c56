// Everything that a query or a data change does, wherever in its tree it stands: sub-queries, data-modifying CTEs, functions, locks.
// Recursive: the depth of the tree is bounded before (lex/budget.ts).
import type { SqlDialect } from '../dialect.ts';
import type { Finding, Findings } from '../finding.ts';
import { changeTags, isSecretTable } from '../special-tables.ts';
import { findCall } from './call.ts';
import { as, fields, list, type Node, strings, text } from './node.ts';
import { relationName } from './relation.ts';
import { holdsForAll } from './where.ts';

export class QueryWalk {
  readonly #findings: Findings;
  readonly #dialect: SqlDialect;
  /** Names of the CTEs that are in scope; a table of such a name is none. */
  readonly #ctes: string[] = [];
  #found = false;

  constructor(findings: Findings, dialect: SqlDialect) {
    this.#findings = findings;
    this.#dialect = dialect;
  }

  /** True once something was found. */
  get found(): boolean {
    return this.#found;
  }

  /** Any node, list of nodes or bare fields. */
  walk(value: unknown): void {
    if (Array.isArray(value)) {
      for (const each of value) this.walk(each);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) this.#member(key, inner);
  }

  #member(key: string, inner: unknown): void {
    switch (key) {
      case 'ColumnRef':
      case 'A_Const':
      case 'ParamRef':
      case 'typeName':
      case 'alias':
      case 'location':
        return;
      case 'SelectStmt':
      case 'larg':
      case 'rarg':
        this.#select(fields(inner));
        return;
      case 'InsertStmt':
        this.#insert(fields(inner));
        return;
      case 'UpdateStmt':
        this.#change('update', fields(inner));
        return;
      case 'DeleteStmt':
        this.#change('delete', fields(inner));
        return;
      case 'MergeStmt':
        this.#merge(fields(inner));
        return;
      case 'RangeVar':
        this.#read(fields(inner));
        return;
      case 'FuncCall':
        if (findCall(fields(inner), this.#findings, this.#dialect)) this.#found = true;
        this.walk(inner);
        return;
      case 'A_Expr':
        this.#operator(fields(inner));
        return;
      case 'useOp':
      case 'operName':
        this.#operatorName(inner);
        return;
      case 'RangeTableSample':
        if (findCall({ funcname: fields(inner)['method'] }, this.#findings, this.#dialect)) this.#found = true;
        this.walk(inner);
        return;
      default:
        this.walk(inner);
    }
  }

  #add(finding: Finding): void {
    this.#found = true;
    this.#findings.add(finding);
  }

  #select(node: Node): void {
    const mark = this.#with(node['withClause']);
    const into = fields(node['intoClause']);
    if ('rel' in into) {
      this.#add({ verb: 'create', effect: 'ddl', type: 'table', name: relationName(fields(into['rel'])) });
    }
    if (list(node['lockingClause']).length > 0) this.#lock(node['fromClause']);
    for (const [key, inner] of Object.entries(node)) {
      if (key !== 'withClause' && key !== 'intoClause' && key !== 'lockingClause') this.#member(key, inner);
    }
    this.#ctes.length = mark;
  }

  /** Brings the CTEs into scope and walks them; gives the length to go back to. */
  #with(clause: unknown): number {
    const mark = this.#ctes.length;
    const { recursive, ctes } = fields(clause);
    const all = list(ctes).map((each) => as(each, 'CommonTableExpr') ?? {});
    if (recursive === true) this.#ctes.push(...all.map((cte) => text(cte['ctename']) ?? ''));
    for (const cte of all) {
      this.walk(cte['ctequery']);
      this.#ctes.push(text(cte['ctename']) ?? '');
    }
    return mark;
  }

  #read(relation: Node): void {
    const isCte = relation['schemaname'] === undefined && this.#ctes.includes(text(relation['relname']) ?? '');
    if (isCte) return;
    const name = relationName(relation);
    const tags = isSecretTable(name) ? ['secret-read'] : [];
    this.#add({ verb: 'select', effect: 'read', type: 'table', name, tags });
  }

  /** `FOR UPDATE` and `FOR SHARE` lock rows of the tables that this SELECT reads from. */
  #lock(from: unknown): void {
    const tables = relations(from);
    for (const relation of tables) {
      const name = relationName(relation);
      this.#add({ verb: 'lock', effect: 'write', type: 'table', name, flags: ['locking'] });
    }
    if (tables.length === 0) this.#add({ verb: 'lock', effect: 'write', flags: ['locking'] });
  }

  #insert(node: Node): void {
    const mark = this.#with(node['withClause']);
    const conflict = fields(node['onConflictClause'])['action'];
    const flags = conflict === 'ONCONFLICT_UPDATE' ? ['upsert'] : [];
    const name = relationName(fields(node['relation']));
    this.#add({
      verb: 'insert',
      effect: 'write',
      type: 'table',
      name,
      flags,
      tags: changeTags(name, flags.length === 0),
    });
    // What is there already is changed.
    if (flags.length > 0) this.#add({ verb: 'update', effect: 'write', type: 'table', name, tags: changeTags(name) });
    this.#rest(node, mark);
  }

  #change(verb: 'update' | 'delete', node: Node): void {
    const mark = this.#with(node['withClause']);
    const name = relationName(fields(node['relation']));
    const everywhere = holdsForAll(node['whereClause']);
    const tags = [...(verb === 'delete' || everywhere ? ['destructive'] : []), ...changeTags(name)];
    this.#add({ verb, effect: 'write', type: 'table', name, tags, flags: everywhere ? ['no-where'] : [] });
    this.#rest(node, mark);
  }

  #merge(node: Node): void {
    const mark = this.#with(node['withClause']);
    const name = relationName(fields(node['relation']));
    const clauses = list(node['mergeWhenClauses']).map((each) => as(each, 'MergeWhenClause')?.['commandType']);
    const deletes = clauses.includes('CMD_DELETE');
    const tags = [...(deletes ? ['destructive'] : []), ...changeTags(name)];
    this.#add({
      verb: 'merge',
      effect: 'write',
      type: 'table',
      name,
      tags,
      flags: deletes ? ['deletes'] : [],
    });
    this.#rest(node, mark);
  }

  /** What a data change reads and calls beside its target. */
  #rest(node: Node, mark: number): void {
    for (const [key, inner] of Object.entries(node)) {
      if (key !== 'withClause' && key !== 'relation') this.#member(key, inner);
    }
    this.#ctes.length = mark;
  }

  #operatorName(name: unknown): void {
    const parts = strings(name);
    if (parts.length > 1 && parts[0] !== 'pg_catalog') {
      this.#add({ verb: 'call', effect: 'exec', type: 'operator', name: parts, flags: ['unknown-function'] });
    }
  }

  /** An operator that is named with a schema is a function that somebody defined. */
  #operator(node: Node): void {
    this.#operatorName(node['name']);
    this.walk(node['lexpr']);
    this.walk(node['rexpr']);
  }
}

/** The tables of a FROM clause, those of sub-queries left out. */
function relations(from: unknown): readonly Node[] {
  if (Array.isArray(from)) return from.flatMap(relations);
  return Object.entries(fields(from)).flatMap(([kind, inner]) => {
    if (kind === 'RangeVar') return [fields(inner)];
    if (kind === 'JoinExpr') return [...relations(fields(inner)['larg']), ...relations(fields(inner)['rarg'])];
    return kind === 'RangeTableSample' ? relations(fields(inner)['relation']) : [];
  });
}
