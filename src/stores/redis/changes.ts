// Tells subscribers which approvals changed, through whatever replica: by a blocking read of the stream that every script
// writes to. INVARIANT: a notification that is lost strands nobody. The cursor outlives the connection; where the stream
// cannot be followed without a gap (a new connection, a failover, an emptied store), any approval may have changed.
import type { RedisSettings } from '../../core/redis-settings.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Client, connected, createClient, disconnect, reconnect } from './link.ts';

export interface Change {
  readonly id: string;
  readonly version: number;
  /** Epoch ms. */
  readonly expiresAt: number;
  /** Key of the call that an approval was opened for. */
  readonly call: string | undefined;
  /** What was appended; empty for an opening. */
  readonly entries: readonly string[];
}

export interface ChangeListener {
  onChange(change: Change): void;
  /** Changes may have been missed. */
  onGap(): void;
}

export interface Changes {
  subscribe(listener: (id: string | undefined) => void): () => void;
  /** True while every change is heard of within moments. */
  follows(): boolean;
  /** Tells of what may have changed without the stream saying so. */
  anything(): void;
  /** The newest place in the stream, as another connection sees it: a reader that stays behind it is replaced. */
  expect(newest: string | undefined): void;
  close(): void;
}

/** The server answers a read with nothing after this time, ms; without an answer `SLACK` later the connection is dead. */
const BLOCK = 1_000;
const SLACK = 500;
/** Changes that one read takes at most. */
const COUNT = 1_000;
/** Before another try with a store that does not answer, ms. */
const PAUSE = 100;

type Entry = readonly [at: string, fields: readonly string[]];

function parse([, fields]: Entry): Change {
  const facts = new Map(fields.flatMap((name, n) => (n % 2 === 0 ? [[name, fields[n + 1] ?? ''] as const] : [])));
  const entries = facts.get('entries');
  return {
    id: facts.get('id') ?? '',
    version: Number(facts.get('version')),
    expiresAt: Number(facts.get('expires')),
    call: facts.get('call'),
    entries: entries === undefined ? [] : entries.split('\n'),
  };
}

/** Stream places compare as two numbers: milliseconds, then a counter. */
function isBefore(a: string, b: string): boolean {
  const [aTime = 0, aCount = 0] = a.split('-').map(Number);
  const [bTime = 0, bCount = 0] = b.split('-').map(Number);
  return aTime < bTime || (aTime === bTime && aCount < bCount);
}

export function createChanges(
  settings: RedisSettings,
  stream: string,
  clock: Pick<Clock, 'after'>,
  heard: ChangeListener,
): Changes {
  const listeners = new Set<{ readonly call: (id: string | undefined) => void }>();
  /** Undefined until it is known where the stream ends. */
  let cursor: string | undefined;
  let behind = 0;
  let lost = true;
  const state: { following: boolean; reader: Client | undefined } = { following: false, reader: undefined };
  let running: Promise<void> = Promise.resolve();

  const tell = (id: string | undefined): void => {
    if (id === undefined) heard.onGap();
    for (const listener of listeners) listener.call(id);
  };

  const pause = (): Promise<void> => new Promise((resolve) => void clock.after(PAUSE, resolve));

  /** A connection on which nothing comes back is given up: it has no other time limit. */
  async function ask(client: Client, command: string, ...parameters: readonly (string | number)[]): Promise<unknown> {
    const cancel = clock.after(BLOCK + SLACK, () => reconnect(client));
    return client.call(command, ...parameters).finally(cancel);
  }

  /** One read; true if it was answered. */
  async function read(client: Client, from: string): Promise<boolean> {
    try {
      const answer = (await ask(client, 'XREAD', 'COUNT', COUNT, 'BLOCK', BLOCK, 'STREAMS', stream, from)) as
        | readonly [readonly [string, readonly Entry[]]]
        | null;
      const ids = new Set<string>();
      for (const entry of answer?.[0][1] ?? []) {
        [cursor] = entry;
        const change = parse(entry);
        heard.onChange(change);
        ids.add(change.id);
      }
      for (const id of ids) tell(id);
      // So far behind that older entries may have been trimmed away unread.
      if ((answer?.[0][1].length ?? 0) >= COUNT) tell(undefined);
      return true;
    } catch {
      return false;
    }
  }

  async function start(client: Client): Promise<void> {
    const newest = (await ask(client, 'XREVRANGE', stream, '+', '-', 'COUNT', 1)) as readonly Entry[];
    const place = newest[0]?.[0] ?? '0-0';
    // A stream that ends before the cursor is another one: the store was emptied, or a replica that had less took over.
    if (cursor === undefined || isBefore(place, cursor)) cursor = place;
    tell(undefined);
  }

  async function follow(): Promise<void> {
    lost = true;
    while (state.following && !state.reader) {
      const client = createClient(settings);
      await connected(client, stream, clock).then(
        () => (state.reader = client),
        () => pause(),
      );
    }
    while (state.following && state.reader) {
      try {
        if (lost) await start(state.reader);
        lost = !(await read(state.reader, cursor ?? '$'));
      } catch {
        lost = true;
      }
      if (lost) await pause();
    }
    if (state.reader) disconnect(state.reader);
    state.reader = undefined;
  }

  function stop(): void {
    state.following = false;
    if (state.reader) disconnect(state.reader);
  }

  return {
    subscribe(call) {
      if (!state.following) {
        state.following = true;
        running = running.then(follow);
      }
      const listener = { call };
      listeners.add(listener);
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) stop();
      };
    },
    follows: () => state.following && !lost && cursor !== undefined,
    anything: () => tell(undefined),
    expect(newest) {
      if (!state.reader || cursor === undefined || newest === cursor) {
        behind = 0;
        return;
      }
      // Once is a read that is under way; twice is a reader that hears nothing.
      if (++behind < 2) return;
      behind = 0;
      reconnect(state.reader);
      if (newest === undefined || isBefore(newest, cursor)) cursor = undefined;
      tell(undefined);
    },
    close() {
      listeners.clear();
      stop();
    },
  };
}
