// Approvals as messages with a card: posted once, rewritten on every change, with what time does told in their thread. Bots cannot read what
// was posted, so there is no `find`: a replica that dies between a post and its record leaves a second message, and both stay true.
import type { Channel, Delivery } from '../../ports/channel.ts';
import type { MessageTerms } from '../card/terms.ts';
import { threadWords } from '../card/thread-words.ts';
import { teamsCard } from './card.ts';
import type { Connector, ConnectorFailure } from './connector.ts';
import type { Conversations } from './conversations.ts';

export interface TeamsChannelDeps {
  readonly connector: Pick<Connector, 'post' | 'update'>;
  readonly conversations: Conversations;
  readonly terms: MessageTerms;
}

export function createTeamsChannel({ connector, conversations, terms }: TeamsChannelDeps): Channel {
  return {
    name: 'teams',
    async deliver(target, message, ref): Promise<Delivery> {
      const known = await conversations.get(target).catch(() => undefined);
      if (!known) return { outcome: 'later', why: 'the store cannot be read' };
      const { serviceUrl, users } = known;
      const { card, summary } = teamsCard(message.shown, terms, { users });
      const activity = {
        type: 'message',
        summary,
        attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content: card }],
      };
      if (ref === undefined) {
        const posted = await connector.post(serviceUrl, target, activity);
        return posted.ok ? { outcome: 'delivered', ref: posted.id } : failed(posted);
      }
      const updated = await connector.update(serviceUrl, target, ref, activity);
      if (!updated.ok) return failed(updated);
      const told = threadWords(message);
      if (told === undefined) return { outcome: 'delivered', ref };
      const thread = `${target};messageid=${ref}`;
      const posted = await connector.post(serviceUrl, thread, { type: 'message', textFormat: 'plain', text: told });
      // The message itself is right; only its thread is not.
      return posted.ok || posted.kind === 'refused' ? { outcome: 'delivered', ref } : failed(posted);
    },
  };
}

function failed({ kind, why, after }: ConnectorFailure): Delivery {
  if (kind === 'refused') return { outcome: 'refused', why };
  return { outcome: 'later', why, ...(after !== undefined && { after }) };
}
