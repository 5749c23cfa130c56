// The servers that the Redis suites stand on: what they promise is what those suites take for granted.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startCluster } from './cluster.ts';
import { describeRedis, useRedis } from './describe-redis.ts';
import { RespError } from './resp.ts';
import { startRedis } from './redis-server.ts';
import { startSentinel } from './sentinel.ts';

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describeRedis('a redis-server of a test', () => {
  const redis = useRedis();

  it('is durable, evicts nothing and has a folder of its own', async () => {
    const value = async (name: string): Promise<unknown> =>
      ((await redis().command('CONFIG', 'GET', name)) as unknown[])[1];
    expect(await value('appendonly')).toBe('yes');
    expect(await value('appendfsync')).toBe('always');
    expect(await value('maxmemory-policy')).toBe('noeviction');
    expect(await value('save')).toBe('');
    expect(await value('dir')).toBe(redis().folder);
    expect(readdirSync(redis().folder)).toContain('appendonlydir');
    expect(redis().port).not.toBe(6379);
  });

  it('keeps bytes as they are, and answers errors as errors', async () => {
    const bytes = Buffer.from([0, 255, 13, 10, 36]);
    await redis().command('SET', 'bytes', bytes);
    expect(await redis().raw('GET', 'bytes')).toEqual(bytes);
    expect(await redis().command('GET', 'nothing')).toBe(null);
    await redis().command('RPUSH', 'list', 'ä', 2);
    expect(await redis().command('LRANGE', 'list', 0, -1)).toEqual(['ä', '2']);
    await expect(redis().command('INCR', 'bytes')).rejects.toThrow(RespError);
  });

  it('answers nothing while it is paused, and everything afterwards', async () => {
    redis().pause();
    let answered = false;
    const answer = redis().command('SET', 'late', '1');
    void answer.then(() => (answered = true));
    const other = await redis().connect();
    expect(answered).toBe(false);
    redis().resume();
    expect(await answer).toBe('OK');
    expect(await other.command('GET', 'late')).toBe('1');
    other.close();
  });

  it('comes back with its data on the same port, killed or not', async () => {
    const server = await startRedis();
    await server.command('SET', 'k', 'v');
    await server.kill();
    await expect(server.command('GET', 'k')).rejects.toThrow();
    await server.restart();
    expect(await server.command('GET', 'k')).toBe('v');
    await server.restart();
    expect(await server.command('GET', 'k')).toBe('v');
    await server.stop();
    expect(existsSync(server.folder)).toBe(false);
    await expect(server.command('PING')).rejects.toThrow('ECONNREFUSED');
  });

  it('says why it does not start', async () => {
    await expect(startRedis({ config: { 'no-such-directive': '1' } })).rejects.toThrow('no-such-directive');
  });

  it('takes overrides, a password, a user and TLS', async () => {
    const server = await startRedis({
      tls: true,
      password: 'secret',
      acl: { user: 'gate', rules: ['~hg:*', '+@all', '-flushall'] },
      config: { appendonly: 'no' },
      appendfsync: 'everysec',
    });
    expect(server.url).toBe(`rediss://gate:secret@127.0.0.1:${server.port}`);
    expect(server.caFile).toMatch(/ca\.pem$/);
    expect(await server.command('SET', 'hg:1', '1')).toBe('OK');
    await expect(server.command('SET', 'other', '1')).rejects.toThrow('NOPERM');
    await expect(server.command('FLUSHALL')).rejects.toThrow('NOPERM');
    expect(await server.command('CONFIG', 'GET', 'append*')).toEqual(
      expect.arrayContaining(['appendonly', 'no', 'appendfsync', 'everysec']),
    );
    await server.stop();
    const closed = await startRedis({ password: 'secret' });
    expect(closed.url).toBe(`redis://:secret@127.0.0.1:${closed.port}`);
    expect(await closed.command('PING')).toBe('PONG');
    await closed.stop();
  });

  it('follows a primary, and takes writes once it is promoted', async () => {
    const replica = await startRedis({ replicaOf: redis() });
    await redis().command('SET', 'shared', '1');
    expect(await redis().command('WAIT', 1, 5000)).toBe(1);
    expect(await replica.command('GET', 'shared')).toBe('1');
    await expect(replica.command('SET', 'own', '1')).rejects.toThrow('READONLY');
    await replica.promote();
    expect(await replica.command('SET', 'own', '1')).toBe('OK');
    await replica.stop();
  });

  it('dies with the process that started it, paused or not, however that ends', async () => {
    const temporary = mkdtempSync(join(tmpdir(), 'holdgate-orphans-'));
    const source = `
      import { startRedis } from ${JSON.stringify(fileURLToPath(import.meta.resolve('./redis-server.ts')))};
      const servers = [await startRedis(), await startRedis(), await startRedis()];
      servers[1].pause();
      await servers[2].stop();
      console.log(servers.map(({ port }) => port).join(' '));
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '--no-warnings', '-e', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
      // Nobody else tidies up after it.
      env: { ...process.env, TMPDIR: temporary },
    });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const [running, paused, stopped] = line.split(' ').map(Number) as [number, number, number];
    const listens = async (port: number): Promise<boolean> => {
      const socket = connect(port, '127.0.0.1');
      const connected = await once(socket, 'connect').then(
        () => true,
        () => false,
      );
      socket.destroy();
      return connected;
    };
    expect(await Promise.all([running, paused, stopped].map(listens))).toEqual([true, true, false]);
    child.kill('SIGKILL');
    while ((await listens(running)) || (await listens(paused))) await settle();
    rmSync(temporary, { recursive: true, force: true });
  });
});

describeRedis('redis-servers of a test', () => {
  it.concurrent('are watched by sentinels that promote a replica when the primary is killed', async () => {
    const setup = await startSentinel();
    try {
      expect(await setup.current()).toBe(setup.primary);
      await setup.primary.command('SET', 'k', 'v');
      await setup.primary.command('WAIT', 1, 5000);
      const next = await setup.failOver();
      expect(next).toBe(setup.replicas[0]);
      expect(await next.command('GET', 'k')).toBe('v');
      expect(await next.command('SET', 'k', 'w')).toBe('OK');
    } finally {
      await setup.stop();
    }
  });

  it.concurrent('are a cluster whose nodes point to one another', async () => {
    const cluster = await startCluster();
    try {
      const outcomes = await Promise.all(
        cluster.nodes.map((node) => node.command('SET', '{a}1', 'x').catch((error: unknown) => String(error))),
      );
      expect(outcomes.map((one) => String(one).includes('MOVED')).filter(Boolean)).toHaveLength(2);
      expect(outcomes).toContain('OK');
    } finally {
      await cluster.stop();
    }
  });
});
