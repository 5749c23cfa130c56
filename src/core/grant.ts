// Authorisation is a value. Only `mintGrant` makes one, and only from an approval that stands at CLAIMED; the dispatcher
// and credential brokers accept nothing else.
import { deadlineOf } from './approval/guards.ts';
import type { Approval } from './approval/state.ts';

declare const minted: unique symbol;

export interface Grant {
  readonly [minted]: true;
  readonly approvalId: string;
  readonly agent: string;
  readonly upstream: string;
  readonly digest: string;
  readonly contentDigest: string;
  /** Fencing token of the claim. */
  readonly token: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** Mints the single-use permission to run one call. Undefined unless the approval is claimed and nothing was intended. */
export function mintGrant(approval: Approval): Grant | undefined {
  const { claim, opened, status, intent } = approval;
  if (status !== 'claimed' || !claim || intent) return undefined;
  return {
    approvalId: approval.id,
    agent: opened.agent,
    upstream: opened.upstream,
    digest: opened.digest,
    contentDigest: opened.contentDigest,
    token: claim.token,
    expiresAt: deadlineOf(approval),
  } as Grant;
}
