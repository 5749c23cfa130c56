// The row of `approvals` that follows from a folded approval. Written, whole, in the transaction that appends the events; read only
// to find candidates, never to decide: whoever edits it changes no outcome.
import { droppableFrom } from '../../core/approval/current.ts';
import { type Approval, isOpen } from '../../core/approval/state.ts';

export interface Projection {
  readonly id: string;
  readonly agent: string;
  readonly status: string;
  readonly open: number;
  readonly version: number;
  readonly expires_at: number | null;
  readonly replica: string | null;
  readonly drop_at: number | null;
}

export function project(approval: Approval): Projection {
  const { status } = approval;
  return {
    id: approval.id,
    agent: approval.opened.agent,
    status,
    open: isOpen(status) ? 1 : 0,
    version: approval.version,
    expires_at: status === 'pending' || status === 'approved' ? approval.opened.expiresAt : null,
    replica: status === 'claimed' || status === 'sending' ? (approval.claim?.replica ?? null) : null,
    drop_at: droppableFrom(approval) ?? null,
  };
}
