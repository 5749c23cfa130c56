// INSERT, REPLACE, UPDATE, DELETE, MERGE and TRUNCATE.
import type { Finding } from '../finding.ts';
import { isWord } from '../lex/token.ts';
import { changeTags } from '../special-tables.ts';
import { findCall } from './call.ts';
import { located, type PortableReader } from './portable-reader.ts';
import { AS_QUERY, readQuery, readTable } from './query-reader.ts';
import { readName, type TokenCursor } from './token-cursor.ts';
import { holdsForAll } from './where.ts';

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));
const INSERT_WORDS = words(
  'low_priority delayed high_priority ignore or abort fail rollback into table local first all when then else',
);
const CHANGE_WORDS = words('low_priority quick ignore or abort fail rollback replace only');
const WITH_UPDATE = words('update');
const WITH_INTO = words('update into');
/** What can follow the table and its columns. */
const BEHIND_TARGET = [
  ...words(
    'values value select with set default table from format partition settings as by replace if row output overriding tablesample',
  ),
];
const IN_MERGE = words('insert update delete');

function changed(
  reader: PortableReader,
  verb: string,
  name: readonly string[] | undefined,
  extra: Partial<Finding> & { readonly destructive?: boolean },
): void {
  const { destructive = false, flags = [], ...rest } = extra;
  const whole = name === undefined ? undefined : located(name, reader);
  if (whole === undefined) reader.findings.doubt('computed-name');
  const tags = [...(destructive ? ['destructive'] : []), ...changeTags(whole ?? [], verb === 'insert')];
  reader.findings.add({
    verb,
    effect: 'write',
    type: 'table',
    ...(whole === undefined ? {} : { name: whole }),
    tags,
    flags,
    ...rest,
  });
}

/** Behind INSERT or REPLACE. */
export function readInsert(reader: PortableReader, verb: 'insert' | 'replace'): void {
  const { cursor, findings, dialect } = reader;
  const start = cursor.at;
  let destructive = verb === 'replace';
  let several = false;
  for (;;) {
    if (cursor.isWord('all', 'first')) several = true;
    if (cursor.word('overwrite', 'replace')) destructive = true;
    else if (cursor.peek()?.kind === 'word' && INSERT_WORDS.has(cursor.peek()?.text ?? '')) cursor.at++;
    else break;
  }
  if (cursor.word('directory')) {
    findings.add({ verb: 'export', effect: 'export', tags: ['data-export'], flags: ['server-file'] });
  } else if (several) readEveryInto(reader, start);
  else if (cursor.word('function')) {
    const name = readName(cursor, reader);
    if (name === undefined || !findCall(name, reader)) findings.doubt('computed-name');
    findings.add({ verb: 'export', effect: 'export', tags: ['data-export'], flags: ['server-file'] });
  } else readTarget(reader, verb, destructive);
  if (dialect === 'clickhouse' && cursor.word('format') && !cursor.isWord('values')) {
    // What follows is data.
    cursor.at = cursor.end;
    return;
  }
  readQuery(reader, cursor.end, { ...AS_QUERY, expected: several ? WITH_INTO : WITH_UPDATE });
}

function readTarget(reader: PortableReader, verb: string, destructive: boolean): void {
  const { cursor } = reader;
  const name = readName(cursor, reader);
  // Spark: INSERT INTO t REPLACE WHERE ….
  if (cursor.isWord('replace') && verb === 'insert') destructive = true;
  const upserts = verb === 'insert' && isUpsert(cursor);
  const flags = [...(destructive && verb === 'insert' ? ['overwrite'] : []), ...(upserts ? ['upsert'] : [])];
  changed(reader, verb, name, { destructive, flags });
  if (upserts) changed(reader, 'update', name, {});
  if (cursor.word('partition') && cursor.isMark('(')) cursor.at = cursor.closing(cursor.at) + 1;
  if (cursor.isMark('(') && !isWord(cursor.peek(1), 'select', 'with', 'values', 'from')) {
    cursor.at = cursor.closing(cursor.at) + 1;
  }
  if (!cursor.isMark('(') && !cursor.isWord(...BEHIND_TARGET)) reader.findings.doubt('not-parsed');
}

/** `ON DUPLICATE KEY UPDATE` and `ON CONFLICT … DO UPDATE` change the rows that are there. */
function isUpsert({ tokens, at, end }: TokenCursor): boolean {
  for (let i = at; i < end - 1; i++) {
    const [word, next] = [tokens[i], tokens[i + 1]];
    if ((isWord(word, 'duplicate') && isWord(next, 'key')) || (isWord(word, 'do') && isWord(next, 'update')))
      return true;
  }
  return false;
}

/** Snowflake's `INSERT ALL … INTO a … INTO b … SELECT`. */
function readEveryInto(reader: PortableReader, start: number): void {
  const { cursor } = reader;
  for (cursor.at = start; !cursor.done; cursor.at++) {
    if (!isWord(cursor.tokens[cursor.at - 1], 'into')) continue;
    const at = cursor.at;
    changed(reader, 'insert', readName(cursor, reader), {});
    cursor.at = at;
  }
  cursor.at = start;
}

/** Behind UPDATE. */
export function readUpdate(reader: PortableReader): void {
  const { cursor, findings } = reader;
  cursor.skipWords(CHANGE_WORDS);
  const set = cursor.find('set', 'remove');
  const everywhere = holdsForAll(cursor);
  const flags = everywhere ? ['no-where'] : [];
  if (set < 0) findings.doubt('unclear-statement');
  readQuery(reader, set < 0 ? cursor.end : set, {
    ...AS_QUERY,
    tables: true,
    onTable: (name) => {
      changed(reader, 'update', name, { destructive: everywhere, flags });
    },
  });
  readQuery(reader, cursor.end);
}

/** Behind DELETE. */
export function readDelete(reader: PortableReader): void {
  const { cursor, dialect } = reader;
  cursor.skipWords(CHANGE_WORDS);
  const flags = holdsForAll(cursor) ? ['no-where'] : [];
  const onTable = (name: readonly string[]): void => {
    changed(reader, 'delete', name, { destructive: true, flags });
  };
  // `DELETE a, b FROM …` names aliases: every table of the list counts.
  const from = cursor.find('from');
  if (from >= 0) cursor.at = from + 1;
  else if (dialect !== 'bigquery' && dialect !== 'redshift') reader.findings.doubt('not-parsed');
  const tables = { ...AS_QUERY, tables: true, onTable };
  readQuery(reader, until(reader, 'using', 'where', 'order', 'limit', 'returning', 'settings'), tables);
  if (cursor.word('using')) {
    const target = dialect === 'mysql' ? onTable : readTable;
    readQuery(reader, until(reader, 'where', 'returning'), { ...tables, onTable: target });
  }
  readQuery(reader, cursor.end);
}

/** Behind MERGE. */
export function readMerge(reader: PortableReader): void {
  const { cursor } = reader;
  cursor.word('into');
  const name = readName(cursor, reader);
  const deletes = cursor.find('delete') >= 0;
  changed(reader, 'merge', name, { destructive: deletes, flags: deletes ? ['deletes'] : [] });
  const using = cursor.find('using');
  if (using >= 0) {
    cursor.at = using + 1;
    readQuery(reader, until(reader, 'on'), { ...AS_QUERY, tables: true });
  }
  readQuery(reader, cursor.end, { ...AS_QUERY, expected: IN_MERGE });
}

/** Behind TRUNCATE. */
export function readTruncate(reader: PortableReader): void {
  const { cursor } = reader;
  cursor.skipWords(words('table database all tables from if exists only'));
  do changed(reader, 'truncate', readName(cursor, reader), { destructive: true });
  while (cursor.mark(','));
  cursor.at = cursor.end;
}

/** Index of the first of the words, or the end. */
function until({ cursor }: PortableReader, ...stops: readonly string[]): number {
  const at = cursor.find(...stops);
  return at < 0 ? cursor.end : at;
}
