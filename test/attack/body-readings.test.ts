// security.md S4: bodies that some upstream reads as the privileged action although others do not. None of them may be decided as
// routine. Each case names who reads it so.
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compilePolicies } from '../../src/core/policy/compile.ts';
import { readWholeBody } from '../../src/proxy/body/decode.ts';
import { aCall, aContext, aFile, aRule, DEFAULTS } from '../core/policy/fixtures.ts';

const set = compilePolicies(
  [
    aFile([
      aRule('role', 'hold', { path: ['/json'], body: { json: { '/user/role': ['admin'] } } }),
      aRule('flat role', 'hold', { path: ['/json'], body: { json: { '/role': ['admin'] } } }),
      aRule('action', 'hold', { path: ['/form'], body: { form: { Action: ['Delete*'] } } }),
      aRule('rest', 'allow', { path: ['/json', '/form'] }),
    ]),
  ],
  DEFAULTS,
);

const LIMIT = 1024 * 1024;
const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

interface Case {
  readonly name: string;
  readonly body: string | Uint8Array;
  readonly headers: readonly string[];
  readonly query?: string;
}

const typed = (type: string | undefined, ...more: string[]): string[] => [
  ...(type === undefined ? [] : ['Content-Type', type]),
  ...more,
];
const latin = (text: string): Buffer => Buffer.from(text, 'latin1');

function decide(path: string, { body, headers, query }: Case): string {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const call = aCall({ method: 'POST', path, query, headers, body: readWholeBody(headers, bytes, LIMIT) });
  const decision = set.decide(call, aContext(call));
  return decision === 'needs-body' ? decision : decision.effect;
}

const utf16 = (text: string, big: boolean, mark: boolean): Buffer => {
  const bytes = Buffer.from((mark ? '\ufeff' : '') + text, 'utf16le');
  return big ? bytes.swap16() : bytes;
};
const utf32 = (text: string): Buffer =>
  Buffer.concat(Array.from(text, (char) => Buffer.of(0, 0, 0, char.charCodeAt(0))));

/** JSON texts in which some parser finds /role (or /user/role) = "admin". */
const JSON_BODIES: Readonly<Record<string, string | Uint8Array>> = {
  plain: '{"role":"admin"}',
  nested: '{"user":{"role":"admin"}}',
  'the last of two (most)': '{"role":"user","role":"admin"}',
  'the first of two (some C++ and Java parsers)': '{"role":"admin","role":"user"}',
  'an escaped name': '{"\\u0072ole":"admin"}',
  'an escaped twin': '{"role":"user","\\u0072\\u006fle":"admin"}',
  'an escaped value': '{"role":"\\u0061dmin"}',
  'another case (Go)': '{"Role":"admin"}',
  'another case beside it (Go)': '{"role":"user","ROLE":"admin"}',
  'a twin deeper': '{"user":{"role":"user"},"user":{"role":"admin"}}',
  'a comment (lenient)': '{"role":/**/"admin"}',
  'a comment first (lenient)': '/* x */ {"role":"admin"}',
  'a line comment first (lenient)': '// x\n{"role":"admin"}',
  'a hash comment first (lenient)': '# x\n{"role":"admin"}',
  'a trailing comma (lenient)': '{"role":"admin",}',
  'single quotes (lenient)': "{'role':'admin'}",
  'a bare name (JSON5)': '{role:"admin"}',
  'NaN beside it (Python)': '{"x":NaN,"role":"admin"}',
  'Infinity beside it (Python)': '{"x":-Infinity,"role":"admin"}',
  'two documents (streaming decoders)': '{"role":"user"}{"role":"admin"}',
  'lines of documents (NDJSON)': '{"role":"user"}\n{"role":"admin"}\n',
  'junk behind it (Go Decoder)': '{"role":"admin"} x',
  'a NUL behind it (C)': '{"role":"admin"}\0',
  'a byte order mark': '\ufeff{"role":"admin"}',
  'UTF-16LE (Python, .NET)': utf16('{"role":"admin"}', false, false),
  'UTF-16BE (Python, .NET)': utf16('{"role":"admin"}', true, false),
  'UTF-16LE with a mark': utf16('{"role":"admin"}', false, true),
  'UTF-16BE with a mark': utf16('{"role":"admin"}', true, true),
  'UTF-32BE (Python)': utf32('{"role":"admin"}'),
  'invalid UTF-8 beside it': Buffer.concat([latin('{"x":"\xff","role":"admin"}')]),
  'a lone surrogate beside it': '{"x":"\\ud800","role":"admin"}',
  'a control character (lenient)': '{"x":"\n","role":"admin"}',
  'a leading zero (lenient)': '{"x":01,"role":"admin"}',
  'a plus sign (lenient)': '{"x":+1,"role":"admin"}',
  'a hexadecimal number (JSON5)': '{"x":0x1,"role":"admin"}',
  'too deep': `{"role":"admin","x":${'['.repeat(100)}${']'.repeat(100)}}`,
  'a list where a value is expected (PHP, qs)': '{"role":["admin"]}',
  'blanks of other kinds (lenient)': '\u00a0{"role":"admin"}',
  'a form feed first (lenient)': '\f{"role":"admin"}',
};

/** Types under which some server reads JSON: those that never look, those that look for a suffix, those that do not know it. */
const JSON_TYPES = [
  JSON_TYPE,
  'application/vnd.api+json',
  'text/json',
  'text/plain',
  'application/octet-stream',
  FORM_TYPE,
  undefined,
  'text/plain; charset=utf-16',
  'application/x-ndjson',
];

/** Other notations for the same. */
const NOTATIONS: readonly Case[] = [
  ...[
    'application/yaml',
    'application/x-yaml',
    'text/yaml',
    'text/x-yaml',
    'application/strategic-merge-patch+yaml',
  ].map((type) => ({ name: `YAML as ${type} (Kubernetes)`, body: 'role: admin\n', headers: typed(type) })),
  ...['application/xml', 'text/xml', 'application/soap+xml'].map((type) => ({
    name: `XML as ${type}`,
    body: '<role>admin</role>',
    headers: typed(type),
  })),
  ...[
    'application/cbor',
    'application/msgpack',
    'application/x-msgpack',
    'application/bson',
    'application/x-protobuf',
    'application/vnd.kubernetes.protobuf',
    'application/grpc',
    'application/x-amz-cbor-1.1',
    'application/toml',
    'application/smile',
  ].map((type) => ({ name: type, body: latin('\xa1droleeadmin'), headers: typed(type) })),
  ...[
    'application/json, text/plain',
    'application/json; charset=utf-16',
    'application/json; charset=utf-7',
    'application/json;charset=ibm037',
    'json',
    '',
    '*/*',
    'application/json; charset=utf-8; charset=utf-16',
    'multipart/form-data; boundary=x',
  ].map((type) => ({
    name: `JSON as "${type}"`,
    body: type.startsWith('multipart')
      ? '--x\r\nContent-Disposition: form-data; name="role"\r\n\r\nadmin\r\n--x--'
      : utf16('{"role":"admin"}', true, false),
    headers: typed(type),
  })),
];

/** Query strings in which some parser finds Action=DeleteUser. */
const FORM_BODIES: Readonly<Record<string, string | Uint8Array>> = {
  plain: 'Action=DeleteUser',
  'the last of two': 'Action=List&Action=DeleteUser',
  'the first of two': 'Action=DeleteUser&Action=List',
  'an escaped name': '%41ction=DeleteUser',
  'an escaped value': 'Action=%44eleteUser',
  'escaped twice': 'Action=%2544eleteUser',
  'a name escaped twice': '%2541ction=DeleteUser',
  'another case': 'action=DeleteUser',
  'a list (PHP, qs)': 'Action[]=DeleteUser',
  'an index (qs)': 'Action[0]=DeleteUser',
  'a dotted index (AWS)': 'Action.1=DeleteUser',
  'a semicolon before (old Python, Perl)': 'x=1;Action=DeleteUser',
  'a semicolon behind': 'Action=List;Action=DeleteUser',
  'a blank before the name': '+Action=DeleteUser',
  'a tab before the name': '%09Action=DeleteUser',
  'a blank behind the name': 'Action+=DeleteUser',
  'a NUL behind the name (C)': 'Action%00x=DeleteUser',
  'a NUL in the value': 'Action=DeleteUser%00x',
  'overlong UTF-8': 'x=%c0%a6&Action=DeleteUser',
  'a broken escape': 'x=%zz&Action=DeleteUser',
  'a wide escape (IIS)': '%u0041ction=DeleteUser',
  'invalid UTF-8': Buffer.concat([latin('x=\xff&Action=DeleteUser')]),
  'a byte order mark': '\ufeffAction=DeleteUser',
  'many ampersands': '&&&Action=DeleteUser&&',
  'JSON (merged parameters)': '{"Action":"DeleteUser"}',
};
const FORM_TYPES = [
  FORM_TYPE,
  `${FORM_TYPE}; charset=utf-8`,
  FORM_TYPE.toUpperCase(),
  undefined,
  'text/plain',
  'application/octet-stream',
  JSON_TYPE,
  `${FORM_TYPE}; charset=utf-16`,
];

const part = (head: string, value = 'DeleteUser'): string => `--x\r\n${head}\r\n\r\n${value}\r\n--x--\r\n`;
const MULTIPART: readonly string[] = [
  part('Content-Disposition: form-data; name="Action"'),
  part('Content-Disposition: form-data; name=Action'),
  part('content-disposition: form-data; NAME="Action"'),
  part('Content-Disposition: form-data; name="x"; name="Action"'),
  part('Content-Disposition: form-data; name="Action"; filename="a"'),
  part('Content-Disposition: form-data; filename="a"; name="Action"'),
  part("Content-Disposition: form-data; name*=utf-8''Action"),
  part("Content-Disposition: form-data; name*=utf-8''%41ction"),
  part('Content-Disposition: form-data; name="=?utf-8?B?QWN0aW9u?="'),
  part('Content-Disposition: form-data; name="\\Action"'),
  part('Content-Disposition: form-data; name="%41ction"'),
  part('Content-Disposition: form-data;\r\n name="Action"'),
  part('Content-Disposition: form-data; name="action"'),
  part('Content-Disposition: form-data; name="Action[]"'),
  part('Content-Disposition: form-data; name="x"\r\nContent-Transfer-Encoding: base64', 'RGVsZXRlVXNlcg=='),
  part('Content-Disposition: form-data; name="Action"', 'List') + part('Content-Disposition: form-data; name="Action"'),
  `preamble\r\n${part('Content-Disposition: form-data; name="Action"')}`,
  part('Content-Disposition: form-data; name="Action"').replaceAll('\r\n', '\n'),
  part('Content-Disposition: form-data; name="Action"').replaceAll('--x', '--y'),
  part('Content-Disposition: attachment; name="Action"'),
];
const MULTIPART_TYPES = [
  'multipart/form-data; boundary=x',
  'multipart/form-data; boundary="x"',
  'multipart/form-data; boundary=y; boundary=x',
  'multipart/form-data',
  'multipart/mixed; boundary=x',
  'Multipart/Form-Data; Boundary=x',
];

const layered = (name: string, body: Uint8Array, coding: string, type = FORM_TYPE): Case => ({
  name,
  body,
  headers: typed(type, 'Content-Encoding', coding),
});
const plain = Buffer.from('Action=DeleteUser');
const harmless = Buffer.from('Action=ListUsers');

/** gzip whose header carries a file name, which is text in the open for whoever does not decompress. */
function gzipNamed(name: string, data: Uint8Array): Buffer {
  const gz = gzipSync(data);
  return Buffer.concat([gz.subarray(0, 3), Buffer.of(8), gz.subarray(4, 10), latin(`${name}\0`), gz.subarray(10)]);
}

const CODED: readonly Case[] = [
  layered('gzip', gzipSync(plain), 'gzip'),
  layered('x-gzip', gzipSync(plain), 'x-gzip'),
  layered('deflate', deflateSync(plain), 'deflate'),
  layered('deflate without its frame (IIS)', deflateRawSync(plain), 'deflate'),
  layered('br', brotliCompressSync(plain), 'br'),
  layered('zstd', zstdCompressSync(plain), 'zstd'),
  layered('gzip twice', gzipSync(gzipSync(plain)), 'gzip, gzip'),
  layered('gzip three times', gzipSync(gzipSync(gzipSync(plain))), 'gzip, gzip, gzip'),
  layered('gzip that calls itself br', gzipSync(plain), 'br'),
  layered('not compressed at all', plain, 'gzip'),
  layered('an unknown coding', plain, 'compress'),
  layered('aws-chunked', plain, 'aws-chunked'),
  layered('two members', Buffer.concat([gzipSync(harmless), gzipSync(Buffer.from('&Action=DeleteUser'))]), 'gzip'),
  layered('something behind the member', Buffer.concat([gzipSync(harmless), plain]), 'gzip'),
  layered('cut off', gzipSync(plain).subarray(0, -4), 'gzip'),
  layered('a wrong checksum', Buffer.concat([gzipSync(plain).subarray(0, -8), Buffer.alloc(8)]), 'gzip'),
  layered(
    'in the file name of gzip (servers that do not decode)',
    gzipNamed('&Action=DeleteUser&x=', harmless),
    'gzip',
  ),
  layered('identity', plain, 'identity'),
  layered('identity, gzip', gzipSync(plain), 'identity, gzip'),
  layered('GZIP', gzipSync(plain), 'GZIP'),
  layered('a list with holes', gzipSync(plain), ',gzip,'),
  layered('two frames of zstd', Buffer.concat([zstdCompressSync(harmless), zstdCompressSync(plain)]), 'zstd'),
  layered(
    'stored in the open (servers that do not decode)',
    deflateSync(Buffer.from('x=1&Action=DeleteUser'), { level: 0 }),
    'deflate',
  ),
  {
    name: 'two codings in two fields',
    body: gzipSync(gzipSync(plain)),
    headers: typed(FORM_TYPE, 'Content-Encoding', 'gzip', 'Content-Encoding', 'gzip'),
  },
];

const ASIDE: readonly Case[] = [
  {
    name: 'in the query beside another in the body',
    body: 'Action=List',
    headers: typed(FORM_TYPE),
    query: 'Action=DeleteUser',
  },
  { name: 'in the query only', body: 'x=1', headers: typed(FORM_TYPE), query: 'Action=DeleteUser' },
  { name: 'in the query, JSON in the body', body: '{}', headers: typed(JSON_TYPE), query: 'action=DeleteUser' },
  { name: 'in the query, no body', body: '', headers: [], query: 'x=1;Action=DeleteUser' },
  { name: 'more than is read', body: `x=${'a'.repeat(LIMIT)}&Action=DeleteUser`, headers: typed(FORM_TYPE) },
  { name: 'a bomb', body: gzipSync(Buffer.alloc(20 * LIMIT)), headers: typed(FORM_TYPE, 'Content-Encoding', 'gzip') },
];

const FORM_CASES: readonly Case[] = [
  ...Object.entries(FORM_BODIES).flatMap(([name, body]) =>
    FORM_TYPES.filter((type) => name.startsWith('JSON') || !(type === 'text/plain' && name === 'a list')).map(
      (type) => ({ name: `${name} as ${type}`, body, headers: typed(type) }),
    ),
  ),
  ...MULTIPART.flatMap((body, i) =>
    MULTIPART_TYPES.map((type) => ({
      name: `multipart ${i} as ${type}`,
      body: i === 14 ? body.replace('name="x"', 'name="Action"') : body,
      headers: typed(type),
    })),
  ),
  ...CODED,
  ...ASIDE,
];
const JSON_CASES: readonly Case[] = [
  ...Object.entries(JSON_BODIES).flatMap(([name, body]) =>
    JSON_TYPES.map((type) => ({ name: `${name} as ${type}`, body, headers: typed(type) })),
  ),
  ...NOTATIONS,
];

describe(`${FORM_CASES.length + JSON_CASES.length} bodies that some upstream reads as the privileged action`, () => {
  it('are at least 200', () => expect(FORM_CASES.length + JSON_CASES.length).toBeGreaterThan(200));
  it('are held where it is a form field', () => {
    expect(FORM_CASES.filter((each) => decide('/form', each) !== 'hold').map(({ name }) => name)).toEqual([]);
  });
  it('are held where it is a member of JSON', () => {
    expect(JSON_CASES.filter((each) => decide('/json', each) !== 'hold').map(({ name }) => name)).toEqual([]);
  });
});

describe('bodies in which nobody finds it', () => {
  it.each([
    ['JSON', '/json', { name: '', body: '{"role":"user","tags":["admin"]}', headers: typed(JSON_TYPE) }],
    [
      'gzip of JSON',
      '/json',
      { name: '', body: gzipSync('{"role":"user"}'), headers: typed(JSON_TYPE, 'Content-Encoding', 'gzip') },
    ],
    ['a form', '/form', { name: '', body: 'Action=ListUsers&Version=1', headers: typed(FORM_TYPE) }],
    [
      'a compressed form',
      '/form',
      { name: '', body: gzipSync(harmless), headers: typed(FORM_TYPE, 'Content-Encoding', 'gzip') },
    ],
    ['a picture', '/json', { name: '', body: latin('\x89PNG\r\n\x1a\n{"role"'), headers: typed('image/png') }],
    ['text', '/json', { name: '', body: 'my role is admin', headers: typed('text/plain') }],
    [
      'an upload',
      '/form',
      {
        name: '',
        body: part('Content-Disposition: form-data; name="file"; filename="a.txt"', 'text'),
        headers: typed('multipart/form-data; boundary=x'),
      },
    ],
    ['nothing', '/json', { name: '', body: '', headers: [] }],
  ] satisfies [string, string, Case][])('are allowed: %s', (_what, path, each) => {
    expect(decide(path, each)).toBe('allow');
  });
});
