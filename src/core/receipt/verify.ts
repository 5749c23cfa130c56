// Verifies a receipt from nothing but itself and the gate's public keys: every signature, and that what it says happened
// was allowed to happen. docs/verify-receipt.mjs does the same without dependencies; a test holds the two together.

import { isRequester, mayVote, quorumMet, widened } from '../approval/quorum.ts';
import { receiptId } from '../approval/view.ts';
import { VOTE_TYP, voteStatement } from '../approval/vote-statement.ts';
import { canonicalJson } from '../canonical-json.ts';
import { misfit, RECEIPT_SHAPE } from './shape.ts';
import type { Quorum } from '../policy/types.ts';
import { openedOf, quorumOf, type ReceiptQuestion } from './question.ts';
import { RECEIPT_TYP, type ReceiptStatement, type ReceiptVote, voteOf } from './statement.ts';
import {
  areReadable,
  checkGranted,
  checkGrantedClaim,
  checkVoteGrant,
  type GrantFindingName,
} from './verify-granted.ts';

export type ReceiptFindingName =
  | GrantFindingName
  | 'signature'
  | 'payload'
  | 'id'
  | 'times'
  | 'vote-proof'
  | 'vote-statement'
  | 'vote-digest'
  | 'vote-time'
  | 'vote-twice'
  | 'vote-not-eligible'
  | 'self-approval'
  | 'quorum'
  | 'claim-digest'
  | 'claim-time'
  | 'claim-policy'
  | 'claim-quorum'
  | 'claim-access-key'
  | 'sent-after-denial'
  | 'outcome'
  | 'status';

export interface ReceiptFinding {
  readonly name: ReceiptFindingName;
  readonly message: string;
}

export interface ReceiptCheck {
  readonly valid: boolean;
  readonly findings: readonly ReceiptFinding[];
  /** Present if the signature holds and the statement can be read, even where it is not valid. */
  readonly statement: ReceiptStatement | undefined;
}

/** The payload if a trusted key signed the compact JWS with exactly this `typ`. */
export type VerifyJws = (jws: string, typ: string) => Promise<Uint8Array | undefined>;

type Find = (name: ReceiptFindingName, message: string) => void;

const ms = (time: string): number => Date.parse(time);

function readStatement(payload: Uint8Array): ReceiptStatement | ReceiptFinding {
  let value: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload);
    value = JSON.parse(text);
    if (canonicalJson(value) !== text)
      return { name: 'payload', message: 'the statement is not canonical JSON (RFC 8785)' };
  } catch {
    return { name: 'payload', message: 'the statement is not JSON in UTF-8' };
  }
  const path = misfit(RECEIPT_SHAPE, value);
  if (path !== undefined) return { name: 'shape', message: `${path} is missing, unknown or not of its kind` };
  return value as ReceiptStatement;
}

/** Never rejects for what is in the receipt; `findings` is empty exactly when it is valid. */
export async function verifyReceipt(jws: string, verify: VerifyJws): Promise<ReceiptCheck> {
  const payload = await verify(jws, RECEIPT_TYP);
  if (!payload) {
    const message = 'no key that you trust signed this as a receipt';
    return { valid: false, findings: [{ name: 'signature', message }], statement: undefined };
  }
  const read = readStatement(payload);
  if ('name' in read) return { valid: false, findings: [read], statement: undefined };
  const findings: ReceiptFinding[] = [];
  const find: Find = (name, message) => findings.push({ name, message });
  checkFrame(read, find);
  const { granted } = read;
  const readable = [read, ...(granted ? [granted.source] : [])].every((question) => areReadable(question, find));
  for (const [index, vote] of read.votes.entries()) {
    const before = read.votes.slice(0, index);
    checkVote(read, vote, before, find);
    if (readable) checkVoteGrant(read, vote, before, find);
    await checkProof(read, vote, verify, find);
  }
  for (const vote of granted?.votes ?? []) await checkProof(granted?.source ?? read, vote, verify, find);
  if (granted && readable) checkGranted(read, granted, find);
  if (read.claim && readable) checkGrantedClaim(granted, read.claim, find);
  checkClaim(read, find);
  checkStatus(read, find);
  return { valid: findings.length === 0, findings, statement: read };
}

function checkFrame(s: ReceiptStatement, find: Find): void {
  if (s.id !== receiptId(s.approval_id)) find('id', `${s.id} is not the receipt of ${s.approval_id}`);
  if (ms(s.asked_at) >= ms(s.expires_at)) find('times', 'it expired before it was asked');
  if (ms(s.status_at) < ms(s.asked_at)) find('times', 'it ended before it was asked');
  for (const { at, rules } of s.escalations) {
    const due = (rule: string): boolean =>
      s.terms.quorums.some(
        (each) => each.rule === rule && each.escalate && ms(at) >= ms(s.asked_at) + each.escalate.after_ms,
      );
    if (rules.length === 0 || !rules.every(due))
      find('times', 'it was escalated too early, or by a rule that never does');
  }
}

function checkVote(s: ReceiptStatement, vote: ReceiptVote, before: readonly ReceiptVote[], find: Find): void {
  const who = `the vote of ${vote.by}`;
  if (vote.vote !== 'approve' && vote.vote !== 'deny') find('shape', `${who} is neither approve nor deny`);
  if (vote.sha256 !== s.call.sha256) find('vote-digest', `${who} is about another call`);
  if (ms(vote.at) < ms(s.asked_at) || ms(vote.at) >= ms(s.expires_at))
    find('vote-time', `${who} is not between asking and expiry`);
  if (isRequester(s.call, vote.by)) find('self-approval', `${vote.by} is on the requester's side`);
  if (!mayVote(quorumsAt(s, vote.at), vote))
    find('vote-not-eligible', `${vote.by} belongs to none of the groups that may vote`);
  // Only a denial may follow one's own approval.
  const again = before.some((other) => other.by === vote.by && (vote.vote === 'approve' || other.vote === 'deny'));
  if (again) find('vote-twice', `${vote.by} voted more than once`);
}

async function checkProof(s: ReceiptQuestion, vote: ReceiptVote, verify: VerifyJws, find: Find): Promise<void> {
  const payload = await verify(vote.proof, VOTE_TYP);
  if (!payload) return find('vote-proof', `the vote of ${vote.by} is not signed by a key that you trust`);
  const stated = voteStatement(openedOf(s), voteOf(vote));
  if (!Buffer.from(payload).equals(Buffer.from(stated))) {
    find('vote-statement', `the signature under the vote of ${vote.by} is for something else than this receipt states`);
  }
  return undefined;
}

/** What was asked for at that time: with everybody whom escalations before it added. */
function quorumsAt(s: ReceiptStatement, at: string): readonly Quorum[] {
  const before = s.escalations.filter((each) => ms(each.at) <= ms(at));
  return widened(s.terms.quorums.map(quorumOf), before);
}

/** The votes that it was approved by: on itself, or with a grant. */
const approvers = (s: ReceiptStatement): readonly ReceiptVote[] =>
  s.granted ? s.granted.votes : s.votes.filter((vote) => vote.vote === 'approve');

/** From then on nothing may be claimed or sent. */
const deadline = (s: ReceiptStatement): number => Math.min(ms(s.expires_at), ms(s.granted?.until ?? s.expires_at));

function checkClaim(s: ReceiptStatement, find: Find): void {
  const { claim } = s;
  if (!claim) return;
  if (!quorumMet(quorumsAt(s, claim.at), approvers(s))) find('quorum', 'fewer people approved than the rules ask for');
  if (claim.sha256 !== s.call.sha256 || claim.content_sha256 !== s.call.content_sha256) {
    find('claim-digest', 'what was taken for execution is not what was approved');
  }
  const lastApproval = Math.max(
    ms(s.granted?.at ?? s.asked_at),
    ms(s.asked_at),
    ...approvers(s).map((vote) => ms(vote.at)),
  );
  if (ms(claim.at) < lastApproval || ms(claim.at) >= deadline(s)) {
    find('claim-time', 'it was taken for execution before the last approval or after expiry');
  }
  if (claim.effect !== 'allow' && claim.effect !== 'hold')
    find('claim-policy', 'policy denied the call when it was to be executed');
  if ((s.call.access_key === null) !== (claim.access_key_stands === null))
    find('claim-access-key', 'whether its access key was still good was not looked at when it was to be executed');
  const approved = new Set(approvers(s).map((vote) => vote.by));
  const standing = claim.eligible.filter((voter) => approved.has(voter.by));
  const now = widened(claim.quorums.map(quorumOf), s.escalations);
  if (!quorumMet(quorumsAt(s, claim.at), standing) || !quorumMet(now, standing)) {
    find('claim-quorum', 'too few of those who approved were still eligible when it was to be executed');
  }
}

const SENT: readonly string[] = ['succeeded', 'upstream_error', 'indeterminate'];

function checkStatus(s: ReceiptStatement, find: Find): void {
  const { claim, outcome, status, votes } = s;
  const sent = SENT.includes(status);
  if (!sent && !['denied', 'expired', 'cancelled', 'void', 'not_sent'].includes(status)) {
    find('status', `"${status}" is not the end of an approval`);
  }
  if (sent !== (outcome !== null))
    find('status', sent ? 'sent, but without an outcome' : `"${status}", but with an outcome`);
  if ((sent || status === 'not_sent') && !claim) find('status', `"${status}" without having been taken for execution`);
  if (['denied', 'expired', 'cancelled'].includes(status) && claim)
    find('status', `"${status}" after it was taken for execution`);
  if (status === 'expired' && ms(s.status_at) < ms(s.expires_at)) find('status', 'it expired early');
  if (status === 'denied' && (votes.at(-1)?.vote !== 'deny' || votes.at(-1)?.at !== s.status_at)) {
    find('status', 'denied, but its last vote is no denial');
  }
  if (status !== 'denied' && votes.some((vote) => vote.vote === 'deny')) {
    find(sent ? 'sent-after-denial' : 'status', 'somebody denied it, and it did not end there');
  }
  if (outcome) checkOutcome(s, outcome, find);
}

function checkOutcome(s: ReceiptStatement, outcome: NonNullable<ReceiptStatement['outcome']>, find: Find): void {
  const sent = ms(outcome.sent_at);
  if (sent < ms(s.claim?.at ?? s.asked_at) || sent >= deadline(s) || ms(outcome.ended_at) < sent) {
    find('outcome', 'it was sent before it was taken for execution, after expiry, or ended before it was sent');
  }
  if (outcome.ended_at !== s.status_at) find('outcome', 'the outcome and the status are of different times');
  const http = outcome.http_status;
  if (s.status === 'succeeded' && !(http !== null && http < 400))
    find('outcome', 'succeeded, but not by its HTTP status');
  if (s.status === 'upstream_error' && !(http !== null && http >= 400))
    find('outcome', 'an upstream error, but not by its HTTP status');
}
