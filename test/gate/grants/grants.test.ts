// What a grant lets through, and who can give one.
import { describe, expect, it } from 'vitest';
import type { Call } from '../../../src/core/call.ts';
import { AGENT, ANN, BOB, createWorld, holds, quiet, theCall, type World } from '../gate-world.ts';
import {
  type AskOptions,
  grant,
  granted,
  HOUR,
  isHeld,
  offers,
  OFFER,
  openRemoval,
  ran,
  removal,
  remove,
} from './granting.ts';

const types = (world: World): string[] =>
  world.entries.filter(({ type }) => type.startsWith('grant:')).map(({ type }) => type);

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

  it('runs what it lets through although no connection waits, where the rule says so', async () => {
    const absent = offers(OFFER, { onAbsent: 'execute' });
    const world = createWorld();
    await granted(world, { decision: absent });
    const opened = await openRemoval(world, 'absent', absent);
    await quiet();
    const id = opened.outcome === 'open' ? opened.approval.id : '';
    expect(await world.load(id)).toMatchObject({ status: 'succeeded', granted: { use: 1 } });
  });

  it('counts one use for a call that comes again while it is not delivered', async () => {
    const world = createWorld();
    await granted(world);
    const first = await openRemoval(world, 'again');
    const second = await openRemoval(world, 'again');
    expect(second).toMatchObject({ outcome: 'open', joined: true });
    expect(first.outcome === 'open' && second.outcome === 'open' && first.approval.id === second.approval.id).toBe(
      true,
    );
    expect(await world.gate.grants()).toMatchObject([{ used: 1 }]);
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

  it.each<[string, Partial<Call>, boolean]>([
    ['a call like any other', {}, true],
    ['a call with a token of its own', { headers: ['Authorization', 'Bearer mine'] }, true],
    ['a tunnel', { upgrade: 'websocket' }, false],
    [
      'a call that the agent signed by itself, in whatever account',
      { headers: ['authorization', 'AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-west-1/ec2/aws4_request'] },
      false,
    ],
    ['a call that the agent signed before', { query: 'a=1&X-Amz-Credential=AKIA%2F20260101' }, false],
  ])('is offered, or not, with %s', async (_what, over, isOffered) => {
    const world = createWorld();
    const opened = await world.gate.open({
      call: { ...theCall('first'), ...over },
      agent: AGENT,
      source: '127.0.0.1',
      decision: offers(),
      decisionId: 'dec_1',
      actions: [removal('first')],
      justification: undefined,
    });
    expect(opened.outcome === 'open' && opened.approval.opened.terms.grant !== undefined).toBe(isOffered);
  });

  it('is over in time, and a call that it let through does not run after that either', async () => {
    const world = createWorld();
    await granted(world);
    const { approval, agent } = await remove(world, 'a', { decision: offers(OFFER, { onAbsent: 'wait' }) });
    ran({ approval, agent });
    world.clock.advance(HOUR - 1);
    const late = await openRemoval(world, 'late');
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
