// Exhaustive search of the reducer: every state that the world can reach keeps every invariant; and for every guard, the
// same search without it finds one that breaks.
import { expect, it } from 'vitest';
import { type GuardName, guards, type Guards } from '../../../src/core/approval/guards.ts';
import { STATUSES } from '../../../src/core/approval/state.ts';
import { createReducer, transition, type Reducer } from '../../../src/core/approval/transition.ts';
import { key, start, steps, violations, type World } from './world.ts';

interface Finding {
  readonly broken: readonly string[];
  /** Names of the steps that lead there. */
  readonly path: readonly string[];
}

interface Search {
  readonly states: number;
  readonly statuses: ReadonlySet<string>;
  readonly finding: Finding | undefined;
}

/** Breadth first, so that a finding comes with a shortest path. */
function search(reducer: Reducer): Search {
  const first = start(reducer);
  const origin = new Map<string, { readonly from: string; readonly name: string } | undefined>([
    [key(first), undefined],
  ]);
  const statuses = new Set<string>();
  let frontier: (readonly [string, World])[] = [[key(first), first]];
  while (frontier.length > 0) {
    const next: (readonly [string, World])[] = [];
    for (const [from, world] of frontier) {
      statuses.add(world.approval.status);
      for (const step of steps(reducer, world)) {
        const broken = violations(world, step.to);
        if (broken.length > 0) {
          const path = [step.name];
          for (let at = origin.get(from); at; at = origin.get(at.from)) path.unshift(at.name);
          return { states: origin.size, statuses, finding: { broken, path } };
        }
        const to = key(step.to);
        if (origin.has(to)) continue;
        origin.set(to, { from, name: step.name });
        next.push([to, step.to]);
      }
    }
    frontier = next;
  }
  return { states: origin.size, statuses, finding: undefined };
}

it('finds no violation in any reachable state, and reaches every status', () => {
  const { states, statuses, finding } = search(transition);
  process.stdout.write(`approval search: ${states} states, no violation\n`);
  expect(finding).toBeUndefined();
  expect([...statuses].toSorted()).toEqual([...STATUSES].toSorted());
}, 60_000);

/** What must be seen to break without each guard. The type asks for an entry for every guard there is. */
const TEETH: Readonly<Record<GuardName, string>> = {
  statusAllows: 'I',
  voteBeforeExpiry: 'I4 votes only before expiry',
  voterIsNotRequester: 'I2 votes only by eligible people who did not ask',
  voterIsEligible: 'I2 votes only by eligible people who did not ask',
  oneVotePerHuman: 'I11 one vote per human',
  voteOnThisDigest: 'I2 votes only on this digest',
  claimBeforeExpiry: 'I4 no claim at or after expiry',
  claimSameDigest: 'I3 a grant only for the call that was approved',
  claimSameContent: 'I3 a grant only for the call that was approved',
  claimPolicyAllows: 'I9 a tightened policy is not outrun',
  claimQuorumStands: 'I9 a tightened policy is not outrun',
  claimAccessKeyStands: 'I10 nothing runs for an access key that was revoked',
  tokenFences: 'I6 sent only under the recorded claim and intent',
  intentSameDigest: 'I3 what was sent is what was approved',
  intentBeforeExpiry: 'I4 no send at or after expiry',
  expiryIsDue: 'I4 nothing expires early',
  voteWithinOffer: 'I14 no more is granted than is offered',
  grantBeforeExpiry: 'I4 no approval at or after expiry',
  grantSameAsker: 'I14 a grant is for one agent',
  grantSameRules: 'I14 a grant is for what the same rules hold',
  grantOffered: 'I14 a grant goes as far as the rules offer',
  grantCovers: 'I14 a grant covers only calls like the one that was seen',
  grantInTime: 'I14 a grant ends in time',
  grantWithinUses: 'I14 a grant is not used more often than was granted',
  grantVotesSound: 'I14 a grant rests on votes that count',
  grantQuorumMet: 'I14 a grant has the quorum',
  claimGrantStands: 'I14 a grant that was ended lets nothing through',
  claimGrantOffered: 'I9 a tightened policy is not outrun',
};

it('names every guard of the reducer', () => {
  expect(Object.keys(TEETH).toSorted()).toEqual(Object.keys(guards).toSorted());
});

it.each(Object.entries(TEETH))('breaks something without %s', (guard, words) => {
  const without: Guards = { ...guards, [guard]: () => true };
  const { finding } = search(createReducer(without));
  expect(finding?.broken.join('; ') ?? 'nothing').toContain(words);
});
