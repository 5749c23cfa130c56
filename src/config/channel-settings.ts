// Channels as the gate uses them: secrets read, names checked.
import type { ChannelSettings, SlackSettings, TeamsSettings, WebhookSettings } from '../core/channel-settings.ts';
import { nearest } from '../core/nearest.ts';
import { Secret } from '../core/secret.ts';
import type { ChannelsSource, NotifySource } from './channel-schema.ts';

type Path = readonly (string | number)[];

export interface ChannelReading {
  /** Reports what is wrong with a reference; undefined then. Undefined without a word where secrets are not read. */
  readonly secret: (path: Path, text: string) => Secret | undefined;
  readonly fault: (path: Path, message: string) => void;
}

const BASE64 = /^(?:whsec_)?[A-Za-z0-9+/]{32,88}={0,2}$/;

export function channelSettings(
  channels: ChannelsSource,
  notify: NotifySource,
  { secret, fault }: ChannelReading,
): ChannelSettings {
  const webhooks = Object.entries(channels.webhooks).map(([name, source]): WebhookSettings => {
    const path = ['channels', 'webhooks', name, 'secret'];
    const key = secret(path, source.secret);
    if (key && !BASE64.test(key.reveal()))
      fault(path, 'not base64 of 24 to 64 bytes; `openssl rand -base64 32` makes one');
    return { name, url: source.url, secret: key ?? new Secret(''), allowPrivate: source.allow_private };
  });
  const slack = channels.slack && slackSettings(channels.slack, secret);
  const teams = channels.teams && teamsSettings(channels.teams, secret);
  for (const [risk, places] of Object.entries(notify)) {
    for (const place of places) {
      const message = placeFault(place, { slack, teams, webhooks });
      if (message !== undefined) fault(['notify', risk], message);
    }
  }
  return { slack, teams, webhooks, routes: notify };
}

function slackSettings(source: NonNullable<ChannelsSource['slack']>, secret: ChannelReading['secret']): SlackSettings {
  const read = (key: string, text: string): Secret => secret(['channels', 'slack', key], text) ?? new Secret('');
  const { app_token: appToken, signing_secret: signingSecret } = source;
  return {
    botToken: read('bot_token', source.bot_token),
    inbound:
      appToken === undefined
        ? { signingSecret: read('signing_secret', signingSecret ?? '') }
        : { appToken: read('app_token', appToken) },
    teams: source.teams,
    approveUpTo: source.approve_up_to,
    linkByEmail: source.link === 'email',
    userGroups: Object.entries(source.user_groups).map(([name, id]) => ({ name, id })),
    apiUrl: source.api_url,
  };
}

function teamsSettings(source: NonNullable<ChannelsSource['teams']>, secret: ChannelReading['secret']): TeamsSettings {
  return {
    appId: source.app_id,
    appSecret: secret(['channels', 'teams', 'app_secret'], source.app_secret) ?? new Secret(''),
    tenants: source.tenants,
    approveUpTo: source.approve_up_to,
    linkByEmail: source.link === 'email',
    serviceUrl: source.service_url,
    tokenUrl: source.token_url,
    openidUrl: source.openid_url,
  };
}

/** Why nothing can be shown there; undefined where it can. */
export function placeFault(
  place: string,
  { slack, teams, webhooks }: Pick<ChannelSettings, 'slack' | 'teams' | 'webhooks'>,
): string | undefined {
  const [kind = '', ...rest] = place.split(':');
  const name = rest.join(':');
  if (kind === 'slack' && slack) {
    return /^[CGD][A-Z0-9]{2,20}$/.test(name) ? undefined : `"${place}": expected slack:<id of a channel> (C…)`;
  }
  if (kind === 'teams' && teams) {
    const known = /^19:[\w-]{1,200}@thread\.(?:tacv2|v2|skype)$/.test(name);
    return known ? undefined : `"${place}": expected teams:<id of a conversation> (19:…@thread.tacv2)`;
  }
  if (kind !== 'webhook') return `"${place}": no channel "${kind}" is configured`;
  const names = webhooks.map((each) => each.name);
  if (names.includes(name)) return undefined;
  const near = nearest(name, names);
  return `"${place}": there is no webhook "${name}" in channels${near === undefined ? '' : `; did you mean "${near}"?`}`;
}
