// The bot's own token for the Bot Connector: client credentials (RFC 6749 §4.4), kept until shortly before it ends.
// https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
import type { TeamsSettings } from '../../core/channel-settings.ts';
import type { Clock } from '../../ports/clock.ts';
import type { HttpClient } from '../../ports/http-client.ts';
import { retryAfter } from '../retry-after.ts';
import { member, parsed } from './json.ts';

export type AccessToken =
  | { readonly ok: true; readonly token: string }
  /** `after`: ms, where the other side says when. */
  | { readonly ok: false; readonly why: string; readonly after?: number };

export interface AccessTokens {
  /** Never rejects. */
  get(): Promise<AccessToken>;
  /** This one was refused: the next call asks for another. */
  drop(token: string): void;
}

export interface AccessTokenDeps {
  readonly settings: Pick<TeamsSettings, 'appId' | 'appSecret' | 'tokenUrl'>;
  readonly http: HttpClient;
  readonly clock: Pick<Clock, 'monotonic' | 'now'>;
  readonly allowPrivate: boolean;
}

const SCOPE = 'https://api.botframework.com/.default';
const TIMEOUT = 4_500;
/** ms before its end from which on a new one is asked for; half of its life if that is less. */
const AHEAD = 300_000;

interface Held {
  readonly token: string;
  /** Monotonic ms. */
  readonly renewAt: number;
  readonly endsAt: number;
}

export function createAccessTokens({ settings, http, clock, allowPrivate }: AccessTokenDeps): AccessTokens {
  let held: Held | undefined;
  let asking: Promise<AccessToken> | undefined;

  async function ask(): Promise<AccessToken> {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: settings.appId,
      client_secret: settings.appSecret.reveal(),
      scope: SCOPE,
    }).toString();
    const answer = await http.request({
      method: 'POST',
      url: settings.tokenUrl,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body,
      timeout: TIMEOUT,
      allowPrivate,
    });
    if (!answer.ok) return { ok: false, why: `no token: ${answer.why}` };
    const json = parsed(answer.body);
    const token = member(json, 'access_token');
    const seconds = Number(member(json, 'expires_in'));
    if (answer.status !== 200 || typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token) || !(seconds > 0)) {
      const code = member(json, 'error');
      const words = typeof code === 'string' && /^\w{1,60}$/.test(code) ? ` (${code})` : '';
      const after = retryAfter(answer.headers['retry-after'], clock.now());
      return { ok: false, why: `no token: HTTP ${answer.status}${words}`, ...(after !== undefined && { after }) };
    }
    const life = seconds * 1000;
    const now = clock.monotonic();
    held = { token, renewAt: now + life - Math.min(AHEAD, life / 2), endsAt: now + life };
    return { ok: true, token };
  }

  return {
    async get() {
      const now = clock.monotonic();
      if (held && now < held.renewAt) return { ok: true, token: held.token };
      asking ??= ask().finally(() => (asking = undefined));
      const asked = await asking;
      // The old one is as good as ever until it ends.
      if (!asked.ok && held && now < held.endsAt) return { ok: true, token: held.token };
      return asked;
    },
    drop(token) {
      if (held?.token === token) held = undefined;
    },
  };
}
