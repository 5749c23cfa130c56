// Which reader reads which statement, by its first word. INVARIANT: a first word that is not here, and what a reader leaves unread, is
// unknown.
import type { SqlEffect } from '../finding.ts';
import { isMark, isWord, type Token } from '../lex/token.ts';
import { setParameter } from '../parameter.ts';
import { readDelete, readInsert, readMerge, readTruncate, readUpdate } from './changes.ts';
import { readAlter, readCreate, readDrop, readRename, readUndrop } from './definitions.ts';
import * as movements from './movements.ts';
import { located, type PortableReader } from './portable-reader.ts';
import { AS_WORDS, readQuery } from './query-reader.ts';
import { readGrant } from './rights.ts';
import { readPragma, readSet, readShow, readTransaction, readUse } from './session.ts';
import { readName } from './token-cursor.ts';
import { EFFECT_WORDS } from './words.ts';

/** What reading a statement may need from around it. */
export interface Around {
  /** Reads a text of statements that stands in a string. */
  readonly nested: (text: string) => void;
}

type Read = (reader: PortableReader, around: Around) => void;

/** Statements that only name a table they take care of, or nothing: first word → effect and tags. */
const CARE: Readonly<Record<string, { readonly effect: SqlEffect; readonly tags?: readonly string[] }>> = {
  analyze: { effect: 'write' },
  analyse: { effect: 'write' },
  optimize: { effect: 'write' },
  repair: { effect: 'write' },
  check: { effect: 'read' },
  checksum: { effect: 'read' },
  vacuum: { effect: 'write', tags: ['destructive'] },
  reindex: { effect: 'write' },
  refresh: { effect: 'write' },
  cache: { effect: 'session' },
  uncache: { effect: 'session' },
  clear: { effect: 'session' },
  msck: { effect: 'write' },
  kill: { effect: 'write', tags: ['destructive'] },
  flush: { effect: 'write' },
  purge: { effect: 'write', tags: ['destructive', 'audit-tamper'] },
  shutdown: { effect: 'write', tags: ['destructive'] },
  restart: { effect: 'write', tags: ['destructive'] },
  lock: { effect: 'write' },
  unlock: { effect: 'session' },
  install: { effect: 'code', tags: ['code-execution'] },
  uninstall: { effect: 'write', tags: ['destructive'] },
  add: { effect: 'code', tags: ['code-execution'] },
  attach: { effect: 'write', tags: ['data-export'] },
  detach: { effect: 'write', tags: ['destructive'] },
  system: { effect: 'exec', tags: ['destructive', 'audit-tamper'] },
  comment: { effect: 'ddl' },
};
const CARE_WORDS: ReadonlySet<string> = new Set(
  'table tables repair local no_write_to_binlog materialized view on column lazy full database as'.split(' '),
);

function care(verb: string): Read {
  return (reader) => {
    const { cursor, findings } = reader;
    cursor.skipWords(CARE_WORDS);
    const name = cursor.isWord('into') ? undefined : readName(cursor, reader);
    const { effect = 'unknown', tags = [] } = CARE[verb] ?? {};
    const exports = verb === 'vacuum' && cursor.find('into') >= 0;
    const merges = verb === 'optimize' && cursor.find('deduplicate') >= 0;
    const intoFile = cursor.find('into') >= 0 || verb === 'attach' ? { flags: ['server-file'] } : {};
    findings.add({
      verb,
      effect,
      type: 'table',
      ...(name === undefined ? {} : { name: located(name, reader) }),
      tags: [...tags, ...(exports ? ['data-export'] : []), ...(merges ? ['destructive'] : [])],
      ...intoFile,
    });
    cursor.at = cursor.end;
  };
}

const EXPLAIN_WORDS: ReadonlySet<string> = new Set(
  'verbose extended formatted cost codegen plan query tree pipeline estimate ast syntax json text tabular logical using for format type traditional partitions'.split(
    ' ',
  ),
);

function explain(reader: PortableReader, around: Around): void {
  const { cursor, findings } = reader;
  let analyze = false;
  for (;;) {
    if (cursor.word('analyze', 'analyse')) analyze = true;
    else if (cursor.isMark('(') && !isWord(cursor.peek(1), 'select', 'with')) {
      const close = cursor.closing(cursor.at);
      // (ANALYZE, …), and whatever it may be set to.
      analyze ||= cursor.tokens.slice(cursor.at, close).some((token) => isWord(token, 'analyze', 'analyse'));
      cursor.at = close + 1;
    } else if (
      cursor.isMark('=') ||
      cursor.isMark(',') ||
      (cursor.peek()?.kind === 'word' && EXPLAIN_WORDS.has(cursor.peek()?.text ?? ''))
    ) {
      cursor.at++;
    } else break;
  }
  findings.add({ verb: 'explain', effect: 'read', flags: analyze ? ['analyze'] : [] });
  if (analyze) readStatement(reader, around);
  else readQuery(reader, cursor.end, { ...AS_WORDS, expected: EFFECT_WORDS, onTable: () => undefined });
}

/** WITH …: the statement behind the CTEs decides. */
function withClause(reader: PortableReader): void {
  const { cursor } = reader;
  const start = cursor.at - 1;
  const main = cursor.find('insert', 'update', 'delete', 'merge', 'replace');
  const select = cursor.find('select', 'values', 'table', 'from');
  if (main < 0 || (select >= 0 && select < main)) {
    cursor.at = start + 1;
    query(reader);
    return;
  }
  // The CTEs count as read where they stand; in the change their names are taken for tables, which is only more.
  cursor.at = start;
  readQuery(reader, main);
  const verb = cursor.peek()?.text;
  cursor.at++;
  if (verb === 'insert' || verb === 'replace') readInsert(reader, verb);
  else if (verb === 'update') readUpdate(reader);
  else if (verb === 'delete') readDelete(reader);
  else readMerge(reader);
}

function query(reader: PortableReader): void {
  const { cursor, findings } = reader;
  cursor.at--;
  const before = findings.size;
  readQuery(reader, cursor.end);
  if (findings.size === before) findings.add({ verb: 'select', effect: 'read' });
}

const EXPLAINED = [
  'analyze',
  'analyse',
  'select',
  'insert',
  'update',
  'delete',
  'replace',
  'with',
  'values',
  'format',
  'query',
] as const;

/** MySQL takes DESCRIBE for EXPLAIN where a statement follows. */
function describe(reader: PortableReader, around: Around): void {
  if (reader.cursor.isWord(...EXPLAINED)) explain(reader, around);
  else readShow(reader, 'describe');
}

/** MariaDB takes ANALYZE for EXPLAIN ANALYZE where a statement follows. */
function analyzeStatement(reader: PortableReader, around: Around): void {
  if (reader.cursor.isWord(...EXPLAINED) && !isMark(reader.cursor.peek(1), '.')) {
    reader.cursor.at--;
    explain(reader, around);
  } else care('analyze')(reader, around);
}

function transaction(verb: string): Read {
  return (reader) => {
    if (!readTransaction(reader, verb)) script(reader);
  };
}

/** SQLite's COMMIT, or the end of a block. */
function end(reader: PortableReader): void {
  if (!reader.cursor.done) script(reader);
  else if (reader.dialect === 'sqlite') reader.findings.add({ verb: 'commit', effect: 'transaction' });
  else reader.findings.doubt('script');
}

function deallocate({ cursor, findings }: PortableReader): void {
  findings.add({ verb: 'deallocate', effect: 'session', level: 'read', type: 'statement' });
  cursor.at = cursor.end;
}

/** A script: what runs when depends on its conditions; every part of it is looked at, and all of it is unknown. */
function script(reader: PortableReader): void {
  reader.findings.doubt('script');
  readQuery(reader, reader.cursor.end, AS_WORDS);
}

function reset(reader: PortableReader): void {
  const { cursor, findings } = reader;
  const name = readName(cursor, reader)?.join('.') ?? 'all';
  setParameter(findings, { name, value: undefined, verb: 'reset' });
  if (/^(?:master|slave|replica|binary|persist)/.test(name)) findings.doubt('server-administration');
  cursor.at = cursor.end;
}

function prepare(reader: PortableReader, around: Around): void {
  const { cursor, findings } = reader;
  const name = readName(cursor, reader);
  findings.add({
    verb: 'prepare',
    effect: 'session',
    level: 'read',
    type: 'statement',
    ...(name === undefined ? {} : { name }),
  });
  cursor.word('from', 'as');
  const text = cursor.peek();
  if (text?.kind === 'string' && text.text !== undefined) around.nested(text.text);
  else if (text?.kind === 'word' || cursor.isMark('(')) readStatement(reader, around);
  else findings.doubt('computed-statement');
  cursor.at = cursor.end;
}

const SCRIPT =
  'declare if while loop repeat for case let return raise else elseif elsif when signal iterate leave assert null';

const READERS: ReadonlyMap<string, Read> = new Map<string, Read>([
  ...['select', 'values', 'table', 'from'].map((word): [string, Read] => [word, query]),
  ['with', withClause],
  ['insert', (reader) => readInsert(reader, 'insert')],
  ['replace', (reader) => readInsert(reader, 'replace')],
  ['update', readUpdate],
  ['delete', readDelete],
  ['merge', readMerge],
  ['truncate', readTruncate],
  ['create', readCreate],
  ['alter', readAlter],
  ['drop', readDrop],
  ['undrop', readUndrop],
  ['rename', readRename],
  ['exchange', readRename],
  ['grant', (reader) => readGrant(reader, 'grant')],
  ['revoke', (reader) => readGrant(reader, 'revoke')],
  ['copy', movements.readCopy],
  ['unload', (reader, { nested }) => movements.readUnload(reader, nested)],
  ['export', movements.readExport],
  ['load', movements.readLoad],
  ['call', movements.readCall],
  ['execute', (reader, { nested }) => movements.readExecute(reader, nested)],
  ['put', (reader) => movements.readStageFiles(reader, 'put')],
  ['get', (reader) => movements.readStageFiles(reader, 'get')],
  ['list', (reader) => movements.readStageFiles(reader, 'list')],
  ['ls', (reader) => movements.readStageFiles(reader, 'list')],
  ['remove', (reader) => movements.readStageFiles(reader, 'remove')],
  ['rm', (reader) => movements.readStageFiles(reader, 'remove')],
  ['backup', (reader) => movements.readBackup(reader, 'backup')],
  ['restore', (reader) => movements.readBackup(reader, 'restore')],
  ['set', readSet],
  ['reset', reset],
  ['use', readUse],
  ['show', (reader) => readShow(reader, 'show')],
  ['exists', (reader) => (reader.cursor.isMark('(') ? query(reader) : readShow(reader, 'describe'))],
  ['describe', describe],
  ['desc', describe],
  ['explain', explain],
  ['pragma', readPragma],
  ['prepare', prepare],
  ['deallocate', deallocate],
  ['end', end],
  ['begin', transaction('begin')],
  ['start', transaction('begin')],
  ['commit', transaction('commit')],
  ['rollback', transaction('rollback')],
  ['savepoint', transaction('savepoint')],
  ['release', transaction('release')],
  ...SCRIPT.split(' ').map((word): [string, Read] => [word, script]),
  ...Object.keys(CARE).map((word): [string, Read] => [word, care(word)]),
  ['analyze', analyzeStatement],
  ['analyse', analyzeStatement],
]);

/** Reads one statement, whose tokens the reader's cursor goes over. */
export function readStatement(reader: PortableReader, around: Around): void {
  const { cursor, findings } = reader;
  const start = cursor.at;
  while (cursor.mark('('));
  const first: Token | undefined = cursor.peek();
  const read = first?.kind === 'word' ? READERS.get(first.text ?? '') : undefined;
  if (read === undefined || (cursor.at > start && !isWord(first, 'select', 'with', 'values', 'from', 'table'))) {
    findings.doubt('unknown-statement');
    return;
  }
  if (cursor.at > start) {
    cursor.at = start + 1;
    query(reader);
    return;
  }
  cursor.at++;
  read(reader, around);
  if (!cursor.done) findings.doubt('unclear-statement');
}

/** True where statements that follow may mean something else. */
export function changesWhatFollows(first: Token | undefined): boolean {
  return isWord(first, 'use', 'set', 'reset', 'pragma', 'attach');
}
