// Slack, whole: what goes out as a channel, and what comes in over sockets or as posts.
import type { SlackSettings } from '../../core/channel-settings.ts';
import type { Accounts } from '../../ports/accounts.ts';
import type { Channel } from '../../ports/channel.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventBus } from '../../ports/events.ts';
import type { SecretSource } from '../../ports/secret-source.ts';
import type { Votes } from '../../ports/votes.ts';
import { createSlackHttp, type SlackAnswer, type SlackPost } from './http.ts';
import { createIdentities } from './identity.ts';
import { readInteraction } from './interaction.ts';
import { createResponder } from './respond.ts';
import { createSharedChannels } from './shared-channels.ts';
import { createSlackApi } from './slack-api.ts';
import { createSlackChannel } from './slack-channel.ts';
import { openSockets } from './sockets.ts';

export interface SlackDeps {
  readonly settings: SlackSettings;
  /** Keys of the values of buttons; the same on every replica. */
  readonly secrets: SecretSource;
  readonly consoleUrl: string | undefined;
  readonly votes: Votes;
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly bus: EventBus;
}

export interface Slack {
  readonly channel: Channel;
  /** For HTTP mode: answers what Slack posts. */
  readonly post: ((post: SlackPost) => SlackAnswer) | undefined;
  close(): Promise<void>;
}

export function startSlack(deps: SlackDeps): Slack {
  const { settings, clock, bus } = deps;
  const { botToken, inbound, teams, apiUrl } = settings;
  const api = createSlackApi({ token: botToken.reveal(), apiUrl });
  const terms = { secrets: deps.secrets, approveUpTo: settings.approveUpTo, consoleUrl: deps.consoleUrl };
  const identities = createIdentities({ api, accounts: deps.accounts, teamIds: teams, clock });
  const responder = createResponder({
    ...deps,
    api,
    identities,
    terms,
    onReview: ({ id, risk }) => bus.emit('review:opened', { approvalId: id, channel: 'slack', risk }),
  });
  const refused = (why: string): void => bus.emit('channel:refused', { channel: 'slack', why });
  const onPayload = (payload: unknown): void => {
    const interaction = readInteraction(payload);
    if (!interaction) return refused('it is nothing that a person does here');
    responder.respond(interaction).catch((error: unknown) => bus.emit('console:failed', { error }));
  };
  const sockets =
    'appToken' in inbound
      ? openSockets({
          appToken: inbound.appToken.reveal(),
          apiUrl,
          clock,
          onPayload,
          onState: (state, why) =>
            bus.emit('channel:state', { channel: 'slack', state, ...(why !== undefined && { why }) }),
        })
      : undefined;
  const post =
    'signingSecret' in inbound
      ? createSlackHttp({
          signingSecret: inbound.signingSecret.reveal(),
          now: () => clock.now(),
          onPayload,
          onRefused: refused,
        })
      : undefined;
  return {
    channel: createSlackChannel({ api, shared: createSharedChannels(api, clock), terms }),
    post,
    async close() {
      await sockets?.close();
    },
  };
}
