// The access keys of agents, in both stores: what one process writes the others read at once, and what cannot be read is no key.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import type { AgentKeyStore } from '../../src/ports/agent-keys.ts';
import { StoreUnavailable } from '../../src/ports/approval-store.ts';
import { openRedisAgentKeys } from '../../src/stores/redis/agent-keys.ts';
import { createSqliteStore } from '../../src/stores/sqlite/store.ts';
import { openSqliteAgentKeys } from '../../src/stores/sqlite/agent-keys.ts';
import { systemClock } from '../../src/system-clock.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { redisSettings } from './redis-store.ts';

const FIRST = 'HGAKAFQWCYLBMRWG25DB';
const SECOND = 'HGAKAFQWCYLBMRWG25DC';

function suite(open: () => Promise<AgentKeyStore>): void {
  it('finds in one process what another one added, oldest first', async () => {
    const [one, other] = [await open(), await open()];
    expect(await other.find(FIRST)).toBeUndefined();
    await one.add({ id: FIRST, agent: 'deploy-bot', created: 2000 });
    await other.add({ id: SECOND, agent: 'other-bot', created: 1000 });
    expect(await other.find(FIRST)).toEqual({ id: FIRST, agent: 'deploy-bot', created: 2000, revoked: undefined });
    expect((await one.list()).map(({ id }) => id)).toEqual([SECOND, FIRST]);
  });

  it('revokes for everybody, once, and remembers when', async () => {
    const [one, other] = [await open(), await open()];
    await one.add({ id: FIRST, agent: 'deploy-bot', created: 1 });
    expect(await other.revoke(FIRST, 50)).toMatchObject({ agent: 'deploy-bot', revoked: 50 });
    expect(await one.find(FIRST)).toMatchObject({ revoked: 50 });
    expect(await one.revoke(FIRST, 60)).toMatchObject({ revoked: 50 });
    expect(await one.revoke(SECOND, 60)).toBeUndefined();
  });

  it('takes no id twice', async () => {
    const one = await open();
    await one.add({ id: FIRST, agent: 'deploy-bot', created: 1 });
    await one.revoke(FIRST, 2);
    await expect(one.add({ id: FIRST, agent: 'other-bot', created: 3 })).rejects.toBeInstanceOf(StoreUnavailable);
    expect(await one.find(FIRST)).toMatchObject({ agent: 'deploy-bot', revoked: 2 });
  });

  it('knows which were revoked until somebody has settled what was signed with them', async () => {
    const [one, other] = [await open(), await open()];
    for (const [id, created] of [
      [FIRST, 1],
      [SECOND, 2],
    ] as const)
      await one.add({ id, agent: 'deploy-bot', created });
    expect(await other.unsettled()).toEqual([]);
    // One that is good is not settled by saying so, ahead of its time.
    await one.settled(FIRST);
    await one.revoke(FIRST, 50);
    await one.revoke(FIRST, 60);
    expect(await other.unsettled()).toEqual([{ id: FIRST, agent: 'deploy-bot', created: 1, revoked: 50 }]);
    await other.settled(FIRST);
    expect(await one.unsettled()).toEqual([]);
    expect(await one.find(FIRST)).toMatchObject({ revoked: 50 });
    await other.revoke(SECOND, 70);
    expect((await one.unsettled()).map(({ id }) => id)).toEqual([SECOND]);
  });

  it('says nothing after it was closed', async () => {
    const one = await open();
    one.close();
    await expect(one.find(FIRST)).rejects.toBeInstanceOf(StoreUnavailable);
  });
}

describe('in SQLite', () => {
  let folder: string | undefined;
  const opened: AgentKeyStore[] = [];
  afterEach(() => {
    for (const store of opened.splice(0)) store.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    folder = undefined;
  });
  const file = (): string => join((folder ??= mkdtempSync(join(tmpdir(), 'holdgate-keys-'))), 'holdgate.db');
  suite(async () => {
    const store = openSqliteAgentKeys(file());
    opened.push(store);
    return store;
  });

  it('lives beside the approvals, in their file', async () => {
    const approvals = createSqliteStore({ file: file(), clock: systemClock });
    const keys = openSqliteAgentKeys(file());
    opened.push(keys);
    await keys.add({ id: FIRST, agent: 'deploy-bot', created: 1 });
    expect(await approvals.countOpen()).toBe(0);
    await approvals.close();
  });

  it('does not answer without its table', async () => {
    const keys = openSqliteAgentKeys(file());
    opened.push(keys);
    const db = new DatabaseSync(file());
    db.exec('DROP TABLE agent_keys');
    db.close();
    await expect(keys.find(FIRST)).rejects.toBeInstanceOf(StoreUnavailable);
  });
});

describeRedis('in Redis', () => {
  const server = useRedis();
  let count = 0;
  let prefix = 'keys0';
  const opened: AgentKeyStore[] = [];
  const open = async (): Promise<AgentKeyStore> => {
    const store = await openRedisAgentKeys(redisSettings(server().port, { prefix }), systemClock);
    opened.push(store);
    return store;
  };
  afterEach(() => {
    for (const store of opened.splice(0)) store.close();
    prefix = `keys${++count}`;
  });
  suite(open);

  it.each(['', '{', '[]', '{"agent":1,"created":1}', '{"agent":"a","created":1,"revoked":"no"}', 'null'])(
    'does not take %j for a record',
    async (text) => {
      const store = await open();
      const { Redis } = await import('ioredis');
      const redis = new Redis({ host: '127.0.0.1', port: server().port });
      await redis.hset(`{${prefix}}:agent-keys`, FIRST, text);
      redis.disconnect();
      if (text === '') expect(await store.find(FIRST)).toBeUndefined();
      else await expect(store.find(FIRST)).rejects.toBeInstanceOf(StoreUnavailable);
    },
  );

  it('goes on with the others where one that was revoked is damaged', async () => {
    const store = await open();
    for (const id of [FIRST, SECOND]) {
      await store.add({ id, agent: 'deploy-bot', created: 1 });
      await store.revoke(id, 2);
    }
    const { Redis } = await import('ioredis');
    const redis = new Redis({ host: '127.0.0.1', port: server().port });
    await redis.hset(`{${prefix}}:agent-keys`, FIRST, '{');
    redis.disconnect();
    expect((await store.unsettled()).map(({ id }) => id)).toEqual([SECOND]);
  });
});
