// Channels as the gate uses them: secrets read, names checked.
import type { ChannelSettings, SlackSettings, WebhookSettings } from '../core/channel-settings.ts';
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
  for (const [risk, places] of Object.entries(notify)) {
    for (const place of places) {
      const message = placeFault(place, { slack, webhooks });
      if (message !== undefined) fault(['notify', risk], message);
    }
  }
  return { slack, webhooks, routes: notify };
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
    apiUrl: source.api_url,
  };
}

/** Why nothing can be shown there; undefined where it can. */
export function placeFault(
  place: string,
  { slack, webhooks }: Pick<ChannelSettings, 'slack' | 'webhooks'>,
): string | undefined {
  const [kind = '', ...rest] = place.split(':');
  const name = rest.join(':');
  if (kind === 'slack' && slack) {
    return /^[CGD][A-Z0-9]{2,20}$/.test(name) ? undefined : `"${place}": expected slack:<id of a channel> (C…)`;
  }
  if (kind !== 'webhook') return `"${place}": no channel "${kind}" is configured`;
  const names = webhooks.map((each) => each.name);
  if (names.includes(name)) return undefined;
  const near = nearest(name, names);
  return `"${place}": there is no webhook "${name}" in channels${near === undefined ? '' : `; did you mean "${near}"?`}`;
}
