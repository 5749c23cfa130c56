// What a grant lets through, and everything that ends it or keeps a call from it.
import { describe, expect, it } from 'vitest';
import type { Granted } from '../../../src/core/approval/events.ts';
import type { SharedRecords } from '../../../src/ports/shared-records.ts';
import { StoreUnavailable } from '../../../src/ports/approval-store.ts';
import { createMemoryDisk } from '../../stores/memory-store.ts';
import { AGENT, ANN, BOB, createWorld, holds, quiet, type World } from '../gate-world.ts';
import { type AskOptions, type Asked, grant, granted, HOUR, offers, OFFER, removal, remove } from './granting.ts';

const types = (world: World): string[] =>
  world.entries.filter(({ type }) => type.startsWith('grant:')).map(({ type }) => type);
const isHeld = ({ approval, agent }: Asked): void => {
  expect(approval).toMatchObject({ status: 'pending' });
  expect(agent.heard()).toBeUndefined();
};
const ran = ({ approval, agent }: Asked): void => {
  expect([approval.status, agent.heard()]).toEqual(['succeeded', 'live']);
};

describe('a grant', () => {
  it('lets calls like its own through, each with an approval of its own, recorded before it is sent', async () => {
    const world = createWorld();
    const source = await granted(world);
    const asked: string[] = [];
    world.deps.bus.on('approval:changed', ({ approval, event }) => asked.push(`${event} ${approval.status}`));
    const next = await remove(world, 'second');
    ran(next);
    expect(world.log(next.approval.id).slice(0, 4)).toEqual(['opened', 'granted', 'claimed', 'intent']);
    expect(next.approval.granted).toMatchObject({ use: 1, source: { id: source.id }, until: source.statusAt + HOUR });
    // Nobody hears of it while it could still be asked about.
    expect(asked.slice(0, 2)).toEqual(['opened approved', 'granted approved']);
    expect(types(world)).toEqual(['grant:made', 'grant:used']);
    const entry = world.entries.find(({ type }) => type === 'grant:used');
    expect(entry).toMatchObject({
      approval: { id: next.approval.id },
      grant: { id: source.id.replace('apr_', 'grt_'), approval: source.id, by: ['ann@example.com'], use: 1, uses: 3 },
    });
    expect(world.upstream.sent).toEqual([source.id, next.approval.id]);
  });

  it('has so many uses and no more, and can be given anew', async () => {
    const world = createWorld();
    await granted(world);
    for (const name of ['a', 'b', 'c']) ran(await remove(world, name));
    const fourth = await remove(world, 'd');
    isHeld(fourth);
    expect(await world.gate.grants()).toMatchObject([{ used: 3 }]);
    await grant(world, fourth.approval);
    expect(await world.gate.grants()).toMatchObject([{ used: 0, approval: fourth.approval.id }]);
    ran(await remove(world, 'e'));
  });

  it.each<[string, AskOptions]>([
    ['another agent', { agent: { ...AGENT, id: 'other-bot' } }],
    ['another owner', { agent: { ...AGENT, owner: 'bob@example.com' } }],
    ['an agent that acts for somebody else', { agent: { ...AGENT, actsFor: ['ann@example.com'] } }],
    ['another action', { actions: [removal('x', { name: 'k8s:delete:secrets' })] }],
    ['a further action', { actions: [removal('x'), removal('x', { name: 'k8s:delete:secrets' })] }],
    ['an action that is marked otherwise', { actions: [removal('x', { tags: ['destructive', 'data-export'] })] }],
    ['an action of another level', { actions: [removal('x', { level: 'read' })] }],
    ['an action outside of the boundary', { actions: [removal('x', { boundary: 'outside' })] }],
    ['an ambiguous action', { actions: [removal('x', { confidence: 'ambiguous' })] }],
    ['an unknown action', { actions: [removal('x', { confidence: 'unknown' })] }],
    ['no recognised action', { actions: [] }],
    ['plain HTTP', { actions: [removal('x', { provider: 'http' })] }],
    ['rules that matched by doubt', { decision: { ...offers(), reason: 'ambiguous' } }],
    ['an unreadable body', { decision: { ...offers(), reason: 'unreadable-body' } }],
    ['a further rule', { decision: { ...offers(), rules: ['writes', 'prod'] } }],
    ['another rule', { decision: { ...offers(), rules: ['prod'] } }],
    ['no offer', { decision: holds() }],
    ['a narrower offer', { decision: offers({ ...OFFER, covers: 'targets' }) }],
    ['critical risk', { decision: offers(OFFER, { risk: 'critical' }) }],
    ['a higher quorum', { decision: offers(OFFER, { quorums: [{ rule: 'writes', approvals: 2, from: [] }] }) }],
    [
      'others who may vote',
      { decision: offers(OFFER, { quorums: [{ rule: 'writes', approvals: 1, from: ['group:x'] }] }) },
    ],
  ])('does not let through %s', async (_what, options) => {
    const world = createWorld();
    await granted(world);
    world.policy = options.decision ?? offers();
    isHeld(await remove(world, 'x', options));
    expect(await world.gate.grants()).toMatchObject([{ used: 0 }]);
    expect(world.upstream.sent).toHaveLength(1);
  });

  it.each<[string, GrantWidth, readonly [string, string], boolean]>([
    ['exactly this call', 'call', ['first', 'first'], true],
    ['exactly this call and no other', 'call', ['second', 'first'], false],
    ['the same target, whatever the parameters are', 'targets', ['other bytes', 'first'], true],
    ['the same target and no other', 'targets', ['second', 'second'], false],
    ['the same action on any target', 'actions', ['second', 'second'], true],
  ])('covers %s', async (_what, covers, [body, target], through) => {
    const world = createWorld();
    await granted(world, { decision: offers({ ...OFFER, covers }) });
    const next = await remove(world, body, {
      decision: offers({ ...OFFER, covers }),
      actions: [removal(target, { params: { grace: body } })],
    });
    if (through) ran(next);
    else isHeld(next);
  });

  it('covers no wider than the very same call where what an action does stands in its parameters', async () => {
    const world = createWorld();
    const shell = (name: string): AskOptions => ({ actions: [removal(name, { tags: ['code-execution'] })] });
    await granted(world, shell('first'));
    isHeld(await remove(world, 'second', shell('first')));
    ran(await remove(world, 'first', shell('first')));
  });

  it('is over in time, and a call that it let through does not run after that either', async () => {
    const world = createWorld();
    await granted(world);
    const { approval, agent } = await remove(world, 'a', { decision: offers(OFFER, { onAbsent: 'wait' }) });
    ran({ approval, agent });
    world.clock.advance(HOUR - 1);
    const late = await world.gate.open({
      call: (await import('../gate-world.ts')).theCall('late'),
      agent: AGENT,
      source: '127.0.0.1',
      decision: offers(),
      decisionId: 'dec_1',
      actions: [removal('late')],
      justification: undefined,
    });
    expect(late).toMatchObject({ outcome: 'open', approval: { status: 'approved' } });
    world.clock.advance(1);
    if (late.outcome !== 'open') throw new Error(late.outcome);
    const back = world.wait(late.approval);
    await quiet();
    expect(await world.load(late.approval.id)).toMatchObject({
      status: 'void',
      why: 'the grant was over before the call could run',
    });
    expect(back.heard()).toBe('ended');
    isHeld(await remove(world, 'b'));
  });

  it('is given by all who approve, and only while nobody has approved the call alone', async () => {
    const two = offers(OFFER, { quorums: [{ rule: 'writes', approvals: 2, from: ['group:security'] }] });
    const world = createWorld();
    world.policy = two;
    const first = await remove(world, 'first', { decision: two });
    await world.vote(first.approval, 'approve', ANN);
    expect(await grant(world, first.approval, true, BOB)).toMatchObject({ refusal: 'grant-not-offered' });
    await world.vote(first.approval, 'approve', BOB);
    expect(await world.gate.grants()).toEqual([]);

    const second = await remove(world, 'second', { decision: two });
    await grant(world, second.approval, HOUR, ANN);
    await world.vote(second.approval, 'approve', BOB);
    expect(await world.gate.grants()).toEqual([]);

    const third = await remove(world, 'third', { decision: two });
    await grant(world, third.approval, HOUR, ANN);
    await grant(world, third.approval, 60_000, BOB);
    const [made] = await world.gate.grants();
    expect((made?.until ?? 0) - (made?.from ?? 0)).toBe(60_000);
    ran(await remove(world, 'fourth', { decision: two }));
  });

  it('gives nothing for a denial, nor more than is offered', async () => {
    const world = createWorld();
    const { approval } = await remove(world, 'first');
    expect(await grant(world, approval, HOUR + 1)).toMatchObject({ refusal: 'grant-not-offered' });
    expect(await grant(world, approval, 0)).toMatchObject({ refusal: 'grant-not-offered' });
    expect(await grant(world, approval, -5)).toMatchObject({ refusal: 'grant-not-offered' });
    const denied = await world.gate.vote({
      approvalId: approval.id,
      person: ANN,
      vote: 'deny',
      reason: 'no',
      digest: approval.opened.digest,
      channel: 'api',
      grant: true,
    });
    expect(denied).toMatchObject({ refusal: 'grant-not-offered' });
    expect((await world.load(approval.id)).votes).toEqual([]);
  });
});

type GrantWidth = (typeof OFFER)['covers'];

/** Opens a call that the grant lets through, while nobody waits for it; changes something; and lets the agent come back. */
async function afterUse(change: (world: World, id: string) => unknown): Promise<Asked & { readonly world: World }> {
  const world = createWorld();
  await granted(world);
  const { theCall } = await import('../gate-world.ts');
  const opened = await world.gate.open({
    call: theCall('next'),
    agent: AGENT,
    source: '127.0.0.1',
    decision: offers(),
    decisionId: 'dec_1',
    actions: [removal('next')],
    justification: undefined,
  });
  if (opened.outcome !== 'open') throw new Error(opened.outcome);
  expect(opened.approval.status).toBe('approved');
  await change(world, opened.approval.id);
  const agent = world.wait(opened.approval);
  await quiet();
  return { world, approval: await world.load(opened.approval.id), agent };
}
const grantIdOf = async (world: World): Promise<string> => (await world.gate.grants())[0]?.id ?? '';

describe('at the claim, a call that a grant let through', () => {
  it('runs if nothing changed', async () => ran(await afterUse(() => undefined)));

  it.each<[string, (world: World, id: string) => unknown, string]>([
    [
      'somebody ended the grant',
      async (world) => world.gate.revokeGrant({ id: await grantIdOf(world), person: BOB }),
      'the grant that let it through was ended',
    ],
    [
      'somebody denied a call like it',
      async (world) => {
        const { approval } = await remove(world, 'flagged', {
          actions: [removal('flagged')],
          decision: offers(OFFER, { quorums: [{ rule: 'writes', approvals: 2, from: ['group:security'] }] }),
        });
        await world.vote(approval, 'deny');
      },
      'the grant that let it through was ended',
    ],
    ['policy offers nothing any more', (world) => (world.policy = holds()), 'the current policy offers no such grant'],
    [
      'policy offers it for a shorter time',
      (world) => (world.policy = offers({ ...OFFER, for: 60_000 })),
      'the current policy offers no such grant',
    ],
    [
      'policy offers it for less',
      (world) => (world.policy = offers({ ...OFFER, covers: 'targets' })),
      'the current policy offers no such grant',
    ],
    [
      'other rules hold it',
      (world) => (world.policy = { ...offers(), rules: ['writes', 'prod'] }),
      'the current policy offers no such grant',
    ],
    [
      'policy asks for more people',
      (world) => (world.policy = offers(OFFER, { quorums: [{ rule: 'writes', approvals: 2, from: [] }] })),
      'the votes no longer meet the quorum',
    ],
    ['who gave it is gone', (world) => world.people.delete('ann@example.com'), 'the votes no longer meet the quorum'],
    [
      'who gave it lost the group',
      (world) => world.people.set('ann@example.com', { email: 'ann@example.com', groups: [] }),
      'the votes no longer meet the quorum',
    ],
    [
      'a vote in it was changed',
      (world, id) => {
        const log = world.disk.logs.get(id) ?? [];
        const event = log[1] as Granted;
        log[1] = { ...event, votes: event.votes.map((vote) => ({ ...vote, reason: 'put in' })) };
      },
      'the votes no longer meet the quorum',
    ],
    [
      'what it was given with was changed',
      (world, id) => {
        const log = world.disk.logs.get(id) ?? [];
        const event = log[1] as Granted;
        log[1] = { ...event, source: { ...event.source, summary: 'something else' } };
      },
      'the votes no longer meet the quorum',
    ],
  ])('is void if %s', async (_what, change, why) => {
    const { world, approval, agent } = await afterUse(change);
    expect(approval).toMatchObject({ status: 'void', why: expect.stringContaining(why) });
    expect(agent.heard()).toBe('ended');
    expect(world.upstream.sent).not.toContain(approval.id);
  });

  it('can still be denied by a person until it is sent, which ends the grant too', async () => {
    const { world, approval } = await afterUse(async (it, id) => it.vote(await it.load(id), 'deny'));
    expect(approval).toMatchObject({ status: 'denied' });
    expect(await world.gate.grants()).toMatchObject([{ revoked: { by: 'ann@example.com' } }]);
    isHeld(await remove(world, 'another'));
  });
});

describe('a grant is not used', () => {
  it.each<[string, (world: World, id: string) => unknown]>([
    ['once its giver is gone', (world) => world.people.delete('ann@example.com')],
    ['once its own call was denied after all', (world, id) => cut(world, id, 'denied')],
    ['while nobody knows what its own call did', (world, id) => cut(world, id, 'indeterminate')],
    ['if its own approval is gone from the store', (world, id) => world.disk.logs.delete(id)],
    ['if its record is gone', (world) => world.disk.records.clear()],
  ])('%s', async (_what, change) => {
    const world = createWorld();
    const { id } = await granted(world);
    await change(world, id);
    isHeld(await remove(world, 'second'));
    expect(world.upstream.sent).toHaveLength(1);
  });

  /** Makes its log end otherwise. */
  function cut(world: World, id: string, how: 'denied' | 'indeterminate'): void {
    const log = world.disk.logs.get(id) ?? [];
    const [opened, voted, claimed, intent, result] = log;
    if (!opened || voted?.type !== 'voted' || !claimed || !intent || result?.type !== 'result')
      throw new Error('no story');
    const { grant: _, ...alone } = voted;
    const end =
      how === 'denied' ? [{ ...alone, vote: 'deny' as const }] : [claimed, intent, { ...result, outcome: how }];
    world.disk.logs.set(id, [opened, voted, ...end]);
  }

  it.each(['get', 'put'] as const)(
    'while its record cannot be read or written (%s): people are asked',
    async (method) => {
      let away = false;
      const world = createWorld({
        around: (deps) => ({
          ...deps,
          records: {
            ...deps.records,
            [method]: (...input: never[]) =>
              away
                ? Promise.reject(new StoreUnavailable('gone'))
                : (deps.records[method] as (...all: never[]) => unknown)(...input),
          },
        }),
      });
      await granted(world);
      away = true;
      isHeld(await remove(world, 'second'));
      expect(world.failures.join()).toContain('grant');
    },
  );

  it('while the log cannot be written; the use is lost', async () => {
    let away = false;
    const world = createWorld({
      around: (deps) => ({
        ...deps,
        audit: {
          ...deps.audit,
          durable: (entry) =>
            away && entry.type === 'grant:used' ? Promise.reject(new Error('disk full')) : deps.audit.durable(entry),
        },
      }),
    });
    await granted(world);
    away = true;
    isHeld(await remove(world, 'second'));
    expect(await world.gate.grants()).toMatchObject([{ used: 1 }]);
  });

  it('once people are asked, although a silent store answers after all', async () => {
    let release: (() => void) | undefined;
    let silent = false;
    const world = createWorld({
      around: (deps) => ({
        ...deps,
        records: {
          ...deps.records,
          get: async (...input) => {
            if (silent) await new Promise<void>((resolve) => (release = resolve));
            return deps.records.get(...input);
          },
        },
      }),
    });
    await granted(world);
    silent = true;
    const asking = remove(world, 'second');
    await quiet();
    world.clock.advance(3_000);
    isHeld(await asking);
    release?.();
    await quiet();
    silent = false;
    expect(world.log((await asking).approval.id)).toEqual(['opened']);
    expect(await world.gate.grants()).toMatchObject([{ used: 0 }]);
  });
});

describe('replicas', () => {
  it('count the uses together: of 30 calls at two of them exactly 3 run', async () => {
    const disk = createMemoryDisk();
    const one = createWorld({ disk, replica: 'one' });
    const two = createWorld({ disk, replica: 'two', clock: one.clock, upstream: one.upstream });
    await granted(one);
    two.policy = offers();
    const asked = await Promise.all(
      Array.from({ length: 30 }, (_, n) => remove(n % 2 === 0 ? one : two, `pod-${n}`).catch(String)),
    );
    await quiet();
    // 25 at once is what one agent may have open.
    const opened = asked.filter((each) => typeof each !== 'string');
    const settled = await Promise.all(opened.map(({ approval }) => one.load(approval.id)));
    const through = settled.filter((approval) => approval.granted);
    expect(through.map(({ granted: by }) => by?.use).toSorted()).toEqual([1, 2, 3]);
    expect(one.upstream.sent).toHaveLength(4);
    expect(settled.filter(({ status }) => status === 'pending').length).toBeGreaterThan(20);
  });

  it('hear at once that a grant was ended', async () => {
    const disk = createMemoryDisk();
    const one = createWorld({ disk, replica: 'one' });
    const two = createWorld({ disk, replica: 'two', clock: one.clock, upstream: one.upstream });
    await granted(one);
    two.policy = offers();
    const id = await grantIdOf(two);
    expect(await two.gate.revokeGrant({ id, person: BOB })).toMatchObject({ revoked: { by: 'bob@example.com' } });
    isHeld(await remove(one, 'second'));
    // A second time changes nothing.
    expect(await one.gate.revokeGrant({ id, person: ANN })).toMatchObject({ revoked: { by: 'bob@example.com' } });
    expect(await one.gate.revokeGrant({ id: 'grt_none', person: ANN })).toBeUndefined();
  });
});

describe('a store that was rolled back', () => {
  /** Copies what the records hold, and puts it back. */
  function snapshot(world: World): () => void {
    const kept = new Map([...world.disk.records].map(([kind, all]) => [kind, new Map(all)]));
    return () => {
      world.disk.records.clear();
      for (const [kind, all] of kept) world.disk.records.set(kind, all);
    };
  }

  it('gives no use back while the process lives', async () => {
    const world = createWorld();
    await granted(world);
    const rollBack = snapshot(world);
    ran(await remove(world, 'a'));
    rollBack();
    isHeld(await remove(world, 'b'));
    expect(await world.gate.grants()).toMatchObject([
      { revoked: { by: 'holdgate', why: 'the store was rolled back' } },
    ]);
    expect(world.failures.join()).toContain('rolled back');
  });

  it.each([
    ['uses', { sent: false, denied: false, uses: 2 }],
    ['an end', { sent: false, denied: true, uses: 0 }],
  ])('gives nothing back after a restart where the log shows %s', async (_what, shown) => {
    const disk = createMemoryDisk();
    const world = createWorld({ disk });
    await granted(world);
    ran(await remove(world, 'a'));
    const id = await grantIdOf(world);
    await world.gate.stop();
    const next = createWorld({ disk, clock: world.clock, logged: new Map([[id, shown]]), upstream: world.upstream });
    next.policy = offers();
    await next.gate.start();
    expect(await next.gate.grants()).toMatchObject([{ revoked: { by: 'holdgate' } }]);
    isHeld(await remove(next, 'b'));
    await next.gate.stop();
  });

  it('is not suspected where the log shows what the store has', async () => {
    const disk = createMemoryDisk();
    const world = createWorld({ disk });
    await granted(world);
    ran(await remove(world, 'a'));
    const shown = new Map([[await grantIdOf(world), { sent: false, denied: false, uses: 1 }]]);
    await world.gate.stop();
    const next = createWorld({ disk, clock: world.clock, logged: shown, upstream: world.upstream });
    next.policy = offers();
    await next.gate.start();
    ran(await remove(next, 'b'));
    await next.gate.stop();
  });
});

describe('a gate that is killed between the count and the approval', () => {
  it('has lost the use and nothing else: the call is held for people, and the count goes on', async () => {
    const disk = createMemoryDisk();
    const counted = Promise.withResolvers<void>();
    const dying = createWorld({
      disk,
      around: (deps) => ({
        ...deps,
        records: {
          ...deps.records,
          put: async (...input: Parameters<SharedRecords['put']>) => {
            const done = await deps.records.put(...input);
            if (!input[3].includes('"used":1')) return done;
            counted.resolve();
            return new Promise(() => undefined);
          },
        },
      }),
    });
    await granted(dying);
    void remove(dying, 'a').catch(() => undefined);
    await counted.promise;
    const next = createWorld({ disk, clock: dying.clock, replica: 'two', upstream: dying.upstream });
    next.policy = offers();
    await next.gate.start();
    const back = await remove(next, 'a');
    isHeld(back);
    for (const name of ['b', 'c']) ran(await remove(next, name));
    isHeld(await remove(next, 'd'));
    expect(next.upstream.sent).toHaveLength(3);
    await next.gate.stop();
  });
});
