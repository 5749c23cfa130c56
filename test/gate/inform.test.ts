// What people are told beside the call: nobody waits for it, every replica shows it, and nothing is decided by it.
import { describe, expect, it } from 'vitest';
import type { Preview } from '../../src/core/approval/context.ts';
import { approvalView } from '../../src/core/approval/view.ts';
import type { Action } from '../../src/core/action.ts';
import type { Previews } from '../../src/ports/previews.ts';
import { AGENT, answers, createWorld, holds, quiet, theCall, type World } from './gate-world.ts';

const SHOWN: Preview = {
  outcome: 'shown',
  note: 'As it is now, and as it would be.',
  changes: [{ path: '/replicas', before: '3', after: '0' }],
  facts: [],
  cut: false,
  requests: ['GET http://api.test/things?token=hunter2'],
};

/** What the audit log says of it: never a query, which may carry a credential. */
const ASKED = ['GET http://api.test/things'];

interface FakePreviews extends Previews {
  readonly asked: string[];
  /** Lets the oldest one go on. */
  answer(preview?: Preview | Error): void;
}

function fakePreviews(): FakePreviews {
  const pending: PromiseWithResolvers<Preview>[] = [];
  const asked: string[] = [];
  return {
    asked,
    has: () => true,
    close() {
      for (const one of pending.splice(0)) one.resolve({ ...SHOWN, outcome: 'failed' });
    },
    preview(call) {
      asked.push(
        `${call.method} ${call.path} ${Buffer.from(call.body.state === 'whole' ? call.body.bytes : []).toString()}`,
      );
      const one = Promise.withResolvers<Preview>();
      pending.push(one);
      return one.promise;
    },
    answer(preview = SHOWN) {
      const one = pending.shift();
      if (!one) throw new Error('nothing was asked');
      if (preview instanceof Error) one.reject(preview);
      else one.resolve(preview);
    },
  };
}

const informing = (previews: Previews, more: Parameters<typeof createWorld>[0] = {}): World =>
  createWorld({ ...more, around: (deps) => ({ ...deps, previews }) });

async function opened(world: World, body?: string): Promise<string> {
  const result = await world.open(holds(), body);
  if (result.outcome !== 'open') throw new Error(result.outcome);
  return result.approval.id;
}

const action = (name: string, params: Action['params'] = {}): Action => ({
  provider: 'aws',
  service: 'iam',
  operation: 'AttachUserPolicy',
  name,
  level: 'permissions-management',
  levelSource: 'catalogue',
  tags: [],
  resource: {},
  params,
  summary: `${name} is done`,
  confidence: 'exact',
});

async function ask(world: World, actions: readonly Action[], body = 'a=1'): Promise<string> {
  const result = await world.gate.open({
    call: theCall(body),
    agent: AGENT,
    source: '127.0.0.1',
    decision: holds(),
    decisionId: 'dec_1',
    actions,
    justification: undefined,
  });
  if (result.outcome !== 'open') throw new Error(result.outcome);
  return result.approval.id;
}

describe('an approval that opens', () => {
  it('brings its flags with it, before anything is looked up, and votes cover them', async () => {
    const world = createWorld();
    const id = await ask(world, [
      action('aws:iam:AttachUserPolicy', { PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }),
    ]);
    const approval = await world.load(id);
    expect(world.log(id)).toEqual(['opened']);
    expect(approvalView(approval, 0).flags).toMatchObject([{ id: 'wildcard-admin', severity: 'critical' }]);
    expect(world.entries.find(({ type }) => type === 'approval:opened')).toMatchObject({ flags: ['wildcard-admin'] });
    await world.vote(approval);
    expect((await world.load(id)).status).toBe('approved');
  });

  it('does not wait for its preview', async () => {
    const previews = fakePreviews();
    const world = informing(previews);
    const id = await opened(world);
    await quiet();
    expect(previews.asked).toEqual(['POST /things a=1']);
    expect(world.log(id)).toEqual(['opened']);
    expect(approvalView(await world.load(id), 0).context).toBeNull();
    previews.answer();
    await quiet();
    expect(world.log(id)).toEqual(['opened', 'informed']);
    expect(approvalView(await world.load(id), 0).context?.preview).toMatchObject({
      outcome: 'shown',
      changes: [{ path: '/replicas', before: '3', after: '0' }],
    });
    expect(world.entries.at(-1)).toMatchObject({ type: 'approval:informed', requests: ASKED });
  });

  it('can be voted on, and run, before its preview is there; a late one is dropped and recorded', async () => {
    const previews = fakePreviews();
    const world = informing(previews);
    world.upstream.send = answers('done');
    const { approval, agent } = await world.ask();
    await world.vote(approval);
    expect(agent.heard()).toBe('live');
    previews.answer();
    await quiet();
    expect(world.log(approval.id)).not.toContain('informed');
    expect(world.entries.at(-1)).toMatchObject({
      type: 'approval:informed',
      preview: 'too late',
      requests: ASKED,
    });
    expect(world.upstream.sent).toEqual([approval.id]);
  });

  it('keeps a vote that comes at the same moment', async () => {
    const previews = fakePreviews();
    const world = informing(previews);
    const id = await opened(world);
    await quiet();
    previews.answer();
    await world.vote(await world.load(id));
    await quiet();
    expect((await world.load(id)).status).toBe('approved');
    expect(world.failures).toEqual([]);
  });

  it('is told by every replica of the same store', async () => {
    const previews = fakePreviews();
    const world = informing(previews);
    const other = createWorld({ disk: world.disk, clock: world.clock, replica: 'two' });
    const id = await opened(world);
    await quiet();
    previews.answer();
    await quiet();
    expect(approvalView(await other.load(id), 0).context?.preview.outcome).toBe('shown');
  });

  it('that is joined is not looked into again', async () => {
    const previews = fakePreviews();
    const world = informing(previews);
    await opened(world);
    await opened(world);
    await quiet();
    expect(previews.asked).toHaveLength(1);
  });
});

describe('a preview', () => {
  it('that never comes is given up after its time, and the rest is told', async () => {
    const world = informing(fakePreviews());
    const id = await opened(world);
    await quiet();
    world.clock.advance(5_000);
    await quiet();
    expect(approvalView(await world.load(id), 0).context).toMatchObject({
      open_approvals: 1,
      preview: { outcome: 'failed' },
    });
    expect(world.failures).toEqual([expect.stringContaining('preview:')]);
  });

  it('that fails by a bug is failed, in words of ours', async () => {
    const previews = fakePreviews();
    const world = informing(previews);
    const id = await opened(world);
    await quiet();
    previews.answer(new Error('secret detail'));
    await quiet();
    const { context } = approvalView(await world.load(id), 0);
    expect(context?.preview.outcome).toBe('failed');
    expect(JSON.stringify(context)).not.toContain('secret detail');
  });

  it('is none where the upstream has no credential for it', async () => {
    const world = informing({ has: () => false, preview: () => Promise.reject(new Error('asked')), close() {} });
    const id = await opened(world);
    await quiet();
    expect(approvalView(await world.load(id), 0).context?.preview).toMatchObject({
      outcome: 'none',
      note: expect.stringContaining('`preview` credential'),
      requests: [],
    });
  });

  it('is asked for at most four calls at a time', async () => {
    const previews = fakePreviews();
    const world = informing(previews);
    for (let i = 0; i < 7; i++) await opened(world, `n=${i}`);
    await quiet();
    expect(previews.asked).toHaveLength(4);
    previews.answer();
    previews.answer();
    await quiet();
    expect(previews.asked).toHaveLength(6);
  });

  it('is given up by a gate that stops, and none is begun', async () => {
    const previews = fakePreviews();
    const world = informing(previews);
    for (let i = 0; i < 7; i++) await opened(world, `n=${i}`);
    await quiet();
    await world.gate.stop();
    expect(previews.asked).toHaveLength(4);
  });
});

describe('the history of an agent', () => {
  const none: Previews = { has: () => false, preview: () => Promise.reject(new Error('asked')), close() {} };

  it('says what is new, what came before and how much is open', async () => {
    const world = informing(none);
    const first = await ask(world, [action('aws:iam:AttachUserPolicy')], 'n=1');
    await quiet();
    world.clock.advance(1_000);
    await ask(world, [action('aws:iam:AttachUserPolicy', { UserName: 'ci' })], 'n=2');
    await quiet();
    world.clock.advance(1_000);
    const third = await ask(world, [action('aws:iam:AttachUserPolicy', { UserName: 'ci' })], 'n=3');
    await quiet();
    const view = async (id: string): Promise<ReturnType<typeof approvalView>> => approvalView(await world.load(id), 0);
    expect((await view(first)).flags.map(({ id }) => id)).toEqual(['first-time']);
    const { flags, context } = await view(third);
    expect(flags).toEqual([]);
    expect(context?.open_approvals).toBe(3);
    expect(context?.earlier_approvals.map(({ summary, status }) => `${summary} ${status}`)).toEqual([
      'aws:iam:AttachUserPolicy is done pending',
      'aws:iam:AttachUserPolicy is done pending',
    ]);
  });

  it('has the last ten calls, newest first, of this agent alone', async () => {
    const world = informing(none);
    const finish = (n: number, agent: string): void =>
      world.deps.bus.emit('call:finished', {
        at: n,
        decisionId: 'd',
        agent,
        source: '127.0.0.1',
        upstream: 'api',
        method: 'GET',
        host: 'api.test',
        path: n === 12 ? `/${'x'.repeat(5_000)}` : `/things/${n}?token=hunter2`,
        decision: undefined,
        approvalId: undefined,
        status: 403,
        problem: undefined,
        duration: 1,
        bytesIn: 0,
        bytesOut: 0,
      });
    for (let n = 1; n <= 12; n++) finish(n, AGENT.id);
    finish(13, 'other-bot');
    const id = await opened(world);
    await quiet();
    const calls = approvalView(await world.load(id), 0).context?.recent_calls ?? [];
    expect(calls).toHaveLength(10);
    expect(calls[0]?.call.length).toBeLessThan(200);
    expect(calls[1]).toEqual({
      at: new Date(11).toISOString(),
      call: 'GET api.test/things/11',
      effect: 'refused',
      status: 403,
    });
  });

  it('flags what is asked outside the working hours', async () => {
    const at: number[] = [];
    const offHours = (moment: number): string => `night ${at.push(moment)}`;
    const world = createWorld({ around: (deps) => ({ ...deps, offHours }) });
    const { opened: event } = await world.load(await opened(world));
    expect(event.flags).toMatchObject([{ id: 'off-hours', severity: 'low', evidence: 'night 1' }]);
    expect(at).toEqual([event.at]);
  });

  it('flags a burst by what this process has held', async () => {
    const world = informing(none);
    const last = await Array.from({ length: 8 }).reduce<Promise<string>>(
      async (before, _, i) => (await before, opened(world, `n=${i}`)),
      Promise.resolve(''),
    );
    expect((await world.load(last)).opened.flags?.map(({ id }) => id)).toEqual(['burst']);
  });
});
