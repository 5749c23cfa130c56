// Access keys of agents on two replicas that share a Redis and their data keys: issued, revoked and rotated at one, felt at the other;
// and nothing is taken on trust while the store is away.
import { readFileSync } from 'node:fs';
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
    const rules = `  - {id: all, match: {host: "*"}, effect: allow}
  - {id: held, match: {path: "/held/**"}, effect: hold, hold: {approvals: 1, from: [group:security]}}
`;
    const upstreamMore = 'kind: aws, credential: {aws: {access_key_id: AKIDEXAMPLE, secret_access_key: s}}';
    replicas = await startReplicas(2, { store: redis().url, upstream: upstream.url, upstreamMore, rules });
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

  it('take with them what waits for approval and was signed with them, wherever it waits', async () => {
    const [key, other] = [await issueKey(config(a), 'deploy-bot'), await issueKey(config(a), 'deploy-bot')];
    const target = (name: string): string => `/api/held/${name}`;
    const hold = (replica: Replica, by: AgentKey, name: string): Promise<string> =>
      rawExchange(Number(new URL(replica.proxy).port), wire(signed(by, { method: 'PUT', target: target(name) })));
    const answers = [hold(a, key, 'mine'), hold(b, key, 'mine-too')];
    const kept = hold(b, other, 'kept');
    const open = await poll(async () => (await a.open()).length === 3 && (await a.open()));
    expect(open.map(({ access_key: id }) => id ?? '').toSorted()).toEqual(
      [key, key, other].map(({ access_key_id: id }) => id).toSorted(),
    );
    const said = await agentsCommand(config(b), 'revoke-aws-key', key.access_key_id);
    expect(said).toMatchObject({ exit: 'ok' });
    for (const answer of await Promise.all(answers)) {
      expect(answer).toMatch(/^HTTP\/1\.1 403 /);
      expect(answer).toContain(`the access key ${key.access_key_id} that signed the call was revoked`);
    }
    const [left, ...more] = await b.open();
    if (!left) throw new Error('withdrawn as well');
    expect([left.access_key, more]).toEqual([other.access_key_id, []]);
    expect((await b.vote(left)).status).toBe(200);
    expect(await kept).toMatch(/^HTTP\/1\.1 200 /);
    const log = join(b.folder, 'data', 'audit', 'commands', '000001.jsonl');
    expect(readFileSync(log, 'utf8')).toContain(key.access_key_id);
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
