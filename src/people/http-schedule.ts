// On-call schedules of anything that answers a GET with JSON: `{"on_call": ["ann@example.com"]}`.
import { z } from 'zod';
import type { Secret } from '../core/secret.ts';
import type { HttpClient } from '../ports/http-client.ts';
import type { Schedule, ScheduleAnswer } from './schedule.ts';

export interface HttpScheduleSettings {
  readonly url: string;
  /** Sent as a bearer credential; undefined: none. */
  readonly token: Secret | undefined;
  readonly allowPrivate: boolean;
}

const TIMEOUT = 5_000;
const answer = z.object({ on_call: z.array(z.string().max(320)).max(1000) });

export function httpSchedule({ url, token, allowPrivate }: HttpScheduleSettings, http: HttpClient): Schedule {
  return async (): Promise<ScheduleAnswer> => {
    const headers = { accept: 'application/json', ...(token && { authorization: `Bearer ${token.reveal()}` }) };
    const got = await http.request({ method: 'GET', url, headers, timeout: TIMEOUT, allowPrivate });
    if (!got.ok) return { ok: false, why: got.why };
    if (got.status !== 200) return { ok: false, why: `it answered ${got.status}` };
    try {
      const read = answer.safeParse(JSON.parse(got.body.toString('utf8')));
      return read.success ? { ok: true, emails: read.data.on_call } : { ok: false, why: 'it answered without on_call' };
    } catch {
      return { ok: false, why: 'it answered no JSON' };
    }
  };
}
