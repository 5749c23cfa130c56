// Calls of the protocols that name their operation, written so that parsers could disagree: each gives every reading, and what nobody can
// tell is unknown. A name alone is certain, `?` marks one of several readings, `!` something that may be anything of its service.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { call, FORM, form, names, whole } from './calls.ts';

const VERSION = 'Version=2010-05-08';
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');
type Call = ReturnType<typeof call>;

/** A form with another Content-Type, or several of them. */
const typed = (types: readonly string[], body: string | Uint8Array): Call =>
  form('iam', '', { headers: types.flatMap((type) => ['Content-Type', type]), body });

const inQuery = (method: string, target: string, body?: Parameters<typeof form>[2]): Call =>
  call(`${method} https://iam.amazonaws.com/${target}`, { scope: 'iam', headers: FORM, ...body });

const gzipped = (text: string): Call => form('iam', '', { body: whole(gzipSync(encode(text)), encode(text)) });

/** A gzip file whose header says the name that the file had: text that a parser finds which does not unpack it. */
function gzippedAs(name: string, text: string): Call {
  const file = gzipSync(encode(text));
  const flags = Uint8Array.of((file[3] ?? 0) | 8);
  const bytes = Buffer.concat([
    file.subarray(0, 3),
    flags,
    file.subarray(4, 10),
    latin1(`${name}\0`),
    file.subarray(10),
  ]);
  return form('iam', '', { body: whole(bytes, encode(text)) });
}

const CLOSED = ['over-limit', 'unknown-coding', 'undecodable', 'unknown-charset'] as const;

describe('the query protocol', () => {
  it.each<[string, Call, string]>([
    [
      'two actions',
      form('iam', `Action=ListUsers&Action=DeleteUser&${VERSION}`),
      'aws:iam:ListUsers? aws:iam:DeleteUser?',
    ],
    ['one action twice', form('iam', `Action=DeleteUser&Action=DeleteUser&${VERSION}`), 'aws:iam:DeleteUser?'],
    [
      'one in the query, one in the body',
      inQuery('POST', `?Action=ListUsers&${VERSION}`, { body: 'Action=DeleteUser' }),
      'aws:iam:ListUsers? aws:iam:DeleteUser?',
    ],
    [
      'a twin by case',
      form('iam', `Action=ListUsers&action=DeleteUser&${VERSION}`),
      'aws:iam:ListUsers? aws:iam:DeleteUser?',
    ],
    ['a twin alone', form('iam', `ACTION=DeleteUser&${VERSION}`), 'aws:iam:DeleteUser?'],
    ['a list of one', form('iam', 'Action=ListUsers&Action[]=DeleteUser'), 'aws:iam:ListUsers? aws:iam:DeleteUser?'],
    ['a first of many', form('iam', 'Action=ListUsers&Action.1=DeleteUser'), 'aws:iam:ListUsers? aws:iam:DeleteUser?'],
    ['an escaped name, which every parser reads', form('iam', '%41ction=DeleteUser'), 'aws:iam:DeleteUser'],
    [
      'a name escaped twice',
      form('iam', 'Action=ListUsers&%2541ction=DeleteUser'),
      'aws:iam:ListUsers? aws:iam:DeleteUser?',
    ],
    ['a semicolon', form('iam', 'Action=ListUsers&a=b;Action=DeleteUser'), 'aws:iam:ListUsers? aws:iam:DeleteUser?'],
    [
      'a zero in the name',
      form('iam', 'Action=ListUsers&Action%00=DeleteUser'),
      'aws:iam:ListUsers! aws:iam:DeleteUser! aws:iam:Unknown!',
    ],
    [
      'a blank before the name',
      form('iam', 'Action=ListUsers&+Action=DeleteUser'),
      'aws:iam:ListUsers? aws:iam:DeleteUser?',
    ],
    [
      'a blank behind the name',
      form('iam', 'Action=ListUsers&Action%20=DeleteUser'),
      'aws:iam:ListUsers? aws:iam:DeleteUser?',
    ],
    ['an escaped value', form('iam', 'Action=Delete%55ser'), 'aws:iam:DeleteUser'],
    ['a value escaped twice', form('iam', 'Action=Delete%2555ser'), 'aws:iam:Unknown!'],
    ['no value', form('iam', 'Action='), 'aws:iam:Unknown!'],
    ['no action', form('iam', 'UserName=bob'), 'aws:iam:Unknown!'],
    ['an action that nobody knows', form('iam', 'Action=Frobnicate'), 'aws:iam:Frobnicate!'],
    ['an action in another case', form('iam', 'Action=deleteuser'), 'aws:iam:deleteuser!'],
    ['a line break behind the action', form('iam', 'Action=DeleteUser%0A'), 'aws:iam:Unknown!'],
    ['a blank in the action', form('iam', 'Action=Delete+User'), 'aws:iam:Unknown!'],
    ['a pattern for an action', form('iam', 'Action=x:y*'), 'aws:iam:Unknown!'],
    ['an endless action', form('iam', `Action=${'A'.repeat(500)}`), 'aws:iam:Unknown!'],
    [
      'bytes that are no UTF-8',
      form('iam', '', { body: latin1('Action=DeleteUser&x=\xff') }),
      'aws:iam:DeleteUser! aws:iam:Unknown!',
    ],
    ['a byte order mark', form('iam', '\ufeffAction=DeleteUser'), 'aws:iam:Unknown!'],
    ['a broken escape', form('iam', 'Action=DeleteUser&x=%zz'), 'aws:iam:DeleteUser! aws:iam:Unknown!'],
    ['a zero in a value', form('iam', 'Action=DeleteUser&x=%00'), 'aws:iam:DeleteUser! aws:iam:Unknown!'],
    [
      'ten thousand fields',
      form('iam', `Action=DeleteUser${'&a=b'.repeat(10_001)}`),
      'aws:iam:DeleteUser! aws:iam:Unknown!',
    ],
    ['a parameter twice', form('iam', 'Action=DeleteUser&UserName=a&UserName=b'), 'aws:iam:DeleteUser!'],
    [
      'a parameter twice by its number',
      form('iam', 'Action=DeleteUser&UserName=a&UserName.1=b'),
      'aws:iam:DeleteUser!',
    ],
    ['no type', typed([], 'Action=DeleteUser'), 'aws:iam:DeleteUser! aws:iam:Unknown!'],
    ['text', typed(['text/plain'], 'Action=DeleteUser'), 'aws:iam:DeleteUser! aws:iam:Unknown!'],
    ['JSON that is none', typed(['application/json'], 'Action=DeleteUser'), 'aws:iam:Unknown!'],
    ['two types', typed([FORM[1] ?? '', 'text/plain'], 'Action=DeleteUser'), 'aws:iam:DeleteUser! aws:iam:Unknown!'],
    [
      'UTF-16',
      typed(['application/x-www-form-urlencoded; charset=utf-16'], Buffer.from('Action=DeleteUser', 'utf16le')),
      'aws:iam:Unknown!',
    ],
    [
      'two character sets',
      typed(['application/x-www-form-urlencoded; charset=utf-8; charset=utf-16'], 'Action=DeleteUser'),
      'aws:iam:DeleteUser! aws:iam:Unknown!',
    ],
    [
      'a multipart form',
      typed(
        ['multipart/form-data; boundary=B'],
        '--B\r\nContent-Disposition: form-data; name="Action"\r\n\r\nDeleteUser\r\n--B--',
      ),
      'aws:iam:Unknown!',
    ],
    ['bytes of no kind', typed(['application/octet-stream'], 'Action=DeleteUser'), 'aws:iam:Unknown!'],
    ['JSON in a form', typed([FORM[1] ?? ''], '{"Action":"DeleteUser"}'), 'aws:iam:Unknown!'],
    [
      'an action in the query and text that has another',
      inQuery('POST', `?Action=ListUsers&${VERSION}`, {
        headers: ['Content-Type', 'text/plain'],
        body: 'Action=DeleteUser',
      }),
      'aws:iam:ListUsers! aws:iam:DeleteUser! aws:iam:Unknown!',
    ],
    ['gzip', gzipped('Action=DeleteUser'), 'aws:iam:DeleteUser'],
    [
      'gzip with an action in its header',
      gzippedAs('&Action=DeleteUser&', 'Action=ListUsers'),
      'aws:iam:ListUsers! aws:iam:DeleteUser! aws:iam:Unknown!',
    ],
    ['a body that nobody read', form('iam', '', { body: { state: 'unread' } }), 'aws:iam:Unknown!'],
    [
      'an action in the query and a body that nobody read',
      inQuery('POST', `?Action=ListUsers&${VERSION}`, { body: { state: 'unread' } }),
      'aws:iam:ListUsers! aws:iam:Unknown!',
    ],
    ['a method that has no such calls', inQuery('PUT', `?Action=ListUsers&${VERSION}`), 'aws:iam:ListUsers?'],
    ['a path that has no such calls', inQuery('GET', `x?Action=ListUsers&${VERSION}`), 'aws:iam:ListUsers?'],
    ['a query in the path', inQuery('GET', '%3FAction=DeleteUser'), 'aws:iam:Unknown!'],
    [
      'a twin in the query',
      inQuery('GET', '?Action=ListUsers&action=DeleteUser'),
      'aws:iam:ListUsers? aws:iam:DeleteUser?',
    ],
    ['an escaped slash in the path', inQuery('POST', '%2f', { body: 'Action=DeleteUser' }), 'aws:iam:DeleteUser?'],
  ])('%s', (_name, each, expected) => {
    expect(names(each).join(' ')).toBe(expected);
  });

  it.each(CLOSED)('a body that is %s', (why) => {
    expect(names(form('iam', '', { body: { state: 'unreadable', why } }))).toEqual(['aws:iam:Unknown!']);
  });

  it('more actions than anybody would send', () => {
    const many = Array.from({ length: 3_000 }, (_, i) => `Action=A${i}`).join('&');
    const found = names(form('iam', many));
    expect(found).toHaveLength(21);
    expect(found.at(-1)).toBe('aws:iam:Unknown!');
  });
});
