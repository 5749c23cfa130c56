// What one message shows to people: an approval, or several similar ones that one vote decides. INVARIANT: a vote covers what is pending, is like
// the one that is shown whole, and has all its differences listed; nothing else.
import { lookOf } from '../approval/look.ts';
import { type ApprovalView } from '../approval/view.ts';
import { canonicalJson } from '../canonical-json.ts';
import { sha256 } from '../sha256.ts';
import type { NamedValue } from './template.ts';

export interface BodyText {
  /** Content-Encoding undone; null where it is no text. */
  readonly text: string | null;
  /** Bytes in all, as they will be sent. */
  readonly size: number;
  /** True if `text` is only the beginning. */
  readonly truncated: boolean;
}

export interface Shown {
  /** What the message is called by: the approval that it was posted for. */
  readonly id: string;
  /** The approval that is shown whole: the first one that waits, or else the first. */
  readonly view: ApprovalView;
  /** Of its call; null where that has none, or where it is no longer kept. */
  readonly body: BodyText | null;
  /** The others, in the order in which they came; none for most approvals. */
  readonly others: readonly Similar[];
}

export interface Similar {
  readonly view: ApprovalView;
  /** What its call has in the places where it differs from the one that is shown whole; null where nobody can say: it is not decided with
   *  that one. Empty for those that no longer wait. */
  readonly differs: readonly NamedValue[] | null;
}

/** One approval by itself. */
export const alone = (view: ApprovalView, body: BodyText | null): Shown => ({ id: view.id, view, body, others: [] });

/** What a vote on this message votes on: nothing where nothing waits. */
export function covered({ view, others }: Shown): readonly ApprovalView[] {
  const alike = others.filter(({ differs }) => differs !== null).map((each) => each.view);
  return [view, ...alike].filter(({ status }) => status === 'pending');
}

/** Who is asked for any of what waits, in words; groups and addresses as policy names them. */
export function askedFor({ view, others }: Shown): string {
  const waiting = [view, ...others.map((each) => each.view)].filter(({ status }) => status === 'pending');
  const required = (waiting.length > 0 ? waiting : [view]).flatMap((each) => each.required);
  return [...new Set(required.flatMap(({ from }) => from))].join(', ') || 'anybody in people';
}

/** What somebody looked at: 16 hex digits over everything that may change their mind. */
export function lookOfShown(shown: Shown): string {
  if (shown.others.length === 0) return lookOf(shown.view);
  const looks = covered(shown).map((view) => [view.id, lookOf(view)]);
  return sha256(canonicalJson(looks)).slice(0, 16);
}
