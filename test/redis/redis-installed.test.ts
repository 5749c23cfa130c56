// What becomes of the Redis suites on machines without Redis.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isCi, mayInstall, redisInstalled, redisSuites } from './redis-installed.ts';

describe('suites that need redis-server', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdgate-path-'));
    writeFileSync(join(folder, 'redis-server'), '');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('run where it is on PATH and can be executed', () => {
    const env = { PATH: `/nowhere:${folder}`, CI: 'true' };
    chmodSync(join(folder, 'redis-server'), 0o755);
    expect([redisInstalled(env), redisSuites(env)]).toEqual([true, 'run']);
    chmodSync(join(folder, 'redis-server'), 0o644);
    expect([redisInstalled(env), redisSuites(env)]).toEqual([false, 'fail']);
  });

  it('are skipped where it is missing, and fail in CI', () => {
    expect(redisSuites({ PATH: '/nowhere' })).toBe('skip');
    expect(redisSuites({ PATH: '/nowhere', CI: 'false' })).toBe('skip');
    expect(redisSuites({ CI: 'true' })).toBe('fail');
  });

  it.each([
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
    ['', false],
    [undefined, false],
  ])('CI=%s is CI: %s', (CI, expected) => expect(isCi({ CI })).toBe(expected));

  it('have it installed for them only by root, and only in CI or in a container', () => {
    const [root, container] = [true, true];
    expect(mayInstall({ CI: 'true' }, { root, container: false })).toBe(true);
    expect(mayInstall({}, { root, container })).toBe(true);
    expect(mayInstall({}, { root, container: false })).toBe(false);
    expect(mayInstall({ CI: 'true' }, { root: false, container })).toBe(false);
  });
});
