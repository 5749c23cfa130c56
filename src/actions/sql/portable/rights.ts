// GRANT and REVOKE.
import { isMark, isWord, type Token } from '../lex/token.ts';
import type { PortableReader } from './portable-reader.ts';
import { located } from './portable-reader.ts';
import { readName } from './token-cursor.ts';

/** Words between ON and the object's name. */
const KINDS: ReadonlySet<string> = new Set(
  (
    'all future table tables view views schema schemas database databases function functions procedure procedures in ' +
    'materialized external stage stages warehouse role user integration sequence stream task pipe file format account ' +
    'catalog volume share datashare connection location storage credential metastore dataset project resource monitor object ' +
    'masking row access policy tag any anonymous'
  ).split(' '),
);
const ENDS = ['with', 'identified', 'granted', 'copy', 'revoke', 'restrict', 'cascade', 'require', 'using'] as const;

/** Behind GRANT or REVOKE. */
export function readGrant(reader: PortableReader, verb: 'grant' | 'revoke'): void {
  const { cursor, findings } = reader;
  const on = cursor.find('on');
  const to = cursor.find(verb === 'grant' ? 'to' : 'from');
  const firstEnd = on >= 0 ? on : to;
  if (firstEnd < 0) findings.doubt('unclear-statement');
  const privileges = spoken(cursor.tokens.slice(cursor.at, firstEnd < 0 ? cursor.end : firstEnd));
  const grantees = to < 0 ? [] : spoken(upToEnd(cursor.tokens.slice(to + 1, cursor.end)));
  const shared = cursor.tokens.slice(Math.max(on, cursor.at), cursor.end);
  const shares = shared.some((token, i) => isWord(token, 'share', 'datashare') && isWord(shared[i - 1], 'to', 'on'));
  const identified = cursor.find('identified') >= 0;
  const escalates = verb === 'grant' ? ['privilege-escalation'] : [];
  const common = {
    verb,
    effect: 'privilege',
    tags: [
      ...escalates,
      ...(identified ? ['credential-issue'] : []),
      ...(shares && verb === 'grant' ? ['external-sharing', 'data-export'] : []),
    ],
    flags: [
      ...(grantees.some((each) => /\bpublic$|all(?:authenticated)?users$|^account users$/i.test(each))
        ? ['to-public']
        : []),
      ...(cursor.tokens
        .slice(Math.max(to, cursor.at), cursor.end)
        .some((token, i, all) => isWord(token, 'option') && isWord(all[i - 1], 'grant'))
        ? ['with-grant-option']
        : []),
    ],
  } as const;
  if (on < 0) {
    for (const role of privileges)
      findings.add({ ...common, type: 'role', name: [role.replace(/^(?:database )?role /, '')], params: { grantees } });
  } else {
    cursor.at = on + 1;
    do findings.add({ ...common, ...object(reader), params: { privileges, grantees } });
    while (cursor.mark(','));
  }
  cursor.at = cursor.end;
}

function object(reader: PortableReader): { readonly type: string; readonly name?: readonly string[] } {
  const { cursor } = reader;
  const types: string[] = [];
  while (cursor.peek()?.kind === 'word' && KINDS.has(cursor.peek()?.text ?? '') && !isMark(cursor.peek(1), '.')) {
    const next = cursor.peek(1);
    if (isWord(next, 'to', 'from') && types.length > 0) break;
    types.push(cursor.peek()?.text ?? '');
    cursor.at++;
  }
  const type = types.at(-1) ?? 'table';
  // `*.*` and `db.*`.
  const anything = cursor.mark('*') ? ['*'] : [];
  if (anything.length > 0) cursor.mark('.');
  const name = isMark(cursor.peek(), '*') ? ['*'] : readName(cursor, reader);
  const parts = [...anything, ...(name ?? [])];
  return parts.length === 0 ? { type } : { type, name: parts.length === 1 ? located(parts, reader) : parts };
}

function upToEnd(tokens: readonly Token[]): readonly Token[] {
  const end = tokens.findIndex((token) => isWord(token, ...ENDS));
  return end < 0 ? tokens : tokens.slice(0, end);
}

/** Comma-separated things as text, brackets left out. */
function spoken(tokens: readonly Token[]): readonly string[] {
  const parts: string[] = [''];
  let depth = 0;
  for (const token of tokens) {
    if (isMark(token, '(')) depth++;
    if (depth === 0 && isMark(token, ',')) parts.push('');
    else if (depth === 0) {
      const glue = token.kind === 'mark' || /[@.]$/.test(parts.at(-1) ?? '') ? '' : ' ';
      parts[parts.length - 1] = `${parts.at(-1) ?? ''}${glue}${token.text ?? '…'}`.trim();
    }
    if (isMark(token, ')')) depth--;
  }
  return parts
    .filter((part) => part !== '')
    .slice(0, 20)
    .map((part) => part.slice(0, 100));
}
