// The port in the plainest words there are: the model that real adapters are compared with, and the proof that the
// conformance suite itself is right. Written without the adapters' code on purpose; only the reducer is shared.
import type { ApprovalEvent } from '../../src/core/approval/events.ts';
import { type Approval, isOpen } from '../../src/core/approval/state.ts';
import { fold, transition } from '../../src/core/approval/transition.ts';
import type { KeysDisk } from './memory-agent-keys.ts';
import type { RecordsDisk } from './memory-records.ts';
import { type ApprovalStore, StoreUnavailable } from '../../src/ports/approval-store.ts';
import type { Clock } from '../../src/ports/clock.ts';

/** Outlives a store that is closed and made again over it. */
export interface MemoryDisk {
  readonly logs: Map<string, ApprovalEvent[]>;
  readonly blobs: Map<string, Uint8Array>;
  readonly records: RecordsDisk;
  readonly keys: KeysDisk;
  readonly leases: Map<string, { readonly holder: string; readonly until: number }>;
  readonly listeners: Set<(id: string | undefined) => void>;
}

export const createMemoryDisk = (): MemoryDisk => ({
  logs: new Map(),
  blobs: new Map(),
  records: new Map(),
  keys: new Map(),
  leases: new Map(),
  listeners: new Set(),
});

export function createMemoryStore(clock: Clock, disk: MemoryDisk = createMemoryDisk()): ApprovalStore {
  const { logs, blobs } = disk;
  const mine = new Set<(id: string | undefined) => void>();
  let closed = false;
  const all = (): Approval[] => [...logs.values()].map((log) => fold(log)).toReversed();
  const get = (id: string): Approval | undefined => {
    const log = logs.get(id);
    return log && fold(log);
  };
  const changed = (id: string): void => {
    for (const listener of disk.listeners) queueMicrotask(() => disk.listeners.has(listener) && listener(id));
  };

  function joinable(approval: Approval): boolean {
    const age = clock.now() - approval.statusAt;
    switch (approval.status) {
      case 'pending':
      case 'approved':
      case 'claimed':
      case 'sending':
        return true;
      case 'denied':
        return age < approval.opened.terms.denyMemory;
      case 'succeeded':
      case 'upstream_error':
        return approval.deliveredAt === undefined && age < approval.opened.terms.replayWindow;
      case 'indeterminate':
        return approval.annotation === undefined && age < approval.opened.terms.replayWindow;
      default:
        return false;
    }
  }
  const current = (agent: string, digest: string): Approval | undefined =>
    all().find(
      ({ opened, ...rest }) => opened.agent === agent && opened.digest === digest && joinable({ opened, ...rest }),
    );
  const countOpen = (agent?: string): number =>
    all().filter((one) => isOpen(one.status) && (agent === undefined || one.opened.agent === agent)).length;

  const holderOf = (name: string): string | undefined => {
    const lease = disk.leases.get(name);
    return lease && clock.now() < lease.until ? lease.holder : undefined;
  };

  const lives = (replica: string): boolean => holderOf(`replica:${replica}`) === replica;

  async function step<T>(work: () => T): Promise<T> {
    if (closed) throw new StoreUnavailable('closed');
    return work();
  }

  return {
    now: () => step(() => clock.now()),
    open: (event, call, limits) =>
      step(() => {
        const joined = current(event.agent, event.digest);
        if (joined) return { outcome: 'joined', approval: joined };
        const ofAgent = countOpen(event.agent);
        if (ofAgent >= limits.perAgent) return { outcome: 'too-many', limit: 'agent', open: ofAgent };
        if (limits.held) {
          const { most, per } = limits.held;
          const times = all()
            .filter((one) => one.opened.agent === event.agent)
            .map(({ opened }) => opened.at);
          const recent = times.filter((at) => at + per > clock.now());
          if (recent.length >= most)
            return { outcome: 'too-many', limit: 'rate', after: (times[most - 1] ?? 0) + per - clock.now() };
        }
        if (countOpen() >= limits.total) return { outcome: 'too-many', limit: 'total', open: countOpen() };
        logs.set(event.id, [event]);
        blobs.set(`${event.id} call`, call);
        changed(event.id);
        return { outcome: 'opened', approval: fold([event]) };
      }),
    append: (id, version, events, more) =>
      step(() => {
        const before = get(id);
        if (before?.version !== version) return { outcome: 'conflict', approval: before };
        if (more?.before !== undefined && clock.now() >= more.before) return { outcome: 'too-late', approval: before };
        let approval = before;
        for (const event of events) {
          const next = transition(approval, event);
          if (!next.ok) return { outcome: 'refused', refusal: next.refusal, approval: before };
          approval = next.approval;
        }
        logs.get(id)?.push(...events);
        for (const { kind, bytes } of more?.blobs ?? []) blobs.set(`${id} ${kind}`, bytes);
        if (events.length > 0) changed(id);
        return { outcome: 'appended', approval };
      }),
    load: (id) => step(() => get(id)),
    events: (id) => step(() => [...(logs.get(id) ?? [])]),
    findCurrent: (agent, digest) => step(() => current(agent, digest)),
    list: (query) =>
      step(() => {
        const matching = all().filter(
          (one) =>
            (query.agent === undefined || one.opened.agent === query.agent) &&
            (query.status === undefined ||
              (query.status === 'open' ? isOpen(one.status) : one.status === query.status)),
        );
        const start = query.cursor === undefined ? 0 : matching.findIndex((one) => one.id === query.cursor) + 1;
        if (query.cursor !== undefined && start === 0) return { items: [], next: undefined };
        const limit = Math.min(200, Math.max(1, query.limit));
        const items = matching.slice(start, start + limit);
        return { items, next: start + limit < matching.length ? items.at(-1)?.id : undefined };
      }),
    countOpen: (agent) => step(() => countOpen(agent)),
    due: (now, limit) =>
      step(() =>
        all()
          .filter((one) => ['pending', 'approved'].includes(one.status) && one.opened.expiresAt <= now)
          .slice(0, limit),
      ),
    interrupted: (replica) =>
      step(() => all().filter((one) => ['claimed', 'sending'].includes(one.status) && one.claim?.replica === replica)),
    withoutReceipt: (limit) =>
      step(() =>
        all()
          .filter((one) => !isOpen(one.status) && !blobs.has(`${one.id} receipt`))
          .slice(0, limit),
      ),
    orphaned: (limit) =>
      step(() =>
        all()
          .filter(({ status, claim }) => ['claimed', 'sending'].includes(status) && claim && !lives(claim.replica))
          .slice(0, limit),
      ),
    lease: (name, holder, ttl) =>
      step(() => {
        if (![undefined, holder].includes(holderOf(name))) return false;
        if (ttl > 0) disk.leases.set(name, { holder, until: clock.now() + ttl });
        else disk.leases.delete(name);
        return true;
      }),
    putBlob: (id, kind, bytes) =>
      step(() => {
        if (!logs.has(id)) throw new Error(`${id}: unknown`);
        blobs.set(`${id} ${kind}`, bytes);
      }),
    blob: (id, kind) => step(() => blobs.get(`${id} ${kind}`)),
    dropBlob: (id, kind) => step(() => void blobs.delete(`${id} ${kind}`)),
    prune: (now) =>
      step(() => {
        let dropped = 0;
        for (const one of all()) {
          const { status, statusAt, opened } = one;
          const executed = ['succeeded', 'upstream_error', 'indeterminate'].includes(status);
          const until = one.deliveredAt === undefined ? statusAt + opened.terms.replayWindow : one.deliveredAt + 15_000;
          const waiting = executed && one.annotation === undefined && now < until;
          if (isOpen(status) || waiting) continue;
          for (const kind of ['call', 'response']) if (blobs.delete(`${one.id} ${kind}`)) dropped += 1;
        }
        return dropped;
      }),
    subscribe(listener) {
      const own = (id: string | undefined): void => listener(id);
      disk.listeners.add(own);
      mine.add(own);
      return () => disk.listeners.delete(own);
    },
    health: () => step(() => undefined),
    async close() {
      closed = true;
      for (const own of mine) disk.listeners.delete(own);
    },
  };
}
