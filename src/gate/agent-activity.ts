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

interface Seen {
  readonly at: number;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly effect: RecentCall['effect'];
  readonly status: number;
}

interface Record {
  /** The last ones, the oldest of them at `next`. */
  readonly calls: Seen[];
  next: number;
  /** Oldest first. */
  readonly held: number[];
}

const WINDOW = 10 * 60_000;
const MAX_AGENTS = 2_048;
const MAX_HELD = 64;
const MAX_TEXT = 160;

export function createAgentActivity(bus: EventBus): AgentActivity {
  const agents = new Map<string, Record>();
  const of = (agent: string): Record => {
    let record = agents.get(agent);
    if (!record) {
      agents.set(agent, (record = { calls: [], next: 0, held: [] }));
      // Whoever is still there comes back with the next call.
      const [oldest] = agents.size > MAX_AGENTS ? agents.keys() : [];
      if (oldest !== undefined) agents.delete(oldest);
    }
    return record;
  };
  const unsubscribe = [
    // On the path of every call: nothing is put together here that nobody may ever look at.
    bus.on('call:finished', ({ agent, at, method, host, path, decision, status }) => {
      if (agent === undefined) return;
      const record = of(agent);
      record.calls[record.next] = {
        at,
        method,
        host,
        path: short(path),
        effect: decision?.effect ?? 'refused',
        status,
      };
      record.next = (record.next + 1) % MAX_RECENT;
    }),
    bus.on('approval:changed', ({ approval, event }) => {
      if (event !== 'opened') return;
      const { held } = of(approval.opened.agent);
      held.push(approval.opened.at);
      if (held.length > MAX_HELD) held.shift();
    }),
  ];
  return {
    recent(agent) {
      const { calls, next } = agents.get(agent) ?? { calls: [], next: 0 };
      const inOrder = [...calls.slice(next), ...calls.slice(0, next)];
      return inOrder.toReversed().map(({ at, method, host, path, effect, status }) => {
        // A query may carry a credential.
        const [bare = ''] = path.split('?', 1);
        return { at, call: `${method} ${host}${bare}`, effect, status };
      });
    },
    heldLately: (agent, now) => agents.get(agent)?.held.filter((at) => at > now - WINDOW).length ?? 0,
    stop() {
      for (const done of unsubscribe) done();
    },
  };
}

/** A copy: a part of a long text would keep all of it alive. */
function short(text: string): string {
  return text.length <= MAX_TEXT ? text : Buffer.from(`${text.slice(0, MAX_TEXT)}…`).toString();
}
