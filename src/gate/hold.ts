// One held connection: from the moment its approval is open until the agent has an answer. Written with callbacks on
// purpose: ten thousand of these wait at once, and a suspended async frame would keep the call's body alive.
import { type Approval, isOpen } from '../core/approval/state.ts';
import { RecordDamaged } from '../ports/approval-store.ts';
import { hasLostItsKey } from './access-keys.ts';
import type { AgentSink, CapturedResponse } from './capture.ts';
import type { GateDeps } from './deps.ts';
import type { HoldAnswer } from './hold-answer.ts';
import { settle } from './record.ts';
import type { Runner } from './runner.ts';
import type { WaitingRoom } from './waiting-room.ts';

/** The proxy's side of one held connection. */
export interface HeldAgent {
  /** Id of the access key that signed its call. */
  readonly signer?: string | undefined;
  readonly sink: AgentSink;
  /** Called exactly once, unless the live stream went to `sink` or the agent hung up. Resolves true if the answer was
   *  taken whole. */
  answer(answer: HoldAnswer): Promise<boolean>;
}

export interface Hold {
  /** The agent hung up. */
  gone(): void;
  /** Stop waiting and tell the agent to come back (shutdown). */
  release(): void;
}

export interface HoldDeps {
  readonly deps: GateDeps;
  readonly room: WaitingRoom;
  readonly runner: Runner;
  readonly replayOf: (approvalId: string) => Promise<CapturedResponse | undefined>;
  /** The store was away at a look: another one is needed when it is back. */
  readonly lookLater: (approvalId: string) => void;
}

/** Between looks at an approval whose wait is over, and how long a silent store may take over one, ms. */
const GRACE = 5_000;
/** How long an execution may take before an agent whose wait is over is told to come back (it joins again), ms. */
const EXECUTING = 60_000;

/** Waits up to `wait` ms for the outcome of an approval on behalf of one connection. */
export function holdConnection(
  { deps, room, runner, replayOf, lookLater }: HoldDeps,
  approval: Approval,
  agent: HeldAgent,
  wait: number,
): Hold {
  const id = approval.id;
  const cancelOnHangUp = approval.opened.terms.onAbsent === 'cancel';
  let over = false;
  let looking = false;
  let again = false;
  let cancelTimer = (): void => {};

  const leave = (): boolean => {
    if (over) return false;
    over = true;
    cancelTimer();
    exit();
    return true;
  };
  const waits = (): boolean => !over;
  const answerWith = async (answer: HoldAnswer, replayed: Approval | undefined): Promise<void> => {
    if ((await agent.answer(answer)) && replayed) await markDelivered(deps, replayed, true);
  };
  const finish = (answer: HoldAnswer): void => {
    if (!leave()) return;
    const replayed = answer.kind === 'replay' ? answer.approval : undefined;
    // An answer that cannot be given must not take the process or the other waiters with it.
    answerWith(answer, replayed).catch((error: unknown) => {
      deps.bus.emit('proxy:failed', { decisionId: approval.opened.decisionId, error });
      agent.sink.fail();
    });
  };
  const turnAway = (): void => finish({ kind: 'pending', approval });
  const react = async (current: Approval | undefined): Promise<void> => {
    if (!current) return finish({ kind: 'unavailable' });
    switch (current.status) {
      case 'pending':
      case 'claimed':
      case 'sending':
        return;
      case 'approved':
        return runner.ensure(id);
      case 'succeeded':
      case 'upstream_error': {
        if (await hasLostItsKey(deps, current, agent.signer)) return turnAway();
        const response = await replayOf(id);
        return finish(response ? { kind: 'replay', approval: current, response } : { kind: 'gone', approval: current });
      }
      default:
        return finish({ kind: 'ended', approval: current });
    }
  };
  // One look at a time; a wake-up during a look makes another one necessary, however many there were.
  const look = async (): Promise<void> => {
    if (looking) {
      again = true;
      return;
    }
    looking = true;
    do {
      again = false;
      try {
        const current = await deps.store.load(id, 'recent');
        // Whoever hung up in the meantime no longer waits, and a call runs only for an agent that does.
        if (waits()) await react(current);
      } catch (error) {
        if (error instanceof RecordDamaged) finish({ kind: 'unavailable' });
        // The store is away: keep waiting, the wait budget bounds it.
        else {
          deps.bus.emit('store:failed', { operation: 'wait', error: String(error) });
          if (waits()) lookLater(id);
        }
      }
    } while (again && waits());
    looking = false;
  };

  const timeUp = async (): Promise<void> => {
    cancelTimer = deps.clock.after(GRACE, () => finish({ kind: 'pending', approval }));
    const [current, now] = await Promise.all([deps.store.load(id), deps.store.now()]);
    if (over) return;
    // An execution that is under way ends soon and must not be answered with "try again".
    if (current && isUnderWay(current, now)) {
      cancelTimer();
      cancelTimer = deps.clock.after(GRACE, onTime);
    } else if (current && isOpen(current.status)) finish({ kind: 'pending', approval: current });
    else await react(current);
  };
  const onTime = (): void => {
    timeUp().catch((error: unknown) => {
      if (error instanceof RecordDamaged) return finish({ kind: 'unavailable' });
      deps.bus.emit('store:failed', { operation: 'wait', error: String(error) });
      finish({ kind: 'pending', approval });
    });
  };

  // An execution under way ends within the grace period and this agent is the one that waits for it.
  const release = (): void => {
    if (!runner.runs(id)) finish({ kind: 'shutting-down', approval });
  };

  const exit = room.enter(id, {
    wake: () => {
      if (!over) void look();
    },
    sink: agent.sink,
    takeLive: leave,
    deliver: (answer) => finish(answer),
    signer: agent.signer,
    turnAway,
    release,
  });
  cancelTimer = deps.clock.after(wait, onTime);
  // Also while it was pending: a vote may have come between the opening and this line, and nobody would say so again.
  void look();

  return {
    gone() {
      if (leave() && cancelOnHangUp && !room.latest(id)) void cancelAbandoned(deps, id);
    },
    release,
  };
}

function isUnderWay({ status, statusAt }: Approval, now: number): boolean {
  return (status === 'claimed' || status === 'sending') && now - statusAt < EXECUTING;
}

async function cancelAbandoned(deps: GateDeps, id: string): Promise<void> {
  try {
    const current = await deps.store.load(id);
    if (current?.status !== 'pending' && current?.status !== 'approved') return;
    await settle(deps, current, { type: 'cancelled', at: await deps.store.now(), why: 'the agent hung up' });
  } catch (error) {
    // Then it expires; nothing runs it unless the agent comes back.
    deps.bus.emit('store:failed', { operation: 'cancel', error: String(error) });
  }
}

/** The agent has the whole response: the same call later is a new call. */
export async function markDelivered(deps: GateDeps, approval: Approval, replayed: boolean): Promise<void> {
  try {
    if (approval.deliveredAt === undefined)
      await settle(deps, approval, { type: 'delivered', at: await deps.store.now(), replayed });
  } catch (error) {
    // Then a repeat within the replay window gets the stored response once more; it never runs again.
    deps.bus.emit('store:failed', { operation: 'deliver', error: String(error) });
  }
}
