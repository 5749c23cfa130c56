// The signed statement that remains of every approval, whatever became of it.
import type { Approval } from '../core/approval/state.ts';
import { receiptId } from '../core/approval/view.ts';
import { RECEIPT_TYP, receiptPayload, receiptStatement } from '../core/receipt/statement.ts';
import { sha256 } from '../core/sha256.ts';
import type { StoredBlob } from '../ports/approval-store.ts';
import type { GateDeps } from './deps.ts';

type Issuing = Pick<GateDeps, 'store' | 'signer' | 'audit' | 'clock' | 'credentialKind'>;

/** Signs and stores the receipt of a terminal approval unless it has one. */
export async function issueReceipt(deps: Issuing, approval: Approval): Promise<void> {
  if (await deps.store.blob(approval.id, 'receipt')) return;
  const { kind, bytes } = await receiptBlob(deps, approval);
  await deps.store.putBlob(approval.id, kind, bytes);
}

/** The signed receipt of a terminal approval, to be stored. The same approval always gives the same statement. Rejects with
 *  AuditUnavailable. */
export async function receiptBlob(deps: Omit<Issuing, 'store'>, approval: Approval): Promise<StoredBlob> {
  const kind = approval.intent && deps.credentialKind(approval.opened.upstream);
  const statement = receiptStatement(approval, {
    // A static credential cannot be narrowed to one action, and the receipt says so.
    credential: kind ? { kind, scope: 'none' } : undefined,
    audit: undefined,
  });
  const jws = await deps.signer.sign(Buffer.from(receiptPayload(statement)), RECEIPT_TYP);
  // In the log first: the sweeper repeats a receipt that is not stored, so that none exists which the log does not cite.
  await deps.audit.durable({
    at: deps.clock.now(),
    type: 'receipt:issued',
    approval: { id: approval.id, status: approval.status },
    receipt: { id: receiptId(approval.id), sha256: sha256(jws) },
  });
  return { kind: 'receipt', bytes: Buffer.from(jws) };
}

/** The receipt of this approval as it was signed; undefined where there is none, or where another one was put in its place. */
export async function storedReceipt(
  deps: Pick<GateDeps, 'store' | 'signer' | 'bus'>,
  approvalId: string,
): Promise<string | undefined> {
  const stored = await deps.store.blob(approvalId, 'receipt');
  if (!stored) return undefined;
  const jws = Buffer.from(stored).toString('utf8');
  const payload = await deps.signer.verify(jws, RECEIPT_TYP);
  const statement: unknown = payload && JSON.parse(Buffer.from(payload).toString('utf8'));
  if (typeof statement === 'object' && statement && 'approval_id' in statement && statement.approval_id === approvalId)
    return jws;
  deps.bus.emit('store:failed', { operation: 'receipt', error: `the stored receipt of ${approvalId} is not its own` });
  return undefined;
}
