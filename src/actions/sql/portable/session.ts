// SET, USE, SHOW, DESCRIBE, PRAGMA and transactions.
import { isMark, isWord } from '../lex/token.ts';
import { setParameter } from '../parameter.ts';
import { findCall } from './call.ts';
import { located, type PortableReader } from './portable-reader.ts';
import { AS_WORDS, readQuery } from './query-reader.ts';
import { readName } from './token-cursor.ts';
import { EFFECT_WORDS } from './words.ts';

const SCOPES = ['global', 'session', 'local', 'persist', 'persist_only', 'variable', 'config', 'var'] as const;

/** Behind SET. */
export function readSet(reader: PortableReader): void {
  const { cursor, findings } = reader;
  if (cursor.isWord('password')) {
    const tags = ['credential-issue'];
    findings.add({ verb: 'set', effect: 'privilege', type: 'password', name: ['password'], tags });
  } else if (
    cursor.isWord('role', 'default') ||
    (cursor.isWord('session') && isWord(cursor.peek(1), 'authorization'))
  ) {
    setParameter(findings, { name: 'role', value: undefined, verb: 'set' });
  } else if (!cursor.isWord('transaction') && !isWord(cursor.peek(1), 'transaction')) readAssignments(reader);
  else setParameter(findings, { name: 'transaction', value: undefined, verb: 'set' });
  cursor.at = cursor.end;
}

/** `a = 1, GLOBAL b = 2, @c := 3`, each by its name. */
function readAssignments(reader: PortableReader): void {
  const { cursor, findings } = reader;
  const start = cursor.at;
  let depth = 0;
  let expects = true;
  let scope: string | undefined;
  for (; !cursor.done; cursor.at++) {
    if (isMark(cursor.peek(), '(')) depth++;
    else if (isMark(cursor.peek(), ')')) depth--;
    else if (depth === 0 && isMark(cursor.peek(), ',')) expects = true;
    else if (expects) {
      scope = readAssigned(reader, scope);
      expects = false;
    }
  }
  if (findings.size === 0) findings.doubt('unclear-statement');
  // What is assigned may be a query or call a function.
  cursor.at = start;
  while (!cursor.done && !cursor.isMark('=') && !cursor.isWord('to')) cursor.at++;
  if (cursor.done) return;
  cursor.at++;
  readQuery(reader, cursor.end, AS_WORDS);
}

/** Gives the scope for what follows: MySQL's GLOBAL counts until another one is said. */
function readAssigned(reader: PortableReader, before: string | undefined): string | undefined {
  const { cursor, findings } = reader;
  let ats = 0;
  while (cursor.mark('@')) ats++;
  const scope = cursor.isWord(...SCOPES) && !isMark(cursor.peek(1), '=') ? cursor.peek()?.text : undefined;
  if (scope !== undefined) cursor.at++;
  cursor.mark('.');
  while (cursor.mark('@')) ats++;
  const name = readName(cursor, reader);
  cursor.at--;
  if (name === undefined) findings.doubt('unclear-statement');
  else if (ats === 1)
    findings.add({ verb: 'set', effect: 'session', level: 'read', type: 'variable', name: [`@${name.join('.')}`] });
  else {
    const whole = name.join('.');
    const global = /^(?:global|persist)/.test(scope ?? (ats > 0 ? whole : (before ?? whole)));
    setParameter(findings, { name: whole, value: undefined, verb: 'set', global });
  }
  return ats === 0 ? (scope ?? before) : before;
}

/** Behind USE. */
export function readUse(reader: PortableReader): void {
  const { cursor, findings } = reader;
  const role = cursor.isWord('role', 'secondary') && cursor.peek(1) !== undefined;
  if (role) setParameter(findings, { name: 'role', value: undefined, verb: 'set' });
  else {
    cursor.word('database', 'schema', 'warehouse', 'catalog', 'namespace');
    const name = readName(cursor, reader);
    findings.add({
      verb: 'use',
      effect: 'session',
      level: 'read',
      type: 'schema',
      ...(name === undefined ? {} : { name }),
    });
  }
  cursor.at = cursor.end;
}

/** Behind SHOW, DESCRIBE and EXISTS: names and shapes of things. */
export function readShow(reader: PortableReader, verb: 'show' | 'describe'): void {
  const { cursor, findings } = reader;
  if (verb === 'describe') cursor.word('table', 'view', 'extended', 'formatted', 'detail', 'history');
  const name = verb === 'describe' ? readName(cursor, reader) : undefined;
  const what = verb === 'show' && cursor.peek()?.kind === 'word' ? cursor.peek()?.text : undefined;
  findings.add({
    verb,
    effect: 'read',
    level: 'list',
    // Answered with the hash of the user's password, or with what a collection of credentials has.
    ...((what === 'create' && isWord(cursor.peek(1), 'user', 'users', 'named')) ||
    (what === 'access' && reader.dialect === 'clickhouse')
      ? { tags: ['secret-read'] }
      : {}),
    ...(what === undefined ? {} : { name: [what] }),
    ...(name === undefined ? {} : { type: 'table', name: located(name, reader) }),
  });
  // ClickHouse asks the place itself what shape its data have.
  if (name !== undefined && cursor.isMark('(')) findCall(name, reader);
  // SHOW … WHERE may call functions.
  readQuery(reader, cursor.end, { ...AS_WORDS, expected: EFFECT_WORDS, onTable: () => undefined });
}

const LOOKS: ReadonlySet<string> = new Set(
  (
    'table_info table_xinfo table_list index_list index_info index_xinfo foreign_key_list foreign_key_check database_list ' +
    'compile_options function_list module_list pragma_list collation_list integrity_check quick_check data_version page_count ' +
    'freelist_count stats'
  ).split(' '),
);

/** Those that act without being given a value. */
const ACTS: ReadonlySet<string> = new Set(['optimize', 'wal_checkpoint', 'incremental_vacuum', 'shrink_memory']);

/** Behind PRAGMA (SQLite): a question, or a setting that can do away with every check. */
export function readPragma(reader: PortableReader): void {
  const { cursor, findings } = reader;
  const name = readName(cursor, reader)?.at(-1) ?? '?';
  const asks = LOOKS.has(name) || (cursor.done && !ACTS.has(name));
  if (asks) findings.add({ verb: 'show', effect: 'read', level: 'list', type: 'pragma', name: [name] });
  else {
    const tags = /^(?:writable_schema|trusted_schema|defensive|load_extension)$/.test(name)
      ? ['privilege-escalation']
      : [];
    findings.add({ verb: 'set', effect: 'session', type: 'pragma', name: [name], tags });
  }
  cursor.at = cursor.end;
}

const MODES: ReadonlySet<string> = new Set(
  (
    'transaction work tran isolation level read only readonly write committed uncommitted repeatable serializable snapshot deferred ' +
    'immediate exclusive with consistent and no chain release to savepoint start'
  ).split(' '),
);

/** Behind BEGIN, START, COMMIT, ROLLBACK, SAVEPOINT …: true if that is all; a script begins like a transaction. */
export function readTransaction(reader: PortableReader, verb: string): boolean {
  const { cursor, findings } = reader;
  const at = cursor.at;
  cursor.skipWords(MODES);
  while (cursor.mark(',')) cursor.skipWords(MODES);
  if (verb === 'savepoint' || verb === 'release' || verb === 'rollback') readName(cursor, reader);
  if (!cursor.done) {
    cursor.at = at;
    return false;
  }
  findings.add({ verb, effect: 'transaction' });
  return true;
}
