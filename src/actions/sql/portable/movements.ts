// COPY INTO, UNLOAD, EXPORT, LOAD, files of stages, CALL, EXECUTE: data that moves and code that runs.
import { isWord } from '../lex/token.ts';
import { changeTags } from '../special-tables.ts';
import { located, type PortableReader } from './portable-reader.ts';
import { AS_QUERY, AS_WORDS, readQuery } from './query-reader.ts';
import { readName } from './token-cursor.ts';

const FILE = ['server-file'];

/** Behind COPY: Snowflake, Databricks, Redshift. */
export function readCopy(reader: PortableReader): void {
  const { cursor, findings } = reader;
  cursor.word('into');
  const outwards = cursor.isMark('@') || cursor.peek()?.kind === 'string' || cursor.isWord('location');
  const from = cursor.find('from');
  if (outwards) {
    const place = cursor.peek();
    const to = place?.kind === 'string' && place.text !== undefined ? { to: place.text.slice(0, 500) } : {};
    const stage = cursor.mark('@') ? { type: 'stage', name: stageName(readName(cursor, reader)) } : {};
    const params = { direction: 'out', ...to };
    findings.add({ verb: 'copy', effect: 'export', ...stage, tags: ['data-export'], flags: FILE, params });
  } else {
    const name = readName(cursor, reader);
    if (name === undefined) findings.doubt('computed-name');
    else {
      const target = located(name, reader);
      const params = { direction: 'in' };
      findings.add({
        verb: 'copy',
        effect: 'write',
        type: 'table',
        name: target,
        tags: changeTags(target, true),
        flags: FILE,
        params,
      });
    }
  }
  if (from < 0) findings.doubt('unclear-statement');
  else {
    cursor.at = from + 1;
    // `FROM 's3://…'` is a place, not a table; what follows are options.
    if (cursor.peek()?.kind === 'string') cursor.at = cursor.end;
    const end = cursor.isMark('(') ? cursor.closing(cursor.at) + 1 : cursor.at + nameLength(reader);
    readQuery(reader, Math.min(end, cursor.end), { ...AS_QUERY, tables: true });
  }
  cursor.at = cursor.end;
}

/** `db.s.@stage`; `@~` where it is the user's own, and `@` alone before what is not written as a name. */
function stageName(name: readonly string[] = ['~']): readonly string[] {
  return name.map((part, i) => (i === name.length - 1 ? `@${part}` : part));
}

/** Tokens up to the next word that follows a word: `a.b FILE_FORMAT …`. */
function nameLength(reader: PortableReader): number {
  const { cursor } = reader;
  const start = cursor.at;
  cursor.mark('@');
  readName(cursor, reader);
  const length = cursor.at - start;
  cursor.at = start;
  return Math.max(1, length);
}

/** Behind UNLOAD: `('SELECT …') TO 's3://…'` (Redshift) or `(SELECT …) TO …` (Athena). */
export function readUnload(reader: PortableReader, nested: (text: string) => void): void {
  const { cursor, findings } = reader;
  findings.add({ verb: 'unload', effect: 'export', tags: ['data-export'], flags: FILE });
  const inner = cursor.peek(1);
  if (!cursor.isMark('(')) findings.doubt('unclear-statement');
  else if (inner?.kind === 'string') {
    if (inner.text === undefined) findings.doubt('computed-statement');
    else nested(inner.text);
  } else {
    const end = cursor.closing(cursor.at);
    cursor.at++;
    readQuery(reader, end);
  }
  cursor.at = cursor.end;
}

/** Behind EXPORT: BigQuery's `EXPORT DATA … AS SELECT`, `EXPORT MODEL`. */
export function readExport(reader: PortableReader): void {
  const { cursor, findings } = reader;
  findings.add({ verb: 'export', effect: 'export', tags: ['data-export'], flags: FILE });
  const as = cursor.find('as');
  if (as >= 0) {
    cursor.at = as + 1;
    readQuery(reader, cursor.end);
  }
  cursor.at = cursor.end;
}

/** Behind LOAD: `LOAD DATA … INTO TABLE t` and `LOAD DATA OVERWRITE t`. */
export function readLoad(reader: PortableReader): void {
  const { cursor, findings } = reader;
  const overwrite = cursor.find('overwrite', 'replace') >= 0;
  const into = cursor.find('into', 'overwrite');
  if (into >= 0) cursor.at = into + 1;
  cursor.word('table');
  const name = into < 0 ? undefined : readName(cursor, reader);
  if (name === undefined) findings.doubt('unclear-object');
  findings.add({
    verb: 'load',
    effect: 'write',
    type: 'table',
    ...(name === undefined ? {} : { name: located(name, reader) }),
    tags: [...(overwrite ? ['destructive'] : []), ...changeTags(name ?? [], true)],
    flags: FILE,
  });
  cursor.at = cursor.end;
}

/** Behind CALL. */
export function readCall(reader: PortableReader): void {
  const { cursor, findings } = reader;
  const name = readName(cursor, reader);
  if (name === undefined) findings.doubt('computed-name');
  findings.add({
    verb: 'call',
    effect: 'exec',
    type: 'procedure',
    ...(name === undefined ? {} : { name: located(name, reader) }),
    tags: ['sql-execution'],
    flags: ['unknown-function'],
  });
  readQuery(reader, cursor.end);
}

/** Behind EXECUTE: a statement that was prepared or stands in a text, one that is put together when it runs, or a task. */
export function readExecute(reader: PortableReader, nested: (text: string) => void): void {
  const { cursor, findings } = reader;
  const task = cursor.isWord('task', 'alert', 'job', 'dbt');
  const text = cursor.isWord('immediate') ? cursor.peek(1) : undefined;
  const behind = cursor.peek(2);
  if (text?.kind === 'string' && text.text !== undefined && (behind === undefined || isWord(behind, 'using', 'into'))) {
    // It is that statement and nothing else; clients write parameters so.
    nested(text.text);
  } else {
    findings.add({ verb: 'execute', effect: 'exec', tags: [task ? 'code-execution' : 'sql-execution'] });
    findings.doubt(task ? 'stored-code' : 'computed-statement');
  }
  readQuery(reader, cursor.end, { ...AS_WORDS, expected: new Set(['into', 'update', 'delete', 'insert', 'call']) });
}

/** Files of stages (Snowflake): `PUT file://… @s`, `GET @s file://…`, `LIST @s`, `REMOVE @s`. */
export function readStageFiles(reader: PortableReader, verb: 'put' | 'get' | 'list' | 'remove'): void {
  const { cursor, findings } = reader;
  while (!cursor.done && !cursor.isMark('@')) cursor.at++;
  const name = cursor.mark('@') ? stageName(readName(cursor, reader)) : undefined;
  findings.add({
    verb,
    effect: verb === 'list' ? 'read' : verb === 'get' ? 'export' : 'write',
    ...(verb === 'list' ? { level: 'list' as const } : {}),
    type: 'stage',
    ...(name === undefined ? {} : { name }),
    tags: verb === 'remove' ? ['destructive'] : verb === 'get' ? ['data-export'] : [],
    flags: FILE,
  });
  cursor.at = cursor.end;
}

/** BACKUP and RESTORE (ClickHouse). */
export function readBackup(reader: PortableReader, verb: 'backup' | 'restore'): void {
  const { cursor, findings } = reader;
  cursor.word('table', 'database', 'dictionary', 'view', 'all');
  const name = isWord(cursor.peek(), 'to') ? undefined : readName(cursor, reader);
  findings.add({
    verb,
    effect: verb === 'backup' ? 'export' : 'write',
    type: 'table',
    ...(name === undefined ? {} : { name: located(name, reader) }),
    tags: [verb === 'backup' ? 'data-export' : 'destructive'],
    flags: FILE,
  });
  cursor.at = cursor.end;
}
