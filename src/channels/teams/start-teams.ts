// Microsoft Teams, whole: what goes out as a channel, and the answer to what it posts.
import type { TeamsSettings } from '../../core/channel-settings.ts';
import type { Accounts } from '../../ports/accounts.ts';
import type { Channel } from '../../ports/channel.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventBus } from '../../ports/events.ts';
import type { HttpClient } from '../../ports/http-client.ts';
import type { SecretSource } from '../../ports/secret-source.ts';
import type { SharedRecords } from '../../ports/shared-records.ts';
import type { Votes } from '../../ports/votes.ts';
import { createAccessTokens } from './access-token.ts';
import { createConnector } from './connector.ts';
import { createConversations } from './conversations.ts';
import { createTeamsHttp, type TeamsAnswer, type TeamsPost } from './http.ts';
import { createIdentities } from './identity.ts';
import { createResponder } from './respond.ts';
import { createSigningKeys } from './signing-keys.ts';
import { createTeamsChannel } from './teams-channel.ts';
import { createTokenCheck, ISSUER } from './token-check.ts';

export interface TeamsDeps {
  readonly settings: TeamsSettings;
  readonly http: HttpClient;
  readonly records: SharedRecords;
  /** Keys of the values of buttons; the same on every replica. */
  readonly secrets: SecretSource;
  readonly consoleUrl: string | undefined;
  readonly votes: Votes;
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly bus: EventBus;
}

export interface Teams {
  readonly channel: Channel;
  /** Answers what Teams posts. Never rejects. */
  readonly post: (post: TeamsPost) => Promise<TeamsAnswer>;
}

export function startTeams(deps: TeamsDeps): Teams {
  const { settings, http, clock, bus } = deps;
  /** The configuration lets http be at this machine only; whatever is elsewhere has to be public. */
  const local = (url: string): boolean => url.startsWith('http:');
  const tokens = createAccessTokens({ settings, http, clock, allowPrivate: local(settings.tokenUrl) });
  const connector = createConnector({ http, tokens, clock, allowPrivate: local(settings.serviceUrl) });
  const conversations = createConversations(deps.records, settings.serviceUrl);
  const terms = { secrets: deps.secrets, approveUpTo: settings.approveUpTo, consoleUrl: deps.consoleUrl };
  const { tenants, openidUrl } = settings;
  const identities = createIdentities({ connector, conversations, accounts: deps.accounts, tenants, clock });
  const keys = createSigningKeys({ openidUrl, issuer: ISSUER, http, clock, allowPrivate: local(openidUrl) });
  return {
    channel: createTeamsChannel({ connector, conversations, terms }),
    post: createTeamsHttp({
      check: createTokenCheck({ settings, keys, now: () => clock.now() }),
      responder: createResponder({ ...deps, conversations, identities, terms }),
      conversations,
      onRefused: (why) => bus.emit('channel:refused', { channel: 'teams', why }),
    }),
  };
}
