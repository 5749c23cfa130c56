// Who votes is looked at anew: what others know better counts, and for much risk what nobody can confirm does not.
import { describe, expect, it } from 'vitest';
import type { Confirmed } from '../../src/core/principal.ts';
import type { Decision } from '../../src/core/policy/types.ts';
import { ANN, createWorld, holds, quiet, type World } from './gate-world.ts';

interface Known {
  readonly decision: Decision;
  readonly world: World;
  /** Groups that were asked for, at each look. */
  readonly asked: (readonly string[])[];
  /** What a look says; the directory itself goes on saying what it remembers. */
  says: (id: string, groups: readonly string[]) => Confirmed;
}

function known(risk: 'low' | 'high', from: readonly string[] = ['group:security']): Known {
  const asked: (readonly string[])[] = [];
  const decision = holds({ risk, quorums: [{ rule: 'writes', approvals: 1, from }] });
  const here: Known = {
    decision,
    asked,
    says: (id) => ({ person: world.people.get(id), unsure: [] }),
    get world() {
      return world;
    },
  };
  const world: World = createWorld({
    around: (deps) => ({
      ...deps,
      people: {
        person: (id) => deps.people.person(id),
        async confirm(id, groups) {
          asked.push(groups);
          return here.says(id, groups);
        },
      },
    }),
  });
  world.policy = decision;
  return here;
}

describe('a vote', () => {
  it('counts with the groups that another replica knows, also at the claim', async () => {
    const here = known('low');
    here.world.people.set(ANN.email, { ...ANN, groups: [] });
    here.says = () => ({ person: { ...ANN, groups: ['security'] }, unsure: [] });
    const { approval, agent } = await here.world.ask({ decision: here.decision });
    const voted = await here.world.vote(approval, 'approve', { ...ANN, groups: [] });
    expect(voted.outcome).toBe('recorded');
    await quiet();
    expect(agent.heard()).toBe('live');
    expect((await here.world.load(approval.id)).status).toBe('succeeded');
    // Little risk: nobody is asked at the vote; at the claim, for the group that is not known here.
    expect(here.asked).toEqual([[], ['security']]);
  });

  it('of much risk is confirmed by whoever keeps the groups, and does not count where they cannot say', async () => {
    const here = known('high');
    here.world.people.set(ANN.email, { ...ANN, groups: ['security'] });
    here.says = () => ({ person: { ...ANN, groups: [] }, unsure: ['Slack is away; try again.'] });
    const { approval } = await here.world.ask({ decision: here.decision });
    const refused = await here.world.vote(approval, 'approve', { ...ANN, groups: ['security'] });
    expect(refused).toMatchObject({
      outcome: 'refused',
      refusal: 'not-eligible',
      detail: 'Only group:security may vote on this. Slack is away; try again.',
    });
    expect(here.asked).toEqual([['security']]);
    expect(here.world.upstream.sent).toEqual([]);
  });

  it.each([
    ['approve', ['group:security']],
    ['approve', []],
    ['deny', []],
  ] as const)('by somebody who is no longer known counts nowhere: %s where %j may vote', async (vote, from) => {
    const here = known('low', from);
    here.says = () => ({ person: undefined, unsure: [] });
    const { approval } = await here.world.ask({ decision: here.decision });
    expect(await here.world.vote(approval, vote, { ...ANN, groups: ['security'] })).toMatchObject({
      outcome: 'refused',
      refusal: 'not-eligible',
      detail: expect.stringMatching(/no longer\) a person of this gate/),
    });
    expect(await here.world.load(approval.id)).toMatchObject({ status: 'pending', votes: [] });
  });

  it('is not lost where whoever keeps the group is away at the claim: the call waits until they say', async () => {
    const here = known('low');
    here.says = () => ({ person: ANN, unsure: [] });
    const { approval, agent } = await here.world.ask({ decision: here.decision });
    here.world.people.set(ANN.email, { ...ANN, groups: [] });
    let isAway = true;
    let claims = 0;
    here.says = (_id, groups) => {
      if (groups.length === 0) return { person: { ...ANN, groups: ['security'] }, unsure: [] };
      claims++;
      const person = { ...ANN, groups: isAway ? [] : ['security'] };
      return { person, unsure: isAway ? ['Slack is away; try again.'] : [] };
    };
    await here.world.vote(approval);
    await quiet();
    expect((await here.world.load(approval.id)).status).toBe('approved');
    expect(here.world.upstream.sent).toEqual([]);
    here.world.clock.advance(500);
    await quiet();
    expect(claims).toBe(2);
    expect((await here.world.load(approval.id)).status).toBe('approved');
    isAway = false;
    here.world.clock.advance(1000);
    await quiet();
    expect(agent.heard()).toBe('live');
    expect((await here.world.load(approval.id)).status).toBe('succeeded');
  });

  it('never runs where nobody can say until it expires', async () => {
    const here = known('low');
    const { approval } = await here.world.ask({ decision: here.decision });
    here.world.people.set(ANN.email, { ...ANN, groups: [] });
    here.says = (_id, groups) => ({
      person: { ...ANN, groups: groups.length === 0 ? ['security'] : [] },
      unsure: groups.length === 0 ? [] : ['Slack is away; try again.'],
    });
    await here.world.vote(approval);
    await quiet();
    for (const end = approval.opened.expiresAt + 1000; here.world.clock.now() < end; ) {
      here.world.clock.advance(30_000);
      await quiet();
    }
    expect((await here.world.load(approval.id)).status).toBe('expired');
    expect(here.world.upstream.sent).toEqual([]);
  });

  it('no longer stands at the claim once the group is gone', async () => {
    const here = known('low');
    here.says = () => ({ person: { ...ANN, groups: ['security'] }, unsure: [] });
    const { approval, agent } = await here.world.ask({ decision: here.decision });
    agent.hangUp();
    await here.world.vote(approval);
    here.says = () => ({ person: { ...ANN, groups: [] }, unsure: [] });
    await here.world.ask({ decision: here.decision });
    expect((await here.world.load(approval.id)).status).toBe('void');
    expect(here.world.upstream.sent).toEqual([]);
  });
});
