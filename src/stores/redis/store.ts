// The approval store on Redis, for any number of replicas. Redis keeps and compares; what the events mean is folded, sealed and
// judged here. INVARIANT: an append goes in only behind exactly the events that were read and verified.
import type { RedisSettings } from '../../core/redis-settings.ts';
import { isCurrent } from '../../core/approval/current.ts';
import type { ApprovalEvent, Opened } from '../../core/approval/events.ts';
import { type Approval, STATUSES } from '../../core/approval/state.ts';
import { transition } from '../../core/approval/transition.ts';
import {
  type AppendOutcome,
  type ApprovalStore,
  type BlobKind,
  type OpenLimits,
  type OpenOutcome,
  RecordDamaged,
  StoreUnavailable,
} from '../../ports/approval-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Sealer } from '../../ports/sealer.ts';
import { createSeenVersions } from '../seen-versions.ts';
import { createCallMemory } from './call-memory.ts';
import { createChanges } from './changes.ts';
import { BLOB_KEY, blobsKeptFor, indexKeys, indexValues, recordKeptFor } from './index-values.ts';
import { assertMayClaim } from './claim-guard.ts';
import { endOfCut } from './end-of-cut.ts';
import { redisKeys } from './keys.ts';
import type { Argument } from './client.ts';
import { openLink } from './link.ts';
import { createLists, type Lists } from './lists.ts';
import { startPulse } from './pulse.ts';
import { createRecords, entriesSha1, type StoredApproval } from './records.ts';
import { APPEND, DROP, LEASE, OPEN, PUT, SET_ASIDE, STRAYS } from './scripts.ts';
import { createStoreClock } from './store-clock.ts';
import { isOfAnotherKind, placeOf } from './unavailable.ts';

export interface RedisStoreOptions {
  readonly settings: RedisSettings;
  readonly clock: Clock;
  /** Without one nothing is sealed: for tests of everything else. */
  readonly sealer?: Sealer;
  /** Hears of each record that is damaged or was edited, once. */
  readonly onDamaged?: (id: string, finding: string) => void;
  /** Hears of what is wrong with the store itself. */
  readonly onTrouble?: (operation: string, message: string) => void;
  /** Only for tests of time: the store's clock instead of Redis' own. */
  readonly time?: () => number;
}

/** Approvals whose latest events are remembered, so that an append needs no read before. */
const REMEMBERED = 512;
/** How far ahead of the server's clock its own stream may be, ms: places in it are times. */
const AHEAD = 5_000;
/** Times that an approval that is not current any more may be found replaced before the store gives up. */
const OPEN_TRIES = 5;

/** Opens the store. Rejects with StoreUnavailable (away, unsafe, sealed with another key, …). */
export async function createRedisStore(options: RedisStoreOptions): Promise<ApprovalStore> {
  const { settings, clock } = options;
  const where = placeOf(settings);
  const keys = redisKeys(settings.prefix);
  const prefixes = {
    events: keys.events(''),
    openOf: keys.openOf(''),

    lease: keys.lease('replica:'),
  };
  const link = await openLink(settings, where, keys.order, clock);
  const time = createStoreClock(clock);
  const now = (): number => options.time?.() ?? time.estimate();
  const given = (): Argument => options.time?.() ?? '';
  const seen = createSeenVersions(settings.retention);
  const statuses = STATUSES.map((one) => keys.status(one));
  let closed = false;
  const trouble = options.onTrouble ?? (() => undefined);

  /** A record that nobody can read must not count as open for ever. */
  const setAside = (id: string): Promise<unknown> =>
    link.run(
      SET_ASIDE,
      [keys.open, keys.due, keys.claimed, keys.agents, keys.unreceipted, keys.events(id), ...statuses],
      [given(), id, prefixes.openOf, settings.retention],
    );
  const records = createRecords({
    sealer: options.sealer,
    seen,
    now,
    onUnreadable: (id, why) => trouble('read', `approval ${id}: ${why}`),
    onDamaged(id, finding, cut) {
      options.onDamaged?.(id, finding);
      (cut ? endCut(cut) : Promise.resolve())
        .then(() => setAside(id))
        .catch((error: unknown) => trouble('set-aside', String(error)));
    },
  });
  /** Who did not see what was taken away would believe the rest of a record: it gets its end from whoever did. */
  async function endCut(cut: StoredApproval): Promise<void> {
    const ending = endOfCut(cut.approval, now());
    const step = ending && transition(cut.approval, ending);
    if (!ending || !step?.ok) return;
    await link.run(APPEND, indexKeys(keys, step.approval), [
      given(),
      cut.approval.id,
      cut.sha1,
      '',
      ...indexValues(step.approval, now(), settings.retention),
      0,
      ...records.write(cut.approval.id, cut.bodies, [ending]),
    ]);
  }
  const remembered = new Map<string, StoredApproval>();

  function remember(record: StoredApproval): void {
    remembered.delete(record.approval.id);
    remembered.set(record.approval.id, record);
    if (remembered.size <= REMEMBERED) return;
    for (const oldest of remembered.keys()) {
      remembered.delete(oldest);
      break;
    }
  }

  /** Verifies what was read; what was damaged is forgotten first. `asked`: the version that was known when it was asked for. */
  function take(id: string, entries: readonly string[], asked: number): StoredApproval | undefined {
    const before = remembered.get(id);
    remembered.delete(id);
    const record = records.read(id, entries, asked);
    if (record) remember(before && before.approval.version > record.approval.version ? before : record);
    return record;
  }

  const calls = createCallMemory();
  const isAhead = (place: string): boolean => !options.time && Number.parseInt(place) > time.estimate() + AHEAD;
  const changes = createChanges(
    settings,
    keys.changes,
    clock,
    { now, isAhead },
    {
      onChange({ id, version, expiresAt, call, entries }) {
        seen.note(id, version, expiresAt, now());
        if (call !== undefined) calls.opened(call);
        const known = remembered.get(id);
        if (known?.approval.version !== version - entries.length) return;
        try {
          take(id, [...known.entries, ...entries], 0);
        } catch {
          // It was told of; whoever needs the approval reads it.
        }
      },
      onGap() {
        remembered.clear();
      },
    },
  );

  /** What is remembered, where nothing newer was heard of. */
  function recent(id: string): StoredApproval | undefined {
    const known = changes.follows() ? remembered.get(id) : undefined;
    return known && known.approval.version >= seen.version(id) ? known : undefined;
  }

  async function fetch(id: string): Promise<StoredApproval | undefined> {
    const asked = records.heard(id);
    const entries = await link.call('LRANGE', keys.events(id), 0, -1).catch((error: unknown) => {
      // What is no list holds no event of ours.
      if (isOfAnotherKind(error)) return [''];
      throw error;
    });
    return take(id, entries as string[], asked);
  }

  /** The approval that `id` stands for if a repeat of this call may join it. `entries`: its events, where they are known. */
  async function current(
    id: string,
    agent: string,
    digest: string,
    entries: readonly string[] = [],
  ): Promise<Approval | undefined> {
    try {
      const newest = entries.length > 0 && entries.length >= records.heard(id);
      const approval = (newest ? take(id, entries, 0) : await fetch(id))?.approval;
      if (!approval) return undefined;
      const { opened } = approval;
      if (opened.agent === agent && opened.digest === digest) return isCurrent(approval, now()) ? approval : undefined;
      trouble('read', `the pointer to the newest approval of a call of ${agent} was edited: it names ${id}`);
    } catch (error) {
      // A damaged one is nobody's: the agent may ask again, and gets a new approval that needs new votes.
      if (!(error instanceof RecordDamaged)) throw error;
    }
    return undefined;
  }

  const pulse = await startPulse({
    ...options,
    storeClock: time,
    link,
    keys,
    where,
    changes,
    isAhead,
    records,
    known: () => remembered.keys(),
    trouble,
    now,
  }).catch((error: unknown) => {
    link.close();
    throw error;
  });

  /** Nobody is kept from asking by names that somebody wrote to the list of what is open. How many there were. */
  async function strays(agent: string): Promise<number> {
    const found = Number(await link.run(STRAYS, [keys.open, keys.openOf(agent)], [given()]));
    if (found > 0) trouble('index', `agent ${agent}: ${found} approvals that are not open counted as open`);
    return found;
  }

  async function open(event: Opened, call: Uint8Array, limits: OpenLimits): Promise<OpenOutcome> {
    pulse.assertSafe();
    const first = transition(undefined, event);
    if (!first.ok) throw new Error(`approval ${event.id}: ${first.refusal}`);
    const { approval } = first;
    const [entry = ''] = records.write(event.id, [], [event]);
    const of = [keys.current(event.agent, event.digest), keys.events(event.id), keys.blob(event.id, 'call')];
    const lists = [keys.order, keys.all, keys.open, keys.due, keys.status('pending'), keys.agent(event.agent)];
    const keptFor = recordKeptFor(approval, now(), settings.retention);
    let ignored = '';
    for (let attempt = 0; attempt < OPEN_TRIES; attempt++) {
      const answer = (await link.run(
        OPEN,
        [...of, ...lists, keys.openOf(event.agent), keys.agents, keys.changes, keys.heldOf(event.agent)],
        [
          given(),
          prefixes.events,
          ignored,
          limits.perAgent,
          limits.total,
          event.id,
          entry,
          Buffer.from(call),
          event.expiresAt,
          blobsKeptFor(approval, now()),
          keptFor,
          event.agent,
          limits.held?.most ?? '',
          limits.held?.per ?? '',
        ],
        true,
      )) as readonly [string, number, ...unknown[]];
      time.heard(answer[1]);
      const [outcome, , what, more] = answer;
      if (outcome === 'too-many') {
        if (what === 'agent' && (await strays(event.agent)) > 0) continue;
        if (what === 'rate') return { outcome, limit: what, after: Number(more) };
        return { outcome, limit: what as 'agent' | 'total', open: Number(more) };
      }
      if (outcome === 'opened') {
        take(event.id, [entry], 0);
        return { outcome, approval };
      }
      ignored = String(what);
      const entries = more as readonly string[];
      // Our own, whose acknowledgement was lost on the way.
      if (ignored === event.id && entries[0] === entry) return { outcome: 'opened', approval };
      const found = await current(ignored, event.agent, event.digest, entries);
      if (found) return { outcome: 'joined', approval: found };
    }
    throw new StoreUnavailable(`${where}: the newest approval of this call changes at every look`);
  }

  type More = NonNullable<Parameters<ApprovalStore['append']>[3]>;

  async function append(
    id: string,
    version: number,
    events: readonly ApprovalEvent[],
    { before, blobs = [] }: More = {},
  ): Promise<AppendOutcome> {
    // What must not go in late must not go into a store that may forget it either.
    if (before !== undefined) pulse.assertSafe();
    const known = remembered.get(id);
    const record = known?.approval.version === version ? known : await fetch(id);
    if (record?.approval.version !== version) return { outcome: 'conflict', approval: record?.approval };
    let { approval } = record;
    if (events.some(({ type }) => type === 'claimed')) assertMayClaim(record.approval, changes, now(), where);
    for (const event of events) {
      const next = transition(approval, event);
      if (!next.ok) {
        const fresh = record === known ? await fetch(id) : record;
        if (fresh?.sha1 !== record.sha1) return { outcome: 'conflict', approval: fresh?.approval };
        if (before !== undefined && now() >= before) return { outcome: 'too-late', approval: record.approval };
        return { outcome: 'refused', refusal: next.refusal, approval: record.approval };
      }
      approval = next.approval;
    }
    const entries = records.write(id, record.bodies, events);
    const asked = records.heard(id);
    const answer = (await link.run(
      APPEND,
      indexKeys(keys, approval),
      [
        given(),
        id,
        record.sha1,
        before ?? '',
        ...indexValues(approval, now(), settings.retention),
        blobs.length,
        ...blobs.flatMap(({ kind, bytes }) => [BLOB_KEY[kind], Buffer.from(bytes)]),
        ...entries,
      ],
      true,
    )) as readonly [string, number, (readonly string[])?];
    time.heard(answer[1]);
    const [outcome, , stored = []] = answer;
    if (outcome === 'too-late') return { outcome, approval: record.approval };
    const written = [...record.entries, ...entries];
    // Ours, whose acknowledgement was lost on the way, is no conflict.
    if (outcome === 'conflict' && entriesSha1(stored) !== entriesSha1(written)) {
      return { outcome, approval: take(id, stored, asked)?.approval };
    }
    return { outcome: 'appended', approval: take(id, written, asked)?.approval ?? approval };
  }

  const lists: Lists = createLists({ link, keys, fetch, given, prefixes });

  return {
    async now() {
      if (closed) throw new StoreUnavailable(`${where}: the store is closed`);
      const known = options.time?.() ?? time.fresh();
      if (known !== undefined) return known;
      const [seconds, micros] = (await link.call('TIME')) as [string, string];
      time.heard(Number(seconds) * 1000 + Math.floor(Number(micros) / 1000));
      return time.estimate();
    },

    open,
    append,

    load: async (id, freshness) => ((freshness === 'recent' && !closed && recent(id)) || (await fetch(id)))?.approval,
    events: async (id) => ((await fetch(id))?.bodies ?? []).map((body) => JSON.parse(body) as ApprovalEvent),

    async findCurrent(agent, digest, freshness) {
      const key = keys.current(agent, digest);
      if (freshness === 'recent' && !closed && changes.follows() && !calls.knows(key)) return undefined;
      const id = (await link.call('GET', key)) as string | null;
      if (id === null) return undefined;
      return current(id, agent, digest);
    },

    ...lists,

    async lease(name, holder, ttl) {
      return (await link.run(LEASE, [keys.lease(name)], [given(), holder, Math.ceil(ttl)])) === 1;
    },

    async putBlob(id, kind, bytes) {
      const record = remembered.get(id) ?? (await fetch(id));
      if (!record) throw new Error(`approval ${id}: unknown`);
      const { approval } = record;
      const keptFor =
        kind === 'receipt' ? recordKeptFor(approval, now(), settings.retention) : blobsKeptFor(approval, now());
      const done = await link.run(
        PUT,
        [keys.events(id), keys.blob(id, kind), keys.unreceipted],
        [given(), id, kind === 'receipt' ? '1' : '0', Math.max(1, keptFor), Buffer.from(bytes)],
      );
      if (done !== 1) throw new Error(`approval ${id}: unknown`);
    },

    blob: async (id: string, kind: BlobKind) => (await link.bytes('GET', keys.blob(id, kind))) ?? undefined,

    async dropBlob(id, kind) {
      await link.run(
        DROP,
        [keys.blob(id, kind), keys.unreceipted, keys.all, keys.open],
        [given(), id, kind === 'receipt' ? '1' : '0'],
      );
    },

    subscribe: (listener) => changes.subscribe(listener),

    async health() {
      pulse.assertSafe();
      await link.call('SET', keys.health, String(now()), 'PX', settings.retention);
    },

    async close() {
      closed = true;
      pulse.stop();
      changes.close();
      link.close();
    },
  };
}
