// What has to happen although nobody asks: expiry, claims of replicas that died, receipts that a crash left unwritten, blobs
// nobody needs any more. One replica at a time does it, whichever holds the lease: it may die at any moment, and two at once
// do no harm.
import { type Approval, isOpen } from '../core/approval/state.ts';
import { createRevokedKeys } from './access-keys.ts';
import type { GateDeps } from './deps.ts';
import { everyApproval } from './every-approval.ts';
import type { Liveness } from './liveness.ts';
import { issueReceipt } from './receipts.ts';
import { settle } from './record.ts';
import { settleLeft, settleOrphan } from './recover.ts';
import type { Runner } from './runner.ts';
import { within } from './within.ts';

/** Per look and kind. */
const BATCH = 200;
const EVERY = 500;
const PRUNE_EVERY = 60_000;
/** Between looks for claims of our own that nobody here runs, and for approvals that nobody runs, ms. */
const LEFT_EVERY = 5_000;
const LEASE = 'sweep';
/** How long a replica that died keeps the others from sweeping, ms. */
const TURN = 2_000;
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

/** True while it is this replica's turn to sweep. */
type Turn = () => Promise<boolean>;

/** Ends every approval whose time is over. Safe to run on any number of replicas: the append decides. */
async function sweepExpired(deps: GateDeps, yieldTurn: YieldTurn, ours: Turn): Promise<void> {
  for (let found = BATCH, looks = 0; found === BATCH && looks < BATCH && (await ours()); looks++) {
    const now = await deps.store.now();
    const due = await deps.store.due(now, BATCH);
    await each(deps, yieldTurn, due, 1, (approval) =>
      settle(deps, approval, { type: 'expired', at: Math.max(now, approval.opened.expiresAt) }),
    );
    found = due.length;
  }
}

/** Settles what replicas that are gone had claimed; never what runs here, whatever became of our own lease. */
async function sweepOrphaned(deps: GateDeps, yieldTurn: YieldTurn, runner: Runner): Promise<void> {
  const orphaned = await deps.store.orphaned(BATCH);
  const others = orphaned.filter(({ id }) => !runner.runs(id));
  await each(deps, yieldTurn, others, 1, (approval) => settleOrphan(deps, approval));
}

/** Runs what is to run without an agent and whose replica died between the deciding vote and the claim. */
async function sweepApproved(deps: GateDeps, runner: Runner): Promise<void> {
  const now = await deps.store.now();
  for (const { id, opened, statusAt } of await everyApproval(deps, 'approved')) {
    if (opened.terms.onAbsent === 'execute' && now - statusAt > LEFT_EVERY) runner.ensure(id);
  }
}

/** Writes the receipts of terminal approvals that have none. */
async function sweepReceipts(deps: GateDeps, yieldTurn: YieldTurn): Promise<void> {
  const missing = await deps.store.withoutReceipt(BATCH);
  const ended = missing.filter(({ status }) => !isOpen(status));
  await each(deps, yieldTurn, ended, RECEIPTS_ABREAST, (approval) => issueReceipt(deps, approval));
}

export interface Sweeper {
  /** Gives the turn to the others. Never rejects. */
  stop(): Promise<void>;
}

/** Sweeps every half second until stopped, while no other replica does. */
export function startSweeper(deps: GateDeps, yieldTurn: YieldTurn, liveness: Liveness, runner: Runner): Sweeper {
  const { clock, store } = deps;
  const revokedKeys = createRevokedKeys(deps);
  let stopped = false;
  let cancel = (): void => {};
  let lastPrune = clock.monotonic();
  /** Monotonic ms; when the turn was last asked for and given. */
  let taken = -Infinity;

  const lease = (ttl: number): Promise<boolean> => within(clock, TURN, store.lease(LEASE, deps.replica, ttl));
  const takeTurn: Turn = async () => {
    const asked = clock.monotonic();
    const ours = !stopped && (await lease(TURN));
    taken = ours ? asked : -Infinity;
    return ours;
  };
  // Many approvals at once may take longer than a turn lasts.
  const ours: Turn = async () => clock.monotonic() - taken < TURN / 2 || (await takeTurn());

  const prune = async (): Promise<void> => {
    if (!store.prune || clock.monotonic() - lastPrune < PRUNE_EVERY) return;
    lastPrune = clock.monotonic();
    await store.prune(await store.now());
  };
  let lastLeft = clock.monotonic();
  let lastApproved = clock.monotonic();
  let left: ReadonlySet<string> = new Set();
  /** Each replica's own affair, whoever's turn it is. */
  const sweepLeft = async (): Promise<void> => {
    if (clock.monotonic() - lastLeft < LEFT_EVERY) return;
    lastLeft = clock.monotonic();
    left = await settleLeft(deps, (id) => runner.runs(id), left);
  };
  const sweep = async (): Promise<void> => {
    await sweepLeft();
    if (!(await takeTurn())) return;
    await sweepExpired(deps, yieldTurn, ours);
    if (await ours()) await revokedKeys.sweep();
    if (liveness.mayJudge() && (await ours())) await sweepOrphaned(deps, yieldTurn, runner);
    if (clock.monotonic() - lastApproved >= LEFT_EVERY && (await ours())) {
      lastApproved = clock.monotonic();
      await sweepApproved(deps, runner);
    }
    if (await ours()) await sweepReceipts(deps, yieldTurn);
    if (await ours()) await prune();
  };
  const tick = async (): Promise<void> => {
    try {
      await sweep();
    } catch (error) {
      deps.bus.emit('store:failed', { operation: 'sweep', error: String(error) });
    }
    if (!stopped) cancel = clock.after(EVERY, () => void tick());
  };
  cancel = clock.after(EVERY, () => void tick());
  return {
    async stop() {
      stopped = true;
      cancel();
      // Who does not have it has nothing to give; if the store is away it ends by itself.
      if (taken > -Infinity) await lease(0).catch(() => undefined);
    },
  };
}
