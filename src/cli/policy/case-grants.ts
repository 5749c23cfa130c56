// What test cases say about grants, answered by what a gate answers with: the opening that it would make of the call, what it offers people with
// it, and its guards on a use. The most willing people stand in for those who would vote.
import type { Opened, Voted } from '../../core/approval/events.ts';
import { refuseGranted, type GrantRefusal, grantGuards } from '../../core/approval/grant-guards.ts';
import { grantOf } from '../../core/approval/grant-of.ts';
import { grantOffer } from '../../core/approval/grant-offer.ts';
import { isRequester, mayVote } from '../../core/approval/quorum.ts';
import { canonicalJson } from '../../core/canonical-json.ts';
import { durationText } from '../../core/duration.ts';
import type { CaseExpectation, CaseGrant, PolicyCase } from '../../core/policy/schema-cases.ts';
import type { Decision, DecisionContext, GrantOffer } from '../../core/policy/types.ts';
import type { Call } from '../../core/call.ts';
import { riskFlags } from '../../core/risk/risk-flags.ts';
import { sha256 } from '../../core/sha256.ts';
import { openingOf } from '../../gate/open.ts';

/** A case that was asked. */
export interface Asked {
  readonly call: Call;
  readonly context: DecisionContext;
  readonly decision: Decision;
}

/** The approval that this case would open; undefined where policy does not hold it. */
export function openingOfCase(item: PolicyCase, { call, context, decision }: Asked): Opened | undefined {
  if (!decision.hold) return undefined;
  const { agent, source, now } = context;
  const actions = context.actions();
  const request = { call, agent, source, decision, decisionId: '', actions, justification: undefined };
  const opened = openingOf(request, 'apr_case', now);
  const flags = riskFlags({ call, actions, justification: undefined, heldLately: 1 });
  // Of an action without a call, what it says is all that there is to tell calls apart by.
  const digest = item.action ? sha256(canonicalJson(wellFormed(item.action))) : opened.digest;
  return { ...opened, digest, ...(flags.length > 0 && { flags }) };
}

/** Half a character has no canonical form. */
const wellFormed = (value: object): unknown =>
  JSON.parse(
    JSON.stringify(value, (_name, each: unknown) => (typeof each === 'string' ? each.toWellFormed() : each)),
  ) as unknown;

const offerText = ({ for: ms, uses, covers }: GrantOffer): string =>
  `{for: ${durationText(ms)}, uses: ${uses}, covers: ${covers}}`;

function expectedText(grant: CaseGrant): string {
  if (grant === 'none') return grant;
  const parts = [
    ...(grant.for === undefined ? [] : [`for: ${durationText(grant.for)}`]),
    ...(grant.uses === undefined ? [] : [`uses: ${grant.uses}`]),
    ...(grant.covers === undefined ? [] : [`covers: ${grant.covers}`]),
  ];
  return `{${parts.join(', ')}}`;
}

function isAsExpected(expected: CaseGrant, offer: GrantOffer | undefined): boolean {
  if (expected === 'none' || !offer) return expected === 'none' && !offer;
  return (['for', 'uses', 'covers'] as const).every(
    (key) => expected[key] === undefined || expected[key] === offer[key],
  );
}

/** Why nothing is offered. */
function whyNone(opened: Opened | undefined): string {
  if (!opened) return 'none: the call is not held';
  return opened.terms.grant
    ? 'none: a rule offers one, but not for a call that is critical, read with doubt, or shows a critical flag'
    : 'none: not every rule that holds the call offers one';
}

/** One line for each difference; `others` gives the opening of another case of the file. */
export function compareGrants(
  { grant, covered_by, not_covered_by }: CaseExpectation,
  opened: Opened | undefined,
  others: (name: string) => Opened | undefined,
): string[] {
  const offer = opened && grantOffer(opened);
  const lines: string[] = [];
  if (grant !== undefined && !isAsExpected(grant, offer))
    lines.push(`grant: expected ${expectedText(grant)}, got ${offer ? offerText(offer) : whyNone(opened)}`);
  for (const [key, names] of Object.entries({ covered_by, not_covered_by })) {
    for (const name of names ?? []) {
      const answer = judge(others(name), opened);
      // A call that is left to people only because there is no grant shows nothing.
      if (answer.outcome === 'no-question')
        lines.push(`${key}: there is nothing to compare with "${name}": ${answer.why}`);
      else if (answer.outcome === 'asked' && key === 'covered_by')
        lines.push(`${key}: a grant given for "${name}" does not let this call through: ${answer.why}`);
      else if (answer.outcome === 'covered' && key === 'not_covered_by')
        lines.push(`${key}: a grant given for "${name}" lets this call through`);
    }
  }
  return lines;
}

const WHY: Readonly<Record<GrantRefusal, string>> = {
  expired: 'it expires at once',
  'grant-other-asker': 'another agent, owner, upstream, or other people that it acts for',
  'grant-other-rules': 'other rules hold it',
  'grant-not-offered': 'nothing that wide is offered for it',
  'grant-not-covered': 'it does something else, to something else, or shows a flag that the other did not',
  'grant-over': 'it comes before the grant, or after its end',
  'grant-spent': 'no use is left',
  'grant-unsound': 'those whom the rules name for the other call may not vote on it',
  'grant-ended': 'the grant was ended',
  'quorum-not-met': 'those who may grant the other call are not enough for this one',
};

type Judgement = { readonly outcome: 'covered' } | { readonly outcome: 'asked' | 'no-question'; readonly why: string };

/** Whether a grant that everybody gave with `source`, as much of it as is offered, lets `opened` through. */
function judge(source: Opened | undefined, opened: Opened | undefined): Judgement {
  if (!opened) return { outcome: 'no-question', why: 'this call is not held' };
  if (!source) return { outcome: 'no-question', why: 'the other call is not held' };
  const offer = grantOffer(source);
  if (!offer) return { outcome: 'no-question', why: 'nothing may be granted with the other call' };
  const votes = votersOf(source, opened).map(
    ({ by, groups }): Voted => ({
      type: 'voted',
      at: source.at,
      by,
      vote: 'approve',
      digest: source.digest,
      groups,
      channel: 'case',
      grant: offer.for,
      proof: '',
    }),
  );
  const given = grantOf(source, votes);
  if (!given) return { outcome: 'no-question', why: 'nobody may vote on the other call' };
  const until = Math.min(given.until, given.from + (grantOffer(opened)?.for ?? offer.for));
  const use = { type: 'granted', at: opened.at, grant: given.id, source, votes, until, use: 1 } as const;
  const refused = refuseGranted(grantGuards, { opened }, use);
  return refused ? { outcome: 'asked', why: WHY[refused] } : { outcome: 'covered' };
}

/** As many people as the rules ask for and everybody whom they name, in all groups that count for either call; those who may vote on the
 *  source. */
function votersOf(source: Opened, opened: Opened): readonly { readonly by: string; readonly groups: string[] }[] {
  const quorums = [...source.terms.quorums, ...opened.terms.quorums];
  const from = new Set(quorums.flatMap((quorum) => quorum.from));
  const groups = [...from].flatMap((entry) =>
    entry.startsWith('group:') ? [entry.slice('group:'.length)] : entry.startsWith('oncall:') ? [entry] : [],
  );
  const named = [...from].filter((entry) => !/^(?:group|oncall):/.test(entry)).map((entry) => entry.toLowerCase());
  const anybody = groups.length > 0 || quorums.some((quorum) => quorum.from.length === 0);
  const most = anybody ? Math.max(...quorums.map(({ approvals }) => approvals)) : 0;
  const people = [...named, ...Array.from({ length: most }, (_, i) => `voter-${i + 1}@case.invalid`)];
  return people
    .map((by) => ({ by, groups }))
    .filter((voter) => !isRequester(source, voter.by) && mayVote(source.terms.quorums, voter));
}
