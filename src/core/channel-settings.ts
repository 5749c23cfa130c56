// Channels as the configuration names them, validated.
import type { Risk } from './policy/types.ts';
import type { Secret } from './secret.ts';

export interface WebhookSettings {
  /** `ops` in `webhook:ops`. */
  readonly name: string;
  readonly url: string;
  /** The key of its signatures: base64 of 24 to 64 bytes, with or without `whsec_` in front. */
  readonly secret: Secret;
  readonly allowPrivate: boolean;
}

export interface SlackSettings {
  readonly botToken: Secret;
  /** Socket Mode, or HTTP with this secret. */
  readonly inbound: { readonly appToken: Secret } | { readonly signingSecret: Secret };
  readonly teams: readonly string[];
  readonly approveUpTo: Risk;
  /** A confirmed e-mail address says who somebody is. */
  readonly linkByEmail: boolean;
  /** Groups of people that are user groups there, by id (S…). */
  readonly userGroups: readonly { readonly name: string; readonly id: string }[];
  /** Ends with `/`. */
  readonly apiUrl: string;
}

export interface TeamsSettings {
  /** Of the bot, lower case. */
  readonly appId: string;
  readonly appSecret: Secret;
  /** Ids of tenants whose members may approve, lower case. */
  readonly tenants: readonly string[];
  readonly approveUpTo: Risk;
  /** A user principal name says who somebody is. */
  readonly linkByEmail: boolean;
  /** Where the connector is before a conversation said so; ends with `/`. What conversations say has to have its origin. */
  readonly serviceUrl: string;
  readonly tokenUrl: string;
  /** Metadata of those who sign what comes in. */
  readonly openidUrl: string;
}

export interface ChannelSettings {
  readonly slack: SlackSettings | undefined;
  readonly teams: TeamsSettings | undefined;
  readonly webhooks: readonly WebhookSettings[];
  /** Where approvals are shown whose rules do not say so; `default` for risks that have no line of their own. */
  readonly routes: Readonly<Partial<Record<Risk | 'default', readonly string[]>>>;
}
