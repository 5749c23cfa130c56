// One connection to Redis without the product's client: tests read and edit keys by hand with it, whatever the product thinks of them.
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Argument, asText, createRespReader, encodeCommand, RespError, type RespValue } from './resp.ts';

export interface RespAddress {
  readonly port: number;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** PEM of the authority that signed the server's certificate: TLS. */
  readonly ca?: Buffer | undefined;
}

export interface RespClient {
  /** The reply with bulk strings as text; rejects with RespError, or when the connection breaks. */
  command(...args: readonly Argument[]): Promise<unknown>;
  /** The reply with bulk strings as they are. */
  raw(...args: readonly Argument[]): Promise<RespValue>;
  /** Called with what arrives without having been asked for (MONITOR). */
  onUnasked(listener: (value: RespValue) => void): void;
  readonly closed: () => boolean;
  close(): void;
}

function open({ port, ca }: RespAddress): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket: Socket = ca
    ? connectTls({ port, host: '127.0.0.1', ca }, () => resolve(socket))
    : connect(port, '127.0.0.1', () => resolve(socket));
  socket.setNoDelay(true).once('error', reject);
  return promise;
}

/** Rejects if nobody listens or the password is wrong. */
export async function connectResp(address: RespAddress): Promise<RespClient> {
  const socket = await open(address);
  const waiting: { resolve: (value: RespValue) => void; reject: (error: Error) => void }[] = [];
  const read = createRespReader();
  let unasked: (value: RespValue) => void = () => undefined;
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    for (const { value, push } of read(chunk)) {
      const next = push ? undefined : waiting.shift();
      if (!next) unasked(value);
      else if (value instanceof RespError) next.reject(value);
      else next.resolve(value);
    }
  });
  socket.on('close', () => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`the connection to port ${address.port} was closed`));
  });
  const raw: RespClient['raw'] = (...args) => {
    const { promise, resolve, reject } = Promise.withResolvers<RespValue>();
    if (socket.destroyed) reject(new Error(`the connection to port ${address.port} was closed`));
    else {
      waiting.push({ resolve, reject });
      socket.write(encodeCommand(args));
    }
    return promise;
  };
  if (address.password !== undefined) {
    await raw('AUTH', ...(address.username === undefined ? [] : [address.username]), address.password);
  }
  return {
    raw,
    command: async (...args) => asText(await raw(...args)),
    onUnasked: (listener) => void (unasked = listener),
    closed: () => socket.destroyed,
    close: () => void socket.destroy(),
  };
}
