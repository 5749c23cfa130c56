// What the wait of one held connection can end in.
import type { Approval } from '../core/approval/state.ts';
import type { CapturedResponse } from './capture.ts';

export type HoldAnswer =
  /** The wait budget is over and nobody decided; sending the same call again joins. */
  | { readonly kind: 'pending'; readonly approval: Approval }
  /** Denied, expired, cancelled, void, not sent, indeterminate: `approval.status` and `approval.why` say which. */
  | { readonly kind: 'ended'; readonly approval: Approval }
  /** Executed; this connection gets the kept response. */
  | { readonly kind: 'replay'; readonly approval: Approval; readonly response: CapturedResponse }
  /** Executed, but the response is not kept. */
  | { readonly kind: 'gone'; readonly approval: Approval }
  | { readonly kind: 'unavailable' }
  | { readonly kind: 'shutting-down'; readonly approval: Approval };
