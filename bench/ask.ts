// One HTTP request to this machine on kept connections: what agents and approvers of the measurements are made of.
import { Agent, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface Asking {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body?: string;
}

export interface Client {
  /** Rejects if the connection breaks. */
  ask(asking: Asking): Promise<Answer>;
  close(): void;
}

export function createClient(): Client {
  const agent = new Agent({ keepAlive: true });
  return {
    ask({ port, method, path, headers, body }) {
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      const more =
        body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
      const sent = request({ port, method, path, agent, headers: { ...headers, ...more } }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
        response.on('error', reject);
      });
      sent.on('error', reject).end(body);
      return promise;
    },
    close: () => agent.destroy(),
  };
}
