// Edits of the keys that all approvals share, and edits that by their nature do no harm. The first are reported; of the second it is
// said why nobody need hear of them, and tested that nothing comes of them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APPROVER } from '../e2e/running-gate.ts';
import { describeRedis, useRedis } from '../redis/describe-redis.ts';
import { startTamperedGate, type TamperedGate } from './redis-gate.ts';
import type { Hands } from './redis-hands.ts';
import { call, type Held, SCENES, stage, until } from './redis-scenes.ts';

let serial = 0;
/** The last place that a stream can have. */
const LAST = '18446744073709551615-18446744073709551615';

/** How many events there are once what is looked up for people is among them, or can no longer come. */
async function settled({ by }: Hands, { id }: Held): Promise<number> {
  for (;;) {
    const events = (await by('LRANGE', `e:${id}`, 0, -1)) as string[];
    if (events.some((each) => /"type":"(?:informed|voted)"/.test(each))) return events.length;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describeRedis('somebody who can write to Redis', () => {
  const redis = useRedis({ appendfsync: 'no' });
  let world: TamperedGate;

  beforeAll(async () => {
    world = await startTamperedGate(redis(), 'shared');
  });
  afterAll(() => world.close());

  const held = (scene: string): Promise<Held> => stage(world, scene, serial++);
  const said = (words: RegExp, from: number): Promise<unknown> =>
    until(() =>
      world
        .reports()
        .slice(from)
        .some((line) => words.test(line)),
    );

  describe('and edits what all approvals share', () => {
    it.each<readonly [string, RegExp, (hands: Hands) => Promise<unknown>, (hands: Hands) => Promise<unknown>]>([
      ['the mark', /sealed with another data key/, ({ by }) => by('SET', 'mark', 'x'), ({ by }) => by('DEL', 'mark')],
      [
        'no mark',
        /was emptied, or another server took its place/,
        ({ by }) => by('DEL', 'mark'),
        async () => undefined,
      ],
      ['no list of all', /the lists \(all/, ({ by }) => by('DEL', 'all'), async () => undefined],
      ['nothing open', /the lists \(open/, ({ by }) => by('DEL', 'open'), async () => undefined],
      ['nothing due', /the lists \(due/, ({ by }) => by('DEL', 'due'), async () => undefined],
      [
        'a text in place of what is due',
        /is not of the kind that Holdgate writes/,
        async ({ by }) => by('SET', 'due', 'x'),
        ({ by }) => by('DEL', 'due'),
      ],
      [
        'places that others have',
        /the lists \(all/,
        async ({ by }) => {
          const [, place] = (await by('ZRANGE', 'all', -1, -1, 'WITHSCORES')) as string[];
          await by('SET', 'order', Number(place) - 1);
        },
        ({ by }) => by('SET', 'order', 1_000_000),
      ],
      [
        'a place that nobody can count',
        /not an integer/,
        ({ by }) => by('SET', 'order', 'x'),
        ({ by }) => by('SET', 'order', 2e6),
      ],
    ])(
      'it is reported: %s; nothing runs but what was approved, and it goes on afterwards',
      async (_name, words, edit, end) => {
        const { hands, gate, patrol, comeBack, sentTo, reports } = world;
        const [pending, denied, two] = [await held('pending'), await held('denied'), await held('one of two')];
        const from = reports().length;
        await edit(hands);
        // Somebody asks meanwhile, and somebody votes.
        await (await call(gate, { method: 'POST', path: `/fine/${serial++}` }, 'respond-async')).arrayBuffer();
        await gate.vote(two as unknown as Parameters<typeof gate.vote>[0], 'approve', { as: APPROVER });
        await (await call(gate, { method: 'POST', path: `/fine/${serial++}` }, 'respond-async')).arrayBuffer();
        await said(words, from);
        await end(hands);
        await patrol();
        await comeBack(denied, 'denied');
        expect([sentTo(denied), sentTo(two)]).toEqual([0, 0]);
        await comeBack(pending, 'pending', true);
        expect(sentTo(pending)).toBe(1);
        const late = await held('pending');
        await comeBack(late, 'pending', true);
        expect(sentTo(late)).toBe(1);
      },
    );

    it.each<readonly [string, (version: number) => readonly string[]]>([
      [
        'an event that nobody wrote',
        (version) => ['version', `${version}`, 'expires', '1', 'entries', 'x {"type":"approved"}'],
      ],
      ['a version that nobody reached', () => ['version', '77', 'expires', '9e15']],
    ])('it is reported: %s, told to all replicas; that approval never runs', async (_name, facts) => {
      const { hands, patrol, comeBack, sentTo, reports } = world;
      const from = reports().length;
      for (const scene of ['pending', 'approved'] as const) {
        const of = await held(scene);
        const version = (await settled(hands, of)) + 1;
        await hands.by('XADD', 'changes', '*', 'id', of.id, ...facts(version));
        await patrol();
        await comeBack(of, scene);
        expect([scene, sentTo(of)]).toEqual([scene, 0]);
        const told = reports()
          .slice(from)
          .filter((line) => line.includes('approval:damaged') && line.includes(of.id));
        expect(told).not.toEqual([]);
      }
    });
  });

  describe('and edits what nothing rests on, does no harm', () => {
    /** [name, why nobody need hear of it, scene, edit]. */
    const HARMLESS: readonly (readonly [string, string, string, (hands: Hands, of: Held) => Promise<unknown>])[] = [
      ['no changes', 'whoever waits is woken by the pulse as well', 'pending', ({ by }) => by('DEL', 'changes')],
      [
        'changes of nothing',
        'they name nothing that was ever read',
        'pending',
        ({ by }) => by('XADD', 'changes', '*', 'id', 'apr_x', 'version', '9', 'entries', 'x'),
      ],
      [
        'an old version among the changes',
        'a lower version than the known one says nothing',
        'approved',
        ({ by }, { id }) => by('XADD', 'changes', '*', 'id', id, 'version', '1', 'expires', '0'),
      ],
      [
        'no leases',
        'they only keep replicas from doing the same work twice',
        'approved',
        async ({ by }) => by('DEL', 'l:sweep'),
      ],
      [
        'a lease of somebody for ever',
        'one that lasts longer than any replica asks for is nobody’s',
        'approved',
        ({ by }) => by('SET', 'l:sweep', '99999999999999 somebody'),
      ],
      ['no sign of health', 'it is written to see whether one can', 'approved', ({ by }) => by('SET', 'health', 'x')],
      [
        'no pointer to what was denied',
        'the agent may ask again, for a new approval with new votes',
        'denied',
        ({ by }, of) => by('DEL', world.pointerOf(of)),
      ],
      [
        'no pointer to what has run',
        'the agent may ask again, for a new approval with new votes',
        'succeeded',
        ({ by }, of) => by('DEL', world.pointerOf(of)),
      ],
      [
        'another call of what was denied',
        'it is read for a claim only',
        'denied',
        ({ by }, { id }) => by('SET', `b:call:${id}`, 'x'),
      ],
      [
        'no response of what has run',
        'it is as one that was too large to keep: the agent is told that it has run',
        'succeeded',
        ({ by }, { id }) => by('DEL', `b:response:${id}`),
      ],
      [
        'events that stay for ever',
        'they are no secret that ends',
        'denied',
        ({ by }, { id }) => by('PERSIST', `e:${id}`),
      ],
      [
        'ids of nothing in the lists',
        'lists only name what is then read and verified',
        'approved',
        async ({ by }) => {
          for (const list of ['all', 'due', 's:approved', 'unreceipted', 'a:deploy-bot'])
            await by('ZADD', list, 7, 'apr_x');
          for (const hash of ['claimed', 'agents']) await by('HSET', hash, 'apr_x', 'r1');
        },
      ],
    ];

    it.each(HARMLESS)('%s: %s', async (_name, _why, scene, edit) => {
      const { hands, patrol, comeBack, sentTo, reports, keepAlive, gate } = world;
      await keepAlive();
      await patrol();
      const of = await held(scene);
      const [before, from] = [sentTo(of), reports().length];
      await edit(hands, of);
      await patrol();
      await comeBack(of, scene, SCENES[scene]?.runs);
      await patrol();
      expect(reports().slice(from)).toEqual([]);
      expect(sentTo(of) - before).toBe(SCENES[scene]?.runs ? 1 : 0);
      const open = (await (await gate.api('/api/v1/approvals?status=open')).json()) as {
        items: readonly { id: string }[];
      };
      expect(open.items.map(({ id }) => id)).not.toContain('apr_x');
    });

    it.each<readonly [string, (hands: Hands) => Promise<unknown>]>([
      ['a text in their place', ({ by }) => by('SET', 'changes', 'x')],
      ['one behind which there is no place', ({ by }) => by('XADD', 'changes', LAST, 'id', 'x')],
      ['one of tomorrow', ({ by }) => by('XADD', 'changes', `${Date.now() + 86_400_000}-0`, 'id', 'x')],
    ])(
      'changes that nobody can follow (%s): they begin anew, with the next event or the next beat',
      async (_name, edit) => {
        const { hands, gate, sentTo, reports, patrol } = world;
        const of = await held('pending');
        const from = reports().length;
        const waiting = call(gate, of, 'wait=30');
        await gate.heldConnections(1);
        await edit(hands);
        await gate.vote(of as unknown as Parameters<typeof gate.vote>[0], 'approve', { as: APPROVER });
        expect((await waiting).status).toBe(200);
        expect(sentTo(of)).toBe(1);
        await patrol();
        expect(await hands.by('TYPE', 'changes')).toBe('stream');
        // Who looks first may tell of it, and of what waits until they are followed again.
        const others = reports()
          .slice(from)
          .filter((line) => !/stream of changes|not of the kind|nothing is claimed|began to listen/.test(line));
        expect(others).toEqual([]);
        const late = await held('approved');
        await world.comeBack(late, 'approved', true);
        expect(sentTo(late)).toBe(1);
      },
    );

    it('no changes at all, while an agent waits: it is answered within two beats', async () => {
      const { hands, gate, sentTo } = world;
      const of = await held('pending');
      const waiting = call(gate, of, 'wait=30');
      await gate.heldConnections(1);
      await hands.by('DEL', 'changes');
      await gate.vote(of as unknown as Parameters<typeof gate.vote>[0], 'approve', { as: APPROVER });
      expect((await waiting).status).toBe(200);
      expect(sentTo(of)).toBe(1);
    });
  });
});
