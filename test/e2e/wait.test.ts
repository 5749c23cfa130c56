// Waiting at the wire: how long a held call keeps its connection, what becomes of an answer whose connection is gone, and that
// nobody ever reads somebody else's.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, ok, type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { OTHER_AGENT, startGate, type TestGate } from './running-gate.ts';

const RULES = `
  - id: asked
    match: {method: POST}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
`;

describe('a held call', () => {
  let upstream: RawUpstream;
  let gate: TestGate;
  let answer: Answer;

  beforeEach(async () => {
    answer = ok;
    upstream = await startRawUpstream((request, socket) => answer(request, socket));
    gate = await startGate({
      upstream: upstream.url,
      rules: RULES,
      more: 'default: deny\nhold: {wait: 100ms, max_wait: 300ms}',
    });
  });
  afterEach(async () => {
    await gate.stop();
    await upstream.close();
  });

  const post = (body = 'a=1', headers: Record<string, string> = {}): Promise<Response> =>
    gate.call('/api/x', { method: 'POST', body, headers });
  /** The same call on a connection that the test can cut. */
  const cuttable = (): { readonly cut: () => Promise<void> } => {
    const abort = new AbortController();
    const call = gate
      .call('/api/x', { method: 'POST', body: 'a=1', headers: { prefer: 'wait=60' }, signal: abort.signal })
      .then((response) => response.text())
      .catch(() => undefined);
    return {
      cut: async () => {
        abort.abort();
        await call;
      },
    };
  };
  const statusOf = async (id: string | null): Promise<Record<string, unknown>> =>
    (await (await gate.api(`/api/v1/approvals/${id}`)).json()) as Record<string, unknown>;
  /** The gate has noticed that a connection is gone. */
  const hungUp = async (): Promise<void> => {
    while (!gate.log.some((line) => line.includes('"call:finished"') && line.includes('"status":0'))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const until = async (id: string | null, wanted: string): Promise<void> => {
    while ((await statusOf(id))['status'] !== wanted) await new Promise((resolve) => setImmediate(resolve));
  };

  it.each([
    ['as long as is configured', {}, 100],
    ['not at all if the agent does not want to', { prefer: 'wait=0' }, 0],
    ['no longer than the cap, whatever the agent wants', { prefer: 'wait=60' }, 300],
  ])('waits %s', async (_name, headers, expected) => {
    const begun = performance.now();
    const response = await post('a=1', headers);
    const took = performance.now() - begun;
    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({ reason: 'approval-pending' });
    expect(took).toBeGreaterThanOrEqual(expected - 5);
    expect(took).toBeLessThan(expected + 250);
  });

  it('is joined by the agent that hung up and came back', async () => {
    const first = cuttable();
    await gate.heldConnections(1);
    const approval = await gate.held();
    await first.cut();
    await gate.heldConnections(0);
    // Approved while nobody waits: it runs when somebody does.
    await gate.vote(approval, 'approve');
    expect(upstream.requests).toEqual([]);
    const response = await post();
    expect([response.status, response.headers.get('holdgate-approval')]).toEqual([200, approval.id]);
    expect(upstream.requests).toHaveLength(1);
  });

  it('gives its answer once more, and only once, to an agent that lost it', async () => {
    let release = (): void => undefined;
    const reached = new Promise<void>((resolve) => {
      answer = (request, socket) => {
        release = () => ok(request, socket);
        resolve();
      };
    });
    const first = cuttable();
    await gate.heldConnections(1);
    const approval = await gate.held();
    void gate.vote(approval, 'approve');
    await reached;
    await first.cut();
    await hungUp();
    release();
    await until(approval.id, 'succeeded');
    answer = ok;
    const again = await post();
    expect(again.status).toBe(200);
    expect(again.headers.get('holdgate-replayed')).toBe('true');
    expect(again.headers.get('holdgate-approval')).toBe(approval.id);
    expect(await again.text()).toBe('ok');
    expect(upstream.requests).toHaveLength(1);
    // Delivered now: the same call is a new one.
    let third = await post('a=1', { prefer: 'wait=0' });
    while (third.headers.get('holdgate-replayed') === 'true') third = await post('a=1', { prefer: 'wait=0' });
    expect(third.status).toBe(429);
    expect(third.headers.get('holdgate-approval')).not.toBe(approval.id);
    expect(upstream.requests).toHaveLength(1);
  });

  it('is a new call after its answer was delivered', async () => {
    const waiting = post('a=1', { prefer: 'wait=60' });
    const approval = await gate.held();
    await gate.vote(approval, 'approve');
    expect((await waiting).status).toBe(200);
    const next = await post('a=1', { prefer: 'wait=0' });
    expect(next.status).toBe(429);
    expect(next.headers.get('holdgate-approval')).not.toBe(approval.id);
  });

  it('that one agent got approved gives nothing to another that sends the same', async () => {
    const mine = cuttable();
    await gate.heldConnections(1);
    const approval = await gate.held();
    const theirs = await post('a=1', { authorization: `Bearer ${OTHER_AGENT}`, prefer: 'wait=0' });
    expect(theirs.headers.get('holdgate-approval')).not.toBe(approval.id);
    await mine.cut();
    await gate.heldConnections(0);
    await gate.vote(approval, 'approve');
    const still = await post('a=1', { authorization: `Bearer ${OTHER_AGENT}`, prefer: 'wait=0' });
    expect(still.status).toBe(429);
    expect(upstream.requests).toEqual([]);
    const seen = await gate.call(`/.well-known/holdgate/approvals/${approval.id}`, {
      headers: { authorization: `Bearer ${OTHER_AGENT}` },
    });
    expect(seen.status).toBe(404);
  });

  it('answered 202 on request runs for the connection that comes back for it', async () => {
    const accepted = await post('a=1', { prefer: 'respond-async' });
    expect(accepted.status).toBe(202);
    const approval = await gate.held();
    await gate.vote(approval, 'approve');
    const status = await gate.call(accepted.headers.get('location') ?? '');
    expect(await status.json()).toMatchObject({ id: approval.id, status: 'approved' });
    expect(upstream.requests).toEqual([]);
    expect((await post()).status).toBe(200);
    expect(upstream.requests).toHaveLength(1);
  });

  it('keeps the answer of an error page too', async () => {
    answer = (_request, socket) => void socket.write('HTTP/1.1 422 No\r\nContent-Length: 3\r\n\r\nbad');
    const waiting = post('a=1', { prefer: 'wait=60' });
    await gate.vote(await gate.held(), 'approve');
    const response = await waiting;
    expect([response.status, await response.text()]).toEqual([422, 'bad']);
  });
});

describe('the wait that is configured for an agent', () => {
  it('goes before that of the hold', async () => {
    const upstream = await startRawUpstream();
    const gate = await startGate({
      upstream: upstream.url,
      rules: RULES,
      more: 'default: deny\nhold: {wait: 10s}',
      upstreamMore: 'wait: 50ms',
    });
    const begun = performance.now();
    expect((await gate.call('/api/x', { method: 'POST', body: 'a' })).status).toBe(429);
    expect(performance.now() - begun).toBeLessThan(2000);
    await gate.stop();
    await upstream.close();
  });
});
