// The three calls of the Bot Connector that are used: post, rewrite, look a member up. Each is tried once: when to try again is decided by the record of
// what was shown. https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference
import type { HttpClient, OutboundAnswer } from '../../ports/http-client.ts';
import type { Clock } from '../../ports/clock.ts';
import type { AccessTokens } from './access-token.ts';
import { member, parsed } from './json.ts';
import { retryAfter } from '../retry-after.ts';

export interface Member {
  readonly userId: string;
  /** Lower case; empty where the connector does not say. */
  readonly objectId: string;
  readonly tenantId: string;
  /** `user`, `guest`, `anonymous`, …; empty where the connector does not say. */
  readonly role: string;
  /** In a domain that the tenant has proven to own, unlike an e-mail address. */
  readonly principalName: string | undefined;
}

export interface ConnectorFailure {
  readonly ok: false;
  readonly kind: 'later' | 'refused';
  /** ms, where the other side says when. */
  readonly after?: number;
  readonly why: string;
}

export interface Connector {
  /** Each never rejects. `serviceUrl` ends with `/`. */
  post(
    serviceUrl: string,
    conversation: string,
    activity: object,
  ): Promise<{ readonly ok: true; readonly id: string } | ConnectorFailure>;
  update(
    serviceUrl: string,
    conversation: string,
    id: string,
    activity: object,
  ): Promise<{ readonly ok: true } | ConnectorFailure>;
  member(
    serviceUrl: string,
    conversation: string,
    userId: string,
  ): Promise<{ readonly ok: true; readonly member: Member } | ConnectorFailure>;
}

export interface ConnectorDeps {
  readonly http: HttpClient;
  readonly tokens: AccessTokens;
  readonly clock: Pick<Clock, 'now'>;
  readonly allowPrivate: boolean;
}

/** ms; a token, a rewritten message and its thread have to fit into what a channel may take. */
const TIMEOUT = 4_500;
/** Answers that no other attempt changes: the conversation or the message is gone, the bot is not in it, the card is none. */
const FINAL: ReadonlySet<number> = new Set([400, 403, 404, 405, 410, 413]);

type Answered = Extract<OutboundAnswer, { ok: true }>;

export function createConnector({ http, tokens, clock, allowPrivate }: ConnectorDeps): Connector {
  async function call(
    method: 'GET' | 'POST' | 'PUT',
    serviceUrl: string,
    path: readonly string[],
    content?: object,
  ): Promise<Answered | ConnectorFailure> {
    const token = await tokens.get();
    if (!token.ok) return { ...token, kind: 'later' };
    const answer = await http.request({
      method,
      url: `${serviceUrl}v3/conversations/${path.map(encodeURIComponent).join('/')}`,
      headers: {
        authorization: `Bearer ${token.token}`,
        accept: 'application/json',
        'user-agent': 'holdgate',
        ...(content && { 'content-type': 'application/json' }),
      },
      ...(content && { body: JSON.stringify(content) }),
      timeout: TIMEOUT,
      allowPrivate,
    });
    if (!answer.ok) return { ok: false, kind: 'later', why: answer.why };
    if (answer.status >= 200 && answer.status < 300) return answer;
    if (answer.status === 401) tokens.drop(token.token);
    return failed(answer, clock.now());
  }

  return {
    async post(serviceUrl, conversation, activity) {
      const answer = await call('POST', serviceUrl, [conversation, 'activities'], activity);
      if (!answer.ok) return answer;
      const id = member(parsed(answer.body), 'id');
      // Without an id nothing can ever be rewritten there.
      return typeof id === 'string' && id !== '' && id.length <= 300
        ? { ok: true, id }
        : { ok: false, kind: 'refused', why: 'the connector named no message' };
    },
    async update(serviceUrl, conversation, id, activity) {
      const answer = await call('PUT', serviceUrl, [conversation, 'activities', id], { ...activity, id });
      return answer.ok ? { ok: true } : answer;
    },
    async member(serviceUrl, conversation, userId) {
      const answer = await call('GET', serviceUrl, [conversation, 'members', userId]);
      return answer.ok ? { ok: true, member: memberOf(parsed(answer.body)) } : answer;
    },
  };
}

function failed({ status, headers, body }: Answered, now: number): ConnectorFailure {
  const code = member(member(parsed(body), 'error'), 'code');
  const why = `HTTP ${status}${typeof code === 'string' && /^\w{1,80}$/.test(code) ? ` ${code}` : ''}`;
  if (FINAL.has(status)) return { ok: false, kind: 'refused', why };
  const after = retryAfter(headers['retry-after'], now);
  return { ok: false, kind: 'later', why, ...(after !== undefined && { after }) };
}

/** The connector says `objectId`, its libraries `aadObjectId`; where it says both they have to be one. */
function memberOf(value: unknown): Member {
  const text = (name: string): string => {
    const found = member(value, name);
    return typeof found === 'string' ? found : '';
  };
  const ids = [text('objectId'), text('aadObjectId')].map((id) => id.toLowerCase()).filter((id) => id !== '');
  return {
    userId: text('id'),
    objectId: new Set(ids).size === 1 ? (ids[0] ?? '') : '',
    tenantId: text('tenantId').toLowerCase(),
    role: text('userRole').toLowerCase(),
    principalName: text('userPrincipalName') || undefined,
  };
}
