// A local Slack for the demo and for tests: a workspace in memory behind the real Web API, Socket Mode and signed posts. It is as strict as
// Slack is about tokens, limits, triggers and rates.
import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../../ports/clock.ts';
import { blocksFault, viewFault } from './block-limits.ts';
import { valuesOf } from './form.ts';
import { createRates, type Rates } from './rates.ts';
import { acceptWebSocket, type ServerSocket } from './websocket-server.ts';

type Json = Readonly<Record<string, unknown>>;

export interface FakeUser {
  readonly id: string;
  readonly team_id: string;
  readonly email?: string;
  readonly more?: Json;
}

export interface FakeMessage {
  readonly channel: string;
  readonly ts: string;
  text: string;
  blocks: readonly Json[];
  readonly thread: string | undefined;
  readonly metadata: unknown;
  /** Times that it was rewritten. */
  edits: number;
}

export interface FakeSlack {
  /** For `channels.slack.api_url`. */
  readonly apiUrl: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly messages: FakeMessage[];
  /** What only one person saw. */
  readonly whispers: { readonly channel: string; readonly user: string; readonly text: string }[];
  /** Dialogs that were opened, and home tabs. */
  readonly views: { readonly user: string; readonly view: Json }[];
  /** Calls of the Web API that were refused, and why. */
  readonly faults: string[];
  readonly users: Map<string, FakeUser>;
  /** Members of user groups, by id (S…). */
  readonly userGroups: Map<string, readonly string[]>;
  /** Channels that another organisation is in, too. */
  readonly shared: Set<string>;
  /** What the bot's token may do beyond posting. */
  readonly scopes: Set<string>;
  /** Sockets that are open. */
  readonly sockets: Set<ServerSocket>;
  /** Undefined answers as usual. */
  intercept: (
    method: string,
    input: Json,
  ) => { readonly status: number; readonly retryAfter?: number; readonly body?: Json } | undefined;
  /** Where clicks go as signed posts; undefined: over a socket. */
  postTo: string | undefined;
  /** A person clicks the button of a message; rejects where there is none. */
  click(user: string, message: FakeMessage, actionId: string): Promise<void>;
  /** A person sends the dialog that was opened last. */
  submit(user: string, reason?: string, ticked?: boolean): Promise<void>;
  openHome(user: string): Promise<void>;
  /** Sends any payload as Slack would. */
  send(payload: Json, as?: 'interactive' | 'events_api'): Promise<void>;
  close(): Promise<void>;
}

const SCOPES: Readonly<Record<string, string>> = {
  'users.info': 'users:read',
  'usergroups.users.list': 'usergroups:read',
  'conversations.info': 'channels:read',
};

/** ms for which a trigger opens a dialog. */
const TRIGGER = 3000;

export async function startFakeSlack(clock: Pick<Clock, 'now'>, port = 0): Promise<FakeSlack> {
  const triggers = new Map<string, { readonly user: string; readonly until: number }>();
  const acks = new Map<string, () => void>();
  const rates = createRates(clock);
  let second = 1_700_000_000;
  const server: Server = createServer(
    (req, res) => void api(fake, clock, rates, triggers, req, res, () => `${++second}.000100`),
  );
  server.on('upgrade', (req, socket) => {
    const accepted = acceptWebSocket(
      req,
      socket,
      (text) => {
        const { envelope_id: id } = JSON.parse(text) as { envelope_id?: string };
        acks.get(id ?? '')?.();
        acks.delete(id ?? '');
      },
      () => fake.sockets.delete(accepted),
    );
    fake.sockets.add(accepted);
    accepted.send(JSON.stringify({ type: 'hello', num_connections: fake.sockets.size }));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  const trigger = (user: string): string => {
    const id = `${randomUUID()}.trigger`;
    triggers.set(id, { user, until: clock.now() + TRIGGER });
    return id;
  };
  const person = (id: string): Json => ({ id, team_id: fake.users.get(id)?.team_id ?? 'T0GONE' });
  const team = (id: string): Json => ({ id: fake.users.get(id)?.team_id ?? 'T0GONE' });
  const deliver = async (payload: Json, as: 'interactive' | 'events_api'): Promise<void> => {
    if (fake.postTo !== undefined) return post(fake, clock, payload, as);
    const [socket] = fake.sockets;
    if (!socket) throw new Error('no socket is open');
    const id = randomUUID();
    const acknowledged = new Promise<void>((resolve) => acks.set(id, resolve));
    socket.send(JSON.stringify({ envelope_id: id, type: as, payload, accepts_response_payload: false }));
    await acknowledged;
  };
  const fake: FakeSlack = {
    apiUrl: `http://${address}/api/`,
    botToken: 'xoxb-fake-bot-token',
    appToken: 'xapp-fake-app-token',
    signingSecret: 'fake-signing-secret',
    messages: [],
    whispers: [],
    views: [],
    faults: [],
    users: new Map(),
    userGroups: new Map(),
    shared: new Set(),
    scopes: new Set(['users:read', 'usergroups:read']),
    sockets: new Set(),
    intercept: () => undefined,
    postTo: undefined,
    click(user, message, actionId) {
      const buttons = message.blocks.flatMap(({ elements }) => (Array.isArray(elements) ? (elements as Json[]) : []));
      const button = buttons.find(({ action_id: id }) => id === actionId);
      if (!button) return Promise.reject(new Error(`no button ${actionId}`));
      return deliver(
        {
          type: 'block_actions',
          user: person(user),
          team: team(user),
          trigger_id: trigger(user),
          channel: { id: message.channel },
          container: { message_ts: message.ts },
          actions: [{ action_id: actionId, value: button['value'], type: 'button' }],
        },
        'interactive',
      );
    },
    submit(user, reason, ticked = false) {
      const last = fake.views.findLast((each) => each.user === user)?.view;
      if (last?.['callback_id'] === undefined) return Promise.reject(new Error('no dialog to send'));
      return deliver(
        {
          type: 'view_submission',
          user: person(user),
          team: team(user),
          view: {
            ...last,
            state: { values: valuesOf(last['blocks'], reason, ticked) },
          },
        },
        'interactive',
      );
    },
    openHome: (user) =>
      deliver(
        { type: 'event_callback', team_id: team(user)['id'], event: { type: 'app_home_opened', user, tab: 'home' } },
        'events_api',
      ),
    send: (payload, as = 'interactive') => deliver(payload, as),
    async close() {
      for (const socket of fake.sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}

async function post(
  fake: FakeSlack,
  clock: Pick<Clock, 'now'>,
  payload: Json,
  as: 'interactive' | 'events_api',
): Promise<void> {
  const json = JSON.stringify(payload);
  const body = as === 'interactive' ? new URLSearchParams({ payload: json }).toString() : json;
  const at = String(Math.floor(clock.now() / 1000));
  const signature = `v0=${createHmac('sha256', fake.signingSecret).update(`v0:${at}:${body}`).digest('hex')}`;
  const answer = await fetch(fake.postTo ?? '', {
    method: 'POST',
    headers: {
      'content-type': as === 'interactive' ? 'application/x-www-form-urlencoded' : 'application/json',
      'x-slack-request-timestamp': at,
      'x-slack-signature': signature,
    },
    body,
  });
  if (answer.status !== 200) throw new Error(`the app answered ${answer.status}`);
}

async function inputOf(req: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  if (req.headers['content-type']?.startsWith('application/json')) return JSON.parse(text) as Json;
  const fields = [...new URLSearchParams(text)].map(([name, value]) => [
    name,
    /^[[{]/.test(value) ? parsed(value) : value,
  ]);
  return Object.fromEntries(fields) as Json;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

async function api(
  fake: FakeSlack,
  clock: Pick<Clock, 'now'>,
  rates: Rates,
  triggers: Map<string, { readonly user: string; readonly until: number }>,
  req: IncomingMessage,
  res: ServerResponse,
  ts: () => string,
): Promise<void> {
  const method = (req.url ?? '').replace(/^\/api\//, '').split('?', 1)[0] ?? '';
  const input = await inputOf(req).catch((): Json => ({}));
  const answer = (status: number, body: Json, retryAfter?: number): void => {
    if (body['ok'] !== true) fake.faults.push(`${method}: ${status} ${JSON.stringify(body)}`);
    res.writeHead(status, {
      'content-type': 'application/json',
      ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    });
    res.end(JSON.stringify(body));
  };
  const early = fake.intercept(method, input);
  if (early) return answer(early.status, early.body ?? { ok: false, error: 'intercepted' }, early.retryAfter);
  const token = method === 'apps.connections.open' ? fake.appToken : fake.botToken;
  if (req.headers.authorization !== `Bearer ${token}` && input['token'] !== token)
    return answer(200, { ok: false, error: 'invalid_auth' });
  const wait = rates(method);
  if (wait !== undefined) return answer(429, { ok: false, error: 'ratelimited' }, wait);
  const scope = SCOPES[method];
  if (scope !== undefined && !fake.scopes.has(scope))
    return answer(200, { ok: false, error: 'missing_scope', needed: scope });
  const result = perform(fake, clock, triggers, method, input, ts, req.headers.host ?? '');
  answer(
    200,
    typeof result === 'string' ? { ok: false, error: result.split(' ', 1)[0], why: result } : { ok: true, ...result },
  );
}

/** The answer, or the word of the error. */
function perform(
  fake: FakeSlack,
  clock: Pick<Clock, 'now'>,
  triggers: Map<string, { readonly user: string; readonly until: number }>,
  method: string,
  input: Json,
  ts: () => string,
  host: string,
): Json | string {
  const { channel, text, blocks } = input as { channel?: string; text?: string; blocks?: readonly Json[] };
  const fault = blocks === undefined ? undefined : blocksFault(blocks);
  switch (method) {
    case 'apps.connections.open':
      return { url: `ws://${host}/link/?ticket=${randomUUID()}` };
    case 'chat.postMessage': {
      if (channel === undefined || !/^[CGDU]/.test(channel)) return 'channel_not_found';
      if (fault !== undefined) return `invalid_blocks ${fault}`;
      if ((text ?? '').length > 40_000) return 'msg_too_long';
      const thread = input['thread_ts'] as string | undefined;
      const message: FakeMessage = {
        channel,
        ts: ts(),
        text: text ?? '',
        blocks: blocks ?? [],
        thread,
        metadata: input['metadata'],
        edits: 0,
      };
      fake.messages.push(message);
      return { channel, ts: message.ts };
    }
    case 'chat.update': {
      const message = fake.messages.find((each) => each.channel === channel && each.ts === input['ts']);
      if (!message) return 'message_not_found';
      if (fault !== undefined) return `invalid_blocks ${fault}`;
      Object.assign(message, { text: text ?? '', blocks: blocks ?? [], edits: message.edits + 1 });
      return { channel, ts: message.ts };
    }
    case 'chat.postEphemeral':
      fake.whispers.push({ channel: channel ?? '', user: String(input['user']), text: text ?? '' });
      return { message_ts: ts() };
    case 'views.open': {
      const found = triggers.get(String(input['trigger_id']));
      triggers.delete(String(input['trigger_id']));
      if (!found) return 'invalid_trigger_id';
      if (found.until < clock.now()) return 'expired_trigger_id';
      const refused = viewFault(input['view']);
      if (refused !== undefined) return `invalid_blocks ${refused}`;
      fake.views.push({ user: found.user, view: input['view'] as Json });
      return {};
    }
    case 'views.publish': {
      const refused = viewFault(input['view']);
      if (refused !== undefined) return `invalid_blocks ${refused}`;
      fake.views.push({ user: String(input['user_id']), view: input['view'] as Json });
      return {};
    }
    case 'users.info': {
      const user = fake.users.get(String(input['user']));
      if (!user) return 'user_not_found';
      return {
        user: {
          id: user.id,
          team_id: user.team_id,
          is_email_confirmed: true,
          profile: { email: user.email },
          ...user.more,
        },
      };
    }
    case 'usergroups.users.list': {
      const users = fake.userGroups.get(String(input['usergroup']));
      return users ? { users } : 'no_such_subteam';
    }
    case 'conversations.info':
      return { channel: { id: channel, is_channel: true, is_ext_shared: fake.shared.has(channel ?? '') } };
    case 'conversations.history':
      return {
        messages: fake.messages.filter((each) => each.channel === channel && each.thread === undefined).toReversed(),
      };
    default:
      return 'unknown_method';
  }
}
