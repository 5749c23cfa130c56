// Every bound on what a call may cost, at a whole gate: what is over it is refused with a reason, and costs no more than the bound.
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { systemClock } from '../../src/system-clock.ts';
import { startRawUpstream } from './raw-upstream.ts';
import { AGENT, type CallInit, OTHER_AGENT, startGate } from './running-gate.ts';
import { useRawGate } from './use-raw-gate.ts';

const FORM = 'application/x-www-form-urlencoded';
const BY_BODY = (name: string, effect: string): string => `
  - id: ${name}
    match: {method: PUT, path: /${name}, body: {form: {Action: "Delete*"}}}
    effect: ${effect}`;
const RULES = `${BY_BODY('denies', 'deny')}
${BY_BODY('holds', 'hold')}
    hold: {approvals: 1, from: ["group:security"]}
${BY_BODY('allows', 'allow')}
  - id: rest
    match: {method: PUT, path: [/denies, /holds]}
    effect: allow
  - id: asked
    match: {method: POST}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
`;
const AUTH = `Host: gate\r\nAuthorization: Bearer ${AGENT}\r\n`;
const large = `Action=List&pad=${'a'.repeat(5000)}`;

describe('limits', () => {
  const raw = useRawGate({
    rules: RULES,
    more: 'default: deny\nlimits: {inspect_body: 4KiB, hold_body: 8KiB, headers: 8KiB}',
  });

  const put = (
    path: string,
    body: NonNullable<CallInit['body']>,
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    raw.gate.call(`/api${path}`, {
      method: 'PUT',
      body,
      headers: { 'content-type': FORM, prefer: 'wait=0', ...headers },
      ...(body instanceof ReadableStream && { duplex: 'half' }),
    });
  const streamed = (text: string): ReadableStream =>
    new ReadableStream({
      start(controller) {
        for (let at = 0; at < text.length; at += 1000) controller.enqueue(Buffer.from(text.slice(at, at + 1000)));
        controller.close();
      },
    });

  describe.each([
    ['with a length', large],
    ['in chunks', streamed],
    ['that is a gzip bomb', gzipSync(`Action=List&pad=${'a'.repeat(3_000_000)}`)],
  ])('a body over inspect_body, %s', (name, given) => {
    const body = (): NonNullable<CallInit['body']> => (typeof given === 'function' ? given(large) : given);
    const headers = name.includes('gzip') ? { 'content-encoding': 'gzip' } : {};

    it('counts as matched by a rule that denies', async () => {
      const response = await put('/denies', body(), headers);
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ rule_id: 'denies', decision_reason: 'unreadable-body' });
    });

    it('counts as matched by a rule that holds, and is shown as uninspected', async () => {
      const response = await put('/holds', body(), headers);
      expect(response.status).toBe(429);
      const id = response.headers.get('holdgate-approval');
      const approval = (await (await raw.gate.api(`/api/v1/approvals/${id}`)).json()) as Record<string, unknown>;
      expect(JSON.stringify(approval)).toMatch(/over-limit|uninspected/);
    });

    it('does not count as matched by a rule that allows', async () => {
      expect((await put('/allows', body(), headers)).status).toBe(403);
    });
  });

  it('a body under inspect_body is read', async () => {
    expect((await put('/denies', 'Action=List')).status).toBe(200);
    expect((await put('/holds', 'Action=List')).status).toBe(200);
    expect((await put('/allows', 'Action=DeleteAll')).status).toBe(200);
    expect((await put('/denies', 'Action=DeleteAll')).status).toBe(403);
  });

  it.each([
    ['with a length', () => 'a'.repeat(10_000)],
    ['in chunks', () => streamed('a'.repeat(10_000))],
  ])('a held body over hold_body, %s, is refused and opens nothing', async (_name, body) => {
    const response = await raw.gate.call('/api/x', { method: 'POST', body: body(), duplex: 'half' });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ reason: 'body-too-large' });
    expect(response.headers.get('holdgate-approval')).toBeNull();
  });

  it('a header section over the limit is refused before anybody is authenticated', async () => {
    const text = await raw.gate.raw(`GET /api/x HTTP/1.1\r\n${AUTH}X-A: ${'a'.repeat(9000)}\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1\.1 431 /);
    expect(text).toContain('"reason":"headers-too-large"');
  });

  it('a chunk extension does not grow without bound', async () => {
    const text = await raw.gate.raw(
      `PUT /api/denies HTTP/1.1\r\n${AUTH}Transfer-Encoding: chunked\r\n\r\n1;${'a'.repeat(40_000)}\r\nx\r\n0\r\n\r\n`,
    );
    expect(text).not.toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('limits on how much waits', () => {
  it('connections over the limit are closed, and the others go on', async () => {
    const upstream = await startRawUpstream();
    const gate = await startGate({
      upstream: upstream.url,
      rules: '  - {id: all, match: {method: GET}, effect: allow}',
      more: 'limits: {connections: 2}',
    });
    const ask = `GET /api/x HTTP/1.1\r\n${AUTH}\r\n`;
    const sockets: Socket[] = [];
    const results: boolean[] = [];
    for (let i = 0; i < 3; i++) {
      const socket = connect(gate.running.proxy.port, '127.0.0.1');
      sockets.push(socket);
      results.push(
        await new Promise((resolve) => {
          socket.on('error', () => undefined).once('close', () => resolve(false));
          socket.once('data', () => resolve(true)).write(ask);
        }),
      );
    }
    expect(results).toEqual([true, true, false]);
    for (const socket of sockets) socket.destroy();
    await gate.stop();
    await upstream.close();
  });

  it('calls of an agent that asks too often are refused in the words of the API, with a time to wait, until there is room', async () => {
    const upstream = await startRawUpstream();
    let now = Date.UTC(2026, 0, 15, 3);
    const gate = await startGate({
      upstream: upstream.url,
      upstreamMore: 'kind: kubernetes',
      rules: RULES,
      more: 'default: deny\nhold: {max_held_per_agent: {calls: 2, per: 1h}}',
      clock: { ...systemClock, now: () => now },
    });
    const post = (body: string, agent = AGENT): Promise<Response> =>
      gate.call('/api/x', { method: 'POST', body, headers: { prefer: 'wait=0', authorization: `Bearer ${agent}` } });
    for (const body of ['1', '2']) expect((await post(body)).headers.get('holdgate-approval')).not.toBeNull();
    const { items } = (await (await gate.api('/api/v1/approvals?status=open')).json()) as { items: ApprovalView[] };
    for (const each of items) await gate.vote(each, 'deny');
    const refused = await post('3');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '300']);
    expect(await refused.json()).toMatchObject({
      kind: 'Status',
      reason: 'TooManyRequests',
      message: expect.stringContaining('there is room for another one in 3600 s'),
    });
    expect((await post('3', OTHER_AGENT)).headers.get('holdgate-approval')).not.toBeNull();
    expect(upstream.requests).toHaveLength(0);
    now += 3_600_000;
    expect((await post('3')).headers.get('holdgate-approval')).not.toBeNull();
    await gate.stop();
    await upstream.close();
  });

  it.each([
    ['of one agent', 'max_open_per_agent: 2', AGENT, OTHER_AGENT, 429, 'approval-pending'],
    ['of all agents', 'max_open: 2', OTHER_AGENT, OTHER_AGENT, 429, 'approval-backpressure'],
  ])(
    'open approvals %s over the limit are refused until one is decided',
    async (_name, limit, third, other, status, reason) => {
      const upstream = await startRawUpstream();
      const gate = await startGate({
        upstream: upstream.url,
        rules: RULES,
        more: `default: deny\nhold: {${limit}}`,
      });
      const post = (body: string, agent = AGENT): Promise<Response> =>
        gate.call('/api/x', {
          method: 'POST',
          body,
          headers: { prefer: 'wait=0', authorization: `Bearer ${agent}` },
        });
      await post('1');
      await post('2');
      const refused = await post('3', third);
      expect(refused.status).toBe(429);
      expect(refused.headers.get('retry-after')).toBe('30');
      expect(await refused.json()).toMatchObject({ reason: 'approval-backpressure', retryable: true });
      const elsewhere = await post('4', other);
      expect(elsewhere.status).toBe(status);
      expect(await elsewhere.json()).toMatchObject({ reason });
      // Joining what is open takes no place.
      expect(await (await post('1')).json()).toMatchObject({ reason: 'approval-pending' });
      const { items } = (await (await gate.api('/api/v1/approvals?status=open')).json()) as {
        items: ApprovalView[];
      };
      const mine = items.find(({ agent }) => agent === 'deploy-bot');
      if (mine) await gate.vote(mine, 'deny');
      if (third === AGENT) expect(await (await post('3')).json()).toMatchObject({ reason: 'approval-pending' });
      await gate.stop();
      await upstream.close();
    },
  );
});
