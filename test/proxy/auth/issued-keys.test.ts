import { beforeEach, expect, test } from 'vitest';
import { agentKeyId, dataKeyOf, isAgentKeyId } from '../../../src/core/agent-key.ts';
import type { AgentKeyRecord } from '../../../src/ports/agent-keys.ts';
import { createIssuedKeys, type IssuedKey, type IssuedKeys, KEY_MEMORY } from '../../../src/proxy/auth/issued-keys.ts';
import { createManualClock, type ManualClock } from '../../ports/manual-clock.ts';

const ID = agentKeyId(3, new Uint8Array(9).fill(7));
const SCOPE = { date: '20260102', region: 'us-east-1', service: 's3' };

let clock: ManualClock;
let record: AgentKeyRecord | undefined;
let asked: number;
let failing: boolean;
let troubles: unknown[];
let derived: string[];
let keys: IssuedKeys;

beforeEach(() => {
  clock = createManualClock(0);
  record = { id: ID, agent: 'bot', created: 0, revoked: undefined };
  [asked, failing, troubles, derived] = [0, false, [], []];
  keys = createIssuedKeys({
    store: {
      async find() {
        asked++;
        if (failing) throw new Error('away');
        return record;
      },
    },
    secrets: {
      derive(key, context) {
        derived.push(`${key} ${context}`);
        if (key !== 3) throw new Error('no such data key');
        return new Uint8Array(24);
      },
    },
    clock,
    onTrouble: (error) => void troubles.push(error),
  });
});
const state = async (id = ID): Promise<IssuedKey['state']> => (await keys.find(id)).state;

test('ids are of twenty letters, and say which data key they are of', () => {
  for (const key of [1, 2, 31, 32, 128, 255]) {
    const id = agentKeyId(key, crypto.getRandomValues(new Uint8Array(9)));
    expect(id).toMatch(/^HGAK[A-Z2-7]{16}$/);
    expect(isAgentKeyId(id)).toBe(true);
    expect(dataKeyOf(id)).toBe(key);
  }
  for (const text of ['', 'AKIAIOSFODNN7EXAMPLE', ID.toLowerCase(), `${ID}A`, ID.slice(1), `HGAK${'1'.repeat(16)}`]) {
    expect(isAgentKeyId(text)).toBe(false);
  }
});

test('a key is looked up once in half a second, then again', async () => {
  expect(await state()).toBe('good');
  expect(keys.find(ID)).not.toBeInstanceOf(Promise);
  expect(asked).toBe(1);
  clock.advance(KEY_MEMORY - 1);
  expect(keys.find(ID)).not.toBeInstanceOf(Promise);
  clock.advance(1);
  expect(keys.find(ID)).toBeInstanceOf(Promise);
  expect(asked).toBe(2);
  expect(derived).toEqual([`3 aws-agent-key ${ID} bot`]);
});

test('a revoked key is good no longer than that', async () => {
  expect(await state()).toBe('good');
  record = { id: ID, agent: 'bot', created: 0, revoked: 5 };
  clock.advance(KEY_MEMORY);
  expect(await state()).toBe('revoked');
  record = undefined;
  expect(await state()).toBe('unknown');
});

test('what the store says too late does not count: it is asked again, and then counts as away', async () => {
  const answers: PromiseWithResolvers<AgentKeyRecord | undefined>[] = [];
  const asks = async (count: number): Promise<void> => {
    while (answers.length < count) await new Promise((resolve) => setImmediate(resolve));
  };
  const slow = createIssuedKeys({
    store: {
      find() {
        const answer = Promise.withResolvers<AgentKeyRecord | undefined>();
        answers.push(answer);
        return answer.promise;
      },
    },
    secrets: { derive: () => new Uint8Array(24) },
    clock,
    onTrouble: (error) => void troubles.push(error),
  });
  const good = { id: ID, agent: 'bot', created: 0, revoked: undefined };
  const first = slow.find(ID);
  clock.advance(KEY_MEMORY);
  answers[0]?.resolve(good);
  await asks(2);
  answers[1]?.resolve({ ...good, revoked: 1 });
  expect((await first).state).toBe('revoked');
  const second = slow.find(ID);
  for (const count of [3, 4, 5]) {
    await asks(count);
    clock.advance(KEY_MEMORY);
    answers[count - 1]?.resolve(good);
  }
  expect((await second).state).toBe('unavailable');
  expect(String(troubles)).toContain('takes longer');
});

test('many calls at once ask once', async () => {
  expect(await Promise.all([state(), state(), state()])).toEqual(['good', 'good', 'good']);
  expect(asked).toBe(1);
});

test('a store that is away makes no key good, also one that was', async () => {
  expect(await state()).toBe('good');
  failing = true;
  clock.advance(KEY_MEMORY);
  expect(await state()).toBe('unavailable');
  expect(await state()).toBe('unavailable');
  expect(troubles).toHaveLength(2);
  failing = false;
  expect(await state()).toBe('good');
});

test('a data key that is not here makes no key good', async () => {
  const other = agentKeyId(4, new Uint8Array(9));
  record = { id: other, agent: 'bot', created: 0, revoked: undefined };
  expect(await state(other)).toBe('unavailable');
});

test('what is not of the shape of our keys is not asked for', async () => {
  for (const id of ['AKIAIOSFODNN7EXAMPLE', '', 'HGAK']) expect(await state(id)).toBe('unknown');
  expect(asked).toBe(0);
});

test('a key of another agent is derived anew', async () => {
  expect(await state()).toBe('good');
  record = { id: ID, agent: 'other', created: 0, revoked: undefined };
  clock.advance(KEY_MEMORY);
  const key = await keys.find(ID);
  expect(key.state === 'good' && key.agent).toBe('other');
  expect(derived).toHaveLength(2);
});

test('each day, region and service has its own signing key', async () => {
  const key = await keys.find(ID);
  if (key.state !== 'good') throw new Error(key.state);
  const hex = (scope: typeof SCOPE): string => Buffer.from(key.signingKey(scope)).toString('hex');
  const all = [SCOPE, { ...SCOPE, date: '20260103' }, { ...SCOPE, region: 'eu-west-1' }, { ...SCOPE, service: 'iam' }];
  expect(new Set(all.map(hex)).size).toBe(4);
  expect(hex(SCOPE)).toBe(hex({ ...SCOPE }));
  for (let day = 0; day < 400; day++) key.signingKey({ ...SCOPE, region: `r-${day}` });
  expect(hex(SCOPE)).toBe(hex({ ...SCOPE }));
});
