// What Teams posts: verified, then answered. Whatever is not verified is neither read further nor remembered.
import { conversationOf, readActivity, readCardAction } from './activity.ts';
import type { Conversations } from './conversations.ts';
import { parsed } from './json.ts';
import type { InvokeAnswer, Responder } from './respond.ts';
import type { TokenCheck } from './token-check.ts';

/** As received: name, value, name, value, …. */
export interface TeamsPost {
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
}

export interface TeamsAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface TeamsHttpDeps {
  readonly check: TokenCheck;
  readonly responder: Responder;
  readonly conversations: Pick<Conversations, 'heard'>;
  readonly onRefused: (why: string) => void;
}

const empty = (status: number): TeamsAnswer => ({ status, contentType: 'text/plain; charset=utf-8', body: '' });
const json = (value: InvokeAnswer): TeamsAnswer => ({
  status: 200,
  contentType: 'application/json; charset=utf-8',
  body: JSON.stringify(value),
});

export function createTeamsHttp({
  check,
  responder,
  conversations,
  onRefused,
}: TeamsHttpDeps): (post: TeamsPost) => Promise<TeamsAnswer> {
  return async ({ rawHeaders, body }) => {
    const activity = readActivity(parsed(body));
    if (!activity) {
      onRefused('it is nothing that Teams says');
      return empty(400);
    }
    const why = await check(single(rawHeaders, 'authorization'), activity);
    if (why !== undefined) {
      onRefused(why);
      return empty(401);
    }
    const action = readCardAction(activity);
    await conversations.heard(conversationOf(activity), activity.serviceUrl, action?.actor.userId);
    if (action) return json(await responder.respond(action));
    if (activity.type !== 'invoke') return empty(200);
    onRefused('it is nothing that a person does here');
    return empty(400);
  };
}

function single(rawHeaders: readonly string[], name: string): string | undefined {
  const values = rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name);
  return values.length === 1 ? values[0] : undefined;
}
