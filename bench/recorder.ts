// The upstream that says when a call arrives.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Recorder {
  readonly server: Server;
  readonly port: number;
  /** Resolves with the time (performance.now) at which the next call arrives. */
  next(): Promise<number>;
}

/** An upstream that notes when a call arrives and answers `ok`. */
export async function startRecorder(): Promise<Recorder> {
  const server = createServer((request, response) => {
    server.emit('call', performance.now());
    request.resume();
    response.end('ok');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const next = async (): Promise<number> => ((await once(server, 'call')) as [number])[0];
  return { server, port, next };
}
