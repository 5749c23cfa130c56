// What the Redis store says before it holds anything: what is not safe, not there or not ours is refused at once, with the way
// to mend it, and never with the password.
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import type { RedisSettings } from '../../src/core/redis-settings.ts';
import { Secret } from '../../src/core/secret.ts';
import { StoreUnavailable } from '../../src/ports/approval-store.ts';
import type { Sealer } from '../../src/ports/sealer.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { type RedisOptions, type RedisServer, startRedis } from '../redis/redis-server.ts';
import { opened } from '../conformance/approval-events.ts';
import { CALL, LIMITS } from '../conformance/store-harness.ts';
import { redisSettings } from './redis-store.ts';
import { noncedSealer, openSubject, type SubjectOptions } from './redis-subject.ts';

const PASSWORD = 'correct-horse-7291';
/** Refusals that are not `at once` wait for a server that says nothing. */
const AT_ONCE = 1_500;

async function server(options?: RedisOptions): Promise<RedisServer> {
  const redis = await startRedis(options);
  onTestFinished(() => redis.stop());
  return redis;
}

/** A listener that is no Redis; its port. */
async function listener(onConnection: (socket: Socket) => void): Promise<number> {
  const tcp = createServer((socket) => onConnection(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void tcp.close());
  return (tcp.address() as AddressInfo).port;
}

/** The words of the refusal. */
async function refusal(settings: RedisSettings, options?: SubjectOptions): Promise<string> {
  const before = performance.now();
  const error: unknown = await openSubject(settings, options).then(
    () => expect.unreachable('it was taken'),
    (refused: unknown) => refused,
  );
  expect(error).toBeInstanceOf(StoreUnavailable);
  expect(performance.now() - before).toBeLessThan(AT_ONCE);
  expect(inspect(error, { depth: 9 })).not.toContain(PASSWORD);
  return (error as Error).message;
}

describeRedis('a Redis that may forget', () => {
  const redis = useRedis({ appendfsync: 'no' });

  it.each([
    [
      'maxmemory-policy',
      'allkeys-lru',
      'noeviction',
      /"allkeys-lru", so that it may forget.*set "maxmemory-policy noevict/,
    ],
    ['appendonly', 'no', 'yes', /does not persist every write: set "appendonly yes"/],
  ])('is refused: %s %s', async (name, bad, good, words) => {
    await redis().command('CONFIG', 'SET', name, bad);
    const settings = redisSettings(redis().port);
    expect(await refusal(settings)).toMatch(words);
    const { store } = await openSubject({ ...settings, allowUnsafe: true });
    expect((await store.open(opened(await store.now()), CALL, LIMITS)).outcome).toBe('opened');
    await store.close();
    await redis().command('FLUSHALL');
    await redis().command('CONFIG', 'SET', name, good);
    await openSubject(settings);
  });

  it('is refused while fewer replicas are connected than have to acknowledge', async () => {
    const settings = redisSettings(redis().port, { ackReplicas: 1 });
    expect(await refusal(settings)).toContain(
      '0 replicas are connected, and store.ack_replicas asks for 1: connect them',
    );
    const replica = await server({ replicaOf: redis() });
    await openSubject(settings);
    expect(await refusal(redisSettings(replica.port))).toContain('it is a replica: `store` has to lead to the primary');
  });

  it('is refused with all its faults at once', async () => {
    await redis().command('CONFIG', 'SET', 'maxmemory-policy', 'volatile-ttl', 'appendonly', 'no');
    const words = await refusal(redisSettings(redis().port, { ackReplicas: 2 }));
    for (const part of ['noeviction', 'appendonly yes', 'ack_replicas asks for 2', `127.0.0.1:${redis().port}`])
      expect(words).toContain(part);
    await redis().command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction', 'appendonly', 'yes');
  });
});

describeRedis('a Redis that does not let us in', () => {
  const redis = useRedis({ password: PASSWORD });
  const wrong = new Secret('not-the-password-5518');

  it.each([
    ['no password', {}],
    ['a wrong password', { password: wrong }],
    ['an unknown user', { username: 'nobody', password: new Secret(PASSWORD) }],
  ])('is named with the cause: %s', async (_name, over) => {
    const words = await refusal(redisSettings(redis().port, over));
    expect(words).toContain('it did not accept the credentials in `store`');
    expect(words).not.toContain(wrong.reveal());
    await openSubject(redisSettings(redis().port, { password: new Secret(PASSWORD) }));
  });

  it.each([
    ['other keys', ['~other:*', '+@all']],
    ['no command', ['~*', '+info']],
    ['not even INFO', ['~*', '+@all', '-info']],
    ['another database only', ['~*', '+@all', '-select']],
  ])('is named with the cause: a user that may touch %s', async (name, rules) => {
    const acl = await server({ password: PASSWORD, acl: { user: 'holdgate', rules } });
    const over = { username: 'holdgate', password: new Secret(PASSWORD), database: name.includes('database') ? 1 : 0 };
    expect(await refusal(redisSettings(acl.port, over))).toMatch(
      /its user may not do what Holdgate needs \(docs\/operating\.md lists the permissions\)/,
    );
  });
});

describeRedis('what is not the Redis that was asked for', () => {
  const redis = useRedis({ appendfsync: 'no' });
  const onPort = (over: Partial<RedisSettings>) => refusal(redisSettings(redis().port, over));

  it.each(['single', 'cluster', 'sentinel'] as const)('is refused: nothing listens (%s)', async (kind) => {
    expect(await refusal(redisSettings(1, { kind, master: 'm' }))).toMatch(/127\.0\.0\.1:1\b.*it cannot be reached/);
  });

  it('is refused: no such name', async () => {
    const nodes = [{ host: 'redis.invalid', port: 6379 }];
    expect(await refusal(redisSettings(1, { nodes }))).toContain('its name cannot be resolved');
  });

  it('is refused: a server of another protocol', async () => {
    const port = await listener((socket) => socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    expect(await refusal(redisSettings(port))).toContain('it is not Redis, or it speaks TLS');
  });

  it('is refused: one that closes, and one that says nothing', async () => {
    expect(await refusal(redisSettings(await listener((socket) => socket.end())))).toContain('it cannot be reached');
    const mute = await listener(() => undefined);
    expect(await refusal(redisSettings(mute, { timeout: 50 }))).toContain('it did not answer in time');
  });

  it('is refused: no such database, no cluster, no sentinel', async () => {
    expect(await onPort({ database: 99 })).toContain('it has no database of this number');
    expect(await onPort({ kind: 'cluster' })).toContain('it is not a node of a cluster: leave out `store.cluster`');
    expect(await onPort({ kind: 'sentinel', master: 'm' })).toContain('it is not a sentinel');
  });

  it('is refused: a server without TLS, or with a certificate of somebody else', async () => {
    expect(await onPort({ tls: true, timeout: 50 })).toMatch(/^rediss:.*it cannot be reached/);
    const secure = await server({ tls: true });
    const ca = readFileSync(secure.caFile ?? '', 'utf8');
    expect(await refusal(redisSettings(secure.port))).toContain('it cannot be reached');
    const other = readFileSync(new URL('../fixtures/tls/loopback.pem', import.meta.url), 'utf8');
    for (const roots of [undefined, other])
      expect(await refusal(redisSettings(secure.port, { tls: true, ca: roots }))).toContain(
        'its certificate is not trusted: `store.ca` names the authority that signed it',
      );
    await openSubject(redisSettings(secure.port, { tls: true, ca }));
  });

  it('is refused: what is sealed with another data key', async () => {
    const settings = redisSettings(redis().port, { prefix: 'other-key' });
    const { store } = await openSubject(settings);
    await store.close();
    const other: Sealer = {
      seal: (plain, context) => noncedSealer.seal(plain, `other ${context}`),
      open: (sealed, context) => noncedSealer.open(sealed, `other ${context}`),
    };
    expect(await refusal(settings, { sealer: other })).toMatch(
      /sealed with another data key; give Holdgate the keys it had/,
    );
    expect(await redis().command('EXISTS', '{other-key}:mark')).toBe(1);
    await openSubject(settings);
  });
});
