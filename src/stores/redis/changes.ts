// Tells subscribers which approvals changed, through whatever replica: by a blocking read of the stream that every script
// writes to. INVARIANT: a notification that is lost strands nobody. The cursor outlives the connection; where the stream
// cannot be followed without a gap (a new connection, a failover, an emptied store), any approval may have changed.
import type { RedisSettings } from '../../core/redis-settings.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Client, connected, createClient, disconnect, reconnect } from './client.ts';

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

export interface StreamTime {
  /** Epoch ms of the store. */
  readonly now: () => number;
  /** True for a place that lies in the future: whoever was led there hears of nothing that happens before. */
  readonly isAhead: (place: string) => boolean;
}

export interface Changes {
  subscribe(listener: (id: string | undefined) => void): () => void;
  /** True while somebody listens, and changes are to be heard of. */
  wanted(): boolean;
  /** True while every change is heard of within moments. */
  follows(): boolean;
  /** Epoch ms of the store from which on no change was missed. */
  since(): number;
  /** How far the stream was read. */
  place(): string | undefined;
  /** Tells of what may have changed without the stream saying so. */
  anything(): void;
  /** The newest place in the stream, as another connection sees it, and how far it had been read when that was asked: a reader that
   *  stays behind it is replaced. */
  expect(newest: string | undefined, place: string | undefined): void;
  close(): void;
}

/** The server answers a read with nothing after this time, ms; without an answer `SLACK` later the connection is dead. */
const BLOCK = 1_000;
const SLACK = 500;
/** Changes that one read takes at most. */
const COUNT = 1_000;
/** The place before the first entry. */
const START = '0-0';
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
  { now, isAhead }: StreamTime,
  heard: ChangeListener,
): Changes {
  const listeners = new Set<{ readonly call: (id: string | undefined) => void }>();
  /** Undefined until it is known where the stream ends. */
  let cursor: string | undefined;
  /** The newest place at the last look. */
  let newestBefore: string | undefined;
  let lost = true;
  let since = Number.POSITIVE_INFINITY;
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
      if ((answer?.[0][1].length ?? 0) >= COUNT) {
        since = now();
        tell(undefined);
      }
      return true;
    } catch {
      return false;
    }
  }

  async function start(client: Client): Promise<void> {
    const newest = (await ask(client, 'XREVRANGE', stream, '+', '-', 'COUNT', 1)) as readonly Entry[];
    const place = newest[0]?.[0] ?? START;
    // A stream that ends before the cursor is another one: the store was emptied, or a replica that had less took over.
    if (cursor === undefined || isBefore(place, cursor)) {
      cursor = place;
      since = now();
    }
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
    wanted: () => state.following,
    follows: () => state.following && !lost && cursor !== undefined && !isAhead(cursor),
    since: () => since,
    place: () => cursor,
    anything: () => tell(undefined),
    expect(newest, place) {
      const due = newestBefore;
      newestBefore = newest;
      if (!state.reader || place === undefined || cursor === undefined) return;
      const regressed = newest === undefined ? place !== START : isBefore(newest, place);
      // What was there a whole look ago should have been heard of by now.
      if (!regressed && (due === undefined || !isBefore(cursor, due))) return;
      if (regressed) cursor = undefined;
      reconnect(state.reader);
      tell(undefined);
    },
    close() {
      listeners.clear();
      stop();
    },
  };
}
