// Goes over what is stored, a few approvals at a time, whether or not anybody asks for them: a record that was edited is told of
// before it matters, and a list that says something else than the events is put right.
import { type Approval, isOpen, STATUSES } from '../../core/approval/state.ts';
import { RecordDamaged, RecordUnreadable } from '../../ports/approval-store.ts';
import type { RedisSettings } from '../../core/redis-settings.ts';
import { claimedBy, dueAt, indexKeys, indexValues } from './index-values.ts';
import type { RedisKeys } from './keys.ts';
import type { Argument, Link } from './link.ts';
import type { Records, StoredApproval } from './records.ts';
import { LOOK, REINDEX } from './scripts.ts';

export interface Patrol {
  /** The next few. Rejects with StoreUnavailable. */
  look(): Promise<void>;
}

interface PatrolOptions {
  readonly settings: RedisSettings;
  readonly link: Link;
  readonly keys: RedisKeys;
  readonly records: Records;
  readonly trouble: (operation: string, message: string) => void;
  readonly now: () => number;
  readonly time?: () => number;
}

/** Approvals per look and list. */
const BATCH = 100;

/** An approval as all lists describe it at one moment: [id, events, is open, due at, claimed by, status lists]. */
type Sight = readonly [string, readonly string[], 0 | 1, string, string, readonly string[]];

/** With the version that was known when it was asked for. */
interface Look {
  readonly sight: Sight;
  readonly asked: number;
}

export function createPatrol(options: PatrolOptions): Patrol {
  const { settings, link, keys, records, trouble, now } = options;
  const given = (): Argument => options.time?.() ?? '';
  const statuses = STATUSES.map((one) => keys.status(one));
  // Two rounds: over what counts as open, so that what is not, or is gone, is found; and over the newest of all.
  const rounds = [keys.open, keys.all].map((key) => ({ key, below: Number.POSITIVE_INFINITY }));

  function wrongLists(approval: Approval, [, , open, due, claimed, listed]: Sight): readonly string[] {
    const { status } = approval;
    return [
      ...((open === 1) === isOpen(status) ? [] : ['open']),
      ...(due === String(dueAt(approval) ?? '') ? [] : ['due']),
      ...(claimed === (claimedBy(approval) ?? '') ? [] : ['claimed']),
      ...(listed.length === 1 && listed[0] === keys.status(status) ? [] : ['status']),
    ];
  }

  async function mend(record: StoredApproval, wrong: readonly string[]): Promise<void> {
    const { approval } = record;
    const done = (await link.run(REINDEX, indexKeys(keys, approval), [
      given(),
      approval.id,
      record.sha1,
      '',
      ...indexValues(approval, now(), settings.retention),
    ])) as readonly [string];
    if (done[0] !== 'appended') return; // It moved on, and its lists with it.
    trouble('index', `approval ${approval.id}: the lists (${wrong.join(', ')}) said something else than its events`);
  }

  async function examine({ sight, asked }: Look): Promise<void> {
    const [id, entries] = sight;
    try {
      const record = records.read(id, entries, asked);
      if (!record) return;
      const wrong = wrongLists(record.approval, sight);
      if (wrong.length > 0) return await mend(record, wrong);
      await checkPointer(record.approval);
    } catch (error) {
      if (!(error instanceof RecordDamaged || error instanceof RecordUnreadable)) throw error;
    }
  }

  /** A repeat finds an open approval by this key; without it, it would open a second one. */
  async function checkPointer({ id, opened, status }: Approval): Promise<void> {
    if (!isOpen(status)) return;
    const key = keys.current(opened.agent, opened.digest);
    if ((await link.call('GET', key)) === id) return;
    const [again] = await sights([id]);
    const still = again && records.read(id, again.sight[1], again.asked)?.approval.status;
    if (still === undefined || !isOpen(still)) return;
    await link.call('SET', key, id, 'PX', Math.max(1, opened.expiresAt - now()) + settings.retention);
    trouble('index', `approval ${id}: the pointer to it from its call was edited`);
  }

  async function sights(ids: readonly string[]): Promise<readonly Look[]> {
    const asked = ids.map((id) => records.heard(id));
    const lists = [keys.open, keys.due, keys.claimed, ...statuses];
    const found = (await link.run(LOOK, lists, [given(), keys.events(''), ...ids])) as readonly Sight[];
    return found.map((sight, n) => ({ sight, asked: asked[n] ?? 0 }));
  }

  return {
    async look() {
      for (const round of rounds) {
        const from = Number.isFinite(round.below) ? `(${round.below}` : '+inf';
        const rows = (await link.call(
          ...(['ZREVRANGEBYSCORE', round.key, from, '-inf', 'WITHSCORES', 'LIMIT', 0, BATCH] as const),
        )) as string[];
        const ids = rows.filter((_, n) => n % 2 === 0);
        round.below = ids.length < BATCH ? Number.POSITIVE_INFINITY : Number(rows.at(-1));
        if (ids.length === 0) continue;
        await Promise.all((await sights(ids)).map(examine));
      }
    },
  };
}
