// What has to happen although nobody asks: expiry, receipts that a crash left unwritten, blobs nobody needs any more.
import { type Approval, isOpen } from '../core/approval/state.ts';
import type { GateDeps } from './deps.ts';
import { issueReceipt } from './receipts.ts';
import { settle } from './record.ts';

/** Per look and kind. */
const BATCH = 200;
const EVERY = 500;
const PRUNE_EVERY = 60_000;
/** Receipts written side by side: they share the log's group commits. */
const RECEIPTS_ABREAST = 8;

/** Runs its callback in a later turn of the event loop. */
export type YieldTurn = (callback: () => void) => void;

/** One approval that cannot be dealt with must not keep the others waiting, nor many of them the calls of others. */
async function each(
  { bus }: GateDeps,
  yieldTurn: YieldTurn,
  approvals: readonly Approval[],
  abreast: number,
  act: (one: Approval) => Promise<unknown>,
): Promise<void> {
  const rest = [...approvals];
  const lane = async (): Promise<void> => {
    for (let one = rest.shift(); one; one = rest.shift()) {
      const { id } = one;
      await act(one).catch((error: unknown) =>
        bus.emit('store:failed', { operation: 'sweep', error: `approval ${id}: ${String(error)}` }),
      );
      // A store in this process answers within the turn: without this a batch would be one long turn.
      await new Promise<void>(yieldTurn);
    }
  };
  await Promise.all(Array.from({ length: abreast }, lane));
}

/** Ends every approval whose time is over. Safe to run on any number of replicas: the append decides. */
async function sweepExpired(deps: GateDeps, yieldTurn: YieldTurn): Promise<void> {
  for (let found = BATCH, looks = 0; found === BATCH && looks < BATCH; looks++) {
    const now = await deps.store.now();
    const due = await deps.store.due(now, BATCH);
    await each(deps, yieldTurn, due, 1, (approval) =>
      settle(deps, approval, { type: 'expired', at: Math.max(now, approval.opened.expiresAt) }),
    );
    found = due.length;
  }
}

/** Writes the receipts of terminal approvals that have none. */
async function sweepReceipts(deps: GateDeps, yieldTurn: YieldTurn): Promise<void> {
  const missing = await deps.store.withoutReceipt(BATCH);
  const ended = missing.filter(({ status }) => !isOpen(status));
  await each(deps, yieldTurn, ended, RECEIPTS_ABREAST, (approval) => issueReceipt(deps, approval));
}

/** Sweeps every half second until stopped. */
export function startSweeper(deps: GateDeps, yieldTurn: YieldTurn): () => void {
  let stopped = false;
  let cancel = (): void => {};
  let lastPrune = deps.clock.monotonic();
  const tick = async (): Promise<void> => {
    try {
      await sweepExpired(deps, yieldTurn);
      await sweepReceipts(deps, yieldTurn);
      if (deps.store.prune && deps.clock.monotonic() - lastPrune >= PRUNE_EVERY) {
        lastPrune = deps.clock.monotonic();
        await deps.store.prune(await deps.store.now());
      }
    } catch (error) {
      deps.bus.emit('store:failed', { operation: 'sweep', error: String(error) });
    }
    if (!stopped) cancel = deps.clock.after(EVERY, () => void tick());
  };
  cancel = deps.clock.after(EVERY, () => void tick());
  return () => {
    stopped = true;
    cancel();
  };
}
