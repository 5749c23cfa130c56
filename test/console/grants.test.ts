// Grants at the console: to see, to end, to ask for with a vote.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { grantListSchema, grantSchema } from '../../src/console/grant-schemas.ts';
import { sampleGrant } from './fake-gate.ts';
import { credentials, type RunningConsole, runConsole } from './running-console.ts';

let running: RunningConsole;
beforeEach(async () => {
  running = await runConsole();
});
afterEach(() => running.close());

const ask = (path: string, method = 'GET', body?: object): ReturnType<RunningConsole['ask']> =>
  running.ask(path, {
    method,
    credential: credentials.outsider,
    ...(body && { body: JSON.stringify(body) }),
  });

describe('grants', () => {
  it('are listed with how they stand', async () => {
    running.gate.keep(sampleGrant('grt_1'));
    running.gate.keep({ ...sampleGrant('grt_2'), used: 20 });
    running.gate.keep({ ...sampleGrant('grt_3'), until: 1 });
    const value = JSON.parse((await ask('/api/v1/grants')).text) as { items: { status: string }[] };
    expect(grantListSchema.safeParse(value).success).toBe(true);
    expect(value.items.map(({ status }) => status)).toEqual(['standing', 'spent', 'over']);
  });

  it('are ended by any person, and 404 where there is none', async () => {
    running.gate.keep(sampleGrant('grt_1'));
    const ended = await ask('/api/v1/grants/grt_1/revoke', 'POST');
    const value: unknown = JSON.parse(ended.text);
    expect(grantSchema.safeParse(value).success).toBe(true);
    expect(value).toMatchObject({ status: 'revoked', revoked: { why: 'revoked' } });
    expect((await ask('/api/v1/grants/grt_2/revoke', 'POST')).status).toBe(404);
    expect((await ask('/api/v1/grants/grt_1/revoke', 'POST', {})).status).toBe(400);
  });

  it('are not read or ended on the strength of a guess: 503 while the store is away', async () => {
    running.gate.keep(sampleGrant('grt_1'));
    running.gate.broken = true;
    expect((await ask('/api/v1/grants')).status).toBe(503);
    expect((await ask('/api/v1/grants/grt_1/revoke', 'POST')).status).toBe(503);
  });
});

describe('a vote with a grant', () => {
  beforeEach(() => {
    const { opened } = running.gate.hold('apr_1');
    const terms = { ...opened.terms, grant: { for: 3_600_000, uses: 2, covers: 'call' as const } };
    digest = running.gate.hold('apr_2', undefined, { terms }).opened.digest;
  });
  let digest = '';
  const vote = (grant: unknown, id = 'apr_2'): Promise<{ readonly status: number; readonly text: string }> =>
    running.ask(`/api/v1/approvals/${id}/votes`, {
      method: 'POST',
      credential: credentials.approver,
      body: JSON.stringify({ vote: 'approve', digest, grant }),
    });

  it.each(['30m', '1h', true])('takes %s', async (grant) => {
    expect((await vote(grant)).status).toBe(200);
    const voted = (await running.gate.get('apr_2'))?.votes[0];
    expect(voted?.grant).toBe(grant === '30m' ? 1_800_000 : 3_600_000);
  });

  it.each([false, '', '0s', '1 hour', 30, -1, null, {}, '-1h'])('refuses %j as malformed', async (grant) => {
    expect((await vote(grant)).status).toBe(400);
  });

  it('refuses more than is offered, and anything where nothing is', async () => {
    expect(JSON.parse((await vote('61m')).text)).toMatchObject({ status: 403, reason: 'grant-not-offered' });
    expect(JSON.parse((await vote('1m', 'apr_1')).text)).toMatchObject({ status: 403, reason: 'grant-not-offered' });
  });
});
