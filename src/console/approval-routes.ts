// Reading approvals: the list, one with its exact call, and the stream of changes.
import type { Approval } from '../core/approval/state.ts';
import { approvalView } from '../core/approval/view.ts';
import type { ApprovalGate } from '../gate/api.ts';
import { json, problem } from './answer.ts';
import { BODY_SHOWN, callView } from './call-view.ts';
import { canVote } from './can-vote.ts';
import type { EventStreams } from './event-streams.ts';
import type { PersonRoute, Route } from './route.ts';
import {
  approvalDetailSchema,
  approvalListSchema,
  type ListInput,
  listQuerySchema,
  type ShowInput,
  showQuerySchema,
  similarSchema,
} from './schemas.ts';

const JSON_MEDIA = 'application/json';

/** `onReview`: told of each look at the whole of one approval. */
export function approvalRoutes(
  gate: ApprovalGate,
  streams: EventStreams,
  onReview?: (approval: Approval) => void,
): readonly Route[] {
  const list: PersonRoute<ListInput> = {
    method: 'GET',
    path: '/api/v1/approvals',
    operation: 'listApprovals',
    summary: 'Lists approvals, newest first',
    principal: 'person',
    query: listQuerySchema,
    answer: {
      status: 200,
      description: 'One page of approvals',
      contentType: JSON_MEDIA,
      schema: approvalListSchema,
    },
    problems: [],
    async handle({ query }) {
      const { status, agent, cursor, limit } = query;
      const page = await gate.list({
        limit,
        ...(status !== undefined && { status }),
        ...(agent !== undefined && { agent }),
        ...(cursor !== undefined && { cursor }),
      });
      const now = await gate.now();
      return json({ items: page.items.map((approval) => approvalView(approval, now)), next: page.next ?? null });
    },
  };
  const show: PersonRoute<ShowInput> = {
    method: 'GET',
    path: '/api/v1/approvals/{id}',
    operation: 'getApproval',
    summary: 'One approval with the exact call, and whether you may vote on it',
    principal: 'person',
    query: showQuerySchema,
    answer: { status: 200, description: 'The approval', contentType: JSON_MEDIA, schema: approvalDetailSchema },
    problems: ['not-found'],
    async handle({ params, query, person }) {
      const id = params['id'] ?? '';
      const approval = await gate.get(id);
      if (!approval) return problem('not-found', { detail: 'There is no approval with this id.' });
      onReview?.(approval);
      const [call, now] = await Promise.all([gate.call(id), gate.now()]);
      return json({
        ...approvalView(approval, now),
        call: call ? callView(call, query.body === 'full' ? Number.POSITIVE_INFINITY : BODY_SHOWN) : null,
        can_vote: canVote(approval, person, now),
      });
    },
  };
  const similar: PersonRoute = {
    method: 'GET',
    path: '/api/v1/approvals/{id}/similar',
    operation: 'getSimilar',
    summary: 'The pending approvals that are like this one but for values, with every value that differs',
    principal: 'person',
    answer: {
      status: 200,
      description: 'The approval and those like it; each is voted on by itself, with its own digest',
      contentType: JSON_MEDIA,
      schema: similarSchema,
    },
    problems: ['not-found'],
    async handle({ params }) {
      const shown = await gate.similar(params['id'] ?? '');
      if (!shown) return problem('not-found', { detail: 'There is no approval with this id.' });
      const { view, others } = shown;
      return json({
        approval: view,
        similar: others.map(({ view: approval, differs }) => ({ approval, differs })),
      });
    },
  };
  const events: PersonRoute = {
    method: 'GET',
    path: '/api/v1/events',
    operation: 'streamApprovals',
    summary: 'Server-sent events: every open approval first, then each one that changes',
    principal: 'person',
    answer: {
      status: 200,
      description:
        'Events "approval" with the approval as data and "<id>:<version>" as id; one event "synced" after the open ones; "resync" where changes may have been missed: all open ones and "synced" follow again; comments as heartbeat',
      contentType: 'text/event-stream',
    },
    problems: [],
    handle({ person, stillKnown }) {
      if (streams.full(person.email)) {
        return problem('gate-unavailable', { detail: 'Too many event streams are open.' }, { 'Retry-After': '10' });
      }
      return {
        kind: 'stream',
        contentType: 'text/event-stream; charset=utf-8',
        start: (response) => streams.attach(response, person.email, stillKnown),
      };
    },
  };
  return [list, show, similar, events];
}
