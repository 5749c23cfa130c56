// The lists beside the events: whoever edits them is told of within a beat or two, and they are put right from the events.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Opened } from '../../src/core/approval/events.ts';
import { sha256 } from '../../src/core/sha256.ts';
import { claim, opened, vote } from '../conformance/approval-events.ts';
import { ANN, CALL, LIMITS } from '../conformance/store-harness.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { redisSettings } from './redis-store.ts';
import { eventually, openSubject, type RedisSubject } from './redis-subject.ts';

const LISTS = ['all', 'open', 'due', 'claimed', 'agents', 'unreceipted', 's:*', 'a:*', 'o:*'];
const READ: Readonly<Record<string, readonly (string | number)[]>> = {
  zset: ['ZRANGE', 0, -1, 'WITHSCORES'],
  hash: ['HGETALL'],
  set: ['SMEMBERS'],
};

interface Scene {
  readonly subject: RedisSubject;
  readonly pending: Opened;
  readonly claimed: Opened;
  readonly denied: Opened;
}

type Words = readonly (string | number)[];

describeRedis('the patrol', () => {
  const redis = useRedis({ appendfsync: 'no' });
  const by = (...words: Words): Promise<unknown> => {
    const [command = '', key = '', ...rest] = words;
    return redis().command(command, `{holdgate}:${key}`, ...rest);
  };
  let scene: Scene;

  beforeEach(async () => {
    await redis().command('FLUSHALL');
    const subject = await openSubject(redisSettings(redis().port));
    const { store } = subject;
    const open = async (digest: string): Promise<Opened> => {
      const event = opened(await store.now(), { digest });
      await store.open(event, CALL, LIMITS);
      return event;
    };
    const [pending, claimed, denied] = [await open('pending'), await open('claimed'), await open('denied')];
    await store.append(claimed.id, 1, [vote(claimed, claimed.at, ANN, 'approve'), claim(claimed, claimed.at, 'r1')]);
    await store.append(denied.id, 1, [vote(denied, denied.at, ANN, 'deny')]);
    scene = { subject, pending, claimed, denied };
  });

  async function lists(): Promise<Readonly<Record<string, unknown>>> {
    const found: Record<string, unknown> = {};
    for (const pattern of LISTS) {
      for (const key of ((await by('KEYS', pattern)) as string[]).toSorted()) {
        const type = String(await redis().command('TYPE', key));
        const [command = 'TYPE', ...rest] = READ[type] ?? [];
        const members = (await redis().command(command, key, ...rest)) as string[];
        // Only the members of a sorted set are in an order that counts.
        found[key] = type === 'zset' ? members : members.toSorted();
      }
    }
    return found;
  }

  it('finds nothing where nobody did anything', async () => {
    const before = await lists();
    expect(Object.keys(before)).toHaveLength(11);
    for (let beats = 0; beats < 3; beats++) await scene.subject.beat();
    expect([scene.subject.trouble, scene.subject.damaged, await lists()]).toEqual([[], [], before]);
  });

  it.each<readonly [string, string, 'pending' | 'claimed' | 'denied', (scene: Scene) => Words]>([
    ['an open one that no longer counts', 'open', 'pending', ({ pending }) => ['ZREM', 'open', pending.id]],
    ['an ended one that counts as open', 'open', 'denied', ({ denied }) => ['ZADD', 'open', 3, denied.id]],
    ['one that does not count for its agent', 'open', 'pending', ({ pending }) => ['SREM', 'o:deploy-bot', pending.id]],
    ['another place in the open ones', 'open', 'pending', ({ pending }) => ['ZADD', 'open', 9, pending.id]],
    ['one that never expires', 'due', 'pending', ({ pending }) => ['ZREM', 'due', pending.id]],
    ['one that expires later', 'due', 'pending', ({ pending }) => ['ZADD', 'due', pending.expiresAt + 1, pending.id]],
    ['one that expires at once', 'due', 'pending', ({ pending }) => ['ZADD', 'due', 1, pending.id]],
    ['a claim of another replica', 'claimed', 'claimed', ({ claimed }) => ['HSET', 'claimed', claimed.id, 'r2']],
    ['a claim that is gone', 'claimed', 'claimed', ({ claimed }) => ['HDEL', 'claimed', claimed.id]],
    [
      'a claim of one that is not claimed',
      'claimed',
      'pending',
      ({ pending }) => ['HSET', 'claimed', pending.id, 'r1'],
    ],
    ['another status', 'status', 'pending', ({ pending }) => ['ZADD', 's:approved', 1, pending.id]],
    ['no status', 'status', 'claimed', ({ claimed }) => ['ZREM', 's:claimed', claimed.id]],
    ['another agent', 'agent', 'pending', ({ pending }) => ['HSET', 'agents', pending.id, 'other-bot']],
    ['an agent that does not list it', 'agent', 'denied', ({ denied }) => ['ZREM', 'a:deploy-bot', denied.id]],
    ['one that gets no receipt', 'unreceipted', 'denied', ({ denied }) => ['ZREM', 'unreceipted', denied.id]],
    [
      'an open one that is to get one',
      'unreceipted',
      'pending',
      ({ pending }) => ['ZADD', 'unreceipted', 1, pending.id],
    ],
  ])('tells of %s, and puts it right', async (_name, list, which, edit) => {
    const before = await lists();
    await by(...edit(scene));
    expect(await lists()).not.toEqual(before);
    const { subject } = scene;
    await subject.beat();
    expect(subject.trouble).toHaveLength(1);
    expect(subject.trouble[0]).toMatch(new RegExp(`^index: approval ${scene[which].id}: the lists \\(.*${list}`));
    await subject.beat();
    expect([subject.trouble.length, subject.damaged, await lists()]).toEqual([1, [], before]);
  });

  it.each<readonly [string, (scene: Scene) => readonly Words[]]>([
    [
      'is out of every list',
      ({ pending }) => [
        ...['all', 'open', 'due', 's:pending', 'a:deploy-bot'].map((key) => ['ZREM', key, pending.id]),
        ['SREM', 'o:deploy-bot', pending.id],
        ['HDEL', 'agents', pending.id],
      ],
    ],
    ['has the place of another', ({ pending }) => [['ZADD', 'all', 3, pending.id]]],
    ['has no place that is one', ({ pending }) => [['ZADD', 'all', 'inf', pending.id]]],
    [
      'was ended in the lists',
      ({ pending }) => [
        ['DEL', 'open'],
        ['ZREM', 's:pending', pending.id],
        ['ZADD', 's:denied', 1, pending.id],
      ],
    ],
  ])('finds one that %s', async (_name, edits) => {
    for (const edit of edits(scene)) await by(...edit);
    const { subject, pending, claimed, denied } = scene;
    for (let beats = 0; beats < 2; beats++) await subject.beat();
    expect(subject.trouble).toContainEqual(expect.stringContaining(`approval ${pending.id}: the lists (`));
    const told = subject.trouble.length;
    await subject.beat();
    expect([subject.trouble.length, subject.damaged]).toEqual([told, []]);
    const { items } = await subject.store.list({ limit: 10 });
    expect(items.map(({ id }) => id).toSorted()).toEqual([pending.id, claimed.id, denied.id].toSorted());
    expect((await subject.store.due(pending.expiresAt, 10)).map(({ id }) => id)).toEqual([pending.id]);
    expect(await subject.store.countOpen()).toBe(2);
  });

  it('takes what was invented, or lost its events unread, out of what is open', async () => {
    const other = await openSubject(redisSettings(redis().port));
    await by('ZADD', 'open', 17, 'apr_invented');
    await by('SADD', 'o:deploy-bot', 'apr_invented');
    await by('DEL', `e:${scene.pending.id}`);
    // It never read the one whose events are gone.
    await other.beat();
    expect(other.damaged.toSorted()).toEqual(
      [`apr_invented: its events are gone`, `${scene.pending.id}: its events are gone`].toSorted(),
    );
    await eventually(async () => (await other.store.countOpen()) === 1);
    await other.beat();
    expect([other.damaged.length, other.trouble]).toEqual([2, []]);
    // Nobody is kept from asking by the name that is left.
    const next = opened(await other.store.now(), { digest: 'next' });
    const outcome = await other.store.open(next, CALL, { perAgent: 2, total: 10 });
    expect(outcome.outcome).toBe('opened');
    expect(other.trouble).toEqual([expect.stringContaining('index: agent deploy-bot: 1 approvals that are not open')]);
    const more = opened(await other.store.now(), { digest: 'more' });
    expect(await other.store.open(more, CALL, { perAgent: 2, total: 10 })).toEqual({
      outcome: 'too-many',
      limit: 'agent',
      open: 2,
    });
  });

  it('is not needed where the times of an agent are of another kind: they begin anew, and count again', async () => {
    const { store } = scene.subject;
    const limits = { ...LIMITS, held: { most: 1, per: 60_000 } };
    const open = async (digest: string): Promise<string> =>
      (await store.open(opened(await store.now(), { digest }), CALL, limits)).outcome;
    await by('SET', 'h:deploy-bot', 'x');
    expect([await open('first'), await open('second')]).toEqual(['opened', 'too-many']);
    await by('DEL', 'h:deploy-bot');
    expect([await open('second'), await open('third')]).toEqual(['opened', 'too-many']);
    expect(Number(await by('PTTL', 'h:deploy-bot'))).toBeGreaterThan(0);
  });

  describe('over the pointer from a call to its approval', () => {
    const pointer = ({ agent, digest }: Opened): string => `c:${sha256(`${agent}\n${digest}`)}`;

    it.each<readonly [string, (key: string) => readonly Words[]]>([
      ['is gone', (key) => [['DEL', key]]],
      ['names what never was', (key) => [['SET', key, 'apr_invented']]],
      ['names the approval of another call', (key) => [['SET', key, 'CLAIMED']]],
      [
        'is of another kind',
        (key) => [
          ['DEL', key],
          ['SADD', key, 'x'],
        ],
      ],
    ])('tells when it %s, and puts it right', async (_name, edits) => {
      const { subject, pending, claimed } = scene;
      for (const edit of edits(pointer(pending)))
        await by(...edit.map((word) => (word === 'CLAIMED' ? claimed.id : word)));
      await subject.beat();
      expect(subject.trouble).toEqual([`index: approval ${pending.id}: the pointer to it from its call was edited`]);
      expect((await subject.store.findCurrent(pending.agent, pending.digest))?.id).toBe(pending.id);
      await subject.beat();
      expect(subject.trouble).toHaveLength(1);
    });

    it('tells of a second approval that was opened meanwhile, once, and leaves it the newer one', async () => {
      const { subject, pending } = scene;
      await by('DEL', pointer(pending));
      const second = opened(pending.at, { digest: pending.digest });
      expect((await subject.store.open(second, CALL, LIMITS)).outcome).toBe('opened');
      for (let beats = 0; beats < 3; beats++) await subject.beat();
      expect(subject.trouble).toEqual([
        `index: approval ${pending.id}: the pointer to it was edited, and ${second.id} was opened for the same call`,
      ]);
      expect((await subject.store.findCurrent(pending.agent, pending.digest))?.id).toBe(second.id);
    });
  });

  it.each(['mark', 'changes', 'due', 'claimed', 's:void'])(
    'says what it cannot read, and goes on with the rest: %s',
    async (key) => {
      const { subject, pending } = scene;
      await by('DEL', key);
      await by('SET', key, 'x');
      await redis().command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
      await subject.beat();
      await redis().command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
      await subject.beat();
      const said = key === 'mark' ? /sealed with another data key/ : /a key below `store.prefix` is not of the kind/;
      expect(subject.trouble).toContainEqual(expect.stringMatching(said));
      expect(subject.trouble).toContainEqual(expect.stringContaining('allkeys-lru'));
      const told = subject.trouble.length;
      await subject.beat();
      expect(subject.trouble).toHaveLength(told);
      expect((await subject.store.load(pending.id))?.status).toBe('pending');
    },
  );

  it('takes what is no list of events for an edited one, and no list of them for a reason to stop', async () => {
    const { subject, pending, claimed } = scene;
    await by('SET', `e:${pending.id}`, 'x');
    await subject.beat();
    expect(subject.damaged).toEqual([`${pending.id}: its events are not the ones that were written`]);
    await expect(subject.store.load(pending.id)).rejects.toThrow('damaged or was edited');
    await expect(subject.store.append(pending.id, 1, [vote(pending, pending.at, ANN, 'approve')])).rejects.toThrow(
      'damaged or was edited',
    );
    expect((await subject.store.list({ status: 'open', limit: 10 })).items.map(({ id }) => id)).toEqual([claimed.id]);
    expect(await subject.store.findCurrent(pending.agent, pending.digest)).toBeUndefined();
    const again = await subject.store.open(opened(pending.at, { digest: pending.digest }), CALL, LIMITS);
    expect(again.outcome).toBe('opened');
  });

  it.each(['9999999999999 somebody', '99999999999999999999 somebody', 'x', ' '])(
    'is kept from its turn by no lease that nobody could hold: %o',
    async (value) => {
      const { store } = scene.subject;
      await by('SET', 'l:sweep', value);
      await by('SET', 'l:replica:r1', value.replace('somebody', 'r1'));
      expect(await store.lease('sweep', 'r1', 2_000)).toBe(true);
      expect((await store.orphaned(10)).map(({ id }) => id)).toEqual([scene.claimed.id]);
      await by('DEL', 'l:sweep');
      await by('SADD', 'l:sweep', 'x');
      expect(await store.lease('sweep', 'r2', 2_000)).toBe(true);
      expect(await store.lease('sweep', 'r1', 2_000)).toBe(false);
    },
  );
});
