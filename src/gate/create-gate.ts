// The gate: all use cases over one set of ports. Front ends (proxy, console, channels) see nothing else.
import { type Approval, isOpen } from '../core/approval/state.ts';
import type { Call } from '../core/call.ts';
import { turnAwayRevoked } from './access-keys.ts';
import { createAgentActivity } from './agent-activity.ts';
import { annotate } from './annotate.ts';
import type { ApprovalGate } from './api.ts';
import type { GateDeps } from './deps.ts';
import { everyApproval } from './every-approval.ts';
import type { Executed } from './execute.ts';
import { type HeldAgent, type Hold, holdConnection, markDelivered } from './hold.ts';
import { OPEN_WITHIN } from './grants/being-opened.ts';
import { createGrants } from './grants/grants.ts';
import { createInformer } from './inform.ts';
import { keptCall, keptResponse } from './kept.ts';
import { createLookAgain } from './look-again.ts';
import { type HoldRequest, type OpenResult, openOrJoin } from './open.ts';
import { createLiveness } from './liveness.ts';
import { issueReceipt, storedReceipt } from './receipts.ts';
import { createEndings, reconcile, ruledOut } from './reconcile.ts';
import { recover } from './recover.ts';
import { createRunner } from './runner.ts';
import { similarTo } from './similar.ts';
import { startSweeper, type Sweeper, type YieldTurn } from './sweep.ts';
import { castVote } from './vote.ts';
import { createWaitingRoom } from './waiting-room.ts';
import { within } from './within.ts';

export interface Gate extends ApprovalGate {
  /** Opens an approval for a call that policy holds, or joins the one it has. Rejects if that cannot be made durable. */
  open(request: HoldRequest): Promise<OpenResult>;
  /** Lets one connection wait for the outcome, at most `wait` ms. */
  wait(approval: Approval, agent: HeldAgent, wait: number): Hold;
  /** Settles what a crash left behind, takes this replica's lease and starts the sweeper. Returns ids of approvals whose outcome nobody knows. */
  start(): Promise<readonly string[]>;
  /** Answers every held connection with "come back" (shutdown). */
  release(): void;
  /** Resolves when no execution is under way any more. */
  idle(): Promise<void>;
  /** Stops sweeping, and gives the leases back unless something still runs. Never rejects. */
  stop(): Promise<void>;
  /** Connections that wait right now. */
  held(): number;
}

/** `yieldTurn` is setImmediate or a stand-in for it. */
export function createGate(deps: GateDeps, yieldTurn: YieldTurn): Gate {
  const room = createWaitingRoom(yieldTurn);
  const activity = createAgentActivity(deps.bus);
  const informer = deps.previews && createInformer(deps, deps.previews, activity);
  const grants = createGrants(deps);
  const lookAgain = createLookAgain(deps, (id) => room.wake(id));

  const finished = async ({ approval, live, response }: Executed): Promise<void> => {
    if (response) for (const waiter of room.all(approval.id)) waiter.deliver({ kind: 'replay', approval, response });
    else room.wake(approval.id);
    if (!live) return;
    if (!approval.result || approval.result.outcome === 'indeterminate') return live.fail();
    if (await live.end()) await markDelivered(deps, approval, false);
  };

  const liveness = createLiveness(deps);
  const endings = createEndings();
  const runner = createRunner(deps, {
    async mayRun(approval) {
      await liveness.assure();
      return (await turnAwayRevoked(deps, room, approval)) && !(await ruledOut(deps, endings, approval));
    },
    grants,
    latestAgent(id) {
      const waiter = room.latest(id);
      return waiter?.takeLive() ? waiter.sink : undefined;
    },
    finished,
    gaveUp: (id) => room.wake(id),
  });

  let sweeper: Sweeper | undefined;
  const unsubscribe = [
    deps.store.subscribe((id) => (id === undefined ? room.wakeAll() : room.wake(id))),
    deps.bus.on('approval:damaged', ({ approvalId }) => room.wake(approvalId)),
    deps.bus.on('vote:recorded', ({ approvalId, vote }) => {
      if (vote === 'deny') endings.add(approvalId, 'denied');
    }),
    deps.bus.on('approval:changed', ({ approval, event, receipted }) => {
      if (event === 'intent') endings.add(approval.id, 'sent');
      const decides = event === 'voted' || event === 'granted';
      if (decides && approval.status === 'approved' && approval.opened.terms.onAbsent === 'execute') {
        runner.ensure(approval.id);
      }
      if (event === 'result' && approval.status === 'indeterminate' && approval.granted)
        void grants.endUnsure(approval);
      // The sweeper writes what fails here.
      if (!isOpen(approval.status) && event !== 'delivered' && receipted !== true)
        void issueReceipt(deps, approval).catch(() => undefined);
    }),
  ];

  const storedCall = async (id: string): Promise<Call | undefined> => {
    const kept = await keptCall(deps, id);
    if (kept.state === 'changed') throw new Error(`the stored call of ${id} was changed at rest`);
    return kept.state === 'kept' ? kept.call : undefined;
  };

  return {
    async open(request) {
      const opened = await within(deps.clock, OPEN_WITHIN, openOrJoin(deps, activity, grants, request));
      if (opened.outcome === 'open' && !opened.joined && !opened.approval.granted)
        informer?.later(opened.approval, opened.lateFlags ?? []);
      return opened;
    },
    wait: (approval, agent, wait) =>
      holdConnection(
        { deps, room, runner, replayOf: (id) => keptResponse(deps, id), lookLater: (id) => lookAgain.later(id) },
        approval,
        agent,
        wait,
      ),
    async start() {
      await reconcile(deps, endings, grants);
      const unknown = await recover(deps);
      await liveness.start();
      for (const { id, opened } of await everyApproval(deps, 'approved')) {
        if (opened.terms.onAbsent === 'execute') runner.ensure(id);
      }
      sweeper = startSweeper(deps, yieldTurn, liveness, runner);
      return unknown;
    },
    release: () => room.releaseAll(),
    idle: () => runner.idle(),
    async stop() {
      for (const done of unsubscribe) done();
      activity.stop();
      lookAgain.stop();
      // Until its lease is over nobody takes for dead what still sends.
      await Promise.all([informer?.stop(), sweeper?.stop(), liveness.stop(!runner.busy)]);
    },
    held: () => room.size,
    vote: (input) => castVote(deps, grants, input),
    grants: () => grants.list(),
    revokeGrant: ({ id, person }) => grants.revoke(id, person),
    annotate: (input) => annotate(deps, input),
    call: storedCall,
    get: (id) => deps.store.load(id),
    similar: (id) => similarTo({ ...deps, call: storedCall }, id),
    list: (query) => deps.store.list(query),
    receipt: (id) => storedReceipt(deps, id),
    now: () => deps.store.now(),
    subscribe: (listener) => deps.store.subscribe(listener),
  };
}
