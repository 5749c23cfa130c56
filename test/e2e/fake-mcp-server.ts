// A small MCP server over Streamable HTTP (2025-11-25 and 2026-07-28), as the tests need one: answers as JSON or as an event stream, and keeps what
// it was asked.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Asked {
  readonly jsonrpc: '2.0';
  readonly id?: string | number;
  readonly method: string;
  readonly params?: {
    readonly name?: string;
    readonly arguments?: Record<string, unknown>;
    readonly protocolVersion?: string;
  };
}

export interface FakeMcpServer {
  readonly url: string;
  readonly asked: Asked[];
  /** `Mcp-Method`, `Mcp-Name` and version of each request. */
  readonly mirrored: (readonly (string | undefined)[])[];
  /** Tool calls, in order: name and id. */
  readonly calls: () => string[];
  /** How tool calls are answered. */
  answerAs: 'json' | 'events';
  close(): Promise<void>;
}

export async function startFakeMcpServer(): Promise<FakeMcpServer> {
  const asked: Asked[] = [];
  const mirrored: FakeMcpServer['mirrored'] = [];
  const server = createServer((req, res) => {
    void bodyOf(req).then((text) => {
      if (req.method !== 'POST') return res.writeHead(405).end();
      const message = JSON.parse(text) as Asked;
      asked.push(message);
      mirrored.push(['mcp-method', 'mcp-name', 'mcp-protocol-version'].map((name) => req.headers[name]?.toString()));
      if (message.id === undefined) return res.writeHead(202).end();
      const answer = JSON.stringify({ jsonrpc: '2.0', id: message.id, result: resultOf(message) });
      if (message.method !== 'tools/call' || fake.answerAs === 'json') {
        return res.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 's1' }).end(answer);
      }
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write(': hello\n\n');
      return res.end(`event: message\nid: 1\ndata: ${answer}\n\n`);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const fake: FakeMcpServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    mirrored,
    calls: () =>
      asked.flatMap(({ method, params, id }) => (method === 'tools/call' ? [`${params?.name} ${String(id)}`] : [])),
    answerAs: 'json',
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
  return fake;
}

async function bodyOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** What results have had to say since 2026-07-28. */
const MODERN = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' };

function resultOf({ method, params }: Asked): object {
  switch (method) {
    case 'server/discover':
      return { ...MODERN, supportedVersions: ['2026-07-28'], capabilities: { tools: {} } };
    case 'initialize':
      return {
        protocolVersion: params?.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'fake', version: '1' },
      };
    case 'tools/list':
      return {
        ...MODERN,
        tools: ['read_file', 'delete_file'].map((name) => ({ name, inputSchema: { type: 'object' } })),
      };
    case 'tools/call':
      return { resultType: 'complete', content: [{ type: 'text', text: `${params?.name} done` }] };
    default:
      return {};
  }
}
