import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/types.ts';
import { parseStoreAddress } from '../../src/config/store-address.ts';
import { faultsOf, load } from './scratch.ts';

const KEYS = 'keys: {dir: keys}\npolicies: [policies]\n';

function storeOf(lines: string, env: Record<string, string> = {}): Exclude<Config['store'], 'sqlite'> {
  const result = load(`version: 1\n${lines}${KEYS}`, env);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  if (result.config.store === 'sqlite') throw new Error('expected a shared store');
  return result.config.store;
}

describe('the address', () => {
  it.each([
    ['redis://cache', [{ host: 'cache', port: 6379 }], 0, undefined, undefined],
    ['redis://cache:7000/3', [{ host: 'cache', port: 7000 }], 3, undefined, undefined],
    ['rediss://gate:p%40ss@[::1]:6380/', [{ host: '::1', port: 6380 }], 0, 'gate', 'p%40ss'],
    ['redis://:pw@127.0.0.1', [{ host: '127.0.0.1', port: 6379 }], 0, undefined, 'pw'],
    [
      'redis://a:1,b:2',
      [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
      0,
      undefined,
      undefined,
    ],
    ['redis://u:${env:A_B}@c', [{ host: 'c', port: 6379 }], 0, 'u', '${env:A_B}'],
  ])('%s', (text, nodes, database, username, password) => {
    expect(parseStoreAddress(text)).toEqual({
      tls: text.startsWith('rediss'),
      nodes,
      database,
      username,
      password,
    });
  });

  it.each([
    'redis://',
    'redis://a b',
    'http://cache',
    'redis://cache:99999',
    'redis://cache/x',
    'redis://a,,b',
    'redis://u:%zz@c',
  ])('refuses %s and never repeats a password', (text) => {
    const message = parseStoreAddress(text);
    expect(message).toEqual(expect.any(String));
    expect(message).not.toContain('%zz');
  });
});

describe('store', () => {
  it('takes an address alone, with the terms by default', () => {
    expect(storeOf('store: redis://127.0.0.1:6380/2\n')).toMatchObject({
      kind: 'single',
      nodes: [{ host: '127.0.0.1', port: 6380 }],
      database: 2,
      tls: false,
      prefix: 'holdgate',
      ackReplicas: 0,
      timeout: 400,
      retention: 30 * 86_400_000,
    });
  });

  it('reads the password where it is kept, and hides it', () => {
    const store = storeOf('store: "rediss://gate:${env:REDIS_PASSWORD}@cache"\n', { REDIS_PASSWORD: 'p@ss/word' });
    expect(store.password?.reveal()).toBe('p@ss/word');
    expect(JSON.stringify(store)).not.toContain('p@ss');
    expect(storeOf('store: redis://u:p%40ss@localhost\n').password?.reveal()).toBe('p@ss');
  });

  it('takes a cluster and sentinels', () => {
    expect(storeOf('store: {url: "redis://localhost:1,localhost:2", cluster: true, ack_replicas: 1}\n')).toMatchObject({
      kind: 'cluster',
      nodes: [{ port: 1 }, { port: 2 }],
      ackReplicas: 1,
    });
    const watched = storeOf(
      'store: {url: "redis://localhost:1,localhost:2", sentinel: {master: gate, password: "${env:S}"}, prefix: a.b}\n',
      { S: 'watch' },
    );
    expect(watched).toMatchObject({ kind: 'sentinel', master: 'gate', prefix: 'a.b' });
    expect(watched.sentinelPassword?.reveal()).toBe('watch');
  });

  it('warns of what crosses the network unencrypted and of a password in the file', () => {
    const result = load(`version: 1\nstore: redis://u:pw@cache\n${KEYS}`);
    expect(result.ok && result.warnings.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        'the store is reached unencrypted; use rediss://',
        'the password stands in this file; ${env:NAME} or ${file:PATH} keeps it out',
      ]),
    );
  });

  it.each([
    ['store: postgres', /^2:8 unknown store "postgres"; expected sqlite, or an address/],
    ['store: http://cache', /^2:8 not the address of a store: expected redis:/],
    ['store: redis://a,b', /^2:8 several hosts need a map/],
    ['store: {url: "redis://a,b"}', /^2:14 several hosts need `cluster: true` or/],
    ['store: {url: "redis://a/1", cluster: true}', /^2:14 a cluster has no database but 0/],
    ['store: {url: "redis://a", cluster: true, sentinel: {master: m}}', /^2:52 the hosts are either/],
    ['store: {url: "redis://a", prefix: "a{b}"}', /^2:35 "a\{b\}" is not a prefix/],
    ['store: {url: "redis://a", retention: 1h}', /^2:38 must be at least 1d/],
    ['store: {url: "redis://a", ack_replica: 1}', /^2:27 unknown key "ack_replica"; did you mean "ack_replicas"/],
    ['store: {prefix: a}', /^2:8 the key "url" is missing/],
    ['store: "redis://u:${env:NOT_SET}@a"', /^2:8 the environment variable NOT_SET is not set/],
    ['store: 5', /^2:8 expected a text or a map, got a number, 5/],
  ])('%s', (line, fault) => {
    expect(faultsOf(`version: 1\n${line}\n${KEYS}`)).toEqual([expect.stringMatching(fault)]);
  });
});
