// Insights through the API, held against the schema that the OpenAPI document publishes.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sampleCall } from './fake-gate.ts';
import { credentials, type Reply, type RunningConsole, runConsole } from './running-console.ts';

let running: RunningConsole;
beforeEach(async () => {
  running = await runConsole();
});
afterEach(() => running.close());

const ask = (query = ''): Promise<Reply> =>
  running.ask(`/api/v1/insights${query}`, { credential: credentials.approver });

it('says how people dealt with approvals', async () => {
  for (const id of ['apr_1', 'apr_2']) running.gate.hold(id, sampleCall({ path: `/v1/refunds/${id}` }));
  running.clock.advance(4000);
  const [approval] = (await running.gate.list({ limit: 1 })).items;
  await running.gate.vote({
    approvalId: approval?.id ?? '',
    person: { email: 'security-oncall@example.com', groups: ['security'] },
    vote: 'approve',
    reason: undefined,
    digest: approval?.opened.digest ?? '',
    channel: 'api',
  });
  const reply = await ask();
  expect(reply.json).toMatchObject({
    window: '7d',
    read: 2,
    cut: false,
    total: { opened: 2, approved: 1, pending: 1, approve_rate: 1, median_ms: 4000, under_5s: 1 },
    rules: [{ rule: 'billing/large-refunds', opened: 2 }],
    risks: [{ risk: 'high', opened: 2 }],
    approvers: [{ by: 'security-oncall@example.com', votes: 1, median_ms: 4000 }],
    agents: [{ agent: 'deploy-bot', held: 2, put_off: 3 }],
    suggestions: [],
  });
  const route = running.console.routes.find(({ path }) => path === '/api/v1/insights');
  expect(route?.answer.schema?.safeParse(reply.json).error).toBeUndefined();
});

it('within a window', async () => {
  running.gate.hold('apr_1');
  running.clock.advance(3_600_001);
  expect((await ask('?window=1h')).json).toMatchObject({ window: '1h', read: 0 });
  expect((await ask('?window=2h')).json).toMatchObject({ window: '2h', read: 1 });
});

it.each(['?window=60d', '?window=7', '?window=', '?days=7'])('refuses %s', async (query) => {
  expect((await ask(query)).status).toBe(400);
});

it('says so when the store is away', async () => {
  running.gate.broken = true;
  expect(await ask()).toMatchObject({ status: 503 });
});
