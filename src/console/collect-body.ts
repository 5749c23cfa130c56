// The bytes of a request's body, up to a limit.
import type { IncomingMessage } from 'node:http';

/** Undefined where it is longer; then bytes may be left unread, and the connection has to be closed. */
export async function collectBody(request: IncomingMessage, limit: number): Promise<Uint8Array | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Without destroyOnReturn the socket would be gone before the refusal is written.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
