// Ends a grant before its time: at once, for all replicas. INVARIANT: the log has it first, and whoever is told that it ended may rely on it.
import { StoreUnavailable } from '../../ports/approval-store.ts';
import type { SharedRecord } from '../../ports/shared-records.ts';
import type { GateDeps } from '../deps.ts';
import { type GrantRecord, grantStatus, readGrant, writeGrant } from './grant-record.ts';
import type { KnownGrants } from './known-grants.ts';

export const KIND = 'grant';
/** How long a grant is still shown after its end, ms. */
export const KEPT = 86_400_000;
/** Lost races before it is given back as not done: each means that somebody else used it. */
const TRIES = 2_000;

export interface Ending {
  /** Human id, or `holdgate` where the gate itself ends it. */
  readonly by: string;
  readonly why: string;
}

/** The grant as it stands afterwards; undefined where another one, or none, is kept there. Rejects with StoreUnavailable or
 *  AuditUnavailable: then it may or may not have ended. */
export async function endGrant(
  deps: Pick<GateDeps, 'records' | 'store' | 'audit' | 'bus'>,
  known: KnownGrants,
  key: string,
  id: string,
  { by, why }: Ending,
): Promise<GrantRecord | undefined> {
  let current = await deps.records.get(KIND, key);
  const first = read(current, id);
  if (!first) return undefined;
  const at = await deps.store.now();
  if (first.revoked || grantStatus(first, at) === 'over') return first;
  await deps.audit.durable({
    at,
    type: 'grant:revoked',
    grant: { id, approval: first.approval, used: first.used, uses: first.uses, until: first.until },
    agent: { id: first.agent, owner: first.owner },
    actor: { email: by },
    why,
  });
  known.end(id);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const grant = read(current, id);
    if (!grant || !current) return undefined;
    if (grant.revoked) return grant;
    const ended: GrantRecord = { ...grant, revoked: { by, at, why } };
    const terms = { keepFor: Math.max(1, grant.until - at) + KEPT };
    const put = await deps.records.put(KIND, key, current.version, writeGrant(ended), terms);
    if (put.outcome === 'written') {
      deps.bus.emit('grant:changed', { change: 'revoked', grant: id, approvalId: grant.approval, reason: why, by });
      return ended;
    }
    current = put.record;
  }
  throw new StoreUnavailable(`the grant ${id} changed too often to be ended`);
}

function read(record: SharedRecord | undefined, id: string): GrantRecord | undefined {
  const grant = record && readGrant(record.value);
  return grant?.id === id ? grant : undefined;
}
