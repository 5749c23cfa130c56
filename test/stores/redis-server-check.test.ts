// What makes a Redis unsafe, by its INFO; and the words for what it answers.
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../../src/ports/approval-store.ts';
import { unsafeBecause } from '../../src/stores/redis/server-check.ts';
import { placeOf, unavailable } from '../../src/stores/redis/unavailable.ts';
import { redisSettings } from './redis-store.ts';

const GOOD: Readonly<Record<string, string>> = {
  redis_version: '7.0.15',
  role: 'master',
  connected_slaves: '2',
  maxmemory_policy: 'noeviction',
  aof_enabled: '1',
  aof_last_write_status: 'ok',
  cluster_enabled: '0',
};

/** As Redis writes it; undefined leaves a line out. */
function info(over: Readonly<Record<string, string | undefined>> = {}): string {
  const lines = Object.entries({ ...GOOD, ...over }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}:${value}`],
  );
  return `# Server\r\n${lines.join('\r\n')}\r\n\r\n# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n`;
}

const SINGLE = { kind: 'single', ackReplicas: 0 } as const;

describe('a server', () => {
  it.each(['6.2.0', '7.0.15', '7.4.1', '8.0.0', '10.1.0'])('of version %s may hold approvals', (version) => {
    expect(unsafeBecause(info({ redis_version: version }), { ...SINGLE, ackReplicas: 2 })).toEqual([]);
  });

  it.each([
    ['an old version', { redis_version: '6.0.16' }, 'it is version 6.0.16, and 6.2 is the least: upgrade it'],
    ['a very old version', { redis_version: '5.9.9' }, 'it is version 5.9.9, and 6.2 is the least: upgrade it'],
    ['no version', { redis_version: undefined }, 'it is version unknown, and 6.2 is the least: upgrade it'],
    ['a replica', { role: 'slave' }, 'it is a replica: `store` has to lead to the primary'],
    [
      'eviction',
      { maxmemory_policy: 'volatile-lru' },
      'maxmemory-policy is "volatile-lru", so that it may forget approvals: set "maxmemory-policy noeviction"',
    ],
    [
      'an unknown policy',
      { maxmemory_policy: undefined },
      'maxmemory-policy is "unknown", so that it may forget approvals: set "maxmemory-policy noeviction"',
    ],
    ['no persistence', { aof_enabled: '0' }, 'it does not persist every write: set "appendonly yes"'],
    ['nothing said of it', { aof_enabled: undefined }, 'it does not persist every write: set "appendonly yes"'],
    [
      'a full disk',
      { aof_last_write_status: 'err' },
      'its last write to the append-only file failed: look at its disk',
    ],
    [
      'a node of a cluster',
      { cluster_enabled: '1' },
      'it is a node of a cluster, which may move our keys: set `store.cluster: true`',
    ],
  ])('with %s may not, and why', (_name, over, why) => {
    expect(unsafeBecause(info(over), SINGLE)).toEqual([why]);
  });

  it('needs the replicas that are to acknowledge', () => {
    const needs = (ackReplicas: number, connected: string | undefined): readonly string[] =>
      unsafeBecause(info({ connected_slaves: connected }), { ...SINGLE, ackReplicas });
    expect([needs(2, '2'), needs(0, '0')]).toEqual([[], []]);
    const advice = 'connect them, or ask for fewer';
    expect(needs(3, '2')).toEqual([`2 replicas are connected, and store.ack_replicas asks for 3: ${advice}`]);
    expect(needs(1, undefined)).toHaveLength(1);
  });

  it('is a node of a cluster where one was asked for', () => {
    expect(unsafeBecause(info({ cluster_enabled: '1' }), { ...SINGLE, kind: 'cluster' })).toEqual([]);
  });

  it('that says nothing at all has every fault', () => {
    expect(unsafeBecause('', { ...SINGLE, ackReplicas: 1 })).toHaveLength(5);
  });
});

describe('what a server answers', () => {
  const said = (message: string): string => unavailable('here', new Error(message)).message;

  it.each([
    ['OOM', 'its memory is full'],
    ['READONLY', 'it is a replica'],
    ['NOPERM', 'its user may not do what Holdgate needs'],
    ['MISCONF', 'it cannot write to its disk'],
    ['WRONGTYPE', 'a key below `store.prefix` is not of the kind that Holdgate writes'],
  ])('is found again in words of a script of Redis 6.2 and 7: %s', (word, advice) => {
    expect(said(`${word} and so on. script: ab12, on @user_script:3.`)).toContain(`here: ${advice}`);
    expect(
      said(`ERR Error running script (call to f_ab12): @user_script:3: @user_script: 3: -${word} and so on`),
    ).toContain(`here: ${advice}`);
    expect(said(`something about ${word}`)).toBe(`here: something about ${word}`);
  });

  it('is never repeated with what was sent', () => {
    const error = Object.assign(new Error('WRONGPASS invalid'), { command: { name: 'auth', args: ['u', 'secret-1'] } });
    const told = unavailable('here', error);
    expect(told).toBeInstanceOf(StoreUnavailable);
    expect(inspect(told, { depth: 9, showHidden: true })).not.toContain('secret-1');
    expect(unavailable('elsewhere', told)).toBe(told);
  });
});

describe('a place', () => {
  it.each([
    [{}, 'redis://127.0.0.1:6379'],
    [{ tls: true, nodes: [{ host: '::1', port: 1 }] }, 'rediss://[::1]:1'],
    [{ kind: 'cluster' }, 'redis cluster at 127.0.0.1:6379'],
    [{ kind: 'sentinel', master: 'm' }, 'redis primary "m" (sentinels 127.0.0.1:6379)'],
  ] as const)('is named as people know it: %o', (over, name) => {
    expect(placeOf(redisSettings(6379, over))).toBe(name);
  });
});
