// Goes over what is stored, a few approvals at a time, whether or not anybody asks for them: a record that was edited is told of
// before it matters, and a list that says something else than the events is put right.
import { type Approval, isOpen, STATUSES } from '../../core/approval/state.ts';
import { RecordDamaged, RecordUnreadable } from '../../ports/approval-store.ts';
import type { RedisSettings } from '../../core/redis-settings.ts';
import { claimedBy, dueAt, indexKeys, indexValues } from './index-values.ts';
import type { RedisKeys } from './keys.ts';
import type { Argument } from './client.ts';
import type { Link } from './link.ts';
import type { Records, StoredApproval } from './records.ts';
import { LOOK, MISSING, REINDEX } from './scripts.ts';
import { isOfAnotherKind } from './unavailable.ts';

export interface Patrol {
  /** The next few. Rejects with StoreUnavailable. */
  look(): Promise<void>;
}

interface PatrolOptions {
  readonly settings: RedisSettings;
  readonly link: Link;
  readonly keys: RedisKeys;
  readonly records: Records;
  /** Ids of approvals that this process has read. */
  readonly known: () => Iterable<string>;
  readonly trouble: (operation: string, message: string) => void;
  readonly now: () => number;
  readonly time?: () => number;
}

/** Approvals per look and list. */
const BATCH = 100;
/** This long before a record may be gone its receipt may be gone already, ms. */
const NEAR_THE_END = 60_000;
/** Findings that are remembered, so that each is told once. */
const MOST_REPLACEMENTS = 1_000;
const PLACE = /^[1-9]\d{0,15}$/;

type There = '' | 'here' | 'elsewhere';

/** An approval as everything beside its events describes it at one moment; see LOOK. */
type Sight = readonly [
  id: string,
  entries: readonly string[],
  place: string,
  open: There,
  due: string,
  claimed: string,
  statuses: readonly string[],
  agent: string,
  ofAgent: There,
  countsForAgent: 0 | 1,
  unreceipted: There,
  hasReceipt: 0 | 1,
];

/** With the version that was known when it was asked for. */
interface Look {
  readonly sight: Sight;
  readonly asked: number;
}

export function createPatrol(options: PatrolOptions): Patrol {
  const { settings, link, keys, records, trouble, now } = options;
  const given = (): Argument => options.time?.() ?? '';
  const statuses = STATUSES.map((one) => keys.status(one));
  // Over what counts as open, so that what is not, or is gone, is found; and over all, newest first. By rank: places can be edited.
  const rounds = [keys.open, keys.all].map((key) => ({ key, from: 0 }));

  const replacements = new Set<string>();

  /** `alone`: nobody else has its place. */
  function wrongLists(approval: Approval, sight: Sight, alone: boolean): readonly string[] {
    const [, , place, open, due, claimed, listed, agent, ofAgent, counts, unreceipted, hasReceipt] = sight;
    const { status, opened } = approval;
    const goesOn = isOpen(status);
    const waits = !goesOn && hasReceipt === 0 ? 'here' : '';
    const ending = now() > opened.expiresAt + settings.retention - NEAR_THE_END;
    const findings: Readonly<Record<string, boolean>> = {
      all: alone && PLACE.test(place),
      open: open === (goesOn ? 'here' : '') && counts === (goesOn ? 1 : 0),
      due: due === String(dueAt(approval) ?? ''),
      claimed: claimed === (claimedBy(approval) ?? ''),
      status: listed.length === 1 && listed[0] === `here ${keys.status(status)}`,
      agent: agent === opened.agent && ofAgent === 'here',
      unreceipted: ending || unreceipted === waits,
    };
    return Object.keys(findings).filter((list) => findings[list] === false);
  }

  async function mend(record: StoredApproval, wrong: readonly string[]): Promise<void> {
    const { approval } = record;
    // It gets the next one.
    if (wrong.includes('all')) await link.call('ZREM', keys.all, approval.id);
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

  async function examine({ sight, asked }: Look, alone: boolean): Promise<void> {
    const [id, entries, , open] = sight;
    try {
      const record = records.read(id, entries, asked);
      if (!record && open !== '') records.gone(id);
      if (!record) return;
      const wrong = wrongLists(record.approval, sight, alone);
      if (wrong.length > 0) return await mend(record, wrong);
      await checkPointer(record.approval);
    } catch (error) {
      if (!(error instanceof RecordDamaged || error instanceof RecordUnreadable)) throw error;
    }
  }

  const pointed = (key: string): Promise<unknown> =>
    link.call('GET', key).catch((error: unknown) => {
      if (isOfAnotherKind(error)) return undefined;
      throw error;
    });

  /** The open approval with this id, as it stands now. */
  async function openNow(id: string): Promise<Approval | undefined> {
    try {
      const [again] = await sights([id]);
      const approval = again && records.read(id, again.sight[1], again.asked)?.approval;
      return approval && isOpen(approval.status) ? approval : undefined;
    } catch (error) {
      if (error instanceof RecordDamaged || error instanceof RecordUnreadable) return undefined;
      throw error;
    }
  }

  /** A repeat finds an open approval by this key; without it, it would open a second one. */
  async function checkPointer({ id, opened, status }: Approval): Promise<void> {
    if (!isOpen(status)) return;
    const key = keys.current(opened.agent, opened.digest);
    const names = await pointed(key);
    if (names === id || !(await openNow(id))) return;
    const other = typeof names === 'string' ? (await openNow(names))?.opened : undefined;
    // Somebody asked in between: then there are two, each with votes of its own, and the newer one is joined.
    const replaced = other?.agent === opened.agent && other.digest === opened.digest;
    if (!replaced) {
      await link.call('SET', key, id, 'PX', Math.max(1, opened.expiresAt - now()) + settings.retention);
      trouble('index', `approval ${id}: the pointer to it from its call was edited`);
    } else if (!replacements.has(id)) {
      if (replacements.size >= MOST_REPLACEMENTS) replacements.clear();
      replacements.add(id);
      trouble(
        'index',
        `approval ${id}: the pointer to it was edited, and ${String(names)} was opened for the same call`,
      );
    }
  }

  async function sights(ids: readonly string[]): Promise<readonly Look[]> {
    const asked = ids.map((id) => records.heard(id));
    const lists = [keys.all, keys.open, keys.due, keys.claimed, keys.agents, keys.unreceipted, ...statuses];
    const prefixes = [keys.events(''), keys.agent(''), keys.openOf(''), keys.blob('', 'receipt')];
    const found = (await link.run(LOOK, lists, [given(), ...prefixes, ...ids])) as readonly Sight[];
    return found.map((sight, n) => ({ sight, asked: asked[n] ?? 0 }));
  }

  async function examineAll(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const places = new Set<string>();
    const examined = (await sights(ids)).map((look) => {
      const [, , place] = look.sight;
      const alone = !places.has(place);
      places.add(place);
      return examine(look, alone);
    });
    await Promise.all(examined);
  }

  return {
    async look() {
      for (const round of rounds) {
        const ids = (await link.call('ZRANGE', round.key, round.from, round.from + BATCH - 1, 'REV')) as string[];
        round.from = ids.length < BATCH ? 0 : round.from + BATCH;
        await examineAll(ids);
      }
      // What somebody took out of every list is in none of the rounds.
      const missing = (await link.run(MISSING, [keys.all], [given(), ...options.known()])) as string[];
      await examineAll(missing.slice(0, BATCH));
    },
  };
}
