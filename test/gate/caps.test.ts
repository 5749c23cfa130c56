// What one agent may ask of people: how many calls wait at once, and how many come to wait within a time.
import { describe, expect, it } from 'vitest';
import { AGENT, createWorld, holds } from './gate-world.ts';

describe('one call more', () => {
  it('is refused beyond the rate of the agent, whatever became of the others, and joining is not', async () => {
    const caps = new Map([['calm-bot', { held: { most: 1, per: 60_000 } }]]);
    const world = createWorld({
      limits: { heldPerAgent: { most: 2, per: 60_000 }, ofAgent: (id) => caps.get(id) ?? {} },
    });
    const refused: string[] = [];
    world.deps.bus.on('approval:refused', ({ agent, limit }) => refused.push(`${agent} ${limit}`));
    const { approval } = await world.ask({ body: '1' });
    await world.vote(approval, 'deny');
    world.clock.advance(10_000);
    await world.ask({ body: '2' });
    expect(await world.open(holds(), '3')).toEqual({ outcome: 'too-many', limit: 'rate', after: 50_000 });
    expect(await world.open(holds(), '2')).toMatchObject({ outcome: 'open', joined: true });
    expect(refused).toEqual(['deploy-bot rate']);
    const calm = { ...AGENT, id: 'calm-bot' };
    expect(await world.open(holds(), '3', calm)).toMatchObject({ outcome: 'open' });
    expect(await world.open(holds(), '4', calm)).toEqual({ outcome: 'too-many', limit: 'rate', after: 60_000 });
    world.clock.advance(50_000);
    expect(await world.open(holds(), '3')).toMatchObject({ outcome: 'open', joined: false });
  });

  it('of an agent with a cap of its own goes by that one', async () => {
    const world = createWorld({ limits: { openPerAgent: 1, ofAgent: (id) => (id === 'calm-bot' ? { open: 2 } : {}) } });
    const calm = { ...AGENT, id: 'calm-bot' };
    for (const body of ['1', '2']) expect((await world.open(holds(), body, calm)).outcome).toBe('open');
    expect(await world.open(holds(), '3', calm)).toEqual({ outcome: 'too-many', limit: 'agent', open: 2 });
    await world.open(holds(), '1');
    expect(await world.open(holds(), '2')).toEqual({ outcome: 'too-many', limit: 'agent', open: 1 });
  });
});
