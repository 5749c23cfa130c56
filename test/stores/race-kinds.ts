// What is raced for: two sides that go for the same approval at the same time, and the one event by which it is known who won.
import type { ApprovalEvent, Opened } from '../../src/core/approval/events.ts';
import { claim, opened, vote } from '../conformance/approval-events.ts';
import type { Actor, Side } from './race-actor.ts';

export const ANN = 'ann@example.com';
export const BOB = 'bob@example.com';

export interface Kind {
  /** What the approval asks for beyond the usual. */
  readonly over?: Partial<Opened>;
  /** It expires in the middle of the race, and not long after. */
  readonly expires?: true;
  /** What happened before. */
  readonly before?: (event: Opened) => readonly ApprovalEvent[];
  readonly sides: Readonly<Record<Side, (actor: Actor, event: Opened) => Promise<void>>>;
  /** Exactly one side has it. */
  readonly decisive: (log: readonly ApprovalEvent[]) => ApprovalEvent | undefined;
  /** Every race ends in a send. */
  readonly alwaysSent: boolean;
}

const quorum = (approvals: number): Partial<Opened> => {
  const { terms } = opened(0);
  return { terms: { ...terms, quorums: [{ rule: 'refunds', approvals, from: ['group:security'] }] } };
};

/** A person votes at a replica, and it runs the call once it is approved. */
const approve =
  (by: string, channel = 'api') =>
  async (actor: Actor): Promise<void> => {
    await actor.put((event, now) => vote(event, now, by, 'approve', { channel }), true);
    if (await actor.decided()) await actor.run();
  };

const isVote = (event: ApprovalEvent): boolean => event.type === 'voted';

export const KINDS: Readonly<Record<string, Kind>> = {
  'approve and expire': {
    expires: true,
    sides: {
      async A(actor, { expiresAt }) {
        const approved = await actor.put((event, now) => vote(event, now, ANN, 'approve'), true);
        if (approved) await actor.run();
        await actor.until(expiresAt);
        await actor.put((_event, now) => ({ type: 'expired', at: now }));
      },
      async B(actor, { expiresAt }) {
        await actor.until(expiresAt);
        await actor.put((_event, now) => ({ type: 'expired', at: now }));
      },
    },
    decisive: (log) => log[1],
    alwaysSent: false,
  },
  'approve and deny': {
    sides: {
      A: approve(ANN),
      B: async (actor) => void (await actor.put((event, now) => vote(event, now, BOB, 'deny'), true)),
    },
    decisive: (log) =>
      log.find((event) => event.type === 'intent' || (event.type === 'voted' && event.vote === 'deny')),
    alwaysSent: false,
  },
  'approve and approve, one human by two ways': {
    sides: { A: approve(ANN, 'api'), B: approve(ANN, 'slack') },
    decisive: (log) => log.find(isVote),
    alwaysSent: true,
  },
  'approve and approve, two humans of whom one is enough': {
    over: quorum(1),
    sides: { A: approve(ANN), B: approve(BOB) },
    decisive: (log) => log.find(isVote),
    alwaysSent: true,
  },
  'approve and approve, two humans who both are needed': {
    over: quorum(2),
    sides: { A: approve(ANN), B: approve(BOB) },
    decisive: (log) => log.findLast(isVote),
    alwaysSent: true,
  },
  'claim and claim': {
    before: (event) => [vote(event, event.at, ANN, 'approve')],
    sides: { A: (actor) => actor.run(), B: (actor) => actor.run() },
    decisive: (log) => log.find(({ type }) => type === 'claimed'),
    alwaysSent: true,
  },
  'intend and intend, under one claim': {
    before: (event) => [vote(event, event.at, ANN, 'approve'), claim(event, event.at, 'A', { token: 'clm_one' })],
    sides: {
      A: async (actor) => void (await actor.send('clm_one')),
      B: async (actor) => void (await actor.send('clm_one')),
    },
    decisive: (log) => log.find(({ type }) => type === 'intent'),
    alwaysSent: true,
  },
};
