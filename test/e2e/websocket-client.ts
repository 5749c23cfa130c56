// The client's side of RFC 6455 by hand, so that it can also do what no library would.
import { createHash, randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { AGENT } from './running-gate.ts';

/** Sec-WebSocket-Accept for a key. */
export const accept = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

/** One text frame up to 125 bytes; clients mask (RFC 6455 §5.3). */
export function frame(text: string, masked: boolean): Buffer {
  const body = Buffer.from(text);
  if (!masked) return Buffer.concat([Buffer.from([0x81, body.length]), body]);
  const mask = randomBytes(4);
  const covered = body.map((byte, i) => byte ^ (mask[i % 4] ?? 0));
  return Buffer.concat([Buffer.from([0x81, 0x80 | body.length]), mask, covered]);
}

export function unframe(data: Buffer): string {
  const length = (data[1] ?? 0) & 0x7f;
  if (((data[1] ?? 0) & 0x80) === 0) return data.toString('utf8', 2, 2 + length);
  const mask = data.subarray(2, 6);
  return Buffer.from(data.subarray(6, 6 + length).map((byte, i) => byte ^ (mask[i % 4] ?? 0))).toString();
}

/** The key in the head of a handshake. */
export const keyIn = (head: string): string => /sec-websocket-key: (.*)\r\n/i.exec(head)?.[1] ?? '';

export interface WebSocketClient {
  readonly socket: Socket;
  readonly key: string;
  /** Resolves with what has come once it matches. */
  until(pattern: RegExp): Promise<string>;
  readonly closed: Promise<string>;
}

interface Handshake {
  /** Bytes behind the head. */
  readonly more?: string;
  readonly upgrade?: string;
  readonly key?: string;
}

/** Asks the gate on `port` for a WebSocket at `path`. */
export function openWebSocket(port: number, path: string, handshake: Handshake = {}): WebSocketClient {
  const { more = '', upgrade = 'websocket', key = randomBytes(16).toString('base64') } = handshake;
  const socket = connect(port, '127.0.0.1');
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer ${AGENT}\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n${more}`,
  );
  let text = '';
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(text)));
  socket.on('error', () => undefined).on('data', (data: Buffer) => (text += data.toString('latin1')));
  return {
    socket,
    key,
    closed,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (pattern.test(text)) resolve(text);
        };
        socket.on('data', look).once('close', () => reject(new Error(`closed after ${JSON.stringify(text)}`)));
        look();
      }),
  };
}

/** Resolves true when the socket is closed. */
export function closes(socket: Socket | undefined): Promise<boolean> {
  if (!socket || socket.destroyed) return Promise.resolve(true);
  socket.resume();
  return new Promise((resolve) => socket.once('close', () => resolve(true)));
}
