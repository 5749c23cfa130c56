// What becomes of calls whose access key was taken back. INVARIANT: nothing is claimed, and nothing sent, for a key that the store does not
// call good at that moment; withdrawing what waits is a courtesy to the people who would be asked for nothing.
import type { Approval } from '../core/approval/state.ts';
import type { AgentKeyRecord } from '../ports/agent-keys.ts';
import type { GateDeps } from './deps.ts';
import { everyApproval } from './every-approval.ts';
import { settle } from './record.ts';
import type { WaitingRoom } from './waiting-room.ts';

/** How long approvals of a key that was revoked are looked for, ms: a replica may go by what it was told before, and be slow. */
const LOOK_FOR = 15_000;

/** Rejects with StoreUnavailable. */
async function isGood({ agentKeys }: Pick<GateDeps, 'agentKeys'>, key: string, agent: string): Promise<boolean> {
  const record = await agentKeys.find(key);
  return record?.agent === agent && record.revoked === undefined;
}

/** Whether the key that the call was first signed with is good; undefined where none did. Rejects with StoreUnavailable. */
export async function accessKeyStands(
  deps: Pick<GateDeps, 'agentKeys'>,
  { opened }: Pick<Approval, 'opened'>,
): Promise<boolean | undefined> {
  return opened.accessKey === undefined ? undefined : isGood(deps, opened.accessKey, opened.agent);
}

/** True where a connection that waits for this approval was signed with a key that is no longer good. Of the key that the approval was opened with
 *  the claim takes care. Rejects with StoreUnavailable. */
export async function hasLostItsKey(
  deps: Pick<GateDeps, 'agentKeys'>,
  { opened }: Pick<Approval, 'opened'>,
  signer: string | undefined,
): Promise<boolean> {
  return signer !== undefined && signer !== opened.accessKey && !(await isGood(deps, signer, opened.agent));
}

/** Sends away whoever joined with a key that was revoked since: what they joined may still run for others. False where nobody is left for whom it
 *  would. Rejects with StoreUnavailable. */
export async function turnAwayRevoked(
  deps: Pick<GateDeps, 'agentKeys'>,
  room: Pick<WaitingRoom, 'all'>,
  approval: Approval,
): Promise<boolean> {
  let turned = false;
  for (const { signer, turnAway } of room.all(approval.id)) {
    if (!(await hasLostItsKey(deps, approval, signer))) continue;
    turnAway();
    turned = true;
  }
  return !turned || room.all(approval.id).length > 0 || approval.opened.terms.onAbsent === 'execute';
}

export interface RevokedKeys {
  /** Withdraws every approval that waits and was asked for with a key that was revoked since. Never rejects. */
  sweep(): Promise<void>;
}

/** Safe on any number of replicas: the append decides. */
export function createRevokedKeys(deps: GateDeps): RevokedKeys {
  /** Monotonic ms since when a key is known to be revoked. */
  const since = new Map<string, number>();

  const trouble = (error: unknown): void =>
    deps.bus.emit('store:failed', { operation: 'revoked-keys', error: String(error) });

  /** False where one could not be withdrawn: it is looked at again, and must not keep the others waiting. */
  async function withdraw(id: string, agent: string): Promise<boolean> {
    const why = `the access key ${id} that signed the call was revoked`;
    let all = true;
    for (const status of ['pending', 'approved'] as const) {
      for (const approval of await everyApproval(deps, status, agent)) {
        if (approval.opened.accessKey !== id) continue;
        const at = await deps.store.now();
        await settle(deps, approval, { type: 'cancelled', at, why }).catch((error: unknown) => {
          all = false;
          trouble(error);
        });
      }
    }
    return all;
  }

  async function sweepKey({ id, agent, revoked }: AgentKeyRecord): Promise<void> {
    const now = deps.clock.monotonic();
    const first = since.get(id) ?? now;
    since.set(id, first);
    if (!(await withdraw(id, agent)) || now - first < LOOK_FOR) return;
    // The command that revoked it has an entry of its own; a hand in the store has none.
    const entry = { at: deps.clock.now(), type: 'agent-key:aws:settled', agent: { id: agent }, key: id };
    await deps.audit.durable({ ...entry, revoked_at: revoked });
    await deps.agentKeys.settled(id);
    since.delete(id);
  }

  async function sweep(): Promise<void> {
    // One that cannot be settled is looked at again, and must not keep the others waiting either.
    for (const key of await deps.agentKeys.unsettled()) await sweepKey(key).catch(trouble);
  }
  return { sweep: () => sweep().catch(trouble) };
}
