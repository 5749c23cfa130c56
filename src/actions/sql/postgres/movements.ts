// COPY, EXPLAIN, CALL, DO, LOAD, LOCK and the care of tables: statements that move data, run code, or wrap another statement.
import type { Finding } from '../finding.ts';
import { changeTags } from '../special-tables.ts';
import { as, constant, fields, list, type Node, strings, text } from './node.ts';
import { options } from './object-types.ts';
import type { Reader, StatementReaders } from './reader.ts';
import { qualified, relationName } from './relation.ts';

/** COPY by where the data goes or comes from: the client, a file of the server, a program on it. */
function copy(node: Node, reader: Reader): void {
  const program = node['is_program'] === true;
  const file = text(node['filename']);
  const from = node['is_from'] === true;
  const way = program ? 'program' : file === undefined ? 'client' : 'server-file';
  const relation = fields(node['relation']);
  const name = 'relname' in relation ? relationName(relation) : undefined;
  const finding: Finding = {
    verb: 'copy',
    effect: from ? 'write' : 'export',
    ...(from || way !== 'client' ? {} : { level: 'read' }),
    type: 'table',
    ...(name === undefined ? {} : { name }),
    tags: [...(from ? changeTags(name ?? [], true) : ['data-export']), ...(program ? ['code-execution'] : [])],
    flags: way === 'client' ? [] : [way],
    params: { direction: from ? 'in' : 'out', ...(file === undefined ? {} : { [way]: file.slice(0, 500) }) },
  };
  reader.findings.add(finding);
  // COPY (DELETE … RETURNING …) TO …: the query is as any other.
  if (node['query'] !== undefined) reader.statement(node['query']);
  if (!from && name !== undefined) reader.walk.walk({ RangeVar: relation });
  reader.walk.walk(node['whereClause']);
}

const OFF: ReadonlySet<string> = new Set(['false', 'off', '0']);

function explain(node: Node, reader: Reader): void {
  const analyze = list(node['options']).some((each) => {
    const option = as(each, 'DefElem');
    if (option?.['defname'] !== 'analyze') return false;
    return !('arg' in option) || !OFF.has((constant(option['arg']) ?? '').toLowerCase());
  });
  const flags = analyze ? ['analyze'] : [];
  reader.findings.add({ verb: 'explain', effect: 'read', flags });
  if (analyze) reader.statement(node['query']);
  else {
    // Planning calls functions that do not depend on the data, so that an unknown one may run.
    const planned = reader.findings.size;
    reader.walk.walk(onlyCalls(node['query']));
    if (planned < reader.findings.size)
      reader.findings.add({ verb: 'explain', effect: 'read', flags: ['plans-calls'] });
  }
}

/** The function calls of a tree, wherever they stand. */
function onlyCalls(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap(onlyCalls);
  return Object.entries(fields(value)).flatMap(([key, inner]) =>
    key === 'FuncCall'
      ? [{ FuncCall: { funcname: fields(inner)['funcname'] } }, ...onlyCalls(inner)]
      : onlyCalls(inner),
  );
}

function onTables(verb: string, key: string, finding: Partial<Finding>): StatementReaders[string] {
  return (node, { findings }) => {
    const tables = list(node[key]).map((each) =>
      relationName(as(each, 'RangeVar') ?? fields(as(each, 'VacuumRelation')?.['relation'])),
    );
    if (tables.length === 0) findings.add({ verb, effect: 'write', type: 'database', ...finding });
    for (const name of tables) findings.add({ verb, effect: 'write', type: 'table', name, ...finding });
  };
}

function onTable(verb: string, type: string, finding: Partial<Finding>): StatementReaders[string] {
  return (node, { findings }) => {
    const relation = fields(node['relation']);
    const other = text(node['name']);
    const name = 'relname' in relation ? relationName(relation) : other === undefined ? undefined : [other];
    findings.add({ verb, effect: 'write', type, ...(name === undefined ? {} : { name }), ...finding });
  };
}

const vacuum = onTables('vacuum', 'rels', {});
const analyze = onTables('analyze', 'rels', {});

export const MOVEMENTS: StatementReaders = {
  CopyStmt: copy,
  ExplainStmt: explain,
  CallStmt: (node, { findings, walk }) => {
    const call = fields(node['funccall']);
    const name = qualified(strings(call['funcname']));
    findings.add({
      verb: 'call',
      effect: 'exec',
      type: 'procedure',
      name,
      tags: ['sql-execution'],
      flags: ['unknown-function'],
    });
    walk.walk(call['args']);
  },
  DoStmt: (node, { findings, block }) => {
    const given = options(node['args']);
    const language = (constant(given.get('language')) ?? 'plpgsql').toLowerCase();
    findings.add({ verb: 'do', effect: 'code', type: 'language', name: [language], tags: ['code-execution'] });
    const body = constant(given.get('as'));
    if (language === 'plpgsql' && body !== undefined) block(body);
    else findings.doubt('code-in-another-language');
  },
  LoadStmt: (node, { findings }) => {
    const file = text(node['filename']) ?? '?';
    findings.add({
      verb: 'load',
      effect: 'code',
      type: 'library',
      name: [file],
      tags: ['code-execution'],
      flags: ['server-file'],
    });
  },
  LockStmt: onTables('lock', 'relations', { flags: ['locking'] }),
  VacuumStmt: (node, reader) => {
    (node['is_vacuumcmd'] === true ? vacuum : analyze)?.(node, reader);
  },
  ClusterStmt: onTable('cluster', 'table', {}),
  ReindexStmt: onTable('reindex', 'index', {}),
  RefreshMatViewStmt: onTable('refresh', 'materialized view', {}),
  CheckPointStmt: (_node, { findings }) => {
    findings.add({ verb: 'checkpoint', effect: 'write', type: 'server' });
  },
  AlterSystemStmt: (node, { findings }) => {
    const name = (text(fields(node['setstmt'])['name']) ?? 'all').toLowerCase();
    const audit = /^(?:log_|logging_|pgaudit|audit)/.test(name) ? ['audit-tamper'] : [];
    const tags = ['privilege-escalation', 'code-execution', ...audit];
    findings.add({
      verb: 'alter',
      effect: 'privilege',
      type: 'system',
      name: ['system'],
      tags,
      params: { parameter: name },
    });
  },
};
