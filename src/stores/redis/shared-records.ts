// SharedRecords on Redis, on a connection of their own.
import type { RedisSettings } from '../../core/redis-settings.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Sealer } from '../../ports/sealer.ts';
import type { SharedRecord, SharedRecords } from '../../ports/shared-records.ts';
import { createRecordSeal } from '../record-seal.ts';
import type { Argument } from './client.ts';
import { redisKeys } from './keys.ts';
import { openLink } from './link.ts';
import { ALL_RECORDS, DROP_RECORD, DUE_RECORDS, GET_RECORD, PUT_RECORD } from './record-scripts.ts';
import { placeOf } from './unavailable.ts';

export interface RedisRecordsOptions {
  readonly settings: RedisSettings;
  readonly clock: Clock;
  readonly sealer?: Sealer;
  /** Hears of a record that was edited; it is gone then. */
  readonly onDamaged?: (kind: string, id: string) => void;
  /** Only for tests of time: the store's clock instead of Redis' own. */
  readonly time?: () => number;
}

type Found = readonly [id: string, record: string, dueAt: string];

/** Rejects with StoreUnavailable. */
export async function createRedisRecords(options: RedisRecordsOptions): Promise<SharedRecords> {
  const { settings, clock, onDamaged } = options;
  const keys = redisKeys(settings.prefix);
  const link = await openLink(settings, placeOf(settings), keys.order, clock);
  const seal = createRecordSeal(options.sealer);
  const given = (): Argument => options.time?.() ?? '';
  const of = (kind: string): string[] => [keys.records(kind), keys.recordsDue(kind), keys.recordsKept(kind)];

  /** One that was edited is dropped, whatever its version says. */
  async function open(kind: string, [id, record, dueAt]: Found): Promise<SharedRecord | undefined> {
    if (record === '') return undefined;
    const [, digits = '', sealed = ''] = /^(\d{1,15}) ([A-Za-z0-9+/=]*)$/.exec(record) ?? [];
    const version = Number(digits);
    const value = digits === '' ? undefined : seal.open(kind, id, version, Buffer.from(sealed, 'base64'));
    if (value !== undefined) return { id, version, value, dueAt: dueAt === '' ? undefined : Number(dueAt) };
    onDamaged?.(kind, id);
    await link.run(DROP_RECORD, of(kind), [given(), id, '']);
    return undefined;
  }
  async function openAll(kind: string, found: readonly Found[]): Promise<SharedRecord[]> {
    const records: SharedRecord[] = [];
    for (const each of found) {
      const record = await open(kind, each);
      if (record) records.push(record);
    }
    return records;
  }

  return {
    async now() {
      if (options.time) return options.time();
      const [seconds, micros] = (await link.call('TIME')) as [string, string];
      return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
    },
    async get(kind, id) {
      const [record, dueAt] = (await link.run(GET_RECORD, of(kind), [given(), id])) as readonly [string, string];
      return open(kind, [id, record, dueAt]);
    },
    async put(kind, id, version, value, { dueAt, keepFor }) {
      const written = { id, version: version + 1, value, dueAt };
      const sealed = Buffer.from(seal.seal(kind, id, written.version, value)).toString('base64');
      const parameters = [given(), id, version, `${written.version} ${sealed}`, dueAt ?? '', Math.ceil(keepFor)];
      const [outcome, , record = '', due = ''] = (await link.run(PUT_RECORD, of(kind), parameters, true)) as readonly [
        string,
        number,
        string?,
        string?,
      ];
      if (outcome === 'written') return { outcome, record: written };
      // Ours, whose acknowledgement was lost on the way, is no conflict.
      if (record === parameters[3]) return { outcome: 'written', record: written };
      return { outcome: 'conflict', record: await open(kind, [id, record, due]) };
    },
    drop: async (kind, id, version) => (await link.run(DROP_RECORD, of(kind), [given(), id, version], true)) === 1,
    due: async (kind, limit) =>
      openAll(kind, (await link.run(DUE_RECORDS, of(kind), [given(), limit])) as readonly Found[]),
    list: async (kind) => openAll(kind, (await link.run(ALL_RECORDS, of(kind), [given()])) as readonly Found[]),
    async close() {
      link.close();
    },
  };
}
