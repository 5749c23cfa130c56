// Replicas that are killed while curl waits behind a load balancer: whatever they die of, the agent gets one outcome and the upstream
// sees at most one call.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { ok, type RawUpstream, startRawUpstream } from '../e2e/raw-upstream.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { startBalancer } from './balancer.ts';
import { diesAt } from './crash-child.ts';
import { type CurlResult, curlRetry } from './curl.ts';
import { poll, type Replica, type Replicas, startReplicas } from './replicas.ts';

const RULES = `
  - id: asked
    match: {method: POST}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
`;
/** What a process that dies at `place` leaves behind is settled by others once its lease is over: about eight seconds. */
const SETTLED = 120_000;

interface Outcome {
  readonly place: string;
  readonly status: number;
  readonly reason: string | undefined;
  readonly sent: number;
  readonly approvals: readonly string[];
}

describeRedis('a replica that holds a call of curl --retry', () => {
  const redis = useRedis();
  let upstream: RawUpstream;
  let replicas: Replicas;
  let survivor: Replica;
  /** Paths whose calls the upstream never answers. */
  const silent = new Map<string, () => void>();

  beforeAll(async () => {
    upstream = await startRawUpstream((request, socket) => {
      const reached = silent.get(request.split(' ')[1] ?? '');
      if (reached) reached();
      else ok(request, socket);
    });
    replicas = await startReplicas(1, {
      store: `{url: "${redis().url}", timeout: 2s}`,
      upstream: upstream.url,
      rules: RULES,
    });
    [survivor] = replicas.all as [Replica];
  });
  afterAll(async () => {
    await replicas.close();
    await upstream.close();
  });

  const sent = (path: string): number => upstream.requests.filter((one) => one.startsWith(`POST ${path} `)).length;
  /** Every approval that this call ever had. */
  const approvalsOf = async (path: string): Promise<readonly ApprovalView[]> => {
    const page = (await (await survivor.api('/api/v1/approvals?limit=200')).json()) as { items: ApprovalView[] };
    return page.items.filter((one) => one.url.endsWith(path));
  };
  const heldBy = (replica: Replica, path: string): Promise<ApprovalView> =>
    poll(async () => (await replica.holding()) > 0 && (await replica.open()).find((one) => one.url.endsWith(path)));

  /** curl, behind a load balancer that prefers the replica that is to die. */
  function curlTo(doomed: Replica, path: string): Promise<CurlResult> {
    return (async () => {
      const balancer = await startBalancer(() => [doomed.proxy, survivor.proxy]);
      const result = await curlRetry(`${balancer.url}/api${path}`);
      await balancer.close();
      return result;
    })();
  }

  describe.concurrent('and is killed', () => {
    it('before the vote: the retry joins elsewhere, and runs once', async () => {
      const doomed = await replicas.add();
      const result = curlTo(doomed, '/before');
      const approval = await heldBy(doomed, '/before');
      await doomed.kill();
      await heldBy(survivor, '/before');
      expect((await survivor.vote(approval)).status).toBe(200);
      const { code, status, body, headers, retries } = await result;
      expect([code, status, body, headers.get('holdgate-approval')]).toEqual([0, 200, 'ok', approval.id]);
      expect(retries).toBeGreaterThan(0);
      expect(sent('/before')).toBe(1);
      expect(await approvalsOf('/before')).toHaveLength(1);
    });

    it('after the vote: the retry runs it elsewhere, once', async () => {
      const doomed = await replicas.add();
      const result = curlTo(doomed, '/after');
      const approval = await heldBy(doomed, '/after');
      // It hears nothing of the vote any more.
      doomed.pause();
      expect((await survivor.vote(approval)).status).toBe(200);
      await doomed.kill();
      expect(await result).toMatchObject({ code: 0, status: 200, body: 'ok' });
      expect(sent('/after')).toBe(1);
      expect(await approvalsOf('/after')).toMatchObject([{ id: approval.id, status: 'succeeded' }]);
    });

    it(
      'while the upstream works on it: the agent hears that nobody knows, and nothing is sent again',
      async () => {
        const reached = new Promise<void>((resolve) => silent.set('/during', resolve));
        const doomed = await replicas.add();
        const result = curlTo(doomed, '/during');
        await survivor.vote(await heldBy(doomed, '/during'));
        await reached;
        await doomed.kill();
        const { status, body } = await result;
        expect([status, JSON.parse(body)]).toMatchObject([409, { reason: 'outcome-unknown', retryable: false }]);
        expect(sent('/during')).toBe(1);
        expect(await approvalsOf('/during')).toMatchObject([{ status: 'indeterminate' }]);
      },
      SETTLED,
    );

    it(
      'at any place of its story: one outcome, told as it is, one send at most, and no lost vote',
      async () => {
        const dry = await replicas.add(diesAt(undefined));
        const told = curlTo(dry, '/dry');
        await dry.vote(await heldBy(dry, '/dry'));
        expect(await told).toMatchObject({ status: 200 });
        const passed = (): string => readFileSync(join(dry.folder, 'places.txt'), 'utf8');
        await poll(() => passed().includes('store.append delivered after#1'));
        await dry.kill();
        const all = passed().trim().split('\n');
        // What is recorded in batches changes nothing that others could see; and right before a step all is as right after the last.
        const places = all
          .slice(all.indexOf('audit.durable approval:opened before#1'))
          .filter((place) => !place.startsWith('audit.routine'))
          .filter((place, n, passedOnes) => !(/ before#/.test(place) && / after#/.test(passedOnes[n - 1] ?? '')));
        expect(places.length).toBeGreaterThan(12);

        let over = false;
        const voter = voteElsewhere(() => over);
        const outcomes = await Promise.all(places.map((place, n) => dieAt(place, `/place-${n}`)));
        over = true;
        expect(await voter).toEqual([]);
        expect(outcomes.flatMap(wrong)).toEqual([]);
        // Each kind of end was there: void and asked again, unknown, run elsewhere, replayed.
        const kinds = outcomes.map(({ approvals, sent: times }) => `${approvals.join(' ')} ${times}`);
        expect([...new Set(kinds)].toSorted(byText)).toEqual([
          'indeterminate 0',
          'indeterminate 1',
          'succeeded 1',
          'succeeded void 1',
        ]);
      },
      SETTLED,
    );
  });

  /** Paths of calls whose replica is dead, and the vote on each that it had confirmed. */
  const orphaned = new Map<string, string | undefined>();
  /** An approver who looks again and again. Resolves to the votes that were confirmed and are not there. */
  async function voteElsewhere(over: () => boolean): Promise<readonly string[]> {
    const lost: string[] = [];
    while (!over()) {
      const open = (await survivor.open()).filter((one) => one.status === 'pending' && orphaned.has(pathOf(one)));
      lost.push(...open.filter((one) => orphaned.get(pathOf(one)) === one.id).map(({ url }) => url));
      await Promise.all(open.map((one) => survivor.vote(one)));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return lost;
  }
  /** Resolves when it is dead, to the approval on which it had confirmed a vote. */
  async function voteAt(doomed: Replica, path: string): Promise<string | undefined> {
    let confirmed: string | undefined;
    while (doomed.alive()) {
      try {
        const pending = (await doomed.open()).find((one) => one.status === 'pending' && pathOf(one) === path);
        if (pending && (await doomed.vote(pending)).ok) confirmed = pending.id;
      } catch {
        // It died under the question.
      }
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    return confirmed;
  }

  /** Few at a time: the machine is to be busy with them, not with starting them. */
  const lane = createLane(2);
  async function dieAt(place: string, path: string): Promise<Outcome> {
    const result = await lane(async () => {
      const doomed = await replicas.add(diesAt(place));
      const told = curlTo(doomed, path);
      orphaned.set(path, await voteAt(doomed, path));
      return { told };
    });
    const { status, body } = await result.told;
    const reason = status === 200 ? undefined : (JSON.parse(body) as { reason: string }).reason;
    const approvals = (await approvalsOf(path)).map((one) => one.status);
    return { place, status, reason, sent: sent(path), approvals };
  }
});

/** What must not have come of it. */
function wrong({ place, status, reason, sent, approvals }: Outcome): readonly string[] {
  const told = `${place}: ${status} ${reason ?? ''}, sent ${sent}, ${approvals.join(' ')}`;
  if (sent > 1) return [`sent twice: ${told}`];
  if (status === 200) return sent === 1 && approvals[0] === 'succeeded' ? [] : [`not what happened: ${told}`];
  const unknown = reason === 'outcome-unknown' && approvals[0] === 'indeterminate' && approvals.length === 1;
  return unknown ? [] : [`not told as it is: ${told}`];
}

/** Lets `width` of the given works run at the same time. */
function createLane(width: number): <T>(work: () => Promise<T>) => Promise<T> {
  const free = Array.from({ length: width }, () => Promise.resolve());
  let next = 0;
  return (work) => {
    const lane = next++ % width;
    const done = (free[lane] ?? Promise.resolve()).then(work);
    free[lane] = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  };
}

const pathOf = ({ url }: ApprovalView): string => new URL(url).pathname;

const byText = (a: string, b: string): number => (a < b ? -1 : 1);
