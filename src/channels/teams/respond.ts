// From a click to a vote, and the answer to whoever clicked: the card as it is for them now, or why not.
import { type ApprovalView, approvalView } from '../../core/approval/view.ts';
import type { Person } from '../../core/principal.ts';
import type { BodyText } from '../../ports/channel.ts';
import type { Votes } from '../../ports/votes.ts';
import { type ButtonValue, readButtonValue } from '../card/button-value.ts';
import { AWAY, current, FOREIGN, GONE, STALE } from '../card/looked-at.ts';
import type { MessageTerms } from '../card/terms.ts';
import type { CardAction } from './activity.ts';
import { APPROVE, DENY, purpose, REFRESH, teamsCard } from './card.ts';
import type { Conversations } from './conversations.ts';
import type { Identities } from './identity.ts';

export interface RespondDeps {
  readonly votes: Votes;
  readonly identities: Identities;
  readonly conversations: Conversations;
  readonly terms: MessageTerms;
  readonly body: (approvalId: string) => Promise<BodyText | null>;
}

/** https://learn.microsoft.com/adaptive-cards/authoring-cards/universal-action-model#response-format */
export interface InvokeAnswer {
  readonly statusCode: number;
  readonly type: 'application/vnd.microsoft.card.adaptive' | 'application/vnd.microsoft.activity.message';
  readonly value: unknown;
}

export interface Responder {
  /** Never rejects. */
  respond(action: CardAction): Promise<InvokeAnswer>;
}

const NO_REASON = 'Say why: the agent is told what you write. Nothing was recorded.';

const message = (value: string): InvokeAnswer => ({
  statusCode: 200,
  type: 'application/vnd.microsoft.activity.message',
  value,
});

export function createResponder(deps: RespondDeps): Responder {
  const { votes, identities, conversations, terms } = deps;

  async function cardFor(view: ApprovalView, person: Person | undefined, conversation: string): Promise<InvokeAnswer> {
    const { users } = await conversations.get(conversation);
    const body = view.status === 'pending' ? await deps.body(view.id) : null;
    const { card } = teamsCard(view, body, terms, { users, person });
    return { statusCode: 200, type: 'application/vnd.microsoft.card.adaptive', value: card };
  }

  async function refresh({ actor, conversationId }: CardAction, { approvalId }: ButtonValue): Promise<InvokeAnswer> {
    const approval = await votes.get(approvalId);
    if (!approval) return message(GONE);
    const person = await identities.viewer(actor, conversationId);
    return cardFor(approvalView(approval, await votes.now()), person, conversationId);
  }

  async function decide(action: CardAction, value: ButtonValue): Promise<InvokeAnswer> {
    const { actor, conversationId, reason } = action;
    const found = await current(votes, value);
    if (typeof found === 'string') return message(found);
    const vote = action.verb === DENY ? 'deny' : 'approve';
    if (vote === 'deny' && reason === undefined) return message(NO_REASON);
    // As everybody sees it, with the list of viewers that takes the most room: who looks changes nothing about what fits.
    const { users } = await conversations.get(conversationId);
    if (vote === 'approve' && !teamsCard(found, await deps.body(found.id), terms, { users }).approvable)
      return message(STALE);
    const who = await identities.voter(actor, conversationId);
    if (!who.ok) return message(who.why);
    const done = await votes.vote({
      approvalId: value.approvalId,
      person: who.person,
      vote,
      reason,
      digest: found.digest,
      channel: 'teams',
    });
    if (done.outcome === 'not-found') return message(GONE);
    if (done.outcome !== 'recorded') return message(done.detail);
    return cardFor(approvalView(done.approval, await votes.now()), who.person, conversationId).catch(() =>
      message('Your vote was recorded.'),
    );
  }

  return {
    async respond(action) {
      const value = readButtonValue(terms.secrets, purpose(action.verb), action.value);
      if (!value) return message(FOREIGN);
      try {
        if (action.verb === REFRESH) return await refresh(action, value);
        return action.verb === APPROVE || action.verb === DENY ? await decide(action, value) : message(FOREIGN);
      } catch {
        return message(AWAY);
      }
    },
  };
}
