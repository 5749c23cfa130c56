// The agent of a story: one attempt on a connection of its own, and what it read.
import { connect } from 'node:net';
import { AGENT } from '../e2e/running-gate.ts';

/** What one attempt read; status 0 if its connection ended before a whole response. */
export interface Heard {
  readonly status: number;
  readonly approvalId: string | undefined;
  readonly reason: string | undefined;
  readonly replayed: boolean;
}

const NOTHING: Heard = { status: 0, approvalId: undefined, reason: undefined, replayed: false };

function parse(text: string): Heard {
  const end = text.indexOf('\r\n\r\n');
  const head = text.slice(0, end);
  const body = text.slice(end + 4);
  const length = /^content-length: (\d+)$/im.exec(head)?.[1];
  if (end < 0 || length === undefined || body.length !== Number(length)) return NOTHING;
  const problem = /^content-type: application\/problem\+json/im.test(head);
  return {
    status: Number(head.slice(9, 12)),
    approvalId: /^holdgate-approval: (\S+)$/im.exec(head)?.[1],
    reason: problem ? (JSON.parse(body) as { reason: string }).reason : undefined,
    replayed: /^holdgate-replayed: true$/im.test(head),
  };
}

/** Sends the call of the story; `hangUp` resolves when the agent loses patience. Never rejects. */
export function attempt(port: number, path: string, hangUp: Promise<void> | undefined): Promise<Heard> {
  const { promise, resolve } = Promise.withResolvers<Heard>();
  let text = '';
  const socket = connect(port, '127.0.0.1', () =>
    socket.write(
      `POST /api${path} HTTP/1.1\r\nHost: api.test\r\nAuthorization: Bearer ${AGENT}\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 3\r\n\r\na=1`,
    ),
  );
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined).on('close', () => resolve(parse(text)));
  void hangUp?.then(() => socket.destroy());
  return promise;
}
