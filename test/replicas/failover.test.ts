// The primary dies and the sentinels promote a replica, with `ack_replicas: 1`: no vote that was confirmed is lost, and nothing is sent
// a second time.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { ok, type RawUpstream, startRawUpstream } from '../e2e/raw-upstream.ts';
import { SECOND } from '../e2e/running-gate.ts';
import { describeRedis } from '../redis/describe-redis.ts';
import { type SentinelSetup, startSentinel } from '../redis/sentinel.ts';
import { poll, type Replica, type Replicas, startReplicas } from './replicas.ts';

const RULES = `
  - id: by-two
    match: {method: POST, path: /two/**}
    effect: hold
    hold: {approvals: 2, from: ["group:security"]}
  - id: by-one
    match: {method: POST, path: /one/**}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
`;

describeRedis('the primary dies', () => {
  let setup: SentinelSetup;
  let upstream: RawUpstream;
  let replicas: Replicas;
  let [a, b] = [] as unknown as [Replica, Replica];
  const release = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();

  beforeAll(async () => {
    setup = await startSentinel({ replicas: 2 });
    upstream = await startRawUpstream((request, socket) => {
      if (!request.startsWith('POST /one/sending ')) return ok(request, socket);
      reached.resolve();
      void release.promise.then(() => ok(request, socket));
    });
    const [sentinel] = setup.sentinels;
    const store = `{url: "redis://127.0.0.1:${sentinel?.port}", sentinel: {master: ${setup.name}}, ack_replicas: 1}`;
    replicas = await startReplicas(2, { store, upstream: upstream.url, rules: RULES });
    [a, b] = replicas.all as [Replica, Replica];
  });
  afterAll(async () => {
    await replicas.close();
    await upstream.close();
    await setup.stop();
  });

  const post = (path: string): Promise<Response> =>
    a.call(`/api${path}`, { method: 'POST', body: 'a=1', headers: { prefer: 'wait=30' } });
  const opened = (path: string): Promise<ApprovalView> =>
    poll(async () => (await b.open()).find((one) => one.url.endsWith(path)));
  const sent = (path: string): number => upstream.requests.filter((one) => one.startsWith(`POST ${path} `)).length;

  it('under votes, under a send and behind one: all of them stand where they stood', async () => {
    const voted = Array.from({ length: 5 }, (_, n) => `/two/voted-${n}`);
    const waiting = voted.map(post);
    const sending = post('/one/sending');
    const done = post('/one/done');

    const approvals = await Promise.all(voted.map(opened));
    for (const approval of approvals) expect((await b.vote(approval)).status).toBe(200);
    await b.vote(await opened('/one/done'));
    expect((await done).status).toBe(200);
    await b.vote(await opened('/one/sending'));
    await reached.promise;

    const next = await setup.failOver();
    expect(next).not.toBe(setup.primary);
    release.resolve();

    // The result that could not be written down while nobody took it is written down, once.
    expect((await sending).status).toBe(200);
    for (const approval of approvals) {
      const seen = await poll(async () => {
        const response = await b.api(`/api/v1/approvals/${approval.id}`);
        return response.status === 200 && ((await response.json()) as ApprovalView);
      });
      expect(seen).toMatchObject({
        status: 'pending',
        votes: [{ by: 'security-oncall@example.com', vote: 'approve' }],
      });
      await poll(async () => [200, 409].includes((await b.vote(approval, 'approve', { as: SECOND })).status));
    }
    for (const response of await Promise.all(waiting)) expect(response.status).toBe(200);
    expect([...voted, '/one/sending', '/one/done'].map(sent)).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });
});
