// What the services behind channels post to the console: raw bytes and headers for whoever can tell whether they are real.
import type { IncomingMessage } from 'node:http';
import { type Answer, problem } from './answer.ts';

export interface HookPost {
  /** Name, value, name, value, … as received. */
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
}

export interface HookAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Throws nothing; verifies everything itself. */
export type Hook = (post: HookPost) => HookAnswer | Promise<HookAnswer>;

/** Bytes; the largest that Slack and Teams send is a fraction of it. */
const MAX_BODY = 256 * 1024;

export async function answerHook(hook: Hook, request: IncomingMessage): Promise<Answer> {
  const body = await collect(request);
  if (!body)
    return problem(
      'body-too-large',
      { detail: `The body is over the limit of ${MAX_BODY} bytes.` },
      { Connection: 'close' },
    );
  const { status, contentType, body: text } = await hook({ rawHeaders: request.rawHeaders, body });
  return { kind: 'text', status, body: text, contentType };
}

async function collect(request: IncomingMessage): Promise<Uint8Array | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY) return undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Without destroyOnReturn the socket would be gone before the refusal is written.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
