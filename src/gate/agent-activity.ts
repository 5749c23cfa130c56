// What each agent did lately, as far as this process saw it: for people who are asked about its next call. INVARIANT: memory is bounded,
// in agents and in what is kept of each; nothing is decided by it.
import { MAX_RECENT, type RecentCall } from '../core/approval/context.ts';
import type { EventBus } from '../ports/events.ts';

export interface AgentActivity {
  /** Newest first. */
  recent(agent: string): readonly RecentCall[];
  /** Approvals that it opened within ten minutes before `now` (epoch ms). */
  heldLately(agent: string, now: number): number;
  stop(): void;
}

interface Record {
  /** Oldest first. */
  readonly calls: RecentCall[];
  readonly held: number[];
}

const WINDOW = 10 * 60_000;
const MAX_AGENTS = 2_048;
const MAX_HELD = 64;
const MAX_CALL = 160;

export function createAgentActivity(bus: EventBus): AgentActivity {
  // In the order of their last call, so that the first one is the one to forget.
  const agents = new Map<string, Record>();
  const of = (agent: string): Record => {
    let record = agents.get(agent);
    if (record) agents.delete(agent);
    else record = { calls: [], held: [] };
    agents.set(agent, record);
    if (agents.size > MAX_AGENTS) {
      const [oldest] = agents.keys();
      if (oldest !== undefined) agents.delete(oldest);
    }
    return record;
  };
  const unsubscribe = [
    bus.on('call:finished', ({ agent, at, method, host, path, decision, status }) => {
      if (agent === undefined) return;
      const { calls } = of(agent);
      const [bare = ''] = path.split('?', 1);
      calls.push({ at, call: short(`${method} ${host}${bare}`), effect: decision?.effect ?? 'refused', status });
      if (calls.length > MAX_RECENT) calls.shift();
    }),
    bus.on('approval:changed', ({ approval, event }) => {
      if (event !== 'opened') return;
      const { held } = of(approval.opened.agent);
      held.push(approval.opened.at);
      if (held.length > MAX_HELD) held.shift();
    }),
  ];
  return {
    recent: (agent) => agents.get(agent)?.calls.toReversed() ?? [],
    heldLately: (agent, now) => agents.get(agent)?.held.filter((at) => at > now - WINDOW).length ?? 0,
    stop() {
      for (const done of unsubscribe) done();
    },
  };
}

/** A copy: a part of a long text would keep all of it alive. */
function short(text: string): string {
  return text.length <= MAX_CALL ? text : Buffer.from(`${text.slice(0, MAX_CALL)}…`).toString();
}
