// `channels` and `notify`: how approvers are reached, and where approvals are shown whose rules do not say so.
import { z } from 'zod';
import { closed, destination, oneOrMany, text, word } from '../core/policy/schema-leaves.ts';
import { RISKS } from '../core/policy/schema-words.ts';
import type { Risk } from '../core/policy/types.ts';
import { groupName, plainText, trustedUrl } from './leaves.ts';

interface WebhookSource {
  readonly url: string;
  readonly secret: string;
  readonly allow_private: boolean;
}

interface SlackSource {
  readonly bot_token: string;
  readonly app_token?: string | undefined;
  readonly signing_secret?: string | undefined;
  readonly teams: readonly string[];
  readonly approve_up_to: Risk;
  readonly link: 'sign-in' | 'email';
  readonly user_groups: Readonly<Record<string, string>>;
  readonly api_url: string;
}

interface TeamsSource {
  readonly app_id: string;
  readonly app_secret: string;
  readonly tenants: readonly string[];
  readonly approve_up_to: Risk;
  readonly link: 'sign-in' | 'email';
  readonly service_url: string;
  readonly token_url: string;
  readonly openid_url: string;
}

export interface ChannelsSource {
  readonly webhooks: Readonly<Record<string, WebhookSource>>;
  readonly slack?: SlackSource | undefined;
  readonly teams?: TeamsSource | undefined;
}

export type NotifySource = Readonly<Partial<Record<Risk | 'default', readonly string[]>>>;

const webhook: z.ZodType<WebhookSource> = closed({
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

const userGroups = z
  .record(
    z.string(),
    text((value) => (/^S[A-Z0-9]{2,20}$/.test(value) ? undefined : `"${value}" is not the id of a user group (S…)`)),
  )
  .superRefine((map, context) => {
    for (const name of Object.keys(map)) {
      const message = groupName.safeParse(name).error?.issues[0]?.message;
      if (message !== undefined) context.addIssue({ code: 'custom', message, path: [name], params: { key: true } });
    }
  });

const slack: z.ZodType<SlackSource> = closed({
  bot_token: plainText.describe('`xoxb-…`. `${env:NAME}` and `${file:PATH}` are replaced, here and in the next two.'),
  app_token: plainText.optional().describe('`xapp-…`: Socket Mode, nothing has to be reachable from outside.'),
  signing_secret: plainText
    .optional()
    .describe('Instead of `app_token`: Slack posts to `<public_url>/channels/slack`, signed with this.'),
  teams: z
    .array(
      text((value) => (/^T[A-Z0-9]{2,20}$/.test(value) ? undefined : `"${value}" is not the id of a workspace (T…)`)),
    )
    .min(1, 'name at least one workspace')
    .describe('Ids of the workspaces whose members may approve.'),
  approve_up_to: word<Risk>('risk', RISKS)
    .default('medium')
    .describe(
      'Highest risk that may be approved by a click in Slack; above it there is a button to review and to deny.',
    ),
  link: word<SlackSource['link']>('value', ['sign-in', 'email'])
    .default('sign-in')
    .describe('How a Slack account becomes a person: `holdgate link` once, or also by its confirmed e-mail address.'),
  user_groups: userGroups
    .prefault({})
    .describe('Group here → id of a user group (S…): its members are in the group, if they are people.'),
  api_url: trustedUrl.default('https://slack.com/api/').describe('Where the Web API is; ends with `/`.'),
})
  .refine((value) => (value.app_token === undefined) !== (value.signing_secret === undefined), {
    message: 'name app_token (Socket Mode) or signing_secret (HTTP)',
  })
  .refine((value) => value.api_url.endsWith('/'), { message: 'api_url has to end with "/"', path: ['api_url'] });

const guid = (what: string): z.ZodType<string, string> =>
  text((value) =>
    /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value)
      ? undefined
      : `"${value}" is not the id of ${what} (a GUID in lower case)`,
  );

const teams: z.ZodType<TeamsSource> = closed({
  app_id: guid('an app').describe('Application (client) id of the bot.'),
  app_secret: plainText.describe('Client secret of the bot. `${env:NAME}` and `${file:PATH}` are replaced.'),
  tenants: z
    .array(guid('a tenant'))
    .min(1, 'name at least one tenant')
    .describe('Ids of the Entra tenants whose members may approve.'),
  approve_up_to: word<Risk>('risk', RISKS)
    .default('medium')
    .describe('Highest risk that may be approved by a click in Teams; above it there is only a button to deny.'),
  link: word<TeamsSource['link']>('value', ['sign-in', 'email'])
    .default('sign-in')
    .describe('How a Teams account becomes a person: `holdgate link` once, or also by its user principal name.'),
  service_url: trustedUrl
    .default('https://smba.trafficmanager.net/teams/')
    .describe('Where the Bot Connector is; ends with `/`. Conversations elsewhere are refused.'),
  token_url: trustedUrl
    .default('https://login.microsoftonline.com/botframework.com/oauth2/v2.0/token')
    .describe(
      'Where the bot gets its tokens; of a single-tenant bot: `https://login.microsoftonline.com/<tenant id>/oauth2/v2.0/token`.',
    ),
  openid_url: trustedUrl
    .default('https://login.botframework.com/v1/.well-known/openidconfiguration')
    .describe('Metadata of Bot Framework, whose keys sign what Teams posts.'),
}).refine((value) => value.service_url.endsWith('/'), {
  message: 'service_url has to end with "/"',
  path: ['service_url'],
});

export const channels: z.ZodType<ChannelsSource> = closed({
  slack: slack.optional().describe('`slack:<channel id>` in `notify`.'),
  teams: teams
    .optional()
    .describe('`teams:<conversation id>` in `notify`. Teams posts to `<public_url>/channels/teams`.'),
  webhooks: webhooks
    .prefault({})
    .describe('By name: `webhook:<name>` in `notify`. Each change of an approval is one signed POST.'),
});

const places = oneOrMany(destination);
const lines = Object.fromEntries(
  RISKS.map((risk) => [risk, places.exactOptional().describe(`Of risk ${risk}.`)]),
) as Record<Risk, z.ZodExactOptional<typeof places>>;

/** `webhook:ops`, one or a list, for each risk that is not as the others. */
export const notify: z.ZodType<NotifySource> = closed({
  default: places
    .exactOptional()
    .describe('Of every risk that has no line of its own: `webhook:<name>`, one or a list.'),
  ...lines,
});
