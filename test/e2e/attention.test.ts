// A whole gate with a webhook and a clock of its own: quiet hours put messages off and their end brings them; an agent that floods is
// shown bit by bit, another one at once.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/system-clock.ts';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { AGENT, OTHER_AGENT, startGate, type TestGate } from './running-gate.ts';

const RULES = `
  - id: asked
    match: {method: POST}
    effect: hold
    hold: {approvals: 1, from: ["group:security"], expires: 24h, nudge: 23h}
  - id: urgent
    match: {method: PUT}
    effect: hold
    risk: critical
    hold: {approvals: 1, from: ["group:security"], expires: 24h, nudge: 23h}
`;

interface Event {
  readonly type: string;
  readonly place: string;
  readonly data: { readonly approval: { readonly id: string; readonly agent: string; readonly risk: string } };
}

describe('people who are not to be worn out', () => {
  let receiver: Server;
  let upstream: RawUpstream;
  let gate: TestGate;
  let events: Event[];
  let now: number;

  const start = async (more: string): Promise<void> => {
    const { port } = receiver.address() as AddressInfo;
    const hook = (name: string): string =>
      `${name}: {url: "http://127.0.0.1:${port}/${name}", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, allow_private: true}`;
    gate = await startGate({
      upstream: upstream.url,
      rules: RULES,
      clock: { ...systemClock, now: () => now },
      more: `channels: {webhooks: {${hook('ops')}, ${hook('night')}}}\nnotify: {default: webhook:ops}\n${more}`,
    });
  };

  beforeEach(async () => {
    events = [];
    now = Date.parse('2026-01-16T23:00:00+01:00');
    receiver = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        const event = JSON.parse(Buffer.concat(chunks).toString()) as Omit<Event, 'place'>;
        events.push({ ...event, place: (req.url ?? '').slice(1) });
        res.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    upstream = await startRawUpstream();
  });
  afterEach(async () => {
    await gate.stop();
    await upstream.close();
    receiver.closeAllConnections();
    await new Promise((resolve) => receiver.close(resolve));
  });

  async function heard(count: number): Promise<void> {
    while (events.length < count) await new Promise((resolve) => setImmediate(resolve));
  }
  /** Held, and told to come back at once. */
  async function ask(method: string, body: string, agent = AGENT): Promise<string> {
    const response = await gate.call('/api/x', {
      method,
      body,
      headers: { prefer: 'wait=0', authorization: `Bearer ${agent}` },
    });
    return response.headers.get('holdgate-approval') ?? '';
  }
  const metric = async (line: string): Promise<boolean> => (await (await gate.api('/metrics')).text()).includes(line);
  async function putOff(line: string): Promise<void> {
    while (!(await metric(line))) await new Promise((resolve) => setImmediate(resolve));
  }

  it('are left in peace by night but for what is urgent, and see the rest in the morning', async () => {
    await start('quiet_hours: {timezone: Europe/Berlin, from: "22:00", to: "07:00", notify: "webhook:night"}');
    const held = await ask('POST', '1');
    const urgent = await ask('PUT', '2');
    await heard(2);
    expect(new Set(events.map(({ place, data }) => `${place} ${data.approval.id}`))).toEqual(
      new Set([`night ${held}`, `ops ${urgent}`]),
    );
    await putOff('holdgate_notices_put_off_total{channel="webhook",why="quiet",risk="medium"} 1');
    // It waits in the list meanwhile, and can be decided.
    const listed = (await (await gate.api('/api/v1/approvals?status=open')).json()) as { items: { id: string }[] };
    expect(new Set(listed.items.map(({ id }) => id))).toEqual(new Set([held, urgent]));
    now = Date.parse('2026-01-17T07:00:00+01:00');
    await heard(3);
    expect(events[2]).toMatchObject({ place: 'ops', type: 'approval.opened', data: { approval: { id: held } } });
  });

  it('are told of a flood bit by bit, of another agent at once', async () => {
    await start('notify_limits: {per_agent: {messages: 2, per: 1m}}');
    for (const body of ['1', '2', '3', '4']) await ask('POST', body);
    const urgent = await ask('PUT', '5');
    await ask('POST', '6', OTHER_AGENT);
    await heard(3);
    await putOff('holdgate_notices_put_off_total{channel="webhook",why="limit",risk="critical"} 1');
    const agents = events.map(({ data }) => data.approval.agent).toSorted();
    expect(agents).toEqual(['deploy-bot', 'deploy-bot', 'other-bot']);
    now += 60_000;
    await heard(5);
    expect(events.slice(3).map(({ data }) => data.approval.id)).toContain(urgent);
    now += 60_000;
    await heard(6);
    expect(new Set(events.map(({ data }) => data.approval.id)).size).toBe(6);
    const insights = await gate.api('/api/v1/insights?window=1h');
    expect(await insights.json()).toMatchObject({
      read: 6,
      agents: [
        { agent: 'deploy-bot', held: 5, put_off: 3 },
        { agent: 'other-bot', held: 1, put_off: 0 },
      ],
    });
  });
});
