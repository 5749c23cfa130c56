// Only who is on call may vote, as the schedule says it now; a shift that ends between the vote and the call takes nothing back.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { SECOND, startGate, type TestGate } from './running-gate.ts';

const RULES = `
  - id: asked
    match: {method: POST}
    effect: hold
    hold: {approvals: 1, from: ["oncall:platform"]}
`;

let schedule: Server;
let onCall: readonly string[] | undefined;
let upstream: RawUpstream;
let gate: TestGate;

beforeEach(async () => {
  onCall = ['Second-Oncall@example.com'];
  schedule = createServer((_req, res) => {
    res.writeHead(onCall ? 200 : 503, { 'content-type': 'application/json' });
    res.end(JSON.stringify({ on_call: onCall }));
  });
  await new Promise<void>((resolve) => schedule.listen(0, '127.0.0.1', resolve));
  upstream = await startRawUpstream();
});
afterEach(async () => {
  await gate.stop();
  await upstream.close();
  await new Promise((resolve) => schedule.close(resolve));
});

const start = async (): Promise<void> => {
  const { port } = schedule.address() as AddressInfo;
  gate = await startGate({
    upstream: upstream.url,
    rules: RULES,
    more: `on_call: {platform: {http: {url: "http://127.0.0.1:${port}/now", allow_private: true}, fallback: security-oncall@example.com}}`,
  });
};

it('lets who is on call vote, and nobody else', async () => {
  await start();
  const calling = gate.call('/api/things', { method: 'POST', body: 'x' });
  const approval = await gate.held();
  const refused = await gate.vote(approval, 'approve');
  expect(refused.status).toBe(403);
  expect(await refused.text()).toContain('Only oncall:platform may vote on this.');
  expect((await gate.vote(approval, 'approve', { as: SECOND })).status).toBe(200);
  expect((await calling).status).toBe(200);
  expect(upstream.requests).toHaveLength(1);
});

it('falls back to whom the configuration names while the schedule cannot be asked', async () => {
  onCall = undefined;
  await start();
  const calling = gate.call('/api/things', { method: 'POST', body: 'x' });
  const approval = await gate.held();
  expect((await gate.vote(approval, 'approve', { as: SECOND })).status).toBe(403);
  expect((await gate.vote(approval, 'approve')).status).toBe(200);
  expect((await calling).status).toBe(200);
});
