// Headers that mirror the body have to agree with it (MCP 2026-07-28, "Server Validation").
import { describe, expect, it } from 'vitest';
import { envelope, rpc, tool } from './calls.ts';

const base64 = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`;
const versioned = (version: string): object =>
  rpc('tools/list', { _meta: { 'io.modelcontextprotocol/protocolVersion': version } });

describe('agreeing headers', () => {
  it.each<[unknown, string[]]>([
    [tool('a'), []],
    [tool('a'), ['Mcp-Method', 'tools/call', 'Mcp-Name', 'a']],
    [tool('a'), ['mcp-method', ' tools/call ', 'MCP-NAME', base64('a')]],
    [tool('é b '), ['Mcp-Method', 'tools/call', 'Mcp-Name', base64('é b ')]],
    [tool('=?base64?x?='), ['Mcp-Name', base64('=?base64?x?=')]],
    [rpc('resources/read', { uri: 'x://y' }), ['Mcp-Method', 'resources/read', 'Mcp-Name', 'x://y']],
    [rpc('prompts/get', { name: 'p' }), ['Mcp-Name', 'p']],
    [rpc('tasks/get', { taskId: 't' }), ['Mcp-Name', 't']],
    [rpc('vendor/x', {}), ['Mcp-Method', 'vendor/x', 'Mcp-Name', 'whatever']],
    [versioned('2026-07-28'), ['MCP-Protocol-Version', '2026-07-28', 'Mcp-Method', 'tools/list']],
    [tool('a'), ['MCP-Protocol-Version', '2025-11-25']],
    [[tool('a')], ['MCP-Protocol-Version', '2025-03-26']],
  ])('%j with %j', (body, headers) => {
    expect(envelope(body, { headers }).fault).toBeUndefined();
  });
});

describe('contradicting headers', () => {
  it.each<[unknown, string[], string]>([
    [tool('rm'), ['Mcp-Method', 'ping'], 'Header mismatch: Mcp-Method says "ping", the body says "tools/call"'],
    [tool('rm'), ['Mcp-Name', 'ls'], 'Header mismatch: Mcp-Name says "ls", the body says "rm"'],
    [tool('rm'), ['Mcp-Name', base64('ls')], 'Mcp-Name says "ls"'],
    [tool('rm'), ['Mcp-Method', 'TOOLS/CALL'], 'Mcp-Method says'],
    [tool('rm'), ['Mcp-Name', 'RM'], 'Mcp-Name says'],
    [tool('rm'), ['Mcp-Name', '=?base64?cm0?='], 'not valid Base64'],
    [tool('rm'), ['Mcp-Name', '=?base64?/w==?='], 'not valid Base64'],
    [tool('rm'), ['Mcp-Method', 'tools/call', 'Mcp-Method', 'tools/call'], 'more than once'],
    [tool('rm'), ['Mcp-Name', 'rm', 'mcp-name', 'ls'], 'more than once'],
    [tool('rm'), ['MCP-Protocol-Version', '2026-07-28', 'MCP-Protocol-Version', '2025-11-25'], 'more than once'],
    [tool(undefined), ['Mcp-Name', 'ls'], 'the body says nothing'],
    [rpc('ping'), ['Mcp-Name', 'ls'], 'has nothing that Mcp-Name could mirror'],
    [[tool('rm')], ['Mcp-Method', 'tools/call'], 'cannot mirror a batch'],
    [{ jsonrpc: '2.0', id: 1, result: {} }, ['Mcp-Method', 'ping'], 'the body is no request'],
    ['no JSON', ['Mcp-Method', 'ping'], 'the body is no request'],
    [versioned('2026-07-28'), ['MCP-Protocol-Version', '2025-11-25'], 'MCP-Protocol-Version says "2025-11-25"'],
  ])('%j with %j', (body, headers, fault) => {
    expect(envelope(body, { headers }).fault).toContain(fault);
  });
});
