// A whole gate and a receiver of webhooks: what it hears of an approval, signed, in order, across a restart and while it was away.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { secretBytes, webhookHeaders } from '../../src/channels/webhook/sign.ts';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { SECOND, startGate, type TestGate } from './running-gate.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const RULES = `
  - id: asked
    match: {method: POST}
    effect: hold
    hold: {approvals: 2, from: ["group:security"]}
`;

interface Event {
  readonly type: string;
  readonly id: string;
  readonly data: { readonly approval: { readonly id: string; readonly status: string; readonly votes: unknown[] } };
}

describe('a webhook', () => {
  let receiver: Server;
  let upstream: RawUpstream;
  let gate: TestGate;
  let folder: string;
  let events: Event[];
  let answer: number;

  const start = (): Promise<TestGate> =>
    startGate({
      upstream: upstream.url,
      rules: RULES,
      folder,
      more: `channels: {webhooks: {ops: {url: "http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook", secret: ${SECRET}, allow_private: true}}}
notify: {default: webhook:ops}`,
    });

  beforeEach(async () => {
    events = [];
    answer = 204;
    folder = mkdtempSync(join(tmpdir(), 'holdgate-webhook-'));
    receiver = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        const id = String(req.headers['webhook-id']);
        const at = Number(req.headers['webhook-timestamp']) * 1000;
        const expected = webhookHeaders(secretBytes(SECRET) ?? Buffer.alloc(0), id, at, body);
        const signed = req.headers['webhook-signature'] === expected['webhook-signature'];
        if (signed && answer < 300) events.push({ ...(JSON.parse(body) as Event), id });
        res.writeHead(signed ? answer : 401).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    upstream = await startRawUpstream();
    gate = await start();
  });
  afterEach(async () => {
    await gate.stop();
    await upstream.close();
    receiver.closeAllConnections();
    await new Promise((resolve) => receiver.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  async function heard(condition: (event: Event) => boolean): Promise<Event> {
    for (;;) {
      const found = events.find(condition);
      if (found) return found;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  it('hears that an approval opened, that people voted, and how it ended', async () => {
    const calling = gate.call('/api/things', { method: 'POST', body: 'x' });
    const opened = await heard(({ type }) => type === 'approval.opened');
    expect(opened.data.approval).toMatchObject({ status: 'pending', agent: 'deploy-bot' });
    const approval = await gate.held();
    await gate.vote(approval, 'approve');
    await heard(({ data }) => data.approval.votes.length === 1);
    await gate.vote(approval, 'approve', { as: SECOND });
    expect((await calling).status).toBe(200);
    await heard(({ data }) => data.approval.status === 'succeeded');
    const ids = events.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(events.filter(({ type }) => type === 'approval.opened')).toHaveLength(1);
  });

  it('that was away, while the gate was restarted too, hears the truth once it is back', async () => {
    answer = 503;
    const calling = gate.call('/api/things', { method: 'POST', body: 'x' }).catch(() => undefined);
    await gate.held();
    await gate.stop();
    await calling;
    gate = await start();
    const approval = await gate.held();
    answer = 204;
    await heard(({ type }) => type === 'approval.opened');
    await gate.vote(approval, 'deny');
    await heard(({ data }) => data.approval.status === 'denied');
    expect(events.map(({ type }) => type)).toEqual(['approval.opened', 'approval.changed']);
  });
});
