// On-call schedules of PagerDuty: https://developer.pagerduty.com/api-reference (GET /oncalls), page by page.
import { z } from 'zod';
import type { Secret } from '../core/secret.ts';
import type { HttpClient } from '../ports/http-client.ts';
import type { Schedule, ScheduleAnswer } from './schedule.ts';

export interface PagerDutySettings {
  readonly schedules: readonly string[];
  readonly token: Secret;
  /** Without a trailing slash. */
  readonly apiUrl: string;
}

const TIMEOUT = 5_000;
const PAGE = 100;
const MOST_PAGES = 10;

const answer = z.object({
  oncalls: z.array(
    z.object({ user: z.object({ email: z.string().optional() }), escalation_level: z.int().optional() }),
  ),
  more: z.boolean().optional(),
});

export function pagerDutySchedule({ schedules, token, apiUrl }: PagerDutySettings, http: HttpClient): Schedule {
  return async (): Promise<ScheduleAnswer> => {
    const emails: string[] = [];
    for (let page = 0; page < MOST_PAGES; page++) {
      const query = [
        ...schedules.map((id) => `schedule_ids%5B%5D=${encodeURIComponent(id)}`),
        'include%5B%5D=users',
        `limit=${PAGE}`,
        `offset=${page * PAGE}`,
      ].join('&');
      const got = await http.request({
        method: 'GET',
        url: `${apiUrl}/oncalls?${query}`,
        headers: { authorization: `Token token=${token.reveal()}`, accept: 'application/vnd.pagerduty+json;version=2' },
        timeout: TIMEOUT,
        // The configuration lets http be at this machine only; whatever is elsewhere has to be public.
        allowPrivate: apiUrl.startsWith('http:'),
      });
      if (!got.ok) return { ok: false, why: got.why };
      if (got.status !== 200) return { ok: false, why: `PagerDuty answered ${got.status}` };
      const read = answer.safeParse(parsed(got.body));
      if (!read.success) return { ok: false, why: 'PagerDuty answered something else than who is on call' };
      emails.push(...read.data.oncalls.flatMap(({ user }) => user.email ?? []));
      if (read.data.more !== true) return { ok: true, emails };
    }
    return { ok: false, why: 'PagerDuty knows more people on call than can be' };
  };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
