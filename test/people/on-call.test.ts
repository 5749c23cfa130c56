// On-call schedules: asked every minute, believed for ten, and then the fallback.
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { httpSchedule } from '../../src/people/http-schedule.ts';
import { type OnCall, startOnCall } from '../../src/people/on-call.ts';
import { pagerDutySchedule } from '../../src/people/pagerduty.ts';
import type { ScheduleAnswer } from '../../src/people/schedule.ts';
import type { HttpClient, OutboundAnswer, OutboundRequest } from '../../src/ports/http-client.ts';
import { createManualClock } from '../ports/manual-clock.ts';

const ann = { email: 'Ann@example.com', groups: ['ops'] };
const bob = { email: 'bob@example.com', groups: ['security'] };
const MINUTE = 60_000;

describe('who is on call', () => {
  const clock = createManualClock();
  const states: (string | undefined)[] = [];
  let answer: ScheduleAnswer;
  const start = (fallback: readonly string[] = ['group:security']): OnCall =>
    startOnCall({
      schedules: [{ name: 'platform', schedule: async () => answer, fallback }],
      clock,
      onState: (_name, why) => states.push(why),
    });
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('is who the schedule says, asked again every minute', async () => {
    answer = { ok: true, emails: ['ANN@example.com'] };
    const onCall = start();
    await onCall.refresh();
    expect([onCall.of(ann), onCall.of(bob)]).toEqual([['oncall:platform'], []]);
    answer = { ok: true, emails: ['bob@example.com'] };
    clock.advance(MINUTE);
    await settle();
    expect([onCall.of(ann), onCall.of(bob)]).toEqual([[], ['oncall:platform']]);
    onCall.close();
  });

  it('is the last that was said for ten minutes, then the fallback', async () => {
    answer = { ok: true, emails: ['ann@example.com'] };
    const onCall = start();
    await onCall.refresh();
    answer = { ok: false, why: 'away' };
    for (let minute = 0; minute < 9; minute++) {
      clock.advance(MINUTE);
      await settle();
    }
    expect(onCall.of(ann)).toEqual(['oncall:platform']);
    clock.advance(MINUTE);
    await settle();
    expect([onCall.of(ann), onCall.of(bob)]).toEqual([[], ['oncall:platform']]);
    expect(states).toContain('away');
    onCall.close();
  });

  it('is the fallback before anything was said, and nobody where there is none', () => {
    const onCall = start();
    expect([onCall.of(ann), onCall.of(bob)]).toEqual([[], ['oncall:platform']]);
    onCall.close();
    const none = start([]);
    expect([none.of(ann), none.of(bob)]).toEqual([[], []]);
    none.close();
  });
});

function client(...answers: OutboundAnswer[]): { readonly http: HttpClient; readonly requests: OutboundRequest[] } {
  const requests: OutboundRequest[] = [];
  return {
    requests,
    http: {
      async request(request) {
        requests.push(request);
        return answers[Math.min(requests.length, answers.length) - 1] ?? { ok: false, why: 'none', sent: false };
      },
    },
  };
}
const says = (value: unknown, status = 200): OutboundAnswer => ({
  ok: true,
  status,
  headers: {},
  body: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
});

describe('PagerDuty', () => {
  const settings = { schedules: ['P1', 'P 2'], token: new Secret('t0k'), apiUrl: 'https://api.pagerduty.com' };
  const user = (email: string): object => ({ user: { type: 'user', email }, escalation_level: 1 });

  it('is asked for the users of the schedules, page by page', async () => {
    const { http, requests } = client(
      says({ oncalls: [user('a@example.com')], more: true }),
      says({ oncalls: [user('b@example.com'), { user: { type: 'user_reference' } }], more: false }),
    );
    expect(await pagerDutySchedule(settings, http)()).toEqual({ ok: true, emails: ['a@example.com', 'b@example.com'] });
    expect(requests.map(({ url }) => url)).toEqual([
      'https://api.pagerduty.com/oncalls?schedule_ids%5B%5D=P1&schedule_ids%5B%5D=P%202&include%5B%5D=users&limit=100&offset=0',
      'https://api.pagerduty.com/oncalls?schedule_ids%5B%5D=P1&schedule_ids%5B%5D=P%202&include%5B%5D=users&limit=100&offset=100',
    ]);
    expect(requests[0]?.headers['authorization']).toBe('Token token=t0k');
  });

  it.each([
    [says({}, 401), 'PagerDuty answered 401'],
    [says('<html>'), 'something else'],
    [says({ oncalls: 'x' }), 'something else'],
    [{ ok: false, why: 'timeout', sent: true } as const, 'timeout'],
    [says({ oncalls: [], more: true }), 'more people'],
  ])('that answers %j is not believed', async (answer, why) => {
    const got = await pagerDutySchedule(settings, client(answer).http)();
    expect(got).toEqual({ ok: false, why: expect.stringContaining(why) as string });
  });
});

describe('any other schedule', () => {
  const settings = { url: 'https://x.example.com/oncall', token: new Secret('t'), allowPrivate: false };

  it('is asked with its credential', async () => {
    const { http, requests } = client(says({ on_call: ['a@example.com'], more: 'ignored' }));
    expect(await httpSchedule(settings, http)()).toEqual({ ok: true, emails: ['a@example.com'] });
    expect(requests[0]).toMatchObject({ method: 'GET', headers: { authorization: 'Bearer t' } });
  });

  it.each([says('', 204), says('{'), says([]), says({ on_call: [1] }), { ok: false, why: 'x', sent: false } as const])(
    'that answers %j is not believed',
    async (answer) => {
      expect(await httpSchedule(settings, client(answer).http)()).toMatchObject({ ok: false });
    },
  );
});
