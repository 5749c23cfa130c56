// The groups that identity providers said people are in, for as long as that is believed: over replicas and restarts, in shared records of
// their own kind. INVARIANT: what was said later wins, whatever comes later; and every word has an end.
import type { SignInIssuer } from '../core/sign-in-settings.ts';
import type { Clock } from '../ports/clock.ts';
import type { GroupSource } from '../ports/group-source.ts';
import type { SharedRecord, SharedRecords } from '../ports/shared-records.ts';

export interface RememberedGroupsDeps {
  readonly records: Pick<SharedRecords, 'get' | 'put' | 'list'>;
  readonly issuers: readonly Pick<SignInIssuer, 'issuer' | 'groups' | 'provision' | 'remember'>[];
  readonly clock: Clock;
  /** Hears of a store that does not answer. */
  readonly onTrouble: (error: unknown) => void;
}

/** What a provider said of somebody. */
export interface Statement {
  readonly issuer: string;
  /** Lower case. */
  readonly email: string;
  /** As the provider calls them; only mapped ones. */
  readonly groups: readonly string[];
  /** When it said so, epoch ms. */
  readonly at: number;
}

export interface RememberedGroups extends GroupSource {
  readonly admits: (email: string) => boolean;
  /** Durable when it resolves. Rejects with StoreUnavailable. */
  remember(statement: Statement): Promise<void>;
  /** Reads everything; never rejects. */
  refresh(): Promise<void>;
  close(): void;
}

type Word = Pick<Statement, 'groups' | 'at'>;

const KIND = 'idp';
/** Between two looks at what other replicas were told, ms. */
const EVERY = 15_000;
const WITHIN = 2_000;
const TRIES = 5;
const AWAY = 'What identity providers said about you cannot be read now, so it may not count; try again.';

const idOf = (email: string, issuer: string): string => JSON.stringify([email, issuer]);

export function createRememberedGroups(deps: RememberedGroupsDeps): RememberedGroups {
  const { records, issuers, clock, onTrouble } = deps;
  const known = new Map<string, Word>();
  let closed = false;
  let cancel = (): void => {};

  /** The later of what is known and what is told. Of two words of one second, only what both say. */
  function learn(id: string, word: Word): Word {
    const before = known.get(id);
    const now = before ? later(before, word) : word;
    known.set(id, now);
    return now;
  }
  async function refresh(): Promise<void> {
    try {
      const listed = await records.list(KIND);
      for (const { id, value } of listed) learn(id, read(value));
      // What is over in the store, or was never confirmed by it, ends here by its time too.
      for (const [id, { at }] of known) if (at + longest < clock.now()) known.delete(id);
    } catch (error) {
      onTrouble(error);
    }
  }
  const longest = Math.max(0, ...issuers.map(({ remember }) => remember));
  const tick = (): void => {
    if (closed) return;
    cancel = clock.after(EVERY, () => void refresh().then(tick));
  };
  if (issuers.length > 0) tick();

  const believed = (email: string, { issuer, remember }: (typeof issuers)[number]): Word | undefined => {
    const word = known.get(idOf(email, issuer));
    return word && clock.now() < word.at + remember ? word : undefined;
  };
  const of = (email: string): readonly string[] => [
    ...new Set(
      issuers.flatMap((issuer) => (believed(email, issuer)?.groups ?? []).flatMap((name) => mapped(issuer, name))),
    ),
  ];

  return {
    of,
    admits: (email) =>
      issuers.some(
        (issuer) =>
          issuer.provision &&
          (believed(email, issuer)?.groups.some((name) => mapped(issuer, name).length > 0) ?? false),
      ),
    async confirm(email) {
      const looks = issuers.map(async ({ issuer }) => {
        const id = idOf(email, issuer);
        const record = await records.get(KIND, id);
        if (record) learn(id, read(record.value));
      });
      const looked = await within(clock, Promise.all(looks)).catch((error: unknown) => {
        onTrouble(error);
        return undefined;
      });
      return { groups: of(email), unsure: looked ? [] : [AWAY] };
    },
    async remember({ issuer, email, ...word }) {
      const id = idOf(email, issuer);
      const before = known.get(id);
      // Told already: the same token, or one that is older.
      if (before && same(later(before, word), before)) return;
      const keepFor = word.at + longest - clock.now();
      if (keepFor <= 0) return;
      let stands: SharedRecord | undefined = await records.get(KIND, id);
      for (let tries = 0; tries < TRIES; tries++) {
        const now = stands ? later(read(stands.value), word) : word;
        if (stands && same(read(stands.value), now)) return void learn(id, now);
        const put = await records.put(KIND, id, stands?.version ?? 0, JSON.stringify(now), { keepFor });
        if (put.outcome === 'written') return void learn(id, now);
        stands = put.record;
      }
      throw new Error('too many sign-ins of one person at once');
    },
    refresh,
    close() {
      closed = true;
      cancel();
    },
  };
}

function later(a: Word, b: Word): Word {
  if (a.at !== b.at) return a.at > b.at ? a : b;
  return { at: a.at, groups: a.groups.filter((name) => b.groups.includes(name)) };
}

const same = (a: Word, b: Word): boolean => a.at === b.at && a.groups.join('\n') === b.groups.join('\n');

const mapped = ({ groups }: Pick<SignInIssuer, 'groups'>, name: string): readonly string[] =>
  Object.hasOwn(groups, name) ? (groups[name] ?? []) : [];

/** Sealed at rest: whatever comes out is what was put in. */
function read(value: string): Word {
  const { at, groups } = JSON.parse(value) as Word;
  return { at, groups };
}

async function within<T>(clock: Clock, work: Promise<T>): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const cancel = clock.after(WITHIN, () => resolve(undefined));
  try {
    return await Promise.race([work, promise]);
  } finally {
    cancel();
  }
}
