// Tells people more about a held call once its approval is open: what is new for the agent, what it did before, what the call would change.
// INVARIANT: nobody waits for it. The agent is held and people may vote before it is there; a vote that comes first ends it.
import { MAX_EARLIER, type Preview } from '../core/approval/context.ts';
import type { Informed } from '../core/approval/events.ts';
import type { Approval } from '../core/approval/state.ts';
import type { RiskFlag } from '../core/risk/flag.ts';
import { habitFlags } from '../core/risk/habit-flags.ts';
import type { Previews } from '../ports/previews.ts';
import type { AgentActivity } from './agent-activity.ts';
import type { GateDeps } from './deps.ts';
import { keptCall } from './kept.ts';
import { append, approvalEntry } from './record.ts';
import { within } from './within.ts';

export interface Informer {
  /** `flags`: those that the opening could not bring itself. Returns at once. */
  later(approval: Approval, flags: readonly RiskFlag[]): void;
  /** Begins nothing more, and gives up what is asked; what is being written is waited for. Never rejects. */
  stop(): Promise<void>;
}

/** Approvals looked into side by side, and how many may wait for it; beyond that people get the call alone. */
const ABREAST = 4;
const MAX_WAITING = 256;
/** Earlier approvals that are looked at. */
const LOOKED_AT = 20;
const MAX_SUMMARY = 200;
/** Lost races before it is given up: somebody votes. */
const TRIES = 4;
/** Longer than any preview takes by itself (ports/previews.ts), ms. */
const PREVIEW_WITHIN = 4_000;

export function createInformer(deps: GateDeps, previews: Previews, activity: AgentActivity): Informer {
  const waiting: { readonly approval: Approval; readonly flags: readonly RiskFlag[] }[] = [];
  const lanes = new Set<Promise<void>>();
  let stopped = false;
  let active = 0;

  const lane = async (): Promise<void> => {
    for (let one = waiting.shift(); one; one = waiting.shift()) {
      try {
        await inform(deps, previews, activity, one.approval, one.flags);
      } catch (error) {
        deps.bus.emit('store:failed', { operation: 'inform', error: String(error) });
      }
    }
    // In the same turn as the last look at what waits: nothing can come between.
    active--;
  };
  return {
    later(approval, flags) {
      if (stopped || waiting.length >= MAX_WAITING) return;
      waiting.push({ approval, flags });
      if (active >= ABREAST) return;
      active++;
      const work = lane();
      lanes.add(work);
      void work.finally(() => lanes.delete(work));
    },
    async stop() {
      stopped = true;
      waiting.length = 0;
      previews.close();
      await Promise.all(lanes);
    },
  };
}

async function inform(
  deps: GateDeps,
  previews: Previews,
  activity: AgentActivity,
  approval: Approval,
  late: readonly RiskFlag[],
): Promise<void> {
  const { opened } = approval;
  const { agent } = opened;
  // Read before the preview's seconds: what is new is new at the opening.
  const recent = activity.recent(agent);
  const [page, openApprovals, preview] = await Promise.all([
    deps.store.list({ agent, limit: LOOKED_AT + 1 }),
    deps.store.countOpen(agent),
    previewOf(deps, previews, approval),
  ]);
  const before = page.items.filter(({ id, opened: { at } }) => id !== approval.id && at <= opened.at);
  const event: Informed = {
    type: 'informed',
    at: await deps.store.now(),
    flags: [
      ...late,
      ...habitFlags(
        opened,
        before.map((each) => each.opened),
      ),
    ],
    recent,
    earlier: before.slice(0, MAX_EARLIER).map(({ id, status, opened: { at, summary } }) => ({
      id,
      at,
      summary: summary.length > MAX_SUMMARY ? `${summary.slice(0, MAX_SUMMARY).toWellFormed()}…` : summary,
      status,
    })),
    openApprovals,
    preview,
  };
  // A query may carry a credential: none is in the audit log.
  const requests = preview.requests.map((request) => request.replace(/\?.*$/s, ''));
  let current: Approval | undefined = approval;
  for (let tries = 0; tries < TRIES && current?.status === 'pending'; tries++) {
    const done = await append(deps, current, [event]);
    if (done.outcome === 'appended') {
      const more = { flags: event.flags.map(({ id }) => id), preview: preview.outcome, requests };
      deps.audit.routine(approvalEntry(done.approval, event, more));
      return;
    }
    current = done.approval;
  }
  // Somebody decided first; that Holdgate asked the upstream is recorded all the same.
  if (requests.length > 0) {
    deps.audit.routine(approvalEntry(current ?? approval, event, { preview: 'too late', requests }));
  }
}

function nothing(outcome: Preview['outcome'], note: string): Preview {
  return { outcome, note, changes: [], facts: [], cut: false, requests: [] };
}

async function previewOf(deps: GateDeps, previews: Previews, { id, opened }: Approval): Promise<Preview> {
  if (!previews.has(opened.upstream)) {
    return nothing('none', 'No preview: this upstream has no `preview` credential that only reads.');
  }
  try {
    const kept = await keptCall(deps, id);
    // It is over already.
    if (kept.state !== 'kept') return nothing('none', 'No preview: the call is no longer kept.');
    return await within(deps.clock, PREVIEW_WITHIN, previews.preview(kept.call, opened.actions));
  } catch (error) {
    deps.bus.emit('store:failed', { operation: 'preview', error: String(error) });
    return nothing('failed', 'The preview failed for a reason of the gate; the log says which.');
  }
}
