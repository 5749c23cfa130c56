// The few methods of Slack's Web API that are used, by Slack's own client, each tried once: when to try again is decided by whoever
// keeps the record of what was shown.
import { silent } from './silent.ts';
import { LogLevel, WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebClient } from '@slack/web-api';

export interface SlackUser {
  readonly id: string;
  readonly teamId: string;
  readonly deleted: boolean;
  readonly bot: boolean;
  /** Guests, single- and multi-channel. */
  readonly restricted: boolean;
  /** Of another organisation, met in a shared channel. */
  readonly stranger: boolean;
  readonly email: string | undefined;
  readonly emailConfirmed: boolean;
}

export type SlackFailure =
  | { readonly ok: false; readonly kind: 'later'; readonly after?: number; readonly why: string }
  | { readonly ok: false; readonly kind: 'refused'; readonly why: string };

export type SlackResult<T> = ({ readonly ok: true } & T) | SlackFailure;

type Json = Readonly<Record<string, unknown>>;

/** Methods never reject. */
export interface SlackApi {
  post(channel: string, message: Json): Promise<SlackResult<{ readonly channel: string; readonly ts: string }>>;
  update(channel: string, ts: string, message: Json): Promise<SlackResult<object>>;
  /** Seen by one person only. */
  whisper(channel: string, user: string, text: string): Promise<SlackResult<object>>;
  openView(triggerId: string, view: Json): Promise<SlackResult<object>>;
  publishHome(user: string, view: Json): Promise<SlackResult<object>>;
  user(id: string): Promise<SlackResult<{ readonly user: SlackUser }>>;
  usergroupMembers(id: string): Promise<SlackResult<{ readonly users: readonly string[] }>>;
  /** Whether people of other organisations are in a channel, or invited to it. */
  isShared(channel: string): Promise<SlackResult<{ readonly shared: boolean }>>;
  /** Latest messages of a channel with the metadata that we put on them. */
  history(
    channel: string,
  ): Promise<SlackResult<{ readonly messages: readonly { readonly ts: string; readonly key: unknown }[] }>>;
}

export interface SlackApiOptions {
  readonly token: string;
  /** Ends with `/`. */
  readonly apiUrl: string;
}

/** ms. */
const TIMEOUT = 10_000;
/** What a later attempt cannot mend: https://docs.slack.dev/reference/methods/chat.postMessage#errors */
const FINAL: ReadonlySet<string> = new Set([
  'channel_not_found',
  'is_archived',
  'not_in_channel',
  'message_not_found',
  'cant_update_message',
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_too_long',
  'msg_blocks_too_long',
  'restricted_action',
  'user_not_found',
  'users_not_found',
  'no_such_subteam',
  'expired_trigger_id',
  'exchanged_trigger_id',
  'invalid_trigger_id',
  'hash_conflict',
]);

export function createSlackApi({ token, apiUrl }: SlackApiOptions): SlackApi {
  const client = new WebClient(token, {
    slackApiUrl: apiUrl,
    timeout: TIMEOUT,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    // It would write tokens' neighbourhoods to the log; what fails is told by its results.
    logLevel: LogLevel.ERROR,
    logger: silent,
  });
  async function call<T>(method: string, input: Json, read: (answer: Json) => T): Promise<SlackResult<T & object>> {
    try {
      // Typed for methods in general; `read` looks at what this one answers.
      const answer = (await client.apiCall(method, input)) as unknown as Json;
      return { ok: true, ...(read(answer) as T & object) };
    } catch (error) {
      return failureOf(error);
    }
  }
  return {
    post: (channel, message) =>
      call('chat.postMessage', { channel, unfurl_links: false, unfurl_media: false, ...message }, (answer) => ({
        channel: text(answer['channel']) || channel,
        ts: text(answer['ts']),
      })),
    update: (channel, ts, message) => call('chat.update', { channel, ts, ...message }, () => ({})),
    whisper: (channel, user, text) => call('chat.postEphemeral', { channel, user, text }, () => ({})),
    openView: (triggerId, view) => call('views.open', { trigger_id: triggerId, view }, () => ({})),
    publishHome: (user, view) => call('views.publish', { user_id: user, view }, () => ({})),
    user: (id) => call('users.info', { user: id }, (answer) => ({ user: userOf(answer['user']) })),
    usergroupMembers: (id) =>
      call('usergroups.users.list', { usergroup: id }, ({ users }) => ({
        users: Array.isArray(users) ? users.map(String) : [],
      })),
    isShared: (channel) =>
      call('conversations.info', { channel }, (answer) => ({ shared: isShared(answer['channel']) })),
    history: (channel) =>
      call('conversations.history', { channel, limit: 100, include_all_metadata: true }, ({ messages }) => ({
        messages: Array.isArray(messages) ? messages.map(postOf) : [],
      })),
  };
}

function failureOf(error: unknown): SlackFailure {
  if (error instanceof WebAPIRateLimitedError)
    return { ok: false, kind: 'later', after: error.retryAfter * 1000, why: 'rate limited' };
  if (error instanceof WebAPIPlatformError) {
    const word = error.data.error;
    return { ok: false, kind: FINAL.has(word) ? 'refused' : 'later', why: word };
  }
  if (error instanceof WebAPIHTTPError) return { ok: false, kind: 'later', why: `HTTP ${error.statusCode}` };
  return { ok: false, kind: 'later', why: 'Slack cannot be reached' };
}

function userOf(value: unknown): SlackUser {
  const user = (typeof value === 'object' && value !== null ? value : {}) as Json;
  const profile = (typeof user['profile'] === 'object' && user['profile'] !== null ? user['profile'] : {}) as Json;
  return {
    id: text(user['id']),
    teamId: text(user['team_id']),
    deleted: user['deleted'] === true,
    bot: user['is_bot'] === true || user['id'] === 'USLACKBOT' || user['is_workflow_bot'] === true,
    restricted: user['is_restricted'] === true || user['is_ultra_restricted'] === true,
    stranger: user['is_stranger'] === true,
    email: typeof profile['email'] === 'string' ? profile['email'] : undefined,
    emailConfirmed: user['is_email_confirmed'] === true,
  };
}

function isShared(value: unknown): boolean {
  const channel = (typeof value === 'object' && value !== null ? value : {}) as Json;
  return channel['is_ext_shared'] === true || channel['is_pending_ext_shared'] === true;
}

function postOf(value: unknown): { readonly ts: string; readonly key: unknown } {
  const message = (typeof value === 'object' && value !== null ? value : {}) as {
    readonly ts?: unknown;
    readonly metadata?: { readonly event_payload?: { readonly key?: unknown } };
  };
  return { ts: text(message.ts), key: message.metadata?.event_payload?.key };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
