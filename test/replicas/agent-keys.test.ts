// Access keys of agents on two replicas that share a Redis and their data keys: issued, revoked and rotated at one, felt at the other;
// and nothing is taken on trust while the store is away.
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dataKeyOf } from '../../src/core/agent-key.ts';
import { type AgentKey, agentsCommand, issueKey } from '../e2e/agent-key.ts';
import { ok, type RawUpstream, startRawUpstream } from '../e2e/raw-upstream.ts';
import { run } from '../e2e/real-clients.ts';
import { rawExchange } from '../e2e/running-gate.ts';
import { HOLDGATE } from '../e2e/worker-gate.ts';
import { signed, wire } from '../e2e/signing-client.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { poll, type Replica, type Replicas, startReplicas } from './replicas.ts';

const config = ({ folder }: Replica): string => join(folder, 'holdgate.yaml');
const send = async ({ proxy }: Replica, key: AgentKey): Promise<string> =>
  (await rawExchange(Number(new URL(proxy).port), wire(signed(key)))).split('\r\n')[0] ?? '';

describeRedis('access keys on two replicas', () => {
  const redis = useRedis();
  let upstream: RawUpstream;
  let replicas: Replicas;
  let [a, b] = [] as unknown as [Replica, Replica];

  beforeAll(async () => {
    upstream = await startRawUpstream((request, socket) => ok(request, socket));
    const rules = '  - {id: all, match: {host: "*"}, effect: allow}\n';
    replicas = await startReplicas(2, { store: redis().url, upstream: upstream.url, rules });
    [a, b] = replicas.all as [Replica, Replica];
  });
  afterAll(async () => {
    await replicas?.close();
    await upstream?.close();
  });

  it('are good at once at either, and refused at once by either', async () => {
    const key = await issueKey(config(a), 'deploy-bot');
    expect(await send(b, key)).toBe('HTTP/1.1 200 OK');
    expect(await send(a, key)).toBe('HTTP/1.1 200 OK');
    expect((await agentsCommand(config(b), 'revoke-aws-key', key.access_key_id)).exit).toBe('ok');
    for (const replica of [a, b]) expect(await send(replica, key)).toBe('HTTP/1.1 403 Forbidden');
  });

  it('outlive the rotation of the data keys, and new ones are made from the new key', async () => {
    const before = await issueKey(config(a), 'deploy-bot');
    const keys = join(dirname(a.folder), 'keys');
    expect(await run(HOLDGATE, ['keys', 'rotate', keys, '--data', '--activate-in', '0'])).toMatchObject({ code: 0 });
    const after = await issueKey(config(b), 'deploy-bot');
    expect(dataKeyOf(after.access_key_id)).toBe(dataKeyOf(before.access_key_id) + 1);
    for (const replica of [a, b]) {
      expect(await send(replica, before)).toBe('HTTP/1.1 200 OK');
      // One that does not have the files' newest key yet says "try again" and looks for it.
      await poll(async () => (await send(replica, after)) === 'HTTP/1.1 200 OK');
      expect(await send(replica, before)).toBe('HTTP/1.1 200 OK');
    }
  });

  it('are no good while the store is away, and good again afterwards', async () => {
    const key = await issueKey(config(a), 'deploy-bot');
    expect(await send(a, key)).toBe('HTTP/1.1 200 OK');
    redis().pause();
    try {
      await poll(async () => (await send(a, key)) === 'HTTP/1.1 503 Service Unavailable');
    } finally {
      redis().resume();
    }
    await poll(async () => (await send(a, key)) === 'HTTP/1.1 200 OK');
  });
});
