// What a click is about: what its message shows as it is now, if that is still what it showed.
import { isEligible } from '../../core/approval/quorum.ts';
import type { ApprovalView } from '../../core/approval/view.ts';
import type { Person } from '../../core/principal.ts';
import { covered, lookOfShown, type Shown } from '../../core/similar/shown.ts';
import type { Votes } from '../../ports/votes.ts';
import type { ButtonValue } from './button-value.ts';
import { stateLineOf } from './state-line.ts';

export const STALE =
  'This has changed since you looked. The message shows it as it is now; look again before you decide.';
export const FOREIGN = 'This button is not one of this gate; nothing was recorded.';
export const AWAY = 'The gate cannot read this approval now; nothing was recorded. Try again.';
export const GONE = 'This approval is no longer known.';

/** What the message shows as it is, or what to say instead. Never rejects. */
export async function current(votes: Pick<Votes, 'shown'>, { approvalId, look }: ButtonValue): Promise<Shown | string> {
  try {
    const shown = await votes.shown(approvalId);
    if (!shown) return GONE;
    if (covered(shown).length === 0) return `Decided already. ${stateLineOf(shown)}`;
    return lookOfShown(shown) === look ? shown : STALE;
  } catch {
    return AWAY;
  }
}

/** Whether this person is among those who are asked; only a hint, the core decides. */
export const concerns = (view: ApprovalView, person: Pick<Person, 'email' | 'groups'>): boolean =>
  view.required.some(({ from }) => isEligible(from, { by: person.email, groups: person.groups }));
