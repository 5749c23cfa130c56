// Finding approvals. The lists in Redis only name candidates: each is read, verified and kept only if its own events say the
// same, so that whoever edits a list changes no outcome.
import { type Approval, isOpen } from '../../core/approval/state.ts';
import { type ApprovalStore, RecordDamaged, RecordUnreadable } from '../../ports/approval-store.ts';
import type { RedisKeys } from './keys.ts';
import type { Argument } from './client.ts';
import type { Link } from './link.ts';
import type { StoredApproval } from './records.ts';
import { ORPHANED } from './scripts.ts';

export type Lists = Pick<ApprovalStore, 'list' | 'countOpen' | 'due' | 'interrupted' | 'orphaned' | 'withoutReceipt'>;

interface ListsDeps {
  readonly link: Link;
  readonly keys: RedisKeys;
  /** Reads and verifies. */
  readonly fetch: (id: string) => Promise<StoredApproval | undefined>;
  readonly given: () => Argument;
  readonly prefixes: { readonly lease: string };
}

type Keep = (approval: Approval) => boolean;
type Batch = (offset: number, count: number) => Promise<readonly string[]>;

const MAX_PAGE = 200;
const BATCH = 100;
/** Candidates that one page looks at before it says that there is more. */
const MOST_LOOKS = 20;

export function createLists({ link, keys, fetch, given, prefixes }: ListsDeps): Lists {
  /** Reads candidates in one round trip; keeps those of which the events say the same. */
  async function confirm(ids: readonly string[], keep: Keep): Promise<Approval[]> {
    const read = await Promise.all(
      ids.map((id) =>
        fetch(id).catch((error: unknown) => {
          // It was told of; it must not hide the others.
          if (error instanceof RecordDamaged || error instanceof RecordUnreadable) return undefined;
          throw error;
        }),
      ),
    );
    return read.flatMap((record) => (record && keep(record.approval) ? [record.approval] : []));
  }

  /** Up to `limit` confirmed approvals; candidates that are not confirmed never hide those behind them. */
  async function search(batch: Batch, limit: number, keep: Keep): Promise<Approval[]> {
    const found: Approval[] = [];
    for (let offset = 0; found.length < limit; offset += BATCH) {
      const ids = await batch(offset, BATCH);
      found.push(...(await confirm(ids, keep)));
      if (ids.length < BATCH) break;
    }
    return found.slice(0, limit);
  }

  const range =
    (key: string): Batch =>
    async (offset, count) =>
      (await link.call('ZRANGE', key, offset, offset + count - 1)) as string[];

  const underWay = ({ status }: Approval): boolean => status === 'claimed' || status === 'sending';

  return {
    async list({ status, agent, cursor, limit }) {
      const wanted = Math.min(Math.max(1, Math.trunc(limit)), MAX_PAGE);
      let below = cursor === undefined ? Number.POSITIVE_INFINITY : Number.parseInt(cursor, 36);
      if (Number.isNaN(below)) return { items: [], next: undefined };
      const ofStatus = status === 'open' ? keys.open : status && keys.status(status);
      // The shorter list where both would do: nobody asks for one agent's without a status but to page through it.
      const key = ofStatus ?? (agent === undefined ? keys.all : keys.agent(agent));
      const keep: Keep = (one) =>
        (agent === undefined || one.opened.agent === agent) &&
        (status === undefined || (status === 'open' ? isOpen(one.status) : one.status === status));
      const items: Approval[] = [];
      for (let looks = 0; looks < MOST_LOOKS; looks++) {
        const from = Number.isFinite(below) ? `(${below}` : '+inf';
        const count = wanted - items.length + 1;
        const rows = (await link.call(
          'ZREVRANGEBYSCORE',
          key,
          from,
          '-inf',
          'WITHSCORES',
          'LIMIT',
          0,
          count,
        )) as string[];
        const ids = rows.filter((_, n) => n % 2 === 0);
        const shown = ids.slice(0, count - 1);
        items.push(...(await confirm(shown, keep)));
        if (ids.length < count) return { items, next: undefined };
        below = Number(rows[(count - 2) * 2 + 1]);
        if (items.length >= wanted) break;
      }
      return { items, next: below.toString(36) };
    },

    countOpen: async (agent) =>
      Number(await (agent === undefined ? link.call('ZCARD', keys.open) : link.call('SCARD', keys.openOf(agent)))),

    due: (now, limit) =>
      search(
        async (offset, count) =>
          (await link.call('ZRANGEBYSCORE', keys.due, '-inf', now, 'LIMIT', offset, count)) as string[],
        limit,
        ({ status, opened }) => (status === 'pending' || status === 'approved') && opened.expiresAt <= now,
      ),

    async interrupted(replica) {
      const claimed = (await link.call('HGETALL', keys.claimed)) as string[];
      const ids = claimed.filter((_, n) => n % 2 === 0 && claimed[n + 1] === replica);
      return confirm(ids, (approval) => underWay(approval) && approval.claim?.replica === replica);
    },

    async orphaned(limit) {
      const ids = (await link.run(ORPHANED, [keys.claimed], [given(), prefixes.lease])) as string[];
      return (await confirm(ids, underWay)).slice(0, limit);
    },

    withoutReceipt: (limit) => search(range(keys.unreceipted), limit, ({ status }) => !isOpen(status)),
  };
}
