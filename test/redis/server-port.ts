// Ports for servers that go away and come back. Below the range that the system gives to outgoing connections (32768 and up on Linux):
// a client that keeps dialling a port of that range on its own machine may end up talking to itself.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** 10,000 above it there is room for the bus of a Redis cluster node. */
const [LOWEST, BEYOND] = [12_000, 22_000];
export const BUS_OFFSET = 10_000;

function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer()
    .once('error', () => resolve(false))
    .listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  return promise;
}

/** Free when it was looked at; whoever binds it has to be ready to ask again. */
export async function serverPort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, BEYOND);
    if ((await isFree(port)) && (await isFree(port + BUS_OFFSET))) return port;
  }
}
