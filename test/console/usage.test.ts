// Usage through the API, held against the schema that the OpenAPI document publishes.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { credentials, type Reply, type RunningConsole, runConsole } from './running-console.ts';

let running: RunningConsole;
beforeEach(async () => {
  running = await runConsole();
});
afterEach(() => running.close());

const ask = (query = ''): Promise<Reply> => running.ask(`/api/v1/usage${query}`, { credential: credentials.approver });

it('lists what went out, the most first', async () => {
  const reply = await ask();
  expect(reply.json).toEqual({
    window: '24h',
    items: [
      { agent: 'other-bot', upstream: 'billing', dataset: 'billing', bytes_out: 86_400_000, rows_out: 0 },
      { agent: 'deploy-bot', upstream: 'billing', dataset: 'customer-data', bytes_out: 2048, rows_out: 25 },
      { agent: 'deploy-bot', upstream: 'billing', dataset: 'billing', bytes_out: 10, rows_out: 0 },
    ],
    cut: false,
  });
  const route = running.console.routes.find(({ path }) => path === '/api/v1/usage');
  expect(route?.answer.schema?.safeParse(reply.json).error).toBeUndefined();
});

it('of one agent, one dataset, one window', async () => {
  const reply = await ask('?agent=deploy-bot&dataset=customer-data&window=15m');
  expect(reply.json).toMatchObject({ window: '15m', items: [{ dataset: 'customer-data' }] });
});

it.each(['?window=60d', '?window=24', '?window=', '?agent='])('refuses %s', async (query) => {
  expect((await ask(query)).status).toBe(400);
});

it('says so when usage is not known', async () => {
  expect(await ask('?window=1m')).toMatchObject({ status: 503 });
});
