// What each kind of MCP message is called, over all revisions of the specification.
import { describe, expect, it } from 'vitest';
import { mcpCatalogue } from '../../../src/actions/mcp/catalogue.ts';
import { TAGS } from '../../../src/core/policy/schema-words.ts';
import { type CallParts, envelope, recognise, rpc, told, tool } from './calls.ts';

const answer = (result: unknown): object => ({ jsonrpc: '2.0', id: 7, result });

describe('a message is an action', () => {
  it.each<[unknown, string, CallParts?]>([
    [tool('read_file', { path: '/a' }), 'mcp:files:tools/call:read_file unknown - read_file'],
    [tool('ls'), 'mcp:files:tools/call:ls unknown - ls'],
    [tool('delete_file'), 'mcp:files:tools/call:delete_file unknown destructive delete_file'],
    [tool('runShellCommand'), 'mcp:files:tools/call:runShellCommand unknown code-execution runShellCommand'],
    [tool('admin.users/list'), 'mcp:files:tools/call:admin.users/list unknown privilege-escalation admin.users/list'],
    [tool('a:b*c d%é'), 'mcp:files:tools/call:a%3Ab%2Ac%20d%25%C3%A9 unknown - a:b*c d%é'],
    [rpc('resources/read', { uri: 'file:///etc/hosts' }), 'mcp:files:resources/read read - file:///etc/hosts'],
    [rpc('resources/read', { uri: 'file:///app/.env' }), 'mcp:files:resources/read read secret-read file:///app/.env'],
    [rpc('resources/read', { uri: 'f:///%2Essh/x' }), 'mcp:files:resources/read read secret-read f:///%2Essh/x'],
    [rpc('resources/read', { uri: 'db://dbSecrets/x' }), 'mcp:files:resources/read read secret-read db://dbSecrets/x'],
    [rpc('resources/subscribe', { uri: 'x://id_rsa' }), 'mcp:files:resources/subscribe read secret-read x://id_rsa'],
    [rpc('resources/read', { uri: 'file:///tokenizer.md' }), 'mcp:files:resources/read read - file:///tokenizer.md'],
    [rpc('prompts/get', { name: 'review', arguments: { pr: '5' } }), 'mcp:files:prompts/get:review read - review'],
    [rpc('initialize', { protocolVersion: '2025-11-25' }), 'mcp:files:initialize read -'],
    [rpc('ping'), 'mcp:files:ping read -'],
    [rpc('server/discover'), 'mcp:files:server/discover read -'],
    [rpc('tools/list'), 'mcp:files:tools/list list -'],
    [rpc('prompts/list'), 'mcp:files:prompts/list list -'],
    [rpc('resources/list'), 'mcp:files:resources/list list -'],
    [rpc('resources/templates/list'), 'mcp:files:resources/templates/list list -'],
    [rpc('resources/subscribe', { uri: 'x://y' }), 'mcp:files:resources/subscribe read - x://y'],
    [rpc('subscriptions/listen', {}), 'mcp:files:subscriptions/listen read -'],
    [rpc('completion/complete', { ref: { type: 'ref/prompt', name: 'p' } }), 'mcp:files:completion/complete read -'],
    [rpc('logging/setLevel', { level: 'debug' }), 'mcp:files:logging/setLevel read -'],
    [rpc('tasks/get', { taskId: 't1' }), 'mcp:files:tasks/get read - t1'],
    [rpc('tasks/cancel', { taskId: 't1' }), 'mcp:files:tasks/cancel write - t1'],
    [rpc('tasks/update', { taskId: 't1' }), 'mcp:files:tasks/update unknown - t1'],
    [{ jsonrpc: '2.0', method: 'notifications/initialized' }, 'mcp:files:notifications/initialized read -'],
    [rpc('vendor/doIt', { a: 1 }), '!mcp:files:vendor/doIt unknown -'],
    [rpc('rpc:*'), '!mcp:files:rpc%3A%2A unknown -'],
    [answer({}), 'mcp:files:response:ping read -'],
    [answer({ action: 'accept', content: { sure: true } }), 'mcp:files:response:elicitation unknown -'],
    [answer({ action: 'decline' }), 'mcp:files:response:elicitation read -'],
    [
      answer({ role: 'assistant', content: { type: 'text', text: 'x' }, model: 'm' }),
      'mcp:files:response:sampling unknown -',
    ],
    [answer({ roots: [] }), 'mcp:files:response:roots read -'],
    [answer({ something: 1 }), 'mcp:files:response:other unknown -'],
    [{ jsonrpc: '2.0', id: 1, error: { code: -1, message: 'no' } }, 'mcp:files:response:error read -'],
    [undefined, 'mcp:files:session/listen read -', { method: 'GET' }],
    [undefined, 'mcp:files:session/delete read -', { method: 'DELETE' }],
    [
      undefined,
      'mcp:files:metadata read -',
      { method: 'GET', path: '/.well-known/oauth-protected-resource/mcp', headers: ['accept', '*/*'] },
    ],
  ])('%j is %s', (body, expected, parts) => {
    const only = parts?.headers ? { ...parts, headers: parts.headers } : parts;
    expect(recognise(body, only).map(told)).toEqual([expected]);
  });

  it('element by element in a batch', () => {
    expect(
      recognise([
        tool('a'),
        rpc('ping', undefined, 2),
        { jsonrpc: '2.0', method: 'tools/call', params: { name: 'b' } },
      ]).map(told),
    ).toEqual(['mcp:files:tools/call:a unknown - a', 'mcp:files:ping read -', 'mcp:files:tools/call:b unknown - b']);
  });
});

describe('what an approver reads', () => {
  it('are the arguments, with secrets hidden', () => {
    const [action] = recognise(tool('move_file', { from: '/a', to: '/b', force: true, password: 'hunter2', n: 3 }));
    expect(action?.summary).toBe(
      'Call tool move_file of MCP server files with from "/a", to "/b", force true, password "[redacted]" and 1 more',
    );
    expect(action?.params).toEqual({ from: '/a', to: '/b', force: true, password: '[redacted]', n: 3 });
  });

  it('shows what deceives', () => {
    const [action] = recognise(tool('x', { a: 'b\u202Ec' }));
    expect(action?.summary).toContain('b⟦U+202E⟧c');
  });

  it('leaves out whole what is too large', () => {
    const [action] = recognise(tool('write', { path: '/a', content: 'x'.repeat(40_000) }));
    expect(action?.params).toEqual({ path: '/a' });
  });
});

describe('the envelope', () => {
  it('knows which requests wait for an answer', () => {
    expect(
      envelope([
        rpc('ping', undefined, 'a'),
        { jsonrpc: '2.0', method: 'notifications/cancelled' },
        rpc('ping', undefined, 4),
      ]),
    ).toEqual({
      batch: true,
      ids: ['a', 4],
    });
  });

  it('takes the justification from _meta', () => {
    const message = rpc('tools/call', { name: 'x', _meta: { 'holdgate/justification': 'asked for by Ann' } });
    expect(envelope(message).justification).toBe('asked for by Ann');
  });
});

describe('the catalogue', () => {
  const entries = [...mcpCatalogue().entries()];
  it('has tags of the policy language only, and names in order', () => {
    expect(entries.flatMap(({ tags }) => tags).filter((tag) => !TAGS.includes(tag))).toEqual([]);
    expect(entries.map(({ name }) => name)).toEqual(entries.map(({ name }) => name).toSorted());
    expect(entries.find(({ name }) => name === 'mcp:*:tools/call:*')?.tags).toEqual(TAGS);
  });
});

it.each([300, 250, 191, 9000])('finds a secret behind %i letters of an address', (letters) => {
  const uri = `file:///${'a'.repeat(letters)}/password.txt`;
  expect(recognise(rpc('resources/read', { uri })).map(({ tags }) => tags)).toEqual([['secret-read']]);
});
