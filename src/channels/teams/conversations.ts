// What is known of each conversation, over all replicas: where its connector is, and who has looked at cards there. Only what a verified post said
// is written down.
import type { SharedRecords } from '../../ports/shared-records.ts';

export interface Conversation {
  /** Ends with `/`. */
  readonly serviceUrl: string;
  /** Ids of people for whom cards are made anew when they look, the latest last; at most {@link MOST_USERS}. */
  readonly users: readonly string[];
}

export interface Conversations {
  /** Rejects with StoreUnavailable. */
  get(id: string): Promise<Conversation>;
  /** `userId`: who looked, if anybody did. Never rejects: it is only a memory. */
  heard(id: string, serviceUrl: string, userId: string | undefined): Promise<void>;
}

/** Most ids that Teams takes in `refresh.userIds`. */
const MOST_USERS = 60;
const KIND = 'teamsplace';
/** Conversations stay until they are heard of no more; records have to have an end. */
const KEPT = 10 * 365 * 86_400_000;
/** Lost races before it is left to the next post. */
const TRIES = 3;

export function createConversations(records: SharedRecords, serviceUrl: string): Conversations {
  const unknown: Conversation = { serviceUrl, users: [] };
  /** What was heard before the configuration named another service no longer counts. */
  const read = (value: string): Conversation => {
    const stored = JSON.parse(value) as Conversation;
    return URL.parse(stored.serviceUrl)?.origin === URL.parse(serviceUrl)?.origin ? stored : unknown;
  };

  async function write(id: string, url: string, userId: string | undefined): Promise<void> {
    let found = await records.get(KIND, id);
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const stands = found ? read(found.value) : unknown;
      const fresh = userId !== undefined && !stands.users.includes(userId);
      if (found && stands.serviceUrl === url && !fresh) return;
      const users = fresh ? [...stands.users, userId].slice(-MOST_USERS) : stands.users;
      const value = JSON.stringify({ serviceUrl: url, users } satisfies Conversation);
      const put = await records.put(KIND, id, found?.version ?? 0, value, { keepFor: KEPT });
      if (put.outcome === 'written') return;
      found = put.record;
    }
  }

  return {
    async get(id) {
      const found = await records.get(KIND, id);
      return found ? read(found.value) : unknown;
    },
    async heard(id, said, userId) {
      const url = said.endsWith('/') ? said : `${said}/`;
      await write(id, url, userId).catch(() => undefined);
    },
  };
}
