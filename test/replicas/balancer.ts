// A TCP load balancer such as stands before replicas: it takes a connection to the next one that accepts it, and knows nothing else.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Balancer {
  readonly url: string;
  close(): Promise<void>;
}

function dial(origin: string): Promise<Socket | undefined> {
  const { promise, resolve } = Promise.withResolvers<Socket | undefined>();
  const { hostname, port } = new URL(origin);
  const socket: Socket = connect(Number(port), hostname, () => resolve(socket)).once('error', () => resolve(undefined));
  return promise;
}

/** `targets` are origins, asked for at each connection; the first ones come first. */
export async function startBalancer(targets: () => readonly string[]): Promise<Balancer> {
  const sockets = new Set<Socket>();
  const server = createServer({ pauseOnConnect: true }, (client) => {
    sockets.add(client.on('error', () => undefined));
    client.once('close', () => sockets.delete(client));
    void (async () => {
      for (const target of targets()) {
        const upstream = await dial(target);
        if (!upstream) continue;
        sockets.add(upstream.on('error', () => undefined));
        upstream.pipe(client);
        client.pipe(upstream);
        // However one of them ends, the other has nobody to talk to.
        upstream.once('close', () => {
          sockets.delete(upstream);
          client.destroy();
        });
        client.once('close', () => upstream.destroy());
        client.resume();
        return;
      }
      client.resetAndDestroy();
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
