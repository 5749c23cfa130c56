// Two gates over one real store, each with its own handle on it, on the real clock: people vote at either, agents wait at either, and
// one upstream counts what both of them send.
import type { ApprovalEvent, Opened } from '../../src/core/approval/events.ts';
import type { Approval } from '../../src/core/approval/state.ts';
import type { Decision } from '../../src/core/policy/types.ts';
import type { ApprovalStore } from '../../src/ports/approval-store.ts';
import { systemClock } from '../../src/system-clock.ts';
import { judge } from '../stores/race-judge.ts';
import { createWorld, type WaitingAgent, type World } from './gate-world.ts';

export interface SharedGates {
  readonly a: World;
  readonly b: World;
  /** Approval ids whose call was sent, in order. */
  readonly sent: readonly string[];
  /** What the current policy says, at both. */
  agree(policy: Decision): void;
  close(): Promise<void>;
}

const MANY = { openPerAgent: 1e6, open: 1e6 };

/** Starts both. `open` gives a new handle each time. */
export async function startSharedGates(open: () => Promise<ApprovalStore>): Promise<SharedGates> {
  const stores = [await open(), await open()] as const;
  const world = (replica: string, store: ApprovalStore, upstream?: World['upstream']): World =>
    createWorld({
      replica,
      limits: MANY,
      around: (deps) => ({ ...deps, store, clock: systemClock }),
      ...(upstream && { upstream }),
    });
  const a = world('one', stores[0]);
  const b = world('two', stores[1], a.upstream);
  await Promise.all([a.gate.start(), b.gate.start()]);
  return {
    a,
    b,
    sent: a.upstream.sent,
    agree(policy) {
      a.policy = policy;
      b.policy = policy;
    },
    async close() {
      await Promise.all([a.gate.idle(), b.gate.idle()]);
      await Promise.all([a.gate.stop(), b.gate.stop()]);
      await Promise.all(stores.map((store) => store.close()));
    },
  };
}

/** Looks again and again until it is so. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2));
}

const MOST_LOOKS = 500;

/** What both gates say of an approval that has ended. That its response was delivered may be written down at this very moment: then
 *  it is looked at again. */
export async function whatIsLeft({ a, b }: SharedGates, id: string): Promise<Pick<Ended, 'log' | 'views'>> {
  for (let look = 1; ; look++) {
    const log = await a.deps.store.events(id);
    const views = await Promise.all([a.gate.get(id), b.gate.get(id)]);
    if (look === MOST_LOOKS || views.every((view) => view?.version === log.length)) return { log, views };
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** What may be read by an agent whose approval ended like this. */
const READS: Readonly<Record<string, readonly string[]>> = {
  succeeded: ['live', 'replay', 'gone'],
  denied: ['ended'],
  expired: ['ended'],
  not_sent: ['ended'],
  void: ['ended'],
  indeterminate: ['ended', 'live'],
};

export interface Ended {
  readonly log: readonly ApprovalEvent[];
  readonly views: readonly (Approval | undefined)[];
  readonly agents: readonly WaitingAgent[];
  /** Whose vote was confirmed. */
  readonly recorded: readonly { readonly by: string; readonly vote: string }[];
}

/** Each broken invariant of approvals that both gates had to do with, in words. */
export function judgeEnded({ a, b, sent }: SharedGates, ended: readonly Ended[]): string[] {
  const logged = new Set<string>();
  for (const { type, approval } of [...a.entries, ...b.entries]) {
    logged.add(`${(approval as { readonly id?: string } | undefined)?.id} ${type}`);
  }
  const sends = new Map<string, number>();
  for (const id of sent) sends.set(id, (sends.get(id) ?? 0) + 1);
  return ended.flatMap(({ log, ...rest }) => {
    const [asked] = log;
    if (asked?.type !== 'opened') return ['an approval that is not there'];
    const { id } = asked;
    const unlogged = ['voted', 'intent'].filter(
      (type) => log.some((event) => event.type === type) && !logged.has(`${id} approval:${type}`),
    );
    const wrong = [
      ...unlogged.map((type) => `I6: no ${type} in the audit log`),
      ...judgeOne(asked, { log, ...rest }, sends.get(id) ?? 0),
    ];
    return wrong.map((words) => `${id}: ${words}`);
  });
}

function judgeOne(asked: Opened, { log, views, agents, recorded }: Ended, sends: number): string[] {
  const intent = log.find((event) => event.type === 'intent');
  const sent = Array<string>(sends).fill(intent?.token ?? 'none');
  const told = { side: 'both', acknowledged: log.slice(1), attempts: [], sent };
  const wrong = judge({ asked, log, before: 1, reports: [told], views });
  for (const { by, vote } of recorded) {
    const kept = log.some((event) => event.type === 'voted' && event.by === by && event.vote === vote);
    if (!kept) wrong.push(`I7: the confirmed vote of ${by} is lost`);
  }
  const status = views[0]?.status ?? 'gone';
  const heard = agents.map((agent) => agent.heard() ?? 'nothing');
  if (!heard.every((kind) => READS[status]?.includes(kind)))
    wrong.push(`I12: ${status}, and agents read ${heard.join()}`);
  if (heard.filter((kind) => kind === 'live').length > 1) wrong.push('I10: two agents got the live response');
  return wrong;
}
