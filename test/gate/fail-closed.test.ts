// Every port call on the way from the question to the receipt fails once, and for good, in every way: nothing is forwarded
// unless everything that has to be durable before is, nothing is sent twice, and the agent is always answered.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Approval } from '../../src/core/approval/state.ts';
import { isOpen } from '../../src/core/approval/state.ts';
import { createFaultyPorts, type Fault, type FaultKind, type FaultyPorts, isSynchronous } from './faults.ts';
import { answers, createWorld, quiet, type WaitingAgent, type World } from './gate-world.ts';

interface Story {
  readonly world: World;
  readonly ports: FaultyPorts;
  /** What each connection of the agent heard; `unavailable` for a call that could not be opened. */
  readonly heard: string[];
  /** Things that must not be: each makes the test fail. */
  readonly wrong: string[];
}

const WAIT = 10_000;
const KINDS: readonly FaultKind[] = ['throw', 'reject', 'lost', 'never'];

/** What was durable when the first byte left. */
function checkBeforeSend({ world, wrong }: Pick<Story, 'world' | 'wrong'>): void {
  const id = world.upstream.sent.at(-1) ?? '';
  const log = world.log(id);
  if (world.upstream.sent.length > 1) wrong.push('sent twice');
  if (log.join() !== 'opened,voted,claimed,intent') wrong.push(`sent on the strength of ${log.join()}`);
  for (const type of ['approval:voted', 'approval:intent'])
    if (!world.entries.some((entry) => entry.type === type)) wrong.push(`sent without ${type} in the audit log`);
}

async function within(world: World, ms: number, until: () => boolean): Promise<void> {
  for (let passed = 0; passed < ms && !until(); passed += 500) {
    world.clock.advance(500);
    await quiet();
  }
}

/** One connection of the agent: it is answered within its wait and the grace, or something is wrong. */
async function connect(story: Story): Promise<WaitingAgent | undefined> {
  const { world, heard, wrong } = story;
  let opened: Awaited<ReturnType<World['open']>> | 'unavailable' | undefined;
  world.open().then(
    (result) => (opened = result),
    () => (opened = 'unavailable'),
  );
  await within(world, 10_500, () => opened !== undefined);
  if (opened === undefined) wrong.push('an opening without an end');
  if (typeof opened !== 'object' || opened.outcome !== 'open') {
    heard.push('unavailable');
    return undefined;
  }
  return world.wait(opened.approval, WAIT);
}

async function answered(story: Story, agent: WaitingAgent): Promise<void> {
  await within(story.world, WAIT + 75_000, () => agent.heard() !== undefined);
  await within(story.world, 10_000, () => agent.heard() !== 'live' || agent.complete() || agent.broken());
  if (agent.heard() === undefined) story.wrong.push('an agent without an answer');
  story.heard.push(agent.heard() ?? 'nothing');
}

/** Votes until the vote is acknowledged or refused; a voter who hears nothing tries again. */
async function decide({ world }: Story, approval: Approval): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt++) {
    let outcome: string | undefined;
    void world.vote(approval).then((result) => (outcome = result.outcome));
    await within(world, 1000, () => outcome !== undefined);
    if (outcome === 'recorded' || outcome === 'refused') return;
  }
}

async function tell(fault?: Fault): Promise<Story> {
  const ports = createFaultyPorts(fault);
  const world = createWorld({ around: ports.around });
  const story: Story = { world, ports, heard: [], wrong: [] };
  world.upstream.send = (sink) => {
    checkBeforeSend(story);
    return answers()(sink);
  };
  world.gate.start().catch(() => undefined);
  await quiet();
  const first = await connect(story);
  const [id] = world.disk.logs.keys();
  const held = id === undefined ? undefined : await world.load(id);
  if (held) await decide(story, held);
  if (first) await answered(story, first);
  ports.lift();
  // The fault is over: the agent, which had no response, asks again; a human decides again where that is needed.
  for (let retry = 0; retry < 3 && !done(first); retry++) {
    const agent = await connect(story);
    const current = [...world.disk.logs.keys()].at(-1);
    const approval = current === undefined ? undefined : await world.load(current);
    if (approval?.status === 'pending') await decide(story, approval);
    if (agent) await answered(story, agent);
    if (done(agent)) break;
  }
  await within(world, 2000, () => false);
  void world.gate.stop();
  return story;
}

const done = (agent: WaitingAgent | undefined): boolean => agent?.complete() === true && agent.body() === 'ok';

const unhandled: unknown[] = [];
const onUnhandled = (error: unknown): void => void unhandled.push(error);

describe('with any one port call failing', () => {
  let calls: readonly string[] = [];
  beforeAll(async () => {
    process.on('unhandledRejection', onUnhandled);
    calls = (await tell()).ports.calls;
  });
  afterAll(() => void process.off('unhandledRejection', onUnhandled));

  it('the story without a fault is the one that is meant', async () => {
    const { world, heard, wrong } = await tell();
    expect(wrong).toEqual([]);
    expect(heard).toEqual(['live']);
    expect(world.upstream.sent).toHaveLength(1);
    for (const name of [
      'store.open',
      'store.append',
      'audit.durable',
      'dispatcher.prepare',
      'sealer.seal',
      'signer.sign',
    ])
      expect(calls).toContain(name);
  });

  it.each([
    ['once', false],
    ['until it is lifted', true],
  ])(
    '%s, nothing is forwarded on a guess and everybody is answered',
    async (_how, lasting) => {
      let injected = 0;
      const wrong: string[] = [];
      const ends = new Map<string, number>();
      for (const [at, name] of calls.entries()) {
        for (const kind of isSynchronous(name) ? (['throw'] as const) : KINDS) {
          const story = await tell({ at, kind, lasting });
          const { world, ports } = story;
          if (ports.failed() === undefined) continue;
          injected++;
          const where = `${ports.failed()} (call ${at}) ${kind}`;
          wrong.push(...story.wrong.map((what) => `${where}: ${what}`));
          if (world.upstream.sent.length > 1) wrong.push(`${where}: sent ${world.upstream.sent.length} times`);
          for (const id of world.disk.logs.keys()) {
            const approval = await world.load(id);
            ends.set(approval.status, (ends.get(approval.status) ?? 0) + 1);
            const sent = world.upstream.sent.includes(id);
            if (sent !== (approval.intent !== undefined) && approval.status !== 'indeterminate')
              wrong.push(`${where}: sent ${sent}, but the log says ${world.log(id).join()}`);
            // What has no answer cannot go on in this process; a restart settles it. Everything else has to have ended.
            if (isOpen(approval.status) && kind !== 'never') wrong.push(`${where}: left at ${approval.status}`);
            if (!isOpen(approval.status) && kind !== 'never' && !(await world.gate.receipt(id)))
              wrong.push(`${where}: ${approval.status} without a receipt`);
          }
        }
      }
      process.stdout.write(
        `fail-closed: ${calls.length} port calls, ${injected} injections, ends ${JSON.stringify(Object.fromEntries(ends))}\n`,
      );
      expect(wrong).toEqual([]);
      expect(unhandled).toEqual([]);
      expect(injected).toBeGreaterThan(calls.length * 2);
    },
    60_000,
  );

  it('a restart settles what a silent port left behind', async () => {
    for (const [at, name] of calls.entries()) {
      if (isSynchronous(name)) continue;
      const { world } = await tell({ at, kind: 'never', lasting: false });
      const next = createWorld({ disk: world.disk, clock: world.clock, upstream: world.upstream });
      await next.gate.start();
      await within(next, 2000, () => false);
      for (const id of world.disk.logs.keys()) {
        const { status } = await next.load(id);
        if (status === 'pending' || status === 'approved') continue;
        expect(isOpen(status), `${name} (call ${at})`).toBe(false);
        expect(await next.gate.receipt(id)).toBeDefined();
      }
      expect(world.upstream.sent.length).toBeLessThanOrEqual(1);
      void next.gate.stop();
    }
  }, 60_000);
});
