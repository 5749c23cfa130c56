// Real clients of services that take SQL over HTTP, through a whole gate: reads pass, changes wait for people, and a denial is the client's
// own typed error with the approver's words in it.
import { createClient } from '@clickhouse/client-web';
import { neon, neonConfig } from '@neondatabase/serverless';
import { PostgrestClient } from '@supabase/postgrest-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { AGENT, startGate, type TestGate } from './running-gate.ts';

const RULES = `  - {id: reads, match: {action: "sql:*", level: [read, list]}, effect: allow}
  - {id: changes, match: {action: ["sql:delete:*", "sql:drop:*"]}, effect: hold}`;
const WORDS = 'Denied by security-oncall@example.com: "not in production"';

function suite(service: string, answer: string, type: string) {
  const at: { upstream?: RawUpstream; gate?: TestGate } = {};
  beforeAll(async () => {
    at.upstream = await startRawUpstream((_request, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${answer.length}\r\n\r\n${answer}`);
    });
    const upstreamMore = `kind: {sql-over-http: ${service}}`;
    at.gate = await startGate({ upstream: at.upstream.url, upstreamMore, rules: RULES });
  });
  afterAll(async () => {
    await at.gate?.stop();
    await at.upstream?.close();
  });
  const gate = (): TestGate => {
    if (at.gate === undefined) throw new Error('the gate did not start');
    return at.gate;
  };
  return {
    base: () => `http://127.0.0.1:${gate().running.proxy.port}/api`,
    sent: () => at.upstream?.requests.length ?? 0,
    waiting: (count: number) => gate().heldConnections(count),
    async decide(vote: 'approve' | 'deny'): Promise<string> {
      const approval = await gate().held();
      await gate().vote(approval, vote, vote === 'deny' ? { reason: 'not in production' } : {});
      return approval.summary;
    },
  };
}

const authorization = `Bearer ${AGENT}`;

describe('@neondatabase/serverless', () => {
  const answer = '{"command":"SELECT","rowCount":0,"rows":[],"fields":[],"rowAsArray":false}';
  const at = suite('neon', answer, 'application/json');
  const sql = (text: string): Promise<unknown> => {
    neonConfig.fetchEndpoint = () => `${at.base()}/sql`;
    const query = neon('postgresql://u:p@db.example.com/d', { fetchOptions: { headers: { authorization } } });
    // It is sent when somebody waits for it.
    return Promise.resolve(query.query(text));
  };

  it('reads', async () => {
    expect(await sql('SELECT * FROM users')).toEqual([]);
    expect(at.sent()).toBe(1);
  });

  it('raises a NeonDbError with the words of whoever denies, and nothing is sent', async () => {
    const failed = expect(sql('WITH d AS (DELETE FROM users RETURNING *) SELECT * FROM d')).rejects.toMatchObject({
      name: 'NeonDbError',
      code: '42501',
      message: expect.stringContaining(WORDS) as string,
    });
    expect(await at.decide('deny')).toContain('Delete from public.users');
    await failed;
    expect(at.sent()).toBe(1);
  });

  it('gets the answer of what was approved', async () => {
    const dropping = sql('DROP TABLE users');
    await at.decide('approve');
    expect(await dropping).toEqual([]);
    expect(at.sent()).toBe(2);
  });
});

describe('@supabase/postgrest-js', () => {
  const at = suite('postgrest', '[]', 'application/json');
  const client = (): PostgrestClient => new PostgrestClient(at.base(), { headers: { authorization } });

  it('reads', async () => {
    expect(await client().from('users').select('id, orders(total)').eq('id', 5)).toMatchObject({
      data: [],
      error: null,
    });
  });

  it('gives an error with the words of whoever denies', async () => {
    const deleting = client().from('users').delete().neq('id', 0).select();
    const answered = Promise.resolve(deleting);
    expect(await at.decide('deny')).toBe('Delete from public.users');
    expect(await answered).toMatchObject({
      status: 403,
      data: null,
      error: { code: '42501', message: expect.stringContaining(WORDS) as string },
    });
    expect(at.sent()).toBe(1);
  });
});

describe('@clickhouse/client-web', () => {
  const at = suite('clickhouse', '', 'text/plain');
  const client = () => createClient({ url: new URL(at.base()).origin, pathname: '/api', access_token: AGENT });

  it('raises a ClickHouseError with the words of whoever denies', async () => {
    const failed = expect(client().command({ query: 'DROP TABLE users' })).rejects.toMatchObject({
      code: '497',
      type: 'ACCESS_DENIED',
      message: expect.stringContaining(WORDS) as string,
    });
    expect(await at.decide('deny')).toContain('Drop users');
    await failed;
    expect(at.sent()).toBe(0);
  });

  it('reads', async () => {
    const rows = await client().query({ query: 'SELECT * FROM users', format: 'CSV' });
    expect(await rows.text()).toBe('');
    expect(at.sent()).toBe(1);
  });

  it('joins what it asked before, under another query_id', async () => {
    const before = at.sent();
    const asked = [1, 2].map(() => client().command({ query: 'DROP TABLE orders' }));
    await at.waiting(2);
    await at.decide('approve');
    await Promise.all(asked);
    expect(at.sent()).toBe(before + 1);
  });
});
