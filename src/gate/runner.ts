// Starts each execution once in this process, whoever noticed the approval, and hands its outcome to everyone who waits.
import { RecordDamaged } from '../ports/approval-store.ts';
import type { Approval } from '../core/approval/state.ts';
import type { AgentSink } from './capture.ts';
import type { GateDeps } from './deps.ts';
import { type Executed, execute } from './execute.ts';
import type { Grants } from './grants/grants.ts';

export interface Runner {
  /** Runs the approval unless it runs already. Never rejects. */
  ensure(approvalId: string): void;
  runs(approvalId: string): boolean;
  readonly busy: boolean;
  /** Resolves when nothing runs any more. */
  idle(): Promise<void>;
}

/** Pauses before an execution that could not even start (store away) is looked at again, ms: doubled up to the last, so that
 *  what stays broken costs next to nothing. */
const FIRST_PAUSE = 500;
const LAST_PAUSE = 30_000;

export interface RunnerHooks {
  /** Asked before anything is claimed; may end the approval itself. Rejects with StoreUnavailable. */
  readonly mayRun: (approval: Approval) => Promise<boolean>;
  readonly grants: Pick<Grants, 'stands'>;
  readonly latestAgent: (approvalId: string) => AgentSink | undefined;
  readonly finished: (executed: Executed) => Promise<void>;
  /** The record of this approval is damaged: it never runs. */
  readonly gaveUp: (approvalId: string) => void;
}

export function createRunner(deps: GateDeps, { mayRun, grants, latestAgent, finished, gaveUp }: RunnerHooks): Runner {
  const running = new Map<string, Promise<void>>();
  /** The next pause of those that failed to start. */
  const pauses = new Map<string, number>();

  const run = async (approvalId: string): Promise<void> => {
    try {
      const executed = await execute(deps, grants, approvalId, mayRun, () => latestAgent(approvalId));
      pauses.delete(approvalId);
      if (executed) await finished(executed);
    } catch (error) {
      if (error instanceof RecordDamaged) {
        pauses.delete(approvalId);
        return gaveUp(approvalId);
      }
      deps.bus.emit('store:failed', { operation: 'execute', error: String(error) });
      const pause = pauses.get(approvalId) ?? FIRST_PAUSE;
      pauses.set(approvalId, Math.min(pause * 2, LAST_PAUSE));
      deps.clock.after(pause, () => ensure(approvalId));
    }
  };

  const ensure = (approvalId: string): void => {
    if (running.has(approvalId)) return;
    running.set(
      approvalId,
      run(approvalId).finally(() => running.delete(approvalId)),
    );
  };

  return {
    ensure,
    runs: (approvalId) => running.has(approvalId),
    get busy() {
      return running.size > 0;
    },
    idle: async () => {
      while (running.size > 0) await Promise.all(running.values());
    },
  };
}
