// What a person looked at. A button of a message that shows something else than the approval is now must not vote.
import { canonicalJson } from '../canonical-json.ts';
import { sha256 } from '../sha256.ts';
import { wellFormed } from '../well-formed.ts';
import type { ApprovalView } from './view.ts';

/** 16 hex digits over everything that may change somebody's mind; votes, times and states are not among it. */
export function lookOf(view: ApprovalView): string {
  const { digest, summary, actions, risk, rules, detail, flags, context, justification, uninspected } = view;
  const asked = view.required.map(({ rule, approvals, from }) => ({ rule, approvals, from }));
  const preview = context?.preview ?? null;
  const seen = { digest, summary, actions, risk, rules, detail, flags, preview, justification, uninspected, asked };
  return sha256(canonicalJson(wellFormed(seen))).slice(0, 16);
}
