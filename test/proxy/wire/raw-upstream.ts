// A raw TCP upstream that a test scripts, and a handler that records an exchange.
import net from 'node:net';
import type { WireError } from '../../../src/proxy/wire/wire-error.ts';
import type { WireHandler } from '../../../src/proxy/wire/wire-handler.ts';
import type { WireConnect, WirePoolOptions } from '../../../src/proxy/wire/wire-pool.ts';

export interface RawConnection {
  readonly socket: net.Socket;
  /** Everything received on this connection so far, latin1. */
  received: string;
}

export interface RawUpstream extends AsyncDisposable {
  readonly port: number;
  readonly connections: RawConnection[];
  readonly connect: WireConnect;
}

/** Calls `onRequest` once per request head that arrives; `index` counts connections, `nth` requests on the connection, from 0. */
export async function rawUpstream(
  onRequest: (connection: RawConnection, index: number, nth: number) => void,
): Promise<RawUpstream> {
  const connections: RawConnection[] = [];
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    const connection: RawConnection = { socket, received: '' };
    const index = connections.push(connection) - 1;
    let heads = 0;
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    socket.on('data', (data: Buffer) => {
      connection.received += data.toString('latin1');
      const seen = connection.received.split(' HTTP/1.1\r\n').length - 1;
      while (heads < seen && connection.received.includes('\r\n\r\n')) onRequest(connection, index, heads++);
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  return {
    port,
    connections,
    connect: () =>
      new Promise((resolve) => {
        const fail = (error: Error): void => resolve({ ok: false, detail: error.message });
        const socket = net.connect(port, '127.0.0.1', () => {
          socket.off('error', fail);
          resolve({ ok: true, socket });
        });
        socket.once('error', fail);
      }),
    async [Symbol.asyncDispose]() {
      for (const { socket } of connections) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface Outcome {
  readonly status?: number;
  readonly headers?: readonly string[];
  readonly body: string;
  readonly error?: WireError;
}

export interface Recorder extends WireHandler {
  readonly done: Promise<Outcome>;
  readonly head: Promise<number>;
  readonly chunks: Buffer[];
  /** Every callback in order. */
  readonly calls: string[];
  /** What onData answers. */
  flowing: boolean;
}

export function recorder(): Recorder {
  const finished = Promise.withResolvers<Outcome>();
  const headSeen = Promise.withResolvers<number>();
  const chunks: Buffer[] = [];
  const calls: string[] = [];
  let head: { status: number; headers: readonly string[] } | undefined;
  const body = (): string => Buffer.concat(chunks).toString('latin1');
  return {
    done: finished.promise,
    head: headSeen.promise,
    chunks,
    calls,
    flowing: true,
    onInformation(status) {
      calls.push(`information ${status}`);
    },
    onHead(status, _statusText, headers) {
      calls.push('head');
      head = { status, headers };
      headSeen.resolve(status);
    },
    onData(chunk) {
      calls.push('data');
      chunks.push(chunk);
      return this.flowing;
    },
    onWritable() {
      calls.push('writable');
    },
    onEnd() {
      calls.push('end');
      finished.resolve({ ...head, body: body() });
    },
    onError(error) {
      calls.push('error');
      finished.resolve({ ...head, body: body(), error });
    },
  };
}

export const limits = {
  maxHeaderBytes: 8192,
  headTimeoutMs: 10_000,
  bodyIdleTimeoutMs: 5000,
} as const;

export function poolOptions(upstream: Pick<RawUpstream, 'connect'>, clock: WirePoolOptions['clock']): WirePoolOptions {
  return { ...limits, connect: upstream.connect, maxSockets: 4, idleTimeoutMs: 4000, clock };
}

export const get = { method: 'GET', target: '/x', host: 'api.example.com', headers: [], body: undefined } as const;
export const okResponse = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi';

/** Waits until `condition` holds; the test's own time limit ends it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
