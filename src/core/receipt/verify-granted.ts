// What a receipt says of a grant, judged by the guards that the gate itself ran: only who revoked what, and how the uses were counted, is
// beyond a receipt.
import type { Action } from '../action.ts';
import type { Approval } from '../approval/state.ts';
import { type GrantGuards, grantGuards } from '../approval/grant-guards.ts';
import { grantOffer } from '../approval/grant-offer.ts';
import { openedOf, type ReceiptQuestion } from './question.ts';
import { grantedOf, grantNowOf, type ReceiptClaim, type ReceiptGrant, type ReceiptVote } from './statement.ts';

export type GrantFindingName =
  | 'grant-time'
  | 'grant-scope'
  | 'grant-offer'
  | 'grant-uses'
  | 'grant-votes'
  | 'grant-quorum'
  | 'claim-grant'
  | 'vote-grant'
  | 'shape';

type Find = (name: GrantFindingName, message: string) => void;
type UseGuard = Exclude<keyof GrantGuards, 'claimGrantStands' | 'claimGrantOffered'>;

const FINDINGS: Readonly<Record<UseGuard, readonly [GrantFindingName, string]>> = {
  grantBeforeExpiry: ['grant-time', 'it was approved by a grant after it had expired'],
  grantSameAsker: ['grant-scope', 'the grant is for another agent, other people or another upstream'],
  grantSameRules: ['grant-scope', 'the grant is for what other rules hold'],
  grantOffered: ['grant-offer', 'the rules did not offer this much to grant'],
  grantCovers: ['grant-scope', 'the grant does not cover this call'],
  grantInTime: ['grant-time', 'the grant was over, or had not begun'],
  grantWithinUses: ['grant-uses', 'the grant had no more uses'],
  grantVotesSound: ['grant-votes', 'the votes that it rests on do not count, or did not grant it'],
  grantQuorumMet: ['grant-quorum', 'fewer people gave the grant than the rules ask for'],
};

/** True if the actions can be compared: they are the recogniser's, and a receipt takes them as they are. */
function areActions({ actions }: ReceiptQuestion): boolean {
  const texts = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === 'string');
  return actions.every((action: Partial<Action> | null) => {
    if (typeof action !== 'object' || action === null) return false;
    const { provider, name, level, confidence, boundary = '', tags, resource } = action;
    const words = [provider, name, level, confidence, boundary];
    return (
      words.every((word) => typeof word === 'string') &&
      Array.isArray(tags) &&
      texts(tags) &&
      texts(resource) &&
      !Array.isArray(resource)
    );
  });
}

/** False where nothing about grants can be judged, which was found. */
export function areReadable(question: ReceiptQuestion, find: Find): boolean {
  if (question.terms.grant === null || areActions(question)) return true;
  find('shape', 'an action is not of its kind');
  return false;
}

/** What a vote on this call granted beyond it. */
export function checkVoteGrant(
  q: ReceiptQuestion,
  vote: ReceiptVote,
  before: readonly ReceiptVote[],
  find: Find,
): void {
  if (vote.grant_ms === null) return;
  const alone = before.some((other) => other.vote === 'approve' && other.grant_ms === null);
  const offered = grantOffer(openedOf(q))?.for ?? 0;
  if (vote.vote !== 'approve' || alone || vote.grant_ms < 1 || vote.grant_ms > offered) {
    find('vote-grant', `${vote.by} granted what was not offered`);
  }
}

export function checkGranted(q: ReceiptQuestion, granted: ReceiptGrant, find: Find): void {
  if (q.terms.grant === null || granted.source.terms.grant === null)
    return find('grant-offer', 'the rules offered nothing to grant');
  if (Date.parse(granted.at) < Date.parse(q.asked_at)) find('grant-time', 'it was approved before it was asked');
  const approval = { opened: openedOf(q) };
  const event = grantedOf(granted);
  for (const [guard, [name, message]] of Object.entries(FINDINGS) as [UseGuard, (typeof FINDINGS)[UseGuard]][]) {
    if (!grantGuards[guard](approval, event)) find(name, message);
  }
  return undefined;
}

export function checkGrantedClaim(granted: ReceiptGrant | null, claim: ReceiptClaim, find: Find): void {
  if ((granted === null) !== (claim.grant === null))
    return find('claim-grant', 'whether a grant stood was looked at where there is none, or not where there is one');
  if (!granted) return undefined;
  const approval: Pick<Approval, 'granted'> = { granted: grantedOf(granted) };
  const claimed = { effectNow: claim.effect, ...grantNowOf(claim) } as Parameters<GrantGuards['claimGrantOffered']>[1];
  if (!grantGuards.claimGrantOffered(approval, claimed))
    find('claim-grant', 'policy did not offer the grant any more when the call was to be executed');
  return undefined;
}
