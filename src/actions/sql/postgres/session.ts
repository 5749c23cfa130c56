// SET, SHOW, transactions, cursors, prepared statements, notifications: what concerns the session.
import type { Finding } from '../finding.ts';
import { constant, fields, list, type Node, text } from './node.ts';
import { options } from './object-types.ts';
import { changesMeaning, setParameter } from '../parameter.ts';
import type { Reader, StatementReaders } from './reader.ts';

/** Transaction control by what the parser calls it. Two-phase commits end what another session did. */
const TRANSACTIONS: Readonly<Record<string, Pick<Finding, 'verb' | 'level'>>> = {
  TRANS_STMT_BEGIN: { verb: 'begin' },
  TRANS_STMT_START: { verb: 'begin' },
  TRANS_STMT_COMMIT: { verb: 'commit' },
  TRANS_STMT_ROLLBACK: { verb: 'rollback' },
  TRANS_STMT_SAVEPOINT: { verb: 'savepoint' },
  TRANS_STMT_RELEASE: { verb: 'release' },
  TRANS_STMT_ROLLBACK_TO: { verb: 'rollback' },
  TRANS_STMT_PREPARE: { verb: 'prepare', level: 'write' },
  TRANS_STMT_COMMIT_PREPARED: { verb: 'commit', level: 'write' },
  TRANS_STMT_ROLLBACK_PREPARED: { verb: 'rollback', level: 'write' },
};

/** Parameters of `SET TRANSACTION` and `SET SESSION CHARACTERISTICS`: the transaction's own mode. */
function setTransaction(node: Node, { findings }: Reader): void {
  for (const [parameter, value] of options(node['args'])) {
    setParameter(findings, { name: parameter, value: constant(value), verb: 'set' });
  }
}

function setVariable(node: Node, reader: Reader): void {
  const name = (text(node['name']) ?? 'all').toLowerCase();
  const kind = text(node['kind']) ?? '';
  if (kind === 'VAR_SET_MULTI') {
    setTransaction(node, reader);
    return;
  }
  const value = list(node['args']).map((each) => constant(each) ?? '?');
  setParameter(reader.findings, {
    name,
    value: value.length === 0 ? undefined : value.join(', '),
    verb: kind === 'VAR_RESET' || kind === 'VAR_RESET_ALL' ? 'reset' : 'set',
  });
}

function onSession(verb: string, key: string, finding: Partial<Finding>): StatementReaders[string] {
  return (node, { findings }) => {
    const name = text(node[key]);
    findings.add({ verb, effect: 'session', ...finding, ...(name === undefined ? {} : { name: [name] }) });
  };
}

export const SESSION: StatementReaders = {
  VariableSetStmt: setVariable,
  VariableShowStmt: onSession('show', 'name', { effect: 'read', level: 'list', type: 'parameter' }),
  TransactionStmt: (node, { findings }) => {
    const kind = text(node['kind']) ?? '';
    const known = Object.hasOwn(TRANSACTIONS, kind) ? TRANSACTIONS[kind] : undefined;
    if (known === undefined) findings.doubt('unknown-statement');
    // `BEGIN READ WRITE` says nothing that the statements that follow do not say themselves.
    else findings.add({ effect: 'transaction', ...known });
  },
  ConstraintsSetStmt: onSession('set', '', { type: 'constraints' }),
  DiscardStmt: (node, { findings }) => {
    // DISCARD ALL also ends SET ROLE.
    const name = node['target'] === 'DISCARD_ALL' ? 'all' : 'temp';
    setParameter(findings, { name, value: undefined, verb: 'reset' });
  },
  DeclareCursorStmt: (node, { findings, walk }) => {
    const name = [text(node['portalname']) ?? '?'];
    findings.add({ verb: 'declare', effect: 'session', level: 'read', type: 'cursor', name });
    walk.walk(node['query']);
  },
  FetchStmt: onSession('fetch', 'portalname', { effect: 'read', type: 'cursor' }),
  ClosePortalStmt: onSession('close', 'portalname', { level: 'read', type: 'cursor' }),
  PrepareStmt: (node, { findings, statement, prepared }) => {
    const name = [text(node['name']) ?? '?'];
    prepared.add(name[0] ?? '?');
    findings.add({ verb: 'prepare', effect: 'session', level: 'read', type: 'statement', name });
    // What it prepares counts as done: EXECUTE names it only.
    statement(node['query']);
  },
  ExecuteStmt: (node, { findings, walk, prepared }) => {
    const name = [text(node['name']) ?? '?'];
    findings.add({ verb: 'execute', effect: 'exec', type: 'statement', name, tags: ['sql-execution'] });
    if (!prepared.has(name[0] ?? '?')) findings.doubt('prepared-elsewhere');
    walk.walk(node['params']);
  },
  DeallocateStmt: onSession('deallocate', 'name', { level: 'read', type: 'statement' }),
  ListenStmt: onSession('listen', 'conditionname', { level: 'read', type: 'channel' }),
  UnlistenStmt: onSession('unlisten', 'conditionname', { level: 'read', type: 'channel' }),
  NotifyStmt: onSession('notify', 'conditionname', { effect: 'write', type: 'channel' }),
};

/** True where later statements of the same text may mean something else than they seem to. */
export function changesWhatFollows(kind: string, node: Node): boolean {
  if (kind === 'DiscardStmt') return true;
  if (kind !== 'VariableSetStmt') return false;
  const names = node['kind'] === 'VAR_SET_MULTI' ? [...options(node['args']).keys()] : [text(node['name']) ?? 'all'];
  return names.some((name) => changesMeaning(name.toLowerCase()) && fields(node)['kind'] !== 'VAR_SET_CURRENT');
}
