// What is worth a notification of its own, beside the message that is rewritten: that time runs, and what became of it.
import { askedFor } from '../../core/similar/shown.ts';
import type { NoticeMessage } from '../../ports/channel.ts';
import { stateLineOf } from './state-line.ts';

/** Plain text; names and reasons in it are made visible. */
export function threadWords({ reason, shown }: Pick<NoticeMessage, 'reason' | 'shown'>): string | undefined {
  const asked = askedFor(shown);
  switch (reason) {
    case 'nudged':
      return `Still waiting for ${asked}. It expires at ${shown.view.expires_at.slice(11, 16)} UTC.`;
    case 'escalated':
      return `Nobody has decided. Now asked as well: ${asked}.`;
    case 'ended':
      return stateLineOf(shown);
    default:
      return undefined;
  }
}
