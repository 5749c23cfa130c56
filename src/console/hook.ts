// What the services behind channels post to the console: raw bytes and headers for whoever can tell whether they are real.
import type { IncomingMessage } from 'node:http';
import { type Answer, problem } from './answer.ts';
import { collectBody } from './collect-body.ts';

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
  const body = await collectBody(request, MAX_BODY);
  if (!body)
    return problem(
      'body-too-large',
      { detail: `The body is over the limit of ${MAX_BODY} bytes.` },
      { Connection: 'close' },
    );
  const { status, contentType, body: text } = await hook({ rawHeaders: request.rawHeaders, body });
  return { kind: 'text', status, body: text, contentType };
}
