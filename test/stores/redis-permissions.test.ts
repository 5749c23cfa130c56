// The least that a Redis user needs: the rules in docs/operating.md are enough for everything that a store must do, and none of
// them is there for nothing.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import type { UsageStore } from '../../src/ports/usage-store.ts';
import { createRedisUsage } from '../../src/stores/redis/usage-store.ts';
import { opened } from '../conformance/approval-events.ts';
import { approvalStoreConformance } from '../conformance/approval-store.ts';
import { CALL, LIMITS } from '../conformance/store-harness.ts';
import { usageStoreConformance } from '../conformance/usage-store.ts';
import { createManualClock } from '../ports/manual-clock.ts';
import { type CommandsSeen, commandsSeen } from '../redis/commands-seen.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { aclRules } from './redis-rules.ts';
import { redisSettings } from './redis-store.ts';
import { eventually, noncedSealer, openSubject } from './redis-subject.ts';
import { redisUnderTest } from './redis-under-test.ts';

const RULES = aclRules();
const PASSWORD = new Secret('a-password-of-its-own');

describeRedis('the rules of docs/operating.md', () => {
  const redis = useRedis({ appendfsync: 'no' });
  let seen: CommandsSeen;

  beforeAll(async () => {
    await redis().command('ACL', 'SETUSER', 'holdgate', 'on', `>${PASSWORD.reveal()}`, ...RULES);
    seen = await commandsSeen(redis());
  });
  afterAll(() => seen.stop());

  approvalStoreConformance('Redis with the least permissions', async () => {
    const settings = redisSettings(redis().port, { username: 'holdgate', password: PASSWORD });
    await redis().command('FLUSHALL');
    const refused: string[] = [];
    const subject = await redisUnderTest(settings, {
      sealer: noncedSealer,
      onTrouble: (operation, message) => refused.push(`${operation}: ${message}`),
    });
    return {
      ...subject,
      close: async () => {
        await subject.close();
        expect(refused.filter((message) => message.includes('NOPERM'))).toEqual([]);
      },
    };
  });

  usageStoreConformance('Redis with the least permissions', async () => {
    const clock = createManualClock();
    clock.advance(3_600_000 - (clock.now() % 3_600_000));
    const settings = redisSettings(redis().port, { username: 'holdgate', password: PASSWORD });
    await redis().command('FLUSHALL');
    const open: UsageStore[] = [];
    const another = async (): Promise<UsageStore> => {
      const usage = await createRedisUsage(settings, clock, () => clock.now());
      open.push(usage);
      return usage;
    };
    return {
      usage: await another(),
      now: () => clock.now(),
      fastForward: (ms) => clock.advance(ms),
      another,
      close: async () => void (await Promise.all(open.map((one) => one.close()))),
    };
  });

  it('are enough for the pulse, for what it mends, and for the subscription', async () => {
    await redis().command('FLUSHALL');
    const settings = redisSettings(redis().port, { username: 'holdgate', password: PASSWORD });
    const { store, beat, trouble } = await openSubject(settings);
    const heard: (string | undefined)[] = [];
    store.subscribe((id) => heard.push(id));
    await eventually(() => heard.length > 0);
    const event = opened(await store.now());
    await store.open(event, CALL, LIMITS);
    await redis().command('ZREM', '{holdgate}:open', event.id);
    await beat();
    expect(trouble).toEqual([expect.stringMatching(`^index: approval ${event.id}`)]);
    expect(await store.countOpen()).toBe(1);
    await store.health();
    await eventually(() => heard.includes(event.id));
  });

  it('are all needed', async () => {
    const used = (await seen.settled()).map(({ name, args }) =>
      name === 'CLIENT' ? `client|${args[0]}` : name.toLowerCase(),
    );
    const ours = new Set(['auth', 'acl', 'flushall', 'monitor', 'echo']);
    const allowed = RULES.filter((rule) => rule.startsWith('+')).map((rule) => rule.slice(1));
    expect([...new Set(used)].filter((name) => !ours.has(name)).toSorted()).toEqual(allowed.toSorted());
    expect(RULES.filter((rule) => !rule.startsWith('+'))).toEqual(['~{holdgate}:*', 'resetchannels', '-@all']);
  });
});

describe('the page', () => {
  it('has rules to test', () => {
    expect(RULES.length).toBeGreaterThan(20);
  });
});
