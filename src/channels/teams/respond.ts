// From a click to a vote, and the answer to whoever clicked: the card as it is for them now, or why not.
import type { Person } from '../../core/principal.ts';
import type { Shown } from '../../core/similar/shown.ts';
import type { Votes } from '../../ports/votes.ts';
import { type ButtonValue, readButtonValue } from '../card/button-value.ts';
import { offeredHere } from '../card/grant-offer.ts';
import { AWAY, current, FOREIGN, GONE, STALE } from '../card/looked-at.ts';
import { voteOn } from '../card/vote-on.ts';
import type { MessageTerms } from '../card/terms.ts';
import type { CardAction } from './activity.ts';
import { APPROVE, DENY, GRANT, purpose, REFRESH, teamsCard } from './card.ts';
import type { Conversations } from './conversations.ts';
import type { Identities } from './identity.ts';

export interface RespondDeps {
  readonly votes: Votes;
  readonly identities: Identities;
  readonly conversations: Conversations;
  readonly terms: MessageTerms;
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

  async function cardFor(shown: Shown, person: Person | undefined, conversation: string): Promise<InvokeAnswer> {
    const { users } = await conversations.get(conversation);
    const { card } = teamsCard(shown, terms, { users, person });
    return { statusCode: 200, type: 'application/vnd.microsoft.card.adaptive', value: card };
  }

  async function refresh({ actor, conversationId }: CardAction, { approvalId }: ButtonValue): Promise<InvokeAnswer> {
    const shown = await votes.shown(approvalId);
    if (!shown) return message(GONE);
    const person = await identities.viewer(actor, conversationId);
    return cardFor(shown, person, conversationId);
  }

  async function decide(action: CardAction, value: ButtonValue): Promise<InvokeAnswer> {
    const { actor, conversationId, reason } = action;
    const found = await current(votes, value);
    if (typeof found === 'string') return message(found);
    const vote = action.verb === DENY ? 'deny' : 'approve';
    if (vote === 'deny' && reason === undefined) return message(NO_REASON);
    // As everybody sees it, with the list of viewers that takes the most room: who looks changes nothing about what fits.
    const { users } = await conversations.get(conversationId);
    if (vote === 'approve' && !teamsCard(found, terms, { users }).approvable) return message(STALE);
    const grant = action.verb === GRANT;
    if (grant && !offeredHere(found)) return message(STALE);
    const who = await identities.voter(actor, conversationId);
    if (!who.ok) return message(who.why);
    const why = await voteOn(votes, found, {
      person: who.person,
      vote,
      reason,
      channel: 'teams',
      ...(grant && { grant: true as const }),
    });
    if (why !== undefined) return message(why);
    const recorded = message('Your vote was recorded.');
    const now = await votes.shown(value.approvalId).catch(() => undefined);
    return now ? cardFor(now, who.person, conversationId).catch(() => recorded) : recorded;
  }

  return {
    async respond(action) {
      const value = readButtonValue(terms.secrets, purpose(action.verb), action.value);
      if (!value) return message(FOREIGN);
      try {
        if (action.verb === REFRESH) return await refresh(action, value);
        return action.verb === APPROVE || action.verb === GRANT || action.verb === DENY
          ? await decide(action, value)
          : message(FOREIGN);
      } catch {
        return message(AWAY);
      }
    },
  };
}
