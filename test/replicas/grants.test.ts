// Grants over two replicas on one Redis: uses are counted together, an end counts everywhere, and a replica that dies in the middle of a use
// has lost that use and nothing else.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { type RawUpstream, startRawUpstream } from '../e2e/raw-upstream.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { diesAt } from './crash-child.ts';
import { poll, type Replica, type Replicas, startReplicas } from './replicas.ts';

const RULES = ['pods', 'services', 'secrets', 'configmaps']
  .map(
    (kind) => `
  - id: ${kind}
    match: {action: "k8s:delete:${kind}"}
    effect: hold
    hold: {approvals: 1, from: ["group:security"], grant: {for: 1h, uses: 20, covers: actions}}`,
  )
  .join('');

interface GrantView {
  readonly id: string;
  readonly rules: readonly string[];
  readonly status: string;
  readonly used: number;
}

describeRedis('a grant over replicas', () => {
  const redis = useRedis();
  let upstream: RawUpstream;
  let replicas: Replicas;
  let one: Replica;
  let two: Replica;

  beforeAll(async () => {
    upstream = await startRawUpstream();
    replicas = await startReplicas(2, {
      store: `{url: "${redis().url}", timeout: 2s}`,
      upstream: upstream.url,
      upstreamMore: 'kind: kubernetes',
      rules: RULES,
      more: 'hold: {max_open_per_agent: 200, max_open: 400}',
    });
    [one, two] = replicas.all as [Replica, Replica];
  });
  afterAll(async () => {
    await replicas.close();
    await upstream.close();
  });

  const path = (what: string): string => `/api/v1/namespaces/staging/${what}`;
  const remove = (replica: Replica, what: string): Promise<Response> =>
    replica.call(`/api${path(what)}`, { method: 'DELETE' });
  const sent = (what: string): number =>
    upstream.requests.filter((one_) => one_.startsWith(`DELETE ${path(what)}`)).length;
  const pendingOf = async (replica: Replica, kind: string): Promise<readonly ApprovalView[]> => {
    const page = await (await replica.api('/api/v1/approvals?status=pending&limit=200')).json();
    return (page as { items: ApprovalView[] }).items.filter((each) => each.url.includes(`/${kind}/`));
  };
  const grantOf = async (replica: Replica, kind: string): Promise<GrantView | undefined> =>
    ((await (await replica.api('/api/v1/grants')).json()) as { items: GrantView[] }).items.find(({ rules }) =>
      rules.includes(kind),
    );
  async function give(replica: Replica, kind: string): Promise<void> {
    const answer = remove(replica, `${kind}/first`);
    const asked = await poll(async () => (await pendingOf(replica, kind))[0]);
    const vote = { vote: 'approve', digest: asked.digest, grant: true };
    const voted = await replica.api(`/api/v1/approvals/${asked.id}/votes`, {
      method: 'POST',
      body: JSON.stringify(vote),
    });
    expect(voted.status).toBe(200);
    expect((await answer).status).toBe(200);
  }

  describe.concurrent('', () => {
    it('lets exactly 20 of 50 calls through that come to both at once', async () => {
      await give(one, 'services');
      const calls = Array.from({ length: 50 }, (_, n) => remove(n % 2 === 0 ? one : two, `services/web-${n}`));
      await poll(async () => (await pendingOf(one, 'services')).length === 30 && sent('services/web-') === 20);
      expect(await grantOf(two, 'services')).toMatchObject({ status: 'spent', used: 20 });
      await Promise.all((await pendingOf(one, 'services')).map((each) => one.vote(each, 'deny')));
      const statuses = await Promise.all(calls.map(async (call) => (await call).status));
      expect(statuses.filter((status) => status === 200)).toHaveLength(20);
      expect(sent('services/web-')).toBe(20);
    }, 60_000);

    it('is ended for both by either', async () => {
      await give(one, 'pods');
      expect((await remove(two, 'pods/a')).status).toBe(200);
      const { id = '' } = (await grantOf(two, 'pods')) ?? {};
      expect((await two.api(`/api/v1/grants/${id}/revoke`, { method: 'POST' })).status).toBe(200);
      const answer = remove(one, 'pods/b');
      const asked = await poll(async () => (await pendingOf(one, 'pods'))[0]);
      expect(sent('pods/b')).toBe(0);
      await two.vote(asked, 'deny');
      expect((await answer).status).toBe(403);
    }, 60_000);

    it.each([
      ['configmaps', 'audit.durable grant:used before#1'],
      ['secrets', 'store.append granted before#1'],
    ])(
      'of %s has lost the use of a replica that died at "%s", and people are asked',
      async (kind, place) => {
        await give(one, kind);
        const doomed = await replicas.add(diesAt(place));
        const lost = remove(doomed, `${kind}/a`).catch(() => undefined);
        await poll(() => !doomed.alive());
        await lost;
        expect(await grantOf(one, kind)).toMatchObject({ status: 'standing', used: 1 });
        expect(sent(`${kind}/a`)).toBe(0);
        const again = remove(two, `${kind}/a`);
        const asked = await poll(async () => (await pendingOf(two, kind))[0]);
        expect(asked).toMatchObject({ status: 'pending', granted_by: null });
        expect((await remove(two, `${kind}/b`)).status).toBe(200);
        expect(await grantOf(one, kind)).toMatchObject({ used: 2 });
        await two.vote(asked);
        expect((await again).status).toBe(200);
        expect([sent(`${kind}/a`), sent(`${kind}/b`)]).toEqual([1, 1]);
      },
      60_000,
    );
  });
});
