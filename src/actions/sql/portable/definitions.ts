// CREATE, ALTER, DROP and their kin.
import type { Finding } from '../finding.ts';
import { isMark, isWord, type Token } from '../lex/token.ts';
import { setParameter } from '../parameter.ts';
import { isAuditTable } from '../special-tables.ts';
import { type ObjectKind, readKind, readObject } from './objects.ts';
import { located, type PortableReader } from './portable-reader.ts';
import { readQuery, readTable } from './query-reader.ts';
import { readName } from './token-cursor.ts';
import { holdsForAll } from './where.ts';

/** ClickHouse engines that read and write elsewhere. */
const ENGINES: ReadonlySet<string> = new Set(
  'url urlcluster s3 s3cluster s3queue gcs remote remotesecure mysql postgresql mongodb redis kafka rabbitmq nats hdfs odbc jdbc file executable executablepool distributed deltalake iceberg hudi azureblobstorage azurequeue sqlite materializedpostgresql materializedmysql federated federatedx connect spider jdbc redshift snowflake bigquery sqlserver oracle'.split(
    ' ',
  ),
);

function add(
  reader: PortableReader,
  verb: string,
  kind: ObjectKind | undefined,
  name: readonly string[] | undefined,
  extra: Pick<Finding, 'tags' | 'flags' | 'params'>,
): void {
  if (kind === undefined || name === undefined) reader.findings.doubt('unclear-object');
  const { level, tags = [], type }: Omit<ObjectKind, 'replaces'> = kind ?? { type: 'object' };
  reader.findings.add({
    verb,
    effect: level === undefined ? 'ddl' : 'privilege',
    type,
    ...(name === undefined ? {} : { name }),
    ...extra,
    tags: [...new Set([...tags, ...(extra.tags ?? [])])],
  });
}

/** Behind CREATE. */
export function readCreate(reader: PortableReader): void {
  const { cursor } = reader;
  const kind = readKind(reader);
  const name = readObject(reader, kind);
  const holdsData = kind?.type === 'table' || kind?.type === 'schema' || kind?.type === 'database';
  const replaces = kind?.replaces === true;
  add(reader, 'create', kind, name, {
    tags: [...(replaces && holdsData ? ['destructive'] : []), ...placeTags(reader)],
    flags: replaces ? ['replaces'] : [],
  });
  if (holdsData) readSources(reader);
  const query = queryIn(reader);
  if (query >= 0 && (kind?.type === 'table' || kind?.type === 'view')) {
    cursor.at = query;
    readQuery(reader, cursor.end);
  } else if (query >= 0) reader.findings.add({ verb: 'create', effect: 'code', tags: ['code-execution'] });
  cursor.at = cursor.end;
}

/** What the place of the data, or of the program that makes them, lets somebody do. */
function placeTags({ cursor }: PortableReader): readonly string[] {
  const words = cursor.tokens.slice(cursor.at, cursor.end);
  const named = words.filter(
    ({ kind }, i) =>
      kind === 'word' &&
      (isPlace(words[i - 1]) ||
        (isMark(words[i - 1], '=') && isPlace(words[i - 2])) ||
        (isWord(words[i - 1], 'as') && isMark(words[i + 1], '('))),
  );
  const said = words.some((token, i) => isWord(token, 'location') && words[i + 1]?.kind === 'string');
  const source = words.some((token, i) => isWord(token, 'source') && isMark(words[i + 1], '('));
  const elsewhere = said || source || named.some(({ text }) => ENGINES.has(text ?? ''));
  const runs = words.some((token) => isWord(token, 'executable', 'executablepool'));
  return [...(elsewhere ? ['network-exposure'] : []), ...(runs ? ['code-execution'] : [])];
}

const isPlace = (token: Token | undefined): boolean => isWord(token, 'engine', 'using');

/** `CLONE a`, `LIKE a`, `COPY a`: tables whose rows or shape the new one takes. */
function readSources(reader: PortableReader): void {
  const { cursor } = reader;
  const at = cursor.at;
  const source = cursor.find('clone', 'like', 'copy');
  if (source >= 0) {
    cursor.at = source + 1;
    const name = readName(cursor, reader);
    if (name !== undefined) readTable(name, reader);
  }
  cursor.at = at;
}

/** Where the query of `CREATE … AS SELECT` begins, or -1. */
function queryIn({ cursor }: PortableReader): number {
  for (let i = cursor.at; i < cursor.end; i++) {
    if (!isWord(cursor.tokens[i], 'select', 'with', 'values', 'from', 'table')) continue;
    let before = i - 1;
    while (isMark(cursor.tokens[before], '(')) before--;
    if (isWord(cursor.tokens[before], 'as') || isMark(cursor.tokens[before], ')')) return before + 1;
    if (isWord(cursor.tokens[i], 'select')) return before + 1;
  }
  return -1;
}

/** Words of ALTER after which data may be gone. */
const LOSES =
  'drop detach remove clear truncate ttl replace exchange swap modify change move append execute expire purge'.split(
    ' ',
  );

/** Behind ALTER. */
export function readAlter(reader: PortableReader): void {
  const { cursor, findings } = reader;
  if (cursor.isWord('session', 'system', 'account') && !isWord(cursor.peek(1), 'policy')) {
    readAlterSession(reader);
    return;
  }
  const kind = readKind(reader);
  const name = readObject(reader, kind);
  const has = (...words: readonly string[]): boolean =>
    cursor.tokens.slice(cursor.at, cursor.end).some((token) => isWord(token, ...words));
  const rights = has('owner', 'ownership', 'authorization', 'policy', 'masking', 'grant', 'revoke');
  const tags = [
    ...(has(...LOSES) ? ['destructive'] : []),
    ...(rights ? ['privilege-escalation'] : []),
    ...(has('password', 'identified', 'rsa_public_key', 'rsa_public_key_2') ? ['credential-issue'] : []),
    ...(isAuditTable(name?.at(-1) ?? '') ? ['audit-tamper'] : []),
    ...(has('accounts', 'share', 'shares') ? ['external-sharing'] : []),
  ];
  const marked = kind === undefined || !rights ? kind : { ...kind, level: 'permissions-management' as const };
  add(reader, 'alter', marked, name, { tags });
  // ClickHouse: ALTER TABLE t DELETE WHERE …, UPDATE … WHERE ….
  for (const verb of ['delete', 'update'] as const) {
    if (kind?.type !== 'table' || !has(verb) || name === undefined) continue;
    const flags = holdsForAll(cursor) ? ['no-where'] : [];
    findings.add({ verb, effect: 'write', type: 'table', name, tags: ['destructive'], flags });
  }
  const query = queryIn(reader);
  if (query >= 0) {
    cursor.at = query;
    readQuery(reader, cursor.end);
  }
  cursor.at = cursor.end;
}

function readAlterSession(reader: PortableReader): void {
  const { cursor, findings } = reader;
  const scope = cursor.peek()?.text ?? 'session';
  cursor.at++;
  const verb = cursor.isWord('unset') ? 'reset' : 'set';
  if (!cursor.word('set', 'unset')) findings.doubt('unclear-statement');
  for (; !cursor.done; cursor.at++) {
    const token = cursor.peek();
    if (token?.kind !== 'word' || (verb === 'set' && !isMark(cursor.peek(1), '='))) continue;
    setParameter(findings, { name: token.text ?? '', value: undefined, verb });
  }
  if (scope !== 'session') {
    const tags = ['privilege-escalation'];
    findings.add({ verb: 'alter', effect: 'privilege', type: scope, name: [scope], tags });
  }
  cursor.at = cursor.end;
}

const GUARDS: Readonly<Record<string, string>> = {
  policy: 'privilege-escalation',
  rule: 'privilege-escalation',
  trigger: 'audit-tamper',
};

/** Behind DROP. */
export function readDrop(reader: PortableReader): void {
  const { cursor } = reader;
  const kind = readKind(reader);
  const plain = kind === undefined ? undefined : { ...kind, tags: [] };
  const flags = cursor.find('cascade') < 0 ? [] : ['cascade'];
  do {
    const name = readObject(reader, kind);
    const guard = Object.hasOwn(GUARDS, kind?.type ?? '') ? GUARDS[kind?.type ?? ''] : undefined;
    const tags = [
      'destructive',
      ...(guard === undefined ? [] : [guard]),
      ...(isAuditTable(name?.at(-1) ?? '') ? ['audit-tamper'] : []),
    ];
    add(reader, 'drop', plain, name, { tags, flags });
    // The types of a function's arguments.
    if (cursor.isMark('(')) cursor.at = cursor.closing(cursor.at) + 1;
  } while (cursor.mark(','));
  cursor.at = cursor.end;
}

/** Behind UNDROP. */
export function readUndrop(reader: PortableReader): void {
  const kind = readKind(reader);
  add(reader, 'create', kind, readObject(reader, kind), { flags: ['undrop'] });
  reader.cursor.at = reader.cursor.end;
}

/** Behind RENAME or EXCHANGE: `TABLE a TO b, c TO d`. */
export function readRename(reader: PortableReader): void {
  const { cursor, findings } = reader;
  if (cursor.isWord('user', 'role')) {
    const tags = ['privilege-escalation'];
    findings.add({ verb: 'alter', effect: 'privilege', type: cursor.peek()?.text ?? 'user', tags });
    cursor.at = cursor.end;
    return;
  }
  cursor.word('table', 'tables', 'dictionary', 'database');
  do {
    const name = readName(cursor, reader);
    if (name === undefined) findings.doubt('unclear-object');
    else findings.add({ verb: 'alter', effect: 'ddl', type: 'table', name: located(name, reader) });
    if (cursor.word('to', 'and')) readName(cursor, reader);
  } while (cursor.mark(','));
  cursor.at = cursor.end;
}
