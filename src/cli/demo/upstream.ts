// The demo's upstream: a small billing API on a free port of this machine. It believes only its own key, which the agent does
// not have, and it remembers what really happened to it.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface DemoUpstream {
  readonly url: string;
  /** Calls that arrived with the right key, in order: `METHOD path`. */
  readonly seen: readonly string[];
  close(): void;
}

const CUSTOMERS = [
  { id: 'cus_1', name: 'Northwind', plan: 'team' },
  { id: 'cus_2', name: 'Contoso', plan: 'enterprise' },
];

/** Starts the API; `key` is the bearer token that it accepts. */
export async function startDemoUpstream(key: string): Promise<DemoUpstream> {
  const seen: string[] = [];
  const server: Server = createServer((req, res) => {
    const answer = (status: number, body: unknown): void => {
      res.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
    };
    req.resume().on('end', () => {
      if (req.headers.authorization !== `Bearer ${key}`) return answer(401, { error: 'wrong key' });
      seen.push(`${req.method} ${req.url}`);
      if (req.method === 'GET' && req.url === '/customers') return answer(200, CUSTOMERS);
      if (req.method === 'POST' && req.url === '/exports')
        return answer(201, { export: 'exp_1', rows: 48_210, status: 'started' });
      return answer(404, { error: 'no such thing' });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
