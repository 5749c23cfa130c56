// Deciding: votes, and what a human found out about an unknown outcome. The gate decides; here its outcome becomes HTTP.
import { approvalView } from '../core/approval/view.ts';
import { parseDuration } from '../core/duration.ts';
import type { ApprovalGate, VoteOutcome } from '../gate/api.ts';
import { StoreUnavailable } from '../ports/approval-store.ts';
import { type Answer, json, problem } from './answer.ts';
import type { PersonRoute, Route } from './route.ts';
import { type AnnotationBody, annotationBodySchema, approvalSchema, type VoteBody, voteBodySchema } from './schemas.ts';

const CHANNEL = 'api';
const RETRY = { 'Retry-After': '2' };

type Refused = Extract<VoteOutcome, { outcome: 'refused' }>;

function refusedAnswer({ refusal, detail, approval }: Refused): Answer {
  const details = { detail, reason: refusal, approval_id: approval.id, approval_status: approval.status };
  switch (refusal) {
    case 'reason-required':
      return problem('invalid-request', details);
    // The voter looked at something that is no longer, or not, there to be decided.
    case 'already-decided':
    case 'wrong-status':
    case 'expired':
    case 'digest-mismatch':
      return problem('vote-conflict', details);
    default:
      return problem('vote-refused', details);
  }
}

async function answerTo(gate: ApprovalGate, outcome: VoteOutcome): Promise<Answer> {
  switch (outcome.outcome) {
    case 'recorded':
      return json(approvalView(outcome.approval, await gate.now().catch(() => outcome.approval.statusAt)));
    case 'refused':
      return refusedAnswer(outcome);
    case 'not-found':
      return problem('not-found', { detail: 'There is no approval with this id.' });
    case 'not-recorded':
      return problem('vote-not-recorded', { detail: outcome.detail }, RETRY);
  }
}

async function taking(gate: ApprovalGate, act: () => Promise<VoteOutcome>): Promise<Answer> {
  try {
    return await answerTo(gate, await act());
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return problem(
      'vote-not-recorded',
      { detail: 'The vote could not be confirmed. Look at the approval before you vote again.' },
      RETRY,
    );
  }
}

export function voteRoutes(gate: ApprovalGate): readonly Route[] {
  const answer = {
    status: 200,
    description: 'Recorded; the approval as it stands now',
    contentType: 'application/json',
    schema: approvalSchema,
  };
  const problems = ['not-found', 'vote-refused', 'vote-conflict', 'vote-not-recorded'] as const;
  const vote: PersonRoute<unknown, VoteBody> = {
    method: 'POST',
    path: '/api/v1/approvals/{id}/votes',
    operation: 'vote',
    summary: 'Votes on the call that you looked at',
    principal: 'person',
    body: voteBodySchema,
    answer,
    problems,
    handle: ({ params, person, body }) =>
      taking(gate, () =>
        gate.vote({
          approvalId: params['id'] ?? '',
          person,
          vote: body.vote,
          reason: body.reason,
          digest: body.digest,
          channel: CHANNEL,
          grant: typeof body.grant === 'string' ? parseDuration(body.grant) : body.grant,
        }),
      ),
  };
  const annotate: PersonRoute<unknown, AnnotationBody> = {
    method: 'POST',
    path: '/api/v1/approvals/{id}/annotation',
    operation: 'annotate',
    summary: 'Says what a send with an unknown outcome turned out to have done',
    principal: 'person',
    body: annotationBodySchema,
    answer,
    problems,
    handle: ({ params, person, body }) =>
      taking(gate, () =>
        gate.annotate({ approvalId: params['id'] ?? '', person, outcome: body.outcome, note: body.note }),
      ),
  };
  return [vote, annotate];
}
