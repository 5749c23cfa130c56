// The server's side of `kubectl exec` over WebSocket (v5.channel.k8s.io): one command that prints a text and succeeds.
import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const STDOUT = 1;
const STATUS = 3;

/** A binary message of up to 124 bytes on a channel. */
function message(channel: number, text: string): Buffer {
  const body = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x82, body.length + 1, channel]), body]);
}

/** Answers the handshake with `key`, prints `output`, says that the command succeeded, and closes. */
export function remoteCommand(socket: Duplex, key: string, output: string): void {
  const accept = createHash('sha1')
    .update(key + GUID)
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.write(message(STDOUT, output));
  socket.write(message(STATUS, '{"metadata":{},"status":"Success"}'));
  socket.write(Buffer.from([0x88, 2, 0x03, 0xe8]));
  socket.on('error', () => socket.destroy()).on('data', () => socket.end());
}
