// Access keys that are revoked while calls signed with them wait: nothing runs for them, whoever approves and however late the gate hears.
import { afterEach, describe, expect, it } from 'vitest';
import type { Approval } from '../../src/core/approval/state.ts';
import { createRevokedKeys } from '../../src/gate/access-keys.ts';
import { StoreUnavailable } from '../../src/ports/approval-store.ts';
import { AGENT, createWorld, quiet, type World } from './gate-world.ts';
import { createReplicas, type Replicas } from './replicas.ts';

const KEY = 'HGAKAFQWCYLBMRWG25DB';
const OTHER = 'HGAKAFQWCYLBMRWG25DC';
/** Between sweeps, and for how long a key's approvals are looked for, ms. */
const LOOK = 500;
const LOOK_FOR = 15_000;

async function held(world: World, key: string | undefined, body = 'a=1'): Promise<Approval> {
  const { clock, disk } = world;
  if (key !== undefined && !disk.keys.has(key))
    disk.keys.set(key, { id: key, agent: AGENT.id, created: clock.now(), revoked: undefined, settled: false });
  const agent = key === undefined ? AGENT : { ...AGENT, method: 'aws' as const, accessKey: key };
  const opened = await world.open(undefined, body, agent);
  if (opened.outcome !== 'open') throw new Error(opened.outcome);
  return opened.approval;
}
const revoke = ({ deps, clock }: World, key = KEY): Promise<unknown> =>
  (deps.agentKeys as World['deps']['agentKeys'] & { revoke(id: string, at: number): Promise<unknown> }).revoke(
    key,
    clock.now(),
  );

describe('at the claim, a call that an access key signed', () => {
  const approvedThen = async (change: (world: World) => unknown): Promise<[World, Approval, string | undefined]> => {
    const world = createWorld();
    const approval = await held(world, KEY);
    await change(world);
    const agent = world.wait(approval);
    await world.vote(approval);
    await quiet();
    return [world, await world.load(approval.id), agent.heard()];
  };

  it('runs while the key is good, and its record says so', async () => {
    const [world, approval, heard] = await approvedThen(() => undefined);
    expect([heard, approval.status]).toEqual(['live', 'succeeded']);
    expect(approval).toMatchObject({ opened: { accessKey: KEY }, claim: { accessKeyStands: true } });
    expect(world.entries.find(({ type }) => type === 'approval:opened')).toMatchObject({ agent: { access_key: KEY } });
  });

  it.each<[string, (world: World) => unknown]>([
    ['was revoked', (world) => revoke(world)],
    ['is gone from the store', ({ disk }) => disk.keys.delete(KEY)],
    [
      'was given to another agent by an edit',
      ({ disk }) => disk.keys.set(KEY, { id: KEY, agent: 'other', created: 0, revoked: undefined, settled: false }),
    ],
  ])('is void where the key %s', async (_words, change) => {
    const [world, approval, heard] = await approvedThen(change);
    expect([heard, approval.status]).toEqual(['ended', 'void']);
    expect(approval.why).toBe('the access key that signed the call is no longer good');
    expect(world.upstream.sent).toEqual([]);
  });

  it('is not sent where the key is revoked while the upstream is being reached', async () => {
    const [world, approval] = await approvedThen((one) => {
      one.upstream.prepare = async () => {
        await revoke(one);
        const prepared = { send: one.upstream.send, abandon: () => void one.upstream.abandoned++ };
        return { outcome: 'prepared', prepared };
      };
    });
    expect(approval).toMatchObject({
      status: 'not_sent',
      why: 'the access key that signed the call is no longer good',
    });
    expect(world.upstream).toMatchObject({ sent: [], abandoned: 1 });
  });

  it('waits where nobody can say whether the key is good, and runs once somebody can', async () => {
    let away = true;
    const world = createWorld({
      around: (deps) => ({
        ...deps,
        agentKeys: {
          ...deps.agentKeys,
          find: (id) => (away ? Promise.reject(new StoreUnavailable('away')) : deps.agentKeys.find(id)),
        },
      }),
    });
    const approval = await held(world, KEY);
    world.wait(approval);
    await world.vote(approval);
    world.clock.advance(LOOK);
    await quiet();
    expect((await world.load(approval.id)).status).toBe('approved');
    expect(world.upstream.sent).toEqual([]);
    away = false;
    for (let i = 0; i < 4; i++) {
      world.clock.advance(1_000);
      await quiet();
    }
    expect(world.upstream.sent).toEqual([approval.id]);
  });
});

describe('a connection that joined with an access key of its own', () => {
  /** The call of one key, joined with another one. */
  async function joined(): Promise<{ world: World; approval: Approval; other: ReturnType<World['wait']> }> {
    const world = createWorld();
    const approval = await held(world, KEY);
    expect((await held(world, OTHER)).id).toBe(approval.id);
    return { world, approval, other: world.wait(approval, undefined, OTHER) };
  }

  it('gets no response once its key is revoked; who asked first gets it', async () => {
    const { world, approval, other } = await joined();
    const mine = world.wait(approval, undefined, KEY);
    const late = world.wait(approval, undefined, OTHER);
    await revoke(world, OTHER);
    await world.vote(approval);
    await quiet();
    expect([mine.heard(), other.heard(), late.heard()]).toEqual(['live', 'pending', 'pending']);
    expect([other.body(), late.body()]).toEqual(['', '']);
    expect((await world.load(approval.id)).status).toBe('succeeded');
  });

  it('makes nothing run once its key is revoked, and gets no response that is kept', async () => {
    const { world, approval, other } = await joined();
    await revoke(world, OTHER);
    await world.vote(approval);
    await quiet();
    expect(other.heard()).toBe('pending');
    expect(world.upstream.sent).toEqual([]);
    const mine = world.wait(approval, undefined, KEY);
    await quiet();
    expect(mine.heard()).toBe('live');
    const again = world.wait(approval, undefined, OTHER);
    await quiet();
    expect(again.heard()).toBe('pending');
  });
});

describe('revoking an access key', () => {
  let all: Replicas;
  afterEach(() => all.close());

  it('withdraws what waits and was signed with it, once over all replicas, and nothing else', async () => {
    all = createReplicas();
    const [one, two] = [await all.start('one'), await all.start('two')];
    const [mine, approved] = [await held(one, KEY, 'a=1'), await held(one, KEY, 'a=2')];
    const others = [await held(two, OTHER, 'a=3'), await held(two, undefined, 'a=4')];
    await two.vote(approved);
    const agent = two.wait(mine);
    await revoke(one);
    await all.pass(3 * LOOK);
    for (const { id } of [mine, approved])
      expect(await two.load(id)).toMatchObject({
        status: 'cancelled',
        why: `the access key ${KEY} that signed the call was revoked`,
      });
    expect(agent.answer()).toMatchObject({ kind: 'ended', approval: { id: mine.id, status: 'cancelled' } });
    for (const { id } of others) expect((await one.load(id)).status).toBe('pending');
    const entries = [one, two].flatMap((each) => each.entries.filter(({ type }) => type === 'approval:cancelled'));
    expect(entries.map(({ approval }) => (approval as { id: string }).id).toSorted()).toEqual(
      [mine.id, approved.id].toSorted(),
    );
    expect(entries).toContainEqual(expect.objectContaining({ why: expect.stringContaining(KEY) as string }));
    expect(await two.gate.receipt(mine.id)).toBeDefined();
    expect([one.failures, two.failures]).toEqual([[], []]);
  });

  it('also withdraws what a slow replica opens a moment later, and then looks no more', async () => {
    all = createReplicas();
    const one = await all.start('one');
    await held(one, KEY, 'a=1');
    await revoke(one);
    await all.pass(LOOK_FOR - LOOK);
    const late = await held(one, KEY, 'a=2');
    await all.pass(3 * LOOK);
    expect((await one.load(late.id)).status).toBe('cancelled');
    expect(await one.deps.agentKeys.unsettled()).toEqual([]);
    const entries = one.entries.filter(({ type }) => type === 'agent-key:aws:settled');
    expect(entries).toEqual([
      expect.objectContaining({ key: KEY, agent: { id: AGENT.id }, revoked_at: expect.any(Number) }),
    ]);
  });

  it('tries again where the store was away', async () => {
    all = createReplicas();
    const one = await all.start('one');
    const approval = await held(one, KEY);
    one.away.add('append');
    await revoke(one);
    await all.pass(2 * LOOK);
    expect(one.failures.join()).toContain('revoked-keys');
    expect((await one.load(approval.id)).status).toBe('pending');
    one.away.delete('append');
    await all.pass(2 * LOOK);
    expect((await one.load(approval.id)).status).toBe('cancelled');
  });

  it('withdraws for every key, whatever becomes of another', async () => {
    const world = createWorld({
      around: (deps) => ({
        ...deps,
        audit: {
          ...deps.audit,
          durable: (entry) =>
            entry.type === 'agent-key:aws:settled' ? Promise.reject(new Error('disk full')) : deps.audit.durable(entry),
        },
      }),
    });
    const keys = createRevokedKeys(world.deps);
    await held(world, KEY, 'a=1');
    await revoke(world, KEY);
    await keys.sweep();
    world.clock.advance(LOOK_FOR);
    const late = await held(world, OTHER, 'a=2');
    await revoke(world, OTHER);
    await keys.sweep();
    expect(world.failures.join()).toContain('disk full');
    expect((await world.load(late.id)).status).toBe('cancelled');
  });
});
