// Replicas that die, that only seem to have died, and the one among them that sweeps.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Approval } from '../../src/core/approval/state.ts';
import { claim } from '../conformance/approval-events.ts';
import { answers, BOB, holds, quiet, TERMS } from './gate-world.ts';
import { createReplicas, type Replica, type Replicas } from './replicas.ts';

/** What a lease lasts, and what a look at it may add, ms. */
const TTL = 6_000;
const LOOK = 500;
const never = (): Promise<never> => new Promise(() => undefined);

let all: Replicas;
beforeEach(() => {
  all = createReplicas();
});
afterEach(() => all.close());

/** One replica has the call and got as far as this; the agent's connection is there. */
async function under(way: 'claimed' | 'sending', one: Replica): Promise<Approval> {
  if (way === 'claimed') one.upstream.prepare = never;
  else one.upstream.send = never;
  const { approval } = await one.ask();
  await one.vote(approval);
  expect((await one.load(approval.id)).status).toBe(way);
  return approval;
}

const types = (replicas: readonly Replica[], type: string): unknown[] =>
  replicas.flatMap(({ entries }) => entries.filter((entry) => entry.type === type));

describe('a replica that died', () => {
  it.each([
    ['claimed', 'void', 'is gone before anything was sent', 'approval:void'],
    ['sending', 'indeterminate', 'what the upstream did is unknown, a person must look', 'approval:result'],
  ] as const)('with a call that it had %s leaves it to another one, once', async (way, end, words, entry) => {
    const [one, two, three] = [await all.start('one'), await all.start('two'), await all.start('three')];
    await all.pass(TTL + LOOK);
    const { id } = await under(way, one);
    const { agent } = await two.ask();
    const changes: string[] = [];
    for (const { deps } of [two, three])
      deps.bus.on('approval:changed', ({ approval, event }) => changes.push(`${event} ${approval.status}`));

    one.kill();
    await all.pass(TTL - 2_000 - LOOK);
    expect((await two.load(id)).status).toBe(way);
    expect(agent.heard()).toBeUndefined();
    await all.pass(2_000 + 2 * LOOK);
    expect(await two.load(id)).toMatchObject({ status: end, why: expect.stringContaining(words) as string });
    expect(agent.answer()).toMatchObject({ kind: 'ended', approval: { id, status: end } });
    await all.pass(2 * TTL);
    expect(one.log(id).filter((type) => ['void', 'result'].includes(type))).toHaveLength(1);
    expect(changes).toHaveLength(1);
    expect(types([one, two, three], entry)).toHaveLength(1);
    expect(await three.gate.receipt(id)).toBeDefined();
    expect([two.failures, three.failures]).toEqual([[], []]);
  });

  it('between the deciding vote and the claim leaves a call that needs no agent to another one', async () => {
    const [one, two] = [await all.start('one'), await all.start('two')];
    await all.pass(TTL + LOOK);
    const { approval, agent } = await one.ask({ decision: holds({ onAbsent: 'execute' }) });
    agent.hangUp();
    one.deps.bus.on('vote:recorded', () => one.kill());
    void one.vote(approval);
    await quiet();
    expect((await two.load(approval.id)).status).toBe('approved');
    await all.pass(2 * TTL);
    expect((await two.load(approval.id)).status).toBe('succeeded');
    expect([one.upstream.sent, two.upstream.sent]).toEqual([[], [approval.id]]);
  });

  it('settles its own at once when it is back, also before its lease is over', async () => {
    const one = await all.start('one');
    const { id } = await under('sending', one);
    await all.pass(1_000);
    one.kill();
    const back = await all.start('one');
    expect(await back.load(id)).toMatchObject({ status: 'indeterminate' });
  });

  it('is not judged by one that was itself cut off, however shortly', async () => {
    const [one, two] = [await all.start('one'), await all.start('two')];
    await all.pass(TTL + LOOK);
    const { id } = await under('sending', one);
    one.kill();
    two.away.add('lease');
    while (!two.failures.some((text) => text.startsWith('lease'))) await all.pass(50);
    two.away.clear();
    await all.pass(TTL);
    expect(all.lives('one')).toBe(false);
    expect((await two.load(id)).status).toBe('sending');
    await all.pass(2 * LOOK);
    expect((await two.load(id)).status).toBe('indeterminate');
  });

  it('is not judged by one that has only just come', async () => {
    const one = await all.start('one');
    const { id } = await under('sending', one);
    one.kill();
    await all.pass(3 * TTL);
    const two = await all.start('two');
    await all.pass(TTL - LOOK);
    expect((await two.load(id)).status).toBe('sending');
    await all.pass(2 * LOOK);
    expect((await two.load(id)).status).toBe('indeterminate');
  });
});

describe('a replica that lives', () => {
  it.each(['claimed', 'sending'] as const)('keeps what it has %s, however long it takes', async (way) => {
    const [one] = [await all.start('one'), await all.start('two'), await all.start('three')];
    const done = Promise.withResolvers<void>();
    const late = async <T>(result: T): Promise<T> => done.promise.then(() => result);
    if (way === 'sending') one.upstream.send = async (sink) => (await late(answers()))(sink);
    else one.upstream.prepare = () => late({ outcome: 'not-sent', detail: 'refused' });
    const { approval } = await one.ask();
    await one.vote(approval);
    await all.pass(10 * TTL);
    expect((await one.load(approval.id)).status).toBe(way);
    done.resolve();
    await quiet();
    expect((await one.load(approval.id)).status).toBe(way === 'sending' ? 'succeeded' : 'not_sent');
  });

  it('never settles what it runs itself, whether its lease cannot be renewed or was taken from under it', async () => {
    const one = await all.start('one');
    await all.pass(2 * TTL);
    const { id } = await under('sending', one);
    one.away.add('lease');
    await all.pass(2 * TTL);
    expect(all.lives('one')).toBe(false);
    one.away.clear();
    await all.pass(2 * TTL);
    expect(all.lives('one')).toBe(true);

    while (all.disk.leases.get('replica:one')?.until !== all.clock.now() + TTL) await all.pass(50);
    all.disk.leases.delete('replica:one');
    const looks = one.calls.length;
    await all.pass(LOOK + 50);
    expect(all.lives('one')).toBe(false);
    expect(one.calls.slice(looks)).toContain('orphaned');
    expect((await one.load(id)).status).toBe('sending');
  });

  it('is not taken for dead because the store was away from everybody for longer than a lease', async () => {
    const [one, two] = [await all.start('one'), await all.start('two')];
    await all.pass(TTL + LOOK);
    const { id } = await under('sending', one);
    for (const { away } of [one, two]) away.add('all');
    await all.pass(4 * TTL);
    two.away.clear();
    await all.pass(TTL / 2);
    expect([all.lives('one'), all.lives('two')]).toEqual([false, true]);
    one.away.clear();
    await all.pass(4 * TTL);
    expect((await one.load(id)).status).toBe('sending');
    expect(two.calls.slice(two.calls.lastIndexOf('interrupted'))).toContain('orphaned');
  });

  it('is not taken for dead because both slept, and it wakes later', async () => {
    const [one, two] = [await all.start('one'), await all.start('two')];
    await all.pass(TTL + LOOK);
    const { id } = await under('sending', one);
    for (const replica of [one, two]) replica.pause();
    await all.pass(60_000);
    two.resume();
    await all.pass(2_000);
    expect([all.lives('one'), all.lives('two')]).toEqual([false, true]);
    one.resume();
    await all.pass(4 * TTL);
    expect((await one.load(id)).status).toBe('sending');
  });

  it('says so again before it claims, if it was silent for long', async () => {
    const one = await all.start('one');
    const { approval } = await one.ask();
    one.away.add('lease');
    await all.pass(2 * TTL);
    expect(all.lives('one')).toBe(false);
    one.away.clear();
    let alive: boolean | undefined;
    one.upstream.prepare = async () => {
      alive = all.lives('one');
      return { outcome: 'not-sent', detail: 'enough' };
    };
    await one.vote(approval);
    expect(alive).toBe(true);
  });

  it('claims all the same where leases do not work: no promise rests on them', async () => {
    const one = await all.start('one');
    one.away.add('lease');
    const { approval, agent } = await one.ask();
    await all.pass(2 * TTL);
    await one.vote(approval);
    expect(agent.heard()).toBe('live');
    expect(one.failures.filter((text) => text.startsWith('lease'))).toHaveLength(1);
  });
});

describe('the turn to sweep', () => {
  const sweepers = (replicas: readonly Replica[]): string[] =>
    replicas.filter(({ calls }) => calls.includes('due')).map(({ name }) => name);

  it('is with one of three replicas, and all three stay alive', async () => {
    const replicas = [await all.start('one'), await all.start('two'), await all.start('three')];
    for (const { calls } of replicas) calls.length = 0;
    for (let second = 0; second < 30; second++) {
      await all.pass(1_000);
      expect(replicas.map(({ name }) => all.lives(name))).toEqual([true, true, true]);
    }
    expect(sweepers(replicas)).toHaveLength(1);
    expect(types(replicas, 'store:failed')).toEqual([]);
  });

  it('goes to another when its holder dies: what is due then is late by two and a half seconds at most', async () => {
    const replicas = [await all.start('one'), await all.start('two'), await all.start('three')];
    const { approval, agent } = await (replicas[1] as Replica).ask();
    agent.hangUp();
    await all.pass(TERMS.expires - 10_000);
    const [name] = sweepers(replicas);
    const rest = replicas.filter((replica) => replica.name !== name);
    for (const { calls } of rest) calls.length = 0;
    await all.pass(9_950);
    replicas.find((replica) => replica.name === name)?.kill();
    await all.pass(50 + 2_500);
    expect((await (rest[0] as Replica).load(approval.id)).status).toBe('expired');
    expect(sweepers(rest)).toHaveLength(1);
  });

  it('goes to another at once when its holder stops in good order', async () => {
    const [one, two] = [await all.start('one'), await all.start('two')];
    await all.pass(1_000);
    expect(sweepers([one, two])).toEqual(['one']);
    await one.gate.stop();
    expect([...all.disk.leases.keys()]).toEqual(['replica:two']);
    await all.pass(LOOK);
    expect(sweepers([two])).toEqual(['two']);
  });

  it('leaves a single replica as quick as it was: an approval expires within half a second', async () => {
    const one = await all.start('one');
    const { approval } = await one.ask({ decision: holds({ expires: 10_250 }) });
    await all.pass(10_200);
    expect((await one.load(approval.id)).status).toBe('pending');
    await all.pass(50 + LOOK);
    expect((await one.load(approval.id)).status).toBe('expired');
  });

  it('that cannot be asked for fails that look, and the next one works', async () => {
    const one = await all.start('one');
    one.away.add('lease');
    one.calls.length = 0;
    await all.pass(LOOK);
    expect(one.failures).toEqual(['sweep: StoreUnavailable: lease: away']);
    expect(one.calls).not.toContain('due');
    one.away.clear();
    await all.pass(LOOK);
    expect(one.calls).toContain('due');
  });
});

describe('a gate that stops', () => {
  it('gives its lease back, so that nothing waits for it to be missed', async () => {
    const one = await all.start('one');
    expect(all.lives('one')).toBe(true);
    await one.gate.stop();
    expect(all.lives('one')).toBe(false);
    await all.pass(2 * TTL);
    expect(all.disk.leases.size).toBe(0);
  });

  it('keeps it to its end while something is still being sent', async () => {
    const [one, two] = [await all.start('one'), await all.start('two')];
    const done = Promise.withResolvers<void>();
    one.upstream.send = async (sink) => {
      await done.promise;
      return answers()(sink);
    };
    const { approval } = await one.ask();
    await one.vote(approval);
    await one.gate.stop();
    expect(all.lives('one')).toBe(true);
    await all.pass(2_000);
    done.resolve();
    await quiet();
    expect((await two.load(approval.id)).status).toBe('succeeded');
  });

  it('does not mind a store that is away', async () => {
    const one = await all.start('one');
    one.away.add('all');
    await one.gate.stop();
    expect(one.failures).toEqual(['lease: StoreUnavailable: lease: away']);
  });
});

it('answers the same call with the same response wherever it waits', async () => {
  const [one, two] = [await all.start('one'), await all.start('two')];
  const { approval, agent } = await one.ask();
  const elsewhere = (await two.ask()).agent;
  await one.vote(approval);
  await all.pass(LOOK);
  expect(one.upstream.sent.length + two.upstream.sent.length).toBe(1);
  for (const each of [agent, elsewhere]) expect(each.body()).toBe('ok');
  expect((await one.load(approval.id)).deliveredAt).toBeDefined();
});

describe('a store that was rolled back while the replica lives', () => {
  it.each([
    ['sent', 'approve'],
    ['denied', 'deny'],
  ] as const)('never runs again what this replica knows to be %s', async (what, last) => {
    const one = await all.start('one');
    const { approval, agent } = await one.ask();
    agent.hangUp();
    await one.vote(approval);
    await all.pass(LOOK);
    const before = [...(all.disk.logs.get(approval.id) ?? [])];
    expect((await one.load(approval.id)).status).toBe('approved');
    if (last === 'deny') await one.vote(approval, 'deny', BOB);
    else await one.ask();
    await all.pass(LOOK);
    const sent = one.upstream.sent.length;
    expect(sent).toBe(last === 'deny' ? 0 : 1);

    all.disk.logs.set(approval.id, before);
    const again = await one.ask();
    await all.pass(LOOK);
    expect(one.upstream.sent).toHaveLength(sent);
    expect(again.agent.answer()).toMatchObject({ kind: 'ended', approval: { id: approval.id, status: 'cancelled' } });
    expect(one.failures.join()).toContain(`the audit log shows that it was ${what}`);
  });
});

it('settles a claim of its own that nobody runs, because the store took it after it had been given up', async () => {
  const one = await all.start('one');
  const { approval, agent } = await one.ask();
  agent.hangUp();
  await one.vote(approval);
  await all.pass(LOOK);
  const { version } = await one.load(approval.id);
  const late = claim(approval.opened, await one.deps.store.now(), 'one');
  expect((await one.deps.store.append(approval.id, version, [late])).outcome).toBe('appended');
  await all.pass(5_000 + LOOK);
  expect((await one.load(approval.id)).status).toBe('claimed');
  await all.pass(5_000 + LOOK);
  expect(await one.load(approval.id)).toMatchObject({
    status: 'void',
    why: expect.stringContaining('too late') as string,
  });
  expect(one.upstream.sent).toEqual([]);
});
