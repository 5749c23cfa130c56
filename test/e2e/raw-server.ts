// A TCP server of a test's own making: for upstreams that do not wait for whole requests.
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface RawServer {
  readonly url: string;
  /** Every connection there ever was, in order. */
  readonly sockets: Socket[];
  close(): Promise<void>;
}

/** Listens on a free port. */
export async function startRawServer(connected: (socket: Socket) => void): Promise<RawServer> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    connected(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    sockets,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
