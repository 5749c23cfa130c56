// A local Teams for the demo and for tests: the Bot Connector, the token endpoint and Bot Framework's keys over one port, with people who click. It is
// as strict as Teams is about tokens, cards and sizes.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../../ports/clock.ts';
import { activityFault, cardFault } from './card-limits.ts';
import { createFakeSigner } from './signer.ts';

type Json = Readonly<Record<string, unknown>>;

export interface FakeTeamsUser {
  /** `29:…` */
  readonly id: string;
  readonly objectId: string;
  readonly principalName: string;
  readonly tenantId?: string;
  /** `user` if left out. */
  readonly role?: string;
}

export interface FakeTeamsMessage {
  readonly conversation: string;
  readonly id: string;
  /** Empty in a message of text. */
  card: Json;
  readonly text: string;
  readonly thread: string | undefined;
  /** Times that it was rewritten. */
  edits: number;
}

/** What came back for a click: a card, or words for this person alone. */
export interface FakeTeamsAnswer {
  readonly type: string;
  readonly value: unknown;
}

export interface FakeTeams {
  readonly appId: string;
  readonly appSecret: string;
  readonly tenant: string;
  /** For the settings of the same names. */
  readonly serviceUrl: string;
  readonly tokenUrl: string;
  readonly openidUrl: string;
  readonly messages: FakeTeamsMessage[];
  /** What only one person was told. */
  readonly told: { readonly user: string; readonly text: string }[];
  readonly users: Map<string, FakeTeamsUser>;
  /** Requests that were refused, and why. */
  readonly faults: string[];
  /** Undefined answers as usual. */
  intercept: (method: string, path: string) => { readonly status: number; readonly retryAfter?: number } | undefined;
  /** Where the bot listens. */
  postTo: string;
  /** A person clicks; rejects where there is no such button. */
  click(user: string, message: FakeTeamsMessage, verb: string, reason?: string): Promise<FakeTeamsAnswer>;
  /** What a person sees of it: the card made for them where it is made anew, else the card of everybody. */
  look(user: string, message: FakeTeamsMessage): Promise<Json>;
  close(): Promise<void>;
}

const APP = '11111111-2222-4333-8444-555555555555';
const TENANT = '99999999-8888-4777-8666-555555555555';
const SECRET = 'fake-client-secret';
const ISSUER = 'https://api.botframework.com';
/** s. */
const TOKEN_LIFE = 3600;

export async function startFakeTeams(clock: Pick<Clock, 'now'>, port = 0): Promise<FakeTeams> {
  const signer = await createFakeSigner('fake-teams-key');
  const tokens = new Set<string>();
  const server = createServer((req, res) => void answer(fake, { tokens, jwk: signer.jwk }, req, res));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function invoke(
    user: string,
    message: FakeTeamsMessage,
    action: Json,
    trigger: string,
  ): Promise<FakeTeamsAnswer> {
    const who = fake.users.get(user);
    if (!who) throw new Error(`nobody is ${user}`);
    const now = Math.floor(clock.now() / 1000);
    const claims = { iss: ISSUER, aud: APP, serviceurl: fake.serviceUrl, nbf: now - 1, exp: now + TOKEN_LIFE };
    const activity = {
      type: 'invoke',
      name: 'adaptiveCard/action',
      id: `f:${randomUUID()}`,
      timestamp: new Date(clock.now()).toISOString(),
      channelId: 'msteams',
      serviceUrl: fake.serviceUrl,
      from: { id: who.id, aadObjectId: who.objectId, name: who.principalName },
      recipient: { id: `28:${APP}`, name: 'Holdgate' },
      conversation: {
        id: `${message.conversation};messageid=${message.id}`,
        conversationType: 'channel',
        isGroup: true,
        tenantId: who.tenantId ?? TENANT,
      },
      channelData: { tenant: { id: who.tenantId ?? TENANT }, source: { name: 'message' } },
      replyToId: message.id,
      value: { action, trigger },
    };
    const response = await fetch(fake.postTo, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await signer.sign(claims)}` },
      body: JSON.stringify(activity),
    });
    if (response.status !== 200) throw new Error(`the bot answered ${response.status}`);
    const said = (await response.json()) as FakeTeamsAnswer;
    if (said.type === 'application/vnd.microsoft.activity.message') fake.told.push({ user, text: String(said.value) });
    const fault = said.type === 'application/vnd.microsoft.card.adaptive' ? cardFault(said.value) : undefined;
    if (fault !== undefined) fake.faults.push(`answer to a click: ${fault}`);
    return said;
  }

  const fake: FakeTeams = {
    appId: APP,
    appSecret: SECRET,
    tenant: TENANT,
    serviceUrl: `${origin}/teams/`,
    tokenUrl: `${origin}/token`,
    openidUrl: `${origin}/openid`,
    messages: [],
    told: [],
    users: new Map(),
    faults: [],
    intercept: () => undefined,
    postTo: '',
    async click(user, message, verb, reason) {
      const button = buttonsOf(message.card).find((each) => each['verb'] === verb);
      if (!button) throw new Error(`no button ${verb}`);
      const data = { ...(button['data'] as Json), ...(reason !== undefined && { reason }) };
      return invoke(user, message, { type: 'Action.Execute', verb, data }, 'manual');
    },
    async look(user, message) {
      const refresh = message.card['refresh'] as
        | { readonly action: Json; readonly userIds: readonly string[] }
        | undefined;
      if (refresh?.userIds.includes(user) !== true) return message.card;
      const { verb, data } = refresh.action;
      const said = await invoke(user, message, { type: 'Action.Execute', verb, data }, 'automatic');
      return said.type === 'application/vnd.microsoft.card.adaptive' ? (said.value as Json) : message.card;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}

/** Those at the bottom, and those in what they open. */
export function buttonsOf(card: Json): readonly Json[] {
  const { actions } = card as { actions?: readonly Json[] };
  return (actions ?? []).flatMap((each) =>
    each['type'] === 'Action.ShowCard' ? buttonsOf(each['card'] as Json) : [each],
  );
}

interface Keys {
  readonly tokens: Set<string>;
  readonly jwk: Json;
}

async function answer(
  fake: FakeTeams,
  { tokens, jwk }: Keys,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  const { method = '', url: path = '' } = req;
  const send = (status: number, json: Json, retryAfter?: number): void => {
    if (status >= 400) fake.faults.push(`${method} ${path}: ${status} ${JSON.stringify(json)}`);
    const wait = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
    res.writeHead(status, { 'content-type': 'application/json', ...wait }).end(JSON.stringify(json));
  };
  const fault = (status: number, code: string, words = code): void => send(status, { error: { code, message: words } });
  const early = fake.intercept(method, path);
  if (early) return send(early.status, { error: { code: 'Intercepted' } }, early.retryAfter);
  if (path === '/openid') return send(200, { issuer: ISSUER, jwks_uri: fake.openidUrl.replace('/openid', '/keys') });
  if (path === '/keys') return send(200, { keys: [jwk] });
  if (path === '/token') {
    const form = new URLSearchParams(body);
    const known =
      form.get('grant_type') === 'client_credentials' &&
      form.get('client_id') === APP &&
      form.get('client_secret') === SECRET &&
      form.get('scope') === 'https://api.botframework.com/.default';
    if (!known) return send(401, { error: 'invalid_client' });
    const token = randomUUID();
    tokens.add(token);
    return send(200, { token_type: 'Bearer', expires_in: TOKEN_LIFE, access_token: token });
  }
  if (!tokens.has(req.headers.authorization?.replace('Bearer ', '') ?? '')) return fault(401, 'Unauthorized');
  const [root, v3, kind, conversation = '', what, id] = path.slice(1).split('/').map(decodeURIComponent);
  if (
    root !== 'teams' ||
    v3 !== 'v3' ||
    kind !== 'conversations' ||
    !/^19:[^;]+@thread\.tacv2(;messageid=\d+)?$/.test(conversation)
  )
    return fault(404, 'ConversationNotFound');
  if (what === 'members' && method === 'GET') {
    const user = fake.users.get(id ?? '');
    if (!user) return fault(404, 'MemberNotFoundInConversation');
    const { objectId, principalName: userPrincipalName, tenantId = TENANT, role: userRole = 'user' } = user;
    return send(200, { id: user.id, objectId, userPrincipalName, email: userPrincipalName, tenantId, userRole });
  }
  if (what !== 'activities') return fault(404, 'NotFound');
  const activity = JSON.parse(body) as Json;
  const wrong = activityFault(activity);
  if (wrong !== undefined) return fault(400, 'BadSyntax', wrong);
  const { attachments, text } = activity as { attachments?: readonly { readonly content: Json }[]; text?: string };
  const card = attachments?.[0]?.content ?? {};
  if (method === 'PUT') {
    const found = fake.messages.find((each) => each.id === id);
    if (!found) return fault(404, 'ActivityNotFoundInConversation');
    found.card = card;
    found.edits += 1;
    return send(200, { id });
  }
  const [place = '', thread] = conversation.split(';messageid=');
  const message = {
    conversation: place,
    id: String(1_700_000_000_000 + fake.messages.length),
    card,
    text: text ?? '',
    thread,
    edits: 0,
  };
  fake.messages.push(message);
  send(201, { id: message.id });
}
