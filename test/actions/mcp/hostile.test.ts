// Messages made to be misread: a server, or a parser before it, may see another tool than we do. None may be called exact, and none may pass
// a policy that allows the harmless reading.
import { describe, expect, it } from 'vitest';
import { compilePolicies } from '../../../src/core/policy/compile.ts';
import { aContext, aFile, aRule, DEFAULTS } from '../../core/policy/fixtures.ts';
import { call, type CallParts, recognise, rpc, tool } from './calls.ts';

const READ = tool('read_file', { path: '/tmp/a' });
const text = JSON.stringify(READ);
const utf16 = Buffer.from(text, 'utf16le');
const whole = (bytes: Uint8Array, decoded: Uint8Array = bytes): CallParts => ({
  state: { state: 'whole', bytes, decoded },
});
const raw = (body: string): [unknown, CallParts?] => [body];
const over = (why: 'over-limit' | 'unknown-coding' | 'undecodable' | 'unknown-charset'): CallParts => ({
  state: { state: 'unreadable', why },
});
const inside = (params: string): [unknown, CallParts?] =>
  raw(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`);

const CASES: readonly [why: string, body: unknown, parts?: CallParts][] = [
  ['a method twice', ...raw('{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"rm"}}')],
  ['a method twice, escaped', ...raw('{"jsonrpc":"2.0","id":1,"method":"ping","\\u006dethod":"tools/call"}')],
  ['a name twice', ...inside('{"name":"read_file","name":"rm"}')],
  ['a name twice, escaped', ...inside('{"name":"read_file","n\\u0061me":"rm"}')],
  [
    'params twice',
    ...raw(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_file"},"params":{"name":"rm"}}`),
  ],
  ['arguments twice', ...inside('{"name":"read_file","arguments":{"path":"/a"},"arguments":{"path":"/b"}}')],
  ['an argument twice', ...inside('{"name":"read_file","arguments":{"path":"/a","path":"/b"}}')],
  ['a method in capitals beside it', ...raw('{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}')],
  ['a method in capitals alone', ...raw('{"jsonrpc":"2.0","id":1,"METHOD":"tools/call","params":{"name":"rm"}}')],
  [
    'params in capitals',
    ...raw('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_file"},"Params":{"name":"rm"}}'),
  ],
  ['a name in capitals', ...inside('{"name":"read_file","Name":"rm"}')],
  ['arguments in capitals', ...inside('{"name":"read_file","arguments":{"path":"/a"},"Arguments":{"path":"/b"}}')],
  ['arguments with a long s', ...inside('{"name":"read_file","argumentſ":{"path":"/b"}}')],
  ['an argument in two cases', ...inside('{"name":"read_file","arguments":{"path":"/a","PATH":"/b"}}')],
  ['an argument in two cases, deep', ...inside('{"name":"read_file","arguments":{"x":[{"path":"/a","Path":"/b"}]}}')],
  ['an argument with a Kelvin sign', ...inside('{"name":"read_file","arguments":{"key":"a","\u212Aey":"b"}}')],
  ['params that are a list', ...inside('["read_file"]')],
  ['params that are text', ...inside('"read_file"')],
  ['params that are null', ...inside('null')],
  ['arguments that are a list', ...inside('{"name":"read_file","arguments":["/a"]}')],
  ['arguments that are text', ...inside('{"name":"read_file","arguments":"{}"}')],
  ['arguments that are null', ...inside('{"name":"read_file","arguments":null}')],
  ['no name', tool(undefined, { path: '/a' })],
  ['an empty name', tool('')],
  ['a name that is a number', tool(7)],
  ['a name that is a list', tool(['read_file'])],
  ['a name that is an object', tool({ name: 'read_file' })],
  ['a name that is null', tool(null)],
  ['a name with a blank before it', tool(' read_file')],
  ['a name with a blank behind it', tool('read_file ')],
  ['a name with a line feed', tool('read_file\n')],
  ['a name with NUL', tool('read_file\0')],
  ['a name with a tab', tool('\tread_file')],
  ['a name in full-width letters', tool('ｒead_file')],
  ['a name that is not composed', tool('cafe\u0301')],
  ['a name with a ligature', tool('read_\uFB01le')],
  ['a very long name', tool('a'.repeat(300))],
  ['a very long method', rpc(`tools/call${'x'.repeat(300)}`)],
  ['a method in another case', rpc('Tools/Call', { name: 'rm' })],
  ['a method with a blank', rpc('tools/call ', { name: 'rm' })],
  ['a method that is empty', rpc('')],
  ['a method that is a number', { jsonrpc: '2.0', id: 1, method: 5 }],
  ['a method that is a list', { jsonrpc: '2.0', id: 1, method: ['ping'] }],
  ['a method nobody knows', rpc('tools/execute', { name: 'rm' })],
  ['no JSON-RPC version', { id: 1, method: 'tools/call', params: { name: 'read_file' } }],
  ['JSON-RPC 1.0', { jsonrpc: '1.0', id: 1, method: 'tools/call', params: { name: 'read_file' } }],
  ['a version that is a number', { jsonrpc: 2.0, id: 1, method: 'ping' }],
  ['an id that is null', rpc('tools/call', { name: 'read_file' }, null)],
  ['an id that is an object', rpc('tools/call', { name: 'read_file' }, {})],
  [
    'an id beyond a double',
    ...raw('{"jsonrpc":"2.0","id":9007199254740993,"method":"tools/call","params":{"name":"read_file"}}'),
  ],
  ['a request and a response', { ...READ, result: {} }],
  ['a response and a request', { jsonrpc: '2.0', id: 1, result: {}, method: 'ping' }],
  ['a result and an error', { jsonrpc: '2.0', id: 1, result: {}, error: { code: 1, message: '' } }],
  ['an answer of two shapes', { jsonrpc: '2.0', id: 1, result: { roots: [], action: 'accept' } }],
  ['an answer that is text', { jsonrpc: '2.0', id: 1, result: 'yes' }],
  ['an empty object', {}],
  ['an empty batch', []],
  ['a batch with a number', [READ, 5]],
  ['a batch in a batch', [[READ]]],
  ['a batch with null', [null]],
  ['a batch with one that is doubtful', [READ, tool(' rm')]],
  ['a batch of 101', Array.from({ length: 101 }, () => READ)],
  ['a number', 5],
  ['text', '"ping"'],
  ['null', 'null'],
  ['two messages behind each other', ...raw(`${text}${text}`)],
  ['two lines of messages', ...raw(`${text}\n${text}`)],
  ['something behind it', ...raw(`${text} x`)],
  ['a comment', ...raw(`/* x */${text}`)],
  ['a comma at the end', ...raw(`${text.slice(0, -1)},}`)],
  ['single quotes', ...raw(text.replaceAll('"', "'"))],
  ['a byte order mark', ...raw(`\uFEFF${text}`)],
  [
    'bytes that are not UTF-8',
    Buffer.concat([Buffer.from(text.slice(0, -3)), Buffer.from([0xff]), Buffer.from(text.slice(-3))]),
  ],
  ['UTF-16', utf16],
  ['UTF-16 that says so', utf16, { type: 'application/json; charset=utf-16le' }],
  ['a lone surrogate', ...inside('{"name":"read_file","arguments":{"path":"\\ud800"}}')],
  ['NaN', ...inside('{"name":"read_file","arguments":{"n":NaN}}')],
  ['nesting without end', ...inside(`{"name":"read_file","arguments":${'['.repeat(5000)}`)],
  ['nesting over the limit', ...inside(`{"name":"read_file","arguments":{"a":${'['.repeat(80)}${']'.repeat(80)}}}`)],
  ['no content type', READ, { type: '' }],
  ['another content type', READ, { type: 'text/plain' }],
  ['a form', READ, { type: 'application/x-www-form-urlencoded' }],
  ['a multipart form', READ, { type: 'multipart/form-data; boundary=x' }],
  ['another charset', READ, { type: 'application/json; charset=ibm037' }],
  ['two content types', READ, { headers: ['Content-Type', 'text/plain'] }],
  ['a broken content type', READ, { type: 'application/json,text/plain' }],
  ['a compressed body', undefined, whole(Buffer.from([31, 139]), Buffer.from(text))],
  ['a body over the limit', undefined, over('over-limit')],
  ['a body in a coding that is not known', undefined, over('unknown-coding')],
  ['a body that does not unpack', undefined, over('undecodable')],
  ['a body in a charset that is not known', undefined, over('unknown-charset')],
  ['a body that nobody read', undefined, { state: { state: 'unread' } }],
  ['no body', undefined],
  ['an empty body', undefined, whole(Buffer.alloc(0))],
  ['a method that is overridden', READ, { headers: ['X-HTTP-Method-Override', 'DELETE'] }],
  ['a method that is overridden otherwise', READ, { headers: ['x-method-override', 'PUT'] }],
  ['PUT', READ, { method: 'PUT' }],
  ['PATCH', READ, { method: 'PATCH' }],
  ['GET with a message', READ, { method: 'GET' }],
  ['DELETE with a message', READ, { method: 'DELETE' }],
  ['OPTIONS', undefined, { method: 'OPTIONS' }],
  ['HEAD', undefined, { method: 'HEAD' }],
  ['GET that is overridden', undefined, { method: 'GET', headers: ['X-HTTP-Method', 'POST'] }],
  ['GET of what is no endpoint', undefined, { method: 'GET', path: '/admin/delete' }],
  ['POST to what is no endpoint', READ, { path: '/admin/delete' }],
  ['POST to a path with dots', READ, { path: '/admin/../mcp' }],
  ['POST to a path with escaped dots', READ, { path: '/%2e%2e/mcp' }],
  ['POST to a path with two slashes', READ, { path: '//evil/mcp' }],
  ['POST to a path with a parameter', READ, { path: '/admin;x/mcp' }],
  ['POST to a path with a backslash', READ, { path: '/admin\\mcp' }],
  ['metadata behind dots', undefined, { method: 'GET', path: '/.well-known/oauth-protected-resource/../../admin' }],
];

const allowed = compilePolicies(
  [
    aFile([
      aRule('harmless', 'allow', { action: ['mcp:files:tools/call:read_file', 'mcp:files:tools/call:caf*'] }),
      aRule('reads', 'allow', { level: ['read', 'list'] }),
    ]),
  ],
  { ...DEFAULTS, effect: 'deny' },
);

describe('a policy that lets reading pass', () => {
  it('lets it pass', () => {
    const asked = call(READ);
    expect(allowed.decide(asked, aContext(asked, { actions: () => recognise(READ) }))).toMatchObject({
      effect: 'allow',
    });
  });

  it.each(CASES)('does not let pass %s', (_why, body, parts) => {
    const asked = call(body, parts);
    const actions = recognise(body, parts);
    const decision = allowed.decide(asked, aContext(asked, { actions: () => actions }));
    expect(decision === 'needs-body' ? 'deny' : decision.effect).toBe('deny');
    expect(actions.some(({ confidence }) => confidence === 'exact')).toBe(false);
    expect(actions.some(({ confidence }) => confidence === 'unknown')).toBe(true);
  });

  it('has a hundred of them', () => {
    expect(CASES.length).toBeGreaterThan(100);
  });
});
