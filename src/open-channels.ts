// The people's side beyond the console: channels from the configuration, accounts of people there, and the record of what was shown.
import type { Slack } from './channels/slack/start-slack.ts';
import { startTeams } from './channels/teams/start-teams.ts';
import { createWebhookChannel } from './channels/webhook/webhook-channel.ts';
import type { Config } from './config/types.ts';
import type { Hook } from './console/hook.ts';
import { createQuietHours } from './core/quiet-hours.ts';
import type { AccountLinks } from './gate/accounts.ts';
import type { VoteInput } from './gate/api.ts';
import type { Gate } from './gate/create-gate.ts';
import { createMessageLimit } from './gate/notices/message-limit.ts';
import { createPace } from './gate/notices/pace.ts';
import { createPutOffTally } from './gate/notices/put-off-tally.ts';
import { shownNow } from './gate/notices/shown.ts';
import { type Notifier, startNotifier } from './gate/notices/notifier.ts';
import type { ApprovalStore, ListQuery } from './ports/approval-store.ts';
import type { AuditLog } from './ports/audit-log.ts';
import type { Channel } from './ports/channel.ts';
import type { Clock, IdSource } from './ports/clock.ts';
import type { EventBus } from './ports/events.ts';
import type { Sealer } from './ports/sealer.ts';
import type { SecretSource } from './ports/secret-source.ts';
import type { SharedRecords } from './ports/shared-records.ts';
import type { Resolver } from './proxy/address/resolve.ts';
import { createHttpClient } from './proxy/outbound.ts';

export interface ChannelsDeps {
  readonly store: ApprovalStore;
  readonly audit: AuditLog;
  readonly sealer: Sealer;
  readonly records: SharedRecords;
  readonly secrets: SecretSource;
  readonly ids: IdSource;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly resolver: Resolver;
  readonly replica: string;
  readonly links: AccountLinks;
}

export interface Channels {
  /** Messages of each agent that were put off because of its limit, from the day of `since` (epoch ms) on. */
  readonly putOff: (since: number) => Promise<ReadonlyMap<string, number>>;
  /** What is posted to the console for channels, by path. */
  readonly hooks: ReadonlyMap<string, Hook>;
  /** Begins to show approvals and to take votes. */
  start(gate: Gate): void;
  /** Never rejects. */
  stop(): Promise<void>;
}

/** Where Slack posts to in HTTP mode. */
const SLACK_PATH = '/channels/slack';
const TEAMS_PATH = '/channels/teams';

export async function openChannels(config: Config, deps: ChannelsDeps): Promise<Channels> {
  const { slack: slackSettings, teams: teamsSettings, routes } = config.channels;
  const { records, links } = deps;
  const tally = createPutOffTally(records);
  // Three hundred modules, a quarter of all: for a gate that has no Slack they are not even read.
  const slackCode = slackSettings && (await import('./channels/slack/start-slack.ts'));
  const hooks = new Map<string, Hook>();
  let slack: Slack | undefined;
  let notifier: Notifier | undefined;
  return {
    putOff: (since) => tally.since(since),
    hooks,
    start(gate) {
      const shared = {
        ...deps,
        consoleUrl: config.public_url,
        votes: {
          vote: (input: VoteInput) => gate.vote(input),
          list: (query: ListQuery) => gate.list(query),
          now: () => gate.now(),
          shown: (id: string) => shownNow({ ...deps, records, call: (of) => gate.call(of) }, id),
        },
        accounts: links,
      };
      slack = slackSettings && slackCode?.startSlack({ ...shared, settings: slackSettings });
      const teams =
        teamsSettings && startTeams({ ...shared, settings: teamsSettings, records, http: createHttpClient(deps) });
      if (slack?.post) hooks.set(SLACK_PATH, slack.post);
      if (teams) hooks.set(TEAMS_PATH, teams.post);
      const channels = [
        ...(slack ? [slack.channel] : []),
        ...(teams ? [teams.channel] : []),
        ...webhookChannels(config, deps),
      ];
      notifier = startNotifier({
        ...deps,
        records,
        channels: new Map(channels.map((channel) => [channel.name, channel])),
        call: (id) => gate.call(id),
        routes: ({ opened }) => routes[opened.risk] ?? routes.default ?? [],
        pace: createPace({
          quiet: createQuietHours(config.attention.quiet),
          limit: config.attention.messages && createMessageLimit(records, config.attention.messages),
          tally,
          bus: deps.bus,
        }),
      });
    },
    async stop() {
      await notifier?.stop();
      await slack?.close();
    },
  };
}

function webhookChannels({ channels, public_url: consoleUrl }: Config, deps: ChannelsDeps): readonly Channel[] {
  const { webhooks } = channels;
  if (webhooks.length === 0) return [];
  const http = createHttpClient(deps);
  return [createWebhookChannel({ webhooks, http, now: () => deps.clock.now(), consoleUrl })];
}
