// Redis itself is killed with SIGKILL at random moments, under load, and comes back on the same append-only file (`appendfsync always`): no
// vote that was confirmed is lost, nothing is sent twice, and everything that was begun comes to an end by itself.
import { expect, it } from 'vitest';
import type { Approval } from '../../src/core/approval/state.ts';
import { isOpen } from '../../src/core/approval/state.ts';
import { createRedisStore } from '../../src/stores/redis/store.ts';
import { systemClock } from '../../src/system-clock.ts';
import { type Random, random } from '../attack/random.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { redisSettings } from '../stores/redis-store.ts';
import { ANN, BOB, holds, type WaitingAgent, type World } from './gate-world.ts';
import { type Ended, eventually, judgeEnded, type SharedGates, startSharedGates, whatIsLeft } from './shared-gates.ts';

const KILLS = 6;
/** Stories at the same time. */
const LANES = 12;
/** Between two kills at most, and how long Redis is away at most, ms. */
const UP = 500;
const AWAY = 300;
/** Of the store, ms: what is configured unless somebody says otherwise. */
const TIMEOUT = 400;
const POLICY = holds({ quorums: [{ rule: 'writes', approvals: 2, from: ['group:security'] }] });

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Story {
  readonly approval: Approval;
  readonly recorded: Ended['recorded'];
  readonly agent: WaitingAgent;
}

/** An agent that asks until it has an answer, and two people who vote until they know that their votes count. */
async function tell(gates: SharedGates, body: string, choices: Random): Promise<Story> {
  const either = (): World => (choices.below(2) === 0 ? gates.a : gates.b);
  const recorded: { readonly by: string; readonly vote: string }[] = [];

  async function ask(): Promise<{ readonly approval: Approval; readonly agent: WaitingAgent }> {
    for (;;) {
      const world = either();
      const opened = await world.open(POLICY, body).catch(() => undefined);
      if (opened?.outcome === 'open') return { approval: opened.approval, agent: world.wait(opened.approval) };
      await pause(10);
    }
  }
  async function vote({ id, opened }: Approval, person: typeof ANN): Promise<void> {
    for (;;) {
      const input = { approvalId: id, person, vote: 'approve' as const, reason: undefined, digest: opened.digest };
      const done = await either().gate.vote({ ...input, channel: 'api' });
      if (done.outcome === 'recorded') recorded.push({ by: person.email, vote: 'approve' });
      if (done.outcome === 'recorded' || done.outcome === 'refused') return;
      await pause(10);
    }
  }
  let { approval, agent } = await ask();
  const { id } = approval;
  await Promise.all([vote(approval, ANN), vote(approval, BOB)]);
  for (;;) {
    const waits = agent;
    await eventually(() => waits.complete() || waits.broken());
    if (!['pending', 'unavailable', 'shutting-down'].includes(waits.heard() ?? 'broken')) break;
    ({ approval, agent } = await ask());
    // Whoever asks again goes on with the approval that there is.
    expect(approval.id).toBe(id);
  }
  return { approval, recorded, agent };
}

describeRedis('a Redis that is killed under load', () => {
  const redis = useRedis({ appendfsync: 'always' });

  it('forgets nothing that it confirmed, and nothing is sent twice', async () => {
    const settings = redisSettings(redis().port, { timeout: TIMEOUT });
    const damaged: string[] = [];
    const gates = await startSharedGates(() =>
      createRedisStore({ settings, clock: systemClock, onDamaged: (id, finding) => damaged.push(`${id}: ${finding}`) }),
    );
    gates.agree(POLICY);
    const choices = random('redis killed');
    const stories: Story[] = [];
    let begun = 0;
    const over = new AbortController();
    const lane = async (): Promise<void> => {
      while (!over.signal.aborted) stories.push(await tell(gates, `story ${++begun}`, choices));
    };
    const lanes = Promise.all(Array.from({ length: LANES }, lane));
    const underWay: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const done = stories.length;
      await eventually(() => stories.length > done + LANES);
      await pause(choices.below(UP));
      underWay.push(begun - stories.length);
      await redis().kill();
      await pause(choices.below(AWAY));
      await redis().restart();
    }
    over.abort();
    await lanes;

    const { a, b } = gates;
    const counts: Record<string, number> = {};
    const ended: Ended[] = [];
    for (const { approval, recorded, agent } of stories) {
      const left = await whatIsLeft(gates, approval.id).catch(async (error: unknown) => {
        const [key = ''] = (await redis().command('KEYS', `*e:${approval.id}`)) as string[];
        const events = (await redis().command('LRANGE', key, 0, -1)) as string[];
        throw new Error(`${String(error)}\n${events.join('\n')}\n${redis().log()}`, { cause: error });
      });
      ended.push({ ...left, agents: [agent], recorded });
      const status = left.views[0]?.status ?? 'gone';
      counts[status] = (counts[status] ?? 0) + 1;
    }
    const failures = [...a.failures, ...b.failures].length;
    const votes = stories.flatMap(({ recorded }) => recorded).length;
    process.stdout.write(
      `redis killed: ${KILLS} times under ${underWay.join()} stories: ${stories.length} ended ${JSON.stringify(counts)}, ${votes} votes confirmed, ${gates.sent.length} sends, ${failures} failures\n`,
    );
    expect(judgeEnded(gates, ended).slice(0, 20)).toEqual([]);
    expect(damaged).toEqual([]);
    // It was killed at work, and the gates noticed.
    expect(Math.min(...underWay)).toBeGreaterThan(0);
    expect(failures).toBeGreaterThan(KILLS);
    expect(counts['succeeded']).toBeGreaterThan(KILLS * LANES);
    expect(new Set(gates.sent).size).toBe(gates.sent.length);
    for (const status of Object.keys(counts)) expect(isOpen(status as Approval['status'])).toBe(false);
    await gates.close();
  }, 120_000);
});
