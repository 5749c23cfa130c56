// Every port call between a call that a grant covers and its end fails once, and for good, in every way: it runs by a use that is counted and
// recorded, or people decide; no use is there twice, and none beyond what was granted.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Approval } from '../../../src/core/approval/state.ts';
import { createFaultyPorts, type Fault, type FaultKind, type FaultyPorts, isSynchronous } from '../faults.ts';
import { answers, createWorld, quiet, type World } from '../gate-world.ts';
import { granted, OFFER, offers, remove } from './granting.ts';

const KINDS: readonly FaultKind[] = ['throw', 'reject', 'lost', 'never'];
const USES = 2;

interface Story {
  readonly world: World;
  readonly ports: FaultyPorts;
  /** Port calls before the first call that is covered. */
  readonly before: number;
  readonly wrong: string[];
}

/** What was durable when the first byte of a covered call left. */
function checkBeforeSend({ world, wrong }: Pick<Story, 'world' | 'wrong'>): void {
  const id = world.upstream.sent.at(-1) ?? '';
  const log = world.log(id).join();
  if (log !== 'opened,granted,claimed,intent') wrong.push(`sent on the strength of ${log}`);
  for (const type of ['approval:opened', 'grant:used', 'approval:intent'])
    if (!world.entries.some((entry) => entry.type === type && (entry['approval'] as { id: string }).id === id))
      wrong.push(`sent without ${type} in the audit log`);
}

async function pass(world: World, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    world.clock.advance(500);
    await quiet();
  }
}

async function tell(fault?: Fault): Promise<Story> {
  const ports = createFaultyPorts(fault);
  const world = createWorld({ around: ports.around });
  const decision = offers({ ...OFFER, uses: USES });
  await granted(world, { decision });
  const story: Story = { world, ports, before: ports.calls.length, wrong: [] };
  world.upstream.send = (sink) => {
    checkBeforeSend(story);
    return answers()(sink);
  };
  for (const name of ['a', 'b', 'c']) {
    void remove(world, name, { decision }).catch(() => undefined);
    await quiet();
    await pass(world, name === 'a' ? 4_000 : 0);
  }
  ports.lift();
  await pass(world, 2_000);
  return story;
}

function judge({ world, ports, wrong }: Story, approvals: readonly Approval[], where: string): string[] {
  const found = wrong.map((what) => `${where}: ${what}`);
  const through = approvals.filter((one) => one.granted);
  const uses = through.map((one) => one.granted?.use ?? 0);
  if (new Set(uses).size !== uses.length) found.push(`${where}: a use twice: ${uses.join()}`);
  if (uses.some((use) => use < 1 || use > USES)) found.push(`${where}: more uses than granted: ${uses.join()}`);
  const [source, ...covered] = world.upstream.sent;
  if (new Set(world.upstream.sent).size !== world.upstream.sent.length) found.push(`${where}: sent twice`);
  for (const id of covered)
    if (id === source || !through.some((one) => one.id === id)) found.push(`${where}: ${id} was sent without a grant`);
  if (ports.failed() === undefined) found.push(`${where}: nothing failed`);
  return found;
}

const unhandled: unknown[] = [];
const onUnhandled = (error: unknown): void => void unhandled.push(error);

describe('with any one port call failing while a grant is used', () => {
  beforeAll(() => void process.on('unhandledRejection', onUnhandled));
  afterAll(() => void process.off('unhandledRejection', onUnhandled));

  it('the story without a fault is the one that is meant', async () => {
    const { world, ports, before, wrong } = await tell();
    expect(wrong).toEqual([]);
    expect(world.upstream.sent).toHaveLength(1 + USES);
    for (const name of ['records.get', 'records.put', 'store.load', 'store.append', 'audit.durable', 'signer.verify'])
      expect(ports.calls.slice(before)).toContain(name);
  });

  it.each([
    ['once', false],
    ['until it is lifted', true],
  ])(
    '%s, nothing runs that was not granted',
    async (_how, lasting) => {
      const plain = await tell();
      const wrong: string[] = [];
      const ends = new Map<string, number>();
      let injected = 0;
      for (const [n, name] of plain.ports.calls.slice(plain.before).entries()) {
        for (const kind of isSynchronous(name) ? (['throw'] as const) : KINDS) {
          const story = await tell({ at: plain.before + n, kind, lasting });
          if (story.ports.failed() === undefined) continue;
          injected++;
          const approvals = await Promise.all([...story.world.disk.logs.keys()].map((id) => story.world.load(id)));
          wrong.push(...judge(story, approvals, `${story.ports.failed()} (call ${n}) ${kind}`));
          for (const { status } of approvals) ends.set(status, (ends.get(status) ?? 0) + 1);
          void story.world.gate.stop();
        }
      }
      process.stdout.write(
        `grants fail closed: ${injected} injections, ends ${JSON.stringify(Object.fromEntries(ends))}\n`,
      );
      expect(wrong).toEqual([]);
      expect(unhandled).toEqual([]);
      expect(injected).toBeGreaterThan(100);
      // Both ends were there: some ran all the same, some were left to people.
      expect(ends.get('succeeded')).toBeGreaterThan(100);
      expect(ends.get('pending')).toBeGreaterThan(20);
    },
    60_000,
  );
});
