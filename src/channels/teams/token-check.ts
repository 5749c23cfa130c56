// Whether a post is Bot Framework's, about a conversation of this bot in one of our tenants. Stricter than Microsoft's own library, which takes any
// Entra token whose audience is the bot. The body is not signed: the token speaks for who sent it, and what stands in it is looked up again.
// https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication#connector-to-bot
import { type JWTPayload, jwtVerify } from 'jose';
import type { TeamsSettings } from '../../core/channel-settings.ts';
import { type Activity, conversationOf } from './activity.ts';
import type { SigningKeys } from './signing-keys.ts';

export const ISSUER = 'https://api.botframework.com';

export interface TokenCheckDeps {
  readonly settings: Pick<TeamsSettings, 'appId' | 'tenants' | 'serviceUrl'>;
  readonly keys: SigningKeys;
  /** Epoch ms. */
  readonly now: () => number;
}

/** Never rejects: why not, or undefined for what is real. */
export type TokenCheck = (authorization: string | undefined, activity: Activity) => Promise<string | undefined>;

const FORM = /^Bearer [\w-]{1,2000}\.[\w-]{1,8000}\.[\w-]{1,2000}$/;
const ALGORITHMS = ['RS256'];
/** s. */
const SKEW = 60;
const LONGEST_LIFE = 86_400;
/** ms on both sides of now in which a thing has to have happened. */
const WINDOW = 300_000;
const MOST_SEEN = 100_000;
/** A token that brings or points to its own key, or asks for extensions, is an attack. */
const FOREIGN_HEADERS = ['jku', 'jwk', 'x5u', 'crit', 'b64'] as const;

export function createTokenCheck({ settings, keys, now }: TokenCheckDeps): TokenCheck {
  const seen = new Map<string, number>();

  async function payloadOf(token: string): Promise<JWTPayload | undefined> {
    try {
      const { payload, protectedHeader } = await jwtVerify(
        token,
        async (header) => {
          if (FOREIGN_HEADERS.some((name) => name in header)) throw new Error('foreign key header');
          const key = await keys.find(header.kid ?? '');
          if (!key) throw new Error('no such key');
          return key;
        },
        {
          issuer: ISSUER,
          audience: settings.appId,
          algorithms: ALGORITHMS,
          clockTolerance: SKEW,
          currentDate: new Date(now()),
          requiredClaims: ['exp', 'nbf'],
        },
      );
      // jose takes a list that holds what is asked for; one token is for one bot.
      const { typ } = protectedHeader;
      if (typ !== undefined && typ.toUpperCase() !== 'JWT') return undefined;
      return payload.iss === ISSUER && payload.aud === settings.appId ? payload : undefined;
    } catch {
      return undefined;
    }
  }

  return async (authorization, activity) => {
    if (authorization === undefined || !FORM.test(authorization)) return 'there is no token';
    const payload = await payloadOf(authorization.slice('Bearer '.length));
    if (!payload) return 'the token is not one of Bot Framework for this bot';
    const { exp = 0, nbf = 0 } = payload;
    if (exp - nbf > LONGEST_LIFE) return 'the token lives too long';
    const claimed = payload['serviceurl'];
    if (typeof claimed !== 'string' || claimed !== activity.serviceUrl) return 'the token is for another service';
    return foreign(settings, activity) ?? replayed(seen, activity, now());
  };
}

function foreign({ appId, tenants, serviceUrl }: TokenCheckDeps['settings'], activity: Activity): string | undefined {
  if (activity.channelId !== 'msteams') return 'it is not of Teams';
  if (URL.parse(activity.serviceUrl)?.origin !== URL.parse(serviceUrl)?.origin)
    return 'its service is not where service_url is';
  if (activity.recipient.id !== `28:${appId}`) return 'it is for another bot';
  const tenant = activity.channelData.tenant.id.toLowerCase();
  if (!tenants.includes(tenant)) return 'its tenant is not one of ours';
  const { tenantId } = activity.conversation;
  return tenantId === undefined || tenantId.toLowerCase() === tenant ? undefined : 'it names two tenants';
}

/** The time and the id are as unsigned as the rest: this keeps a second delivery from counting, not a thief of tokens. */
function replayed(seen: Map<string, number>, activity: Activity, now: number): string | undefined {
  const at = Date.parse(activity.timestamp);
  if (Number.isNaN(at) || Math.abs(now - at) > WINDOW) return 'it is not of now';
  for (const [known, until] of seen) {
    if (until > now) break;
    seen.delete(known);
  }
  const key = JSON.stringify([conversationOf(activity), activity.id]);
  if (seen.has(key)) return 'it came before';
  if (seen.size >= MOST_SEEN) return 'too many posts';
  seen.set(key, now + 2 * WINDOW);
  return undefined;
}
