// `channels` and `notify`: how approvers are reached, and where approvals are shown whose rules do not say so.
import { z } from 'zod';
import { closed, destination, oneOrMany } from '../core/policy/schema-leaves.ts';
import { RISKS } from '../core/policy/schema-words.ts';
import type { Risk } from '../core/policy/types.ts';
import { groupName, plainText, trustedUrl } from './leaves.ts';

interface WebhookSource {
  readonly url: string;
  readonly secret: string;
  readonly allow_private: boolean;
}

export interface ChannelsSource {
  readonly webhooks: Readonly<Record<string, WebhookSource>>;
}

export type NotifySource = Readonly<Partial<Record<Risk | 'default', readonly string[]>>>;

const webhook: z.ZodType<WebhookSource, unknown> = closed({
  url: trustedUrl.describe('Where it is posted to.'),
  secret: plainText.describe(
    'Key of the signatures (Standard Webhooks): base64 of 24 to 64 bytes, with or without `whsec_`. `${env:NAME}` and `${file:PATH}` are replaced.',
  ),
  allow_private: z.boolean().default(false).describe('Lets it be at a private or loopback address.'),
});

const webhooks = z.record(z.string(), webhook).superRefine((map, context) => {
  for (const name of Object.keys(map)) {
    if (groupName.safeParse(name).success) continue;
    const message = `"${name}" is not a name of a webhook; expected letters, digits and . _ -`;
    context.addIssue({ code: 'custom', message, path: [name], params: { key: true } });
  }
});

export const channels: z.ZodType<ChannelsSource, unknown> = closed({
  webhooks: webhooks
    .prefault({})
    .describe('By name: `webhook:<name>` in `notify`. Each change of an approval is one signed POST.'),
});

const places = oneOrMany(destination);
const lines = Object.fromEntries(
  RISKS.map((risk) => [risk, places.exactOptional().describe(`Of risk ${risk}.`)]),
) as Record<Risk, z.ZodExactOptional<typeof places>>;

/** `webhook:ops`, one or a list, for each risk that is not as the others. */
export const notify: z.ZodType<NotifySource, unknown> = closed({
  default: places
    .exactOptional()
    .describe('Of every risk that has no line of its own: `webhook:<name>`, one or a list.'),
  ...lines,
});
