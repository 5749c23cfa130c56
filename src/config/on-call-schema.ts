// `on_call`: schedules that `oncall:<name>` in a quorum means.
import { z } from 'zod';
import { approver, closed, oneOrMany } from '../core/policy/schema-leaves.ts';
import { plainText, trustedUrl } from './leaves.ts';

interface ScheduleSource {
  readonly pagerduty?:
    | { readonly schedules: readonly string[]; readonly token: string; readonly api_url: string }
    | undefined;
  readonly http?:
    | { readonly url: string; readonly token?: string | undefined; readonly allow_private: boolean }
    | undefined;
  readonly fallback?: readonly string[] | undefined;
}

export type OnCallSource = Readonly<Record<string, ScheduleSource>>;

const pagerduty = closed({
  schedules: oneOrMany(plainText).describe('Ids of schedules (P…), one or a list.'),
  token: plainText.describe('REST API key, read-only. `${env:NAME}` and `${file:PATH}` are replaced.'),
  api_url: trustedUrl.default('https://api.pagerduty.com').describe('Where the API is, without a trailing slash.'),
});

const http = closed({
  url: trustedUrl.describe('Answers a GET with `{"on_call": ["ann@example.com"]}`.'),
  token: plainText.optional().describe('Sent as a bearer credential; replaced as `pagerduty.token`.'),
  allow_private: z.boolean().default(false).describe('Lets it be at a private or loopback address.'),
});

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

const schedule: z.ZodType<ScheduleSource> = closed({
  pagerduty: pagerduty.optional().describe('Schedules of PagerDuty.'),
  http: http.optional().describe('Anything else that knows who is on call.'),
  fallback: oneOrMany(approver)
    .optional()
    .describe('Who counts as on call while the schedule cannot be asked: `group:<name>` or an e-mail address.'),
}).refine((value) => (value.pagerduty === undefined) !== (value.http === undefined), {
  message: 'name pagerduty or http',
});

export const onCall: z.ZodType<OnCallSource> = z.record(z.string(), schedule).superRefine((map, context) => {
  for (const name of Object.keys(map)) {
    if (NAME.test(name)) continue;
    const message = `"${name}" is not a name of a schedule; expected letters, digits and . _ -`;
    context.addIssue({ code: 'custom', message, path: [name], params: { key: true } });
  }
});
