// What a click is about: the approval as it is, if that is still what its message showed.
import { lookOf } from '../../core/approval/look.ts';
import { type ApprovalView, approvalView } from '../../core/approval/view.ts';
import type { Person } from '../../core/principal.ts';
import type { Votes } from '../../ports/votes.ts';
import type { ButtonValue } from './button-value.ts';
import { stateLine } from './state-line.ts';

export const STALE =
  'This has changed since you looked. The message shows it as it is now; look again before you decide.';
export const FOREIGN = 'This button is not one of this gate; nothing was recorded.';
export const AWAY = 'The gate cannot read this approval now; nothing was recorded. Try again.';
export const GONE = 'This approval is no longer known.';

/** The approval as it is, or what to say instead. Never rejects. */
export async function current(
  votes: Pick<Votes, 'get' | 'now'>,
  { approvalId, look }: ButtonValue,
): Promise<ApprovalView | string> {
  try {
    const approval = await votes.get(approvalId);
    if (!approval) return GONE;
    const view = approvalView(approval, await votes.now());
    if (view.status !== 'pending') return `Decided already. ${stateLine(view)}`;
    return lookOf(view) === look ? view : STALE;
  } catch {
    return AWAY;
  }
}

/** Whether this person is among those who are asked; only a hint, the core decides. */
export const concerns = (view: ApprovalView, person: Pick<Person, 'email' | 'groups'>): boolean =>
  view.required.some(
    ({ from }) =>
      from.length === 0 ||
      from.some((each) => (each.startsWith('group:') ? person.groups.includes(each.slice(6)) : each === person.email)),
  );
