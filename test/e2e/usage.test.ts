// Budgets through a whole gate: answers pass until an agent has received too much of a dataset, then calls are held.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AGENT, OTHER_AGENT, startGate, type TestGate } from './running-gate.ts';

const RULES = `
  - id: reads
    description: Reads
    match: {method: GET}
    effect: allow
  - id: budget
    description: More than 2,500 bytes of customers in an hour
    match: {path: "/customers/**"}
    when: usage.bytes_out("customer-data", "1h") > 2500
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
`;

let server: Server;
let gate: TestGate;

beforeEach(async () => {
  server = createServer((req, res) => {
    // In pieces, and without a length: what streams is counted too.
    res.writeHead(200, { 'content-type': 'text/plain' });
    res.write('x'.repeat(600));
    setImmediate(() => res.end('y'.repeat(req.url?.includes('small') === true ? 1 : 400)));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const upstream = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  gate = await startGate({
    upstream,
    rules: RULES,
    upstreamMore: 'datasets: [{label: customer-data, paths: ["/customers/**"]}]',
  });
});
afterEach(async () => {
  await gate.stop();
  server.closeAllConnections();
  server.close();
});

const read = async (path: string, agent = AGENT): Promise<number> => {
  const response = await gate.call(path, { headers: { authorization: `Bearer ${agent}` } });
  return (await response.text()).length;
};

interface Usage {
  readonly items: readonly { readonly agent: string; readonly dataset: string; readonly bytes_out: number }[];
}

const usage = async (): Promise<readonly string[]> => {
  const { items } = (await (await gate.api('/api/v1/usage?window=1h')).json()) as Usage;
  return items.map(({ agent, dataset, bytes_out }) => `${agent} ${dataset} ${bytes_out}`).toSorted();
};

it('holds an agent that has had enough, and nobody else', async () => {
  for (let i = 0; i < 3; i++) expect(await read('/api/customers/7')).toBe(1000);
  expect(await read('/api/orders')).toBe(1000);
  expect(await usage()).toEqual(['deploy-bot api 4000', 'deploy-bot customer-data 3000']);
  expect(await read('/api/customers/7', OTHER_AGENT)).toBe(1000);

  const held = read('/api/customers/small');
  const approval = await gate.held();
  expect(approval).toMatchObject({ rules: ['budget'], agent: 'deploy-bot' });
  await gate.vote(approval, 'approve');
  expect(await held).toBe(601);
  // What a person has let out counts as well.
  expect(await usage()).toEqual([
    'deploy-bot api 4601',
    'deploy-bot customer-data 3601',
    'other-bot api 1000',
    'other-bot customer-data 1000',
  ]);
  expect(await read('/api/orders')).toBe(1000);
});

it('remembers it after a restart', async () => {
  for (let i = 0; i < 3; i++) await read('/api/customers/7');
  const upstream = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { folder } = gate;
  await gate.running.stop(1000);
  gate = await startGate({
    upstream,
    rules: RULES,
    upstreamMore: 'datasets: [{label: customer-data, paths: ["/customers/**"]}]',
    folder,
  });
  expect(await usage()).toEqual(['deploy-bot api 3000', 'deploy-bot customer-data 3000']);
  const held = read('/api/customers/small');
  await gate.vote(await gate.held(), 'deny');
  expect(await held).toBeGreaterThan(0);
});

it('counts on the metrics page once it is stored', async () => {
  await read('/api/customers/7');
  for (;;) {
    const page = await (await gate.api('/metrics')).text();
    const line = /^holdgate_usage_bytes_total\{.*dataset="customer-data".*\} (\d+)$/m.exec(page);
    if (line) {
      expect(line[0]).toContain('agent="deploy-bot"');
      expect(Number(line[1])).toBe(1000);
      return;
    }
  }
});
