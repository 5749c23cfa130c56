// A raw upstream recorder: the truth of what was sent. It keeps every byte that reached it and answers as it is told.
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export interface RawUpstream {
  readonly url: string;
  readonly port: number;
  /** Everything received, one entry per connection. */
  readonly received: Buffer[];
  /** Request heads and bodies as text, in order of arrival. */
  readonly requests: string[];
  readonly connections: () => number;
  close(): Promise<void>;
}

export type Answer = (request: string, socket: Socket) => void;

export const ok: Answer = (_request, socket) => {
  socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok');
};

function complete(buffer: Buffer): number | undefined {
  const end = buffer.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = buffer.toString('latin1', 0, end);
  const length = /^content-length: (\d+)$/im.exec(head);
  if (/^transfer-encoding: chunked$/im.test(head)) return afterChunks(buffer, end + 4);
  const total = end + 4 + Number(length?.[1] ?? 0);
  return buffer.length >= total ? total : undefined;
}

/** Where a chunked body without extensions or trailers ends; a body may well contain what looks like its end. */
function afterChunks(buffer: Buffer, start: number): number | undefined {
  for (let at = start; ; ) {
    const line = buffer.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const size = Number.parseInt(buffer.toString('latin1', at, line), 16);
    at = line + 2 + size + 2;
    if (buffer.length < at) return undefined;
    if (size === 0) return at;
  }
}

/** Listens on a free port. `answer` is called for each complete request. */
export async function startRawUpstream(answer: Answer = ok): Promise<RawUpstream> {
  const received: Buffer[] = [];
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    const index = connections++;
    received[index] = Buffer.alloc(0);
    let pending = Buffer.alloc(0);
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      received[index] = Buffer.concat([received[index] ?? Buffer.alloc(0), chunk]);
      pending = Buffer.concat([pending, chunk]);
      for (let end = complete(pending); end !== undefined; end = complete(pending)) {
        const request = pending.toString('latin1', 0, end);
        pending = pending.subarray(end);
        requests.push(request);
        answer(request, socket);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    received,
    requests,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
