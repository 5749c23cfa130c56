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

export interface ChannelSettings {
  readonly webhooks: readonly WebhookSettings[];
  /** Where approvals are shown whose rules do not say so; `default` for risks that have no line of their own. */
  readonly routes: Readonly<Partial<Record<Risk | 'default', readonly string[]>>>;
}
