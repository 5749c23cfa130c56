// Appending to an approval, with what always goes with it: the audit entry and the event for whoever listens.
import type { ApprovalEvent } from '../core/approval/events.ts';
import { type Approval, isOpen } from '../core/approval/state.ts';
import type { AppendOutcome, ApprovalStore } from '../ports/approval-store.ts';
import type { AuditEntry } from '../ports/audit-log.ts';
import type { GateDeps } from './deps.ts';

/** The audit entry of one approval event; identities, digests and outcomes, never bodies. */
export function approvalEntry(
  approval: Approval,
  event: ApprovalEvent,
  more: Record<string, unknown> = {},
): AuditEntry {
  const { opened } = approval;
  return {
    at: event.at,
    type: `approval:${event.type}`,
    approval: {
      id: approval.id,
      status: approval.status,
      required: opened.terms.quorums,
      expires_at: opened.expiresAt,
    },
    agent: { id: opened.agent, owner: opened.owner, access_key: opened.accessKey },
    call: { sha256: opened.digest, method: opened.method, url: opened.url, upstream: opened.upstream },
    policy: { digest: opened.policyDigest, rules: opened.rules, risk: opened.risk },
    ...more,
  };
}

/** Appends, and tells the bus on success. The caller has written the audit entry where one must come first. */
export async function append(
  deps: Pick<GateDeps, 'store' | 'bus'>,
  approval: Approval,
  events: readonly ApprovalEvent[],
  options?: Parameters<ApprovalStore['append']>[3],
): Promise<AppendOutcome> {
  const done = await deps.store.append(approval.id, approval.version, events, options);
  if (done.outcome === 'appended') {
    const receipted = options?.blobs?.some(({ kind }) => kind === 'receipt') ?? false;
    for (const event of events)
      deps.bus.emit('approval:changed', { approval: done.approval, event: event.type, receipted });
  }
  return done;
}

/**
 * Ends an approval with an event that needs nothing but the right status (expired, cancelled, void, not_sent, result):
 * retries lost races until the event is in or no longer applies. Returns the approval as it stands afterwards.
 */
export async function settle(
  deps: Pick<GateDeps, 'store' | 'bus' | 'audit'>,
  approval: Approval,
  event: ApprovalEvent,
  options?: Parameters<ApprovalStore['append']>[3],
): Promise<Approval> {
  let current = approval;
  for (;;) {
    const done = await append(deps, current, [event], options);
    if (done.outcome === 'appended') {
      deps.audit.routine(approvalEntry(done.approval, event, outcomeFields(event)));
      return done.approval;
    }
    if (done.outcome !== 'conflict' || !done.approval || !isOpen(done.approval.status)) return done.approval ?? current;
    current = done.approval;
  }
}

function outcomeFields(event: ApprovalEvent): Record<string, unknown> {
  if (event.type === 'result') {
    const { outcome, httpStatus, responseDigest, responseBytes, detail } = event;
    return {
      execution: { outcome, status: httpStatus, response_sha256: responseDigest, bytes: responseBytes, detail },
    };
  }
  return 'why' in event ? { why: event.why } : {};
}
