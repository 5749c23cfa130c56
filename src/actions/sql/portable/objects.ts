// Kinds of objects that statements make, change and remove, and what having one lets somebody do.
import type { Finding } from '../finding.ts';
import { isMark } from '../lex/token.ts';
import type { PortableReader } from './portable-reader.ts';
import { located } from './portable-reader.ts';
import { readName } from './token-cursor.ts';

type Marks = Pick<Finding, 'level' | 'tags'>;

const CODE: Marks = { tags: ['code-execution'] };
const RIGHTS: Marks = { level: 'permissions-management', tags: ['privilege-escalation'] };
const LOGINS: Marks = { level: 'permissions-management', tags: ['privilege-escalation', 'credential-issue'] };
const SECRETS: Marks = { tags: ['credential-issue'] };
const NETWORK: Marks = { tags: ['network-exposure'] };
const SHARING: Marks = { tags: ['external-sharing', 'data-export'] };

/** Words that name a kind of object → what it brings. */
const KINDS: ReadonlyMap<string, Marks> = new Map<string, Marks>([
  ...entries(
    {},
    'table view database schema namespace catalog index sequence stream tag warehouse volume model dictionary',
  ),
  ...entries(
    {},
    'dataset snapshot projection type domain tablespace capacity reservation assignment format collection',
  ),
  ...entries(
    CODE,
    'function procedure trigger event task pipe alert service streamlit notebook application package library',
  ),
  ...entries(CODE, 'routine extension plugin component agent'),
  ...entries(RIGHTS, 'role policy profile quota account organization group rule'),
  ...entries(LOGINS, 'user login'),
  ...entries(SECRETS, 'secret credential'),
  ...entries(NETWORK, 'integration stage connection server location'),
  ...entries(SHARING, 'share datashare recipient provider listing publication'),
]);
/** Kinds of two words, the first of which is a kind itself. */
const PAIRS: ReadonlyMap<string, Marks> = new Map<string, Marks>([
  ['database role', RIGHTS],
  ['event table', {}],
  ['snapshot table', {}],
  ['table function', CODE],
  ['catalog integration', NETWORK],
  ['user mapping', LOGINS],
]);
/** Words before the kind. */
const BEFORE: ReadonlySet<string> = new Set(
  (
    'or replace temporary temp transient volatile unique fulltext spatial global local secure materialized recursive online ' +
    'offline bitmap dynamic hybrid iceberg row access masking password session authentication resource file named compute ' +
    'image streaming live undo algorithm merge undefined temptable definer invoker sql security current_user storage data ' +
    'api notification cortex semantic managed aggregate vector search privacy aggregation join packages if not exists ' +
    'network external foreign'
  ).split(' '),
);
/** Words before the kind that say where it is. */
const ELSEWHERE: ReadonlySet<string> = new Set(['external', 'foreign', 'network']);

function entries(marks: Marks, kinds: string): readonly (readonly [string, Marks])[] {
  return kinds.split(' ').map((kind) => [kind, marks] as const);
}

export interface ObjectKind extends Marks {
  readonly type: string;
  /** OR REPLACE was said before. */
  readonly replaces: boolean;
}

/** Consumes the words up to and including the kind of object; undefined where none is known. */
export function readKind({ cursor }: PortableReader): ObjectKind | undefined {
  let replaces = false;
  let elsewhere: Marks = {};
  for (let steps = 0; steps < 24; steps++) {
    const token = cursor.peek();
    const word = token?.kind === 'word' ? (token.text ?? '') : '';
    const pair = `${word} ${cursor.peek(1)?.text ?? ''}`;
    const marks = PAIRS.get(pair) ?? KINDS.get(word);
    if (marks !== undefined) {
      cursor.at += PAIRS.has(pair) ? 2 : 1;
      return { type: PAIRS.has(pair) ? pair : word, replaces, ...both(elsewhere, marks) };
    }
    // MySQL: DEFINER = 'u'@'h', ALGORITHM = MERGE.
    const isValue =
      cursor.at > 0 && (isMark(cursor.tokens[cursor.at - 1], '=') || isMark(cursor.tokens[cursor.at - 1], '@'));
    if (!BEFORE.has(word) && !isMark(token, '=') && !isMark(token, '@') && !isValue) return undefined;
    if (word === 'replace') replaces = true;
    if (ELSEWHERE.has(word)) elsewhere = NETWORK;
    cursor.at++;
  }
  return undefined;
}

function both(a: Marks, b: Marks): Marks {
  const level = a.level ?? b.level;
  return { ...(level === undefined ? {} : { level }), tags: [...new Set([...(a.tags ?? []), ...(b.tags ?? [])])] };
}

/** Kinds that live in a schema. */
const IN_SCHEMA =
  /^(?:table|view|function|procedure|sequence|index|type|stage|stream|task|event table|dictionary|trigger)$/;

/** Consumes `IF [NOT] EXISTS` and the object's name. */
export function readObject(reader: PortableReader, kind: ObjectKind | undefined): readonly string[] | undefined {
  reader.cursor.skipWords(new Set(['if', 'not', 'exists', 'concurrently', 'only']));
  const token = reader.cursor.peek();
  // MySQL and others write the names of users as text.
  const quoted = token?.kind === 'string' ? token.text : undefined;
  if (quoted !== undefined) reader.cursor.at++;
  // A name in double quotes, if the server's settings make it one: then what follows is part of it.
  if (quoted !== undefined && reader.cursor.isMark('.')) return undefined;
  const name = quoted === undefined ? readName(reader.cursor, reader) : [quoted];
  return name !== undefined && IN_SCHEMA.test(kind?.type ?? '') ? located(name, reader) : name;
}
