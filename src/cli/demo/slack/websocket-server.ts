// As much of a WebSocket server (RFC 6455) as Socket Mode needs: text both ways, pings, and an end.
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

export interface ServerSocket {
  send(text: string): void;
  /** As a server that recycles its connections. */
  close(): void;
  /** As a cut cable. */
  destroy(): void;
}

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const TEXT = 1;
const CLOSE = 8;
const PING = 9;

/** Answers the handshake and hands every text over. */
export function acceptWebSocket(
  req: IncomingMessage,
  socket: Duplex,
  onText: (text: string) => void,
  onClose: () => void,
): ServerSocket {
  const key = req.headers['sec-websocket-key'] ?? '';
  const accept = createHash('sha1')
    .update(key + GUID)
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  let received = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('close', onClose);
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    for (let frame = readFrame(received); frame; frame = readFrame(received)) {
      received = received.subarray(frame.size);
      if (frame.opcode === TEXT) onText(frame.body.toString());
      if (frame.opcode === PING) socket.write(frameOf(10, frame.body));
      if (frame.opcode === CLOSE) socket.end(frameOf(CLOSE, frame.body));
    }
  });
  return {
    send: (text) => void socket.write(frameOf(TEXT, Buffer.from(text))),
    close: () => void socket.end(frameOf(CLOSE, Buffer.from([0x03, 0xe8]))),
    destroy: () => void socket.destroy(),
  };
}

function frameOf(opcode: number, body: Buffer): Buffer {
  const { length } = body;
  const head =
    length < 126
      ? Buffer.from([0x80 | opcode, length])
      : length < 65_536
        ? Buffer.from([0x80 | opcode, 126, length >> 8, length & 255])
        : Buffer.concat([Buffer.from([0x80 | opcode, 127, 0, 0, 0, 0]), uint32(length)]);
  return Buffer.concat([head, body]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Frames of clients are masked; none of them is in pieces here. */
function readFrame(
  data: Buffer,
): { readonly opcode: number; readonly body: Buffer; readonly size: number } | undefined {
  if (data.length < 2) return undefined;
  const short = (data[1] ?? 0) & 0x7f;
  const at = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (data.length < at + 4) return undefined;
  const length = short === 126 ? data.readUInt16BE(2) : short === 127 ? data.readUInt32BE(6) : short;
  const size = at + 4 + length;
  if (data.length < size) return undefined;
  const mask = data.subarray(at, at + 4);
  const body = Buffer.from(data.subarray(at + 4, size).map((byte, i) => byte ^ (mask[i % 4] ?? 0)));
  return { opcode: (data[0] ?? 0) & 0x0f, body, size };
}
