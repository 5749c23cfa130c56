// MCP's own client through a whole gate to an MCP server: what passes, what is held, what it is told, and how it comes back.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeMcpServer, startFakeMcpServer } from './fake-mcp-server.ts';
import { AGENT, startGate, type TestGate } from './running-gate.ts';

const RULES = `
  - id: session
    match: {action: "mcp:api:*", level: [read, list]}
    effect: allow
  - id: reading
    match: {action: "mcp:api:tools/call:read_file"}
    effect: allow
  - id: forbidden
    description: Nothing is formatted here
    match: {action: "mcp:api:tools/call:format_*"}
    effect: deny
  - id: tools
    description: Tools that change something
    match: {action: "mcp:api:tools/call:*"}
    except: {action: "mcp:api:tools/call:read_file"}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
`;

let server: FakeMcpServer;
let gate: TestGate;
let clients: Client[];

beforeEach(async () => {
  server = await startFakeMcpServer();
  clients = [];
});
afterEach(async () => {
  for (const client of clients) await client.close();
  await gate.stop();
  await server.close();
});

const start = async (wait = '20s'): Promise<void> => {
  gate = await startGate({ upstream: server.url, rules: RULES, upstreamMore: `kind: mcp, wait: ${wait}` });
};

async function connect(more: Record<string, string> = {}, pin?: string): Promise<Client> {
  const client = new Client(
    { name: 'test', version: '1' },
    pin === undefined ? {} : { versionNegotiation: { mode: { pin } } },
  );
  const url = new URL(`http://127.0.0.1:${gate.running.proxy.port}/api/mcp`);
  await client.connect(
    new StreamableHTTPClientTransport(url, { requestInit: { headers: { authorization: `Bearer ${AGENT}`, ...more } } }),
  );
  clients.push(client);
  return client;
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => error,
  );

describe("MCP's client", () => {
  it('opens its session, lists the tools and calls one that is allowed', async () => {
    await start();
    const client = await connect();
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['read_file', 'delete_file']);
    const result = await client.callTool({ name: 'read_file', arguments: { path: '/a' } });
    expect(result.content).toEqual([{ type: 'text', text: 'read_file done' }]);
  });

  it('raises its own error with the words of the policy', async () => {
    await start();
    const client = await connect();
    expect(await failure(client.callTool({ name: 'format_disk', arguments: {} }))).toMatchObject({
      name: 'ProtocolError',
      code: -32010,
      message: expect.stringContaining('Nothing is formatted here') as string,
      data: { type: 'denied-by-policy' },
    });
    expect(server.calls()).toEqual([]);
  });

  it.each(['json', 'events'] as const)('gets the result (%s) once a person has approved', async (form) => {
    server.answerAs = form;
    await start();
    const client = await connect();
    const pending = client.callTool({ name: 'delete_file', arguments: { path: '/a' } });
    const approval = await gate.held();
    expect(approval.summary).toBe('Call tool delete_file of MCP server api with path "/a"');
    await gate.vote(approval, 'approve');
    expect((await pending).content).toEqual([{ type: 'text', text: 'delete_file done' }]);
    expect(server.calls()).toHaveLength(1);
  });

  it("raises its own error with the approver's words", async () => {
    await start();
    const client = await connect();
    const pending = failure(client.callTool({ name: 'delete_file', arguments: { path: '/a' } }));
    await gate.vote(await gate.held(), 'deny', { reason: 'not on a Friday' });
    expect(await pending).toMatchObject({
      name: 'ProtocolError',
      code: -32010,
      message: expect.stringContaining('not on a Friday') as string,
      data: { type: 'denied-by-person' },
    });
  });

  it.each(['json', 'events'] as const)(
    'is told to ask again, joins under a new id, and reads the answer (%s) as its own',
    async (form) => {
      server.answerAs = form;
      await start('1ms');
      const ask = (client: Client): Promise<unknown> =>
        client.callTool({ name: 'delete_file', arguments: { path: '/a' } });
      expect(await failure(ask(await connect()))).toMatchObject({
        code: -32011,
        data: { type: 'approval-pending', retry_after: 2 },
      });
      const approval = await gate.held();
      await gate.vote(approval, 'approve');
      const patient = await connect({ prefer: 'wait=20' });
      await patient.ping();
      expect(await ask(patient)).toMatchObject({ content: [{ text: 'delete_file done' }] });
      // What was approved is what was sent: under the first client's id, which is 1.
      expect(server.calls()).toEqual(['delete_file 1']);
      expect(server.asked.filter(({ method }) => method === 'ping')).toMatchObject([{ id: 1 }]);
      const { items } = (await (await gate.api('/api/v1/approvals')).json()) as { items: unknown[] };
      expect(items).toHaveLength(1);
    },
  );

  it('gives both that wait the answer to one call, each under its own id', async () => {
    await start();
    const client = await connect();
    const ask = (): Promise<unknown> => client.callTool({ name: 'delete_file', arguments: { path: '/a' } });
    const both = [ask(), ask()];
    const approval = await gate.held();
    await gate.heldConnections(2);
    await gate.vote(approval, 'approve');
    expect(await Promise.all(both)).toMatchObject([
      { content: [{ text: 'delete_file done' }] },
      { content: [{ text: 'delete_file done' }] },
    ]);
    expect(server.calls()).toHaveLength(1);
  });
});

describe("MCP's client of 2026-07-28", () => {
  it('sends headers that mirror its messages, and is told no in its own words', async () => {
    await start();
    const client = await connect({}, '2026-07-28');
    const result = await client.callTool({ name: 'read_file', arguments: { path: '/ä' } });
    expect(result.content).toEqual([{ type: 'text', text: 'read_file done' }]);
    expect(server.mirrored.at(-1)).toEqual(['tools/call', 'read_file', '2026-07-28']);
    expect(await failure(client.callTool({ name: 'format_ä', arguments: {} }))).toMatchObject({
      name: 'ProtocolError',
      code: -32010,
      message: expect.stringContaining('Nothing is formatted here') as string,
    });
  });

  it('waits for a person', async () => {
    await start();
    const client = await connect({}, '2026-07-28');
    const pending = client.callTool({ name: 'delete_file', arguments: { path: '/a' } });
    await gate.vote(await gate.held(), 'approve');
    expect((await pending).content).toEqual([{ type: 'text', text: 'delete_file done' }]);
  });
});

describe('a call whose headers say something else than its body', () => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 5, method: 'tools/call', params: { name: 'delete_file' } });
  const headers = {
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    'mcp-method': 'tools/call',
  };

  it('is refused with −32020 whatever policy says, and nobody is asked', async () => {
    await start();
    const response = await gate.call('/api/mcp', {
      method: 'POST',
      body,
      headers: { ...headers, 'mcp-name': 'read_file' },
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', id: 5, error: { code: -32020 } });
    const { items } = (await (await gate.api('/api/v1/approvals')).json()) as { items: unknown[] };
    expect(items).toEqual([]);
  });
});

it("shows the approver the agent's own words from the message", async () => {
  await start('1ms');
  const message = {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'delete_file', arguments: {}, _meta: { 'holdgate/justification': 'asked for by Ann' } },
  };
  await gate.call('/api/mcp', {
    method: 'POST',
    body: JSON.stringify(message),
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
  });
  expect(await gate.held()).toMatchObject({ justification: 'asked for by Ann' });
});
