// Shows approvals to people through channels, and keeps what is shown true. INVARIANTS: an approval stands in one message of a place, over all
// replicas and restarts (the shared record is leased before anything is sent); nothing here decides, delays or opens anything.
import type { Approval } from '../../core/approval/state.ts';
import type { SharedRecord, SharedRecords } from '../../ports/shared-records.ts';
import type { GateDeps } from '../deps.ts';
import { everyApproval } from '../every-approval.ts';
import { beingOpened } from '../grants/being-opened.ts';
import { deliverAll, type DeliverDeps } from './deliver.ts';
import { KEPT, nextDelivery, nextLook, NOTICE, type Notice, readNotice, writeNotice } from './notice.ts';
import type { Pace } from './pace.ts';
import { remind } from './reminders.ts';
import { loadMembers } from './shown.ts';
import { createToucher } from './touch.ts';

export interface NotifierDeps
  extends Pick<GateDeps, 'store' | 'bus' | 'audit' | 'clock' | 'replica'>,
    Pick<DeliverDeps, 'channels' | 'call'> {
  readonly records: SharedRecords;
  /** Where an approval is shown that does not say so itself. */
  readonly routes: (approval: Approval) => readonly string[];
  /** Absent: at once, and everywhere. */
  readonly pace?: Pace;
}

export interface Notifier {
  /** Begins nothing more, and waits for what is under way. Never rejects. */
  stop(): Promise<void>;
}

const EVERY = 1_000;
/** Between looks for approvals that nobody told of, ms. */
const CATCH_UP = 15_000;
const BATCH = 50;
const ABREAST = 8;
/** How long a replica may take over one approval before another one takes it for dead, ms: longer than all it does there. */
const LEASE = 90_000;
/** How long the end waits for a channel that does not answer, ms. */
const PATIENCE = 2_000;
/** Events that change nothing of what is shown, or that this file makes itself. */
const SILENT: ReadonlySet<string> = new Set([
  'delivered',
  'claimed',
  'intent',
  'seen',
  'notified',
  'nudged',
  'escalated',
]);

export function startNotifier(deps: NotifierDeps): Notifier {
  const { records, bus, clock, store } = deps;
  let stopped = false;
  let cancel = (): void => {};
  let running: Promise<void> | undefined;
  let again = false;
  /** A gate that shows nothing anywhere asks nobody for what is due. */
  let needed = deps.channels.size > 0;
  let caughtUp = clock.monotonic() - CATCH_UP;
  const touching = new Set<Promise<void>>();
  const touch = createToucher(deps);

  const failed = (error: unknown): void =>
    bus.emit('store:failed', { operation: 'notify', error: error instanceof Error ? error.message : String(error) });

  /** Whoever was not told of something finds it by this. */
  const catchUp = async (): Promise<void> => {
    if (clock.monotonic() - caughtUp < CATCH_UP) return;
    caughtUp = clock.monotonic();
    if (!(await store.lease('notices', deps.replica, CATCH_UP))) return;
    const concerned = (await everyApproval(deps, 'pending')).filter((approval) => concerns(deps, approval));
    if (concerned.length === 0) return;
    needed = true;
    const known = new Set((await records.list(NOTICE)).map(({ id }) => id));
    const untold = concerned.filter(({ id }) => !known.has(id));
    if (untold.length === 0) return;
    const now = await store.now();
    // Whoever opens it tells people, unless a grant lets it through or it dies; then somebody has to look again once that is over.
    const left = Math.max(...untold.map((approval) => beingOpened(approval, now)));
    if (left > 0) caughtUp = Math.min(caughtUp, clock.monotonic() - CATCH_UP + left);
    for (const approval of untold) if (beingOpened(approval, now) === 0) await touch(approval);
  };
  const round = async (): Promise<void> => {
    if (needed) {
      const due = await records.due(NOTICE, BATCH);
      await each(due, (record) => work(deps, record).catch(failed));
      if (due.length === BATCH) again = true;
    }
    await catchUp();
  };
  const tick = (): void => {
    if (stopped || running) {
      again = true;
      return;
    }
    cancel();
    again = false;
    running = round()
      .catch(failed)
      .finally(() => {
        running = undefined;
        if (again) tick();
        else if (!stopped) cancel = clock.after(EVERY, tick);
      });
  };
  const off = bus.on('approval:changed', ({ approval, event }) => {
    if (stopped || SILENT.has(event) || !concerns(deps, approval)) return;
    needed = true;
    const told = touch(approval).then(tick).catch(failed);
    touching.add(told);
    void told.finally(() => touching.delete(told));
  });
  tick();

  return {
    async stop() {
      stopped = true;
      off();
      cancel();
      const { promise: patience, resolve } = Promise.withResolvers<void>();
      const over = clock.after(PATIENCE, resolve);
      // What is cut off in the middle is found by whoever looks next, this process after its restart or another one.
      await Promise.race([patience, Promise.all([running, ...touching])]);
      over();
    },
  };
}

async function each<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const lane = async (): Promise<void> => {
    for (let one = rest.shift(); one !== undefined; one = rest.shift()) await act(one);
  };
  await Promise.all(Array.from({ length: ABREAST }, lane));
}

const destinations = (deps: NotifierDeps, approval: Approval, now = deps.clock.now()): readonly string[] => {
  const own = approval.opened.terms.notify ?? deps.routes(approval);
  return deps.pace?.places(approval, own, now) ?? own;
};

/** Whether there is anything to do for it here. */
const concerns = (deps: NotifierDeps, approval: Approval): boolean =>
  destinations(deps, approval).length > 0 || approval.opened.terms.quorums.some(({ escalate }) => escalate);

/** Of a message the approval that is the most pressing. */
const speaker = (approvals: readonly Approval[]): Approval | undefined => {
  const waiting = approvals.filter(({ status }) => status === 'pending');
  return waiting.find(({ escalations = [] }) => escalations.length > 0) ?? waiting[0];
};

/** Does what is due for one message, if nobody else does. */
async function work(deps: NotifierDeps, record: SharedRecord): Promise<void> {
  const { records, store } = deps;
  const before = readNotice(record.value);
  const now = await records.now();
  if (before.lease && before.lease.until > now) return;
  const approvals = await loadMembers(deps, [record.id, ...(before.members ?? [])]);
  const [first] = approvals;
  if (!first) return void (await records.drop(NOTICE, record.id, record.version));
  const storeNow = await store.now();
  const current = await Promise.all(approvals.map((approval) => remind(deps, approval, storeNow)));
  const speaks = speaker(current) ?? first;
  const to = destinations(deps, speaks, now);
  const message = { id: record.id, approvals: current, speaker: speaks };
  const paced = (await deps.pace?.hold(message, to, before.places, now)) ?? before.places;
  const posting = (place: string): boolean =>
    paced[place]?.ref === undefined && nextDelivery(current, paced[place], now) === 'posted';
  const places = Object.fromEntries(
    [...new Set([...to, ...Object.keys(paced)])].map((place) => {
      const known = paced[place] ?? { shown: 0 };
      return [place, posting(place) ? { ...known, posting: true } : known];
    }),
  );
  const until = now + LEASE;
  const leased: Notice = { ...before, places, lease: { by: deps.replica, until } };
  const taken = await records.put(NOTICE, record.id, record.version, writeNotice(leased), {
    dueAt: until,
    keepFor: KEPT,
  });
  if (taken.outcome !== 'written') return;
  await deps.pace?.told(message, before.places, paced, now);
  // What was posting before this look may stand there already; what is posting by it does not.
  const after = await deliverAll(deps, record.id, current, to, { ...leased, places: paced }, now);
  await finish(deps, current, taken.record, leased, after);
}

/** Writes down what was done, whatever was touched or added meanwhile: for as long as the lease holds, since nobody else may look before, and
 *  whoever looks then does not know what was posted. Each lost race is a call of a burst that joined, and those come to an end. */
async function finish(
  deps: NotifierDeps,
  approvals: readonly Approval[],
  taken: SharedRecord,
  leased: Notice,
  places: Notice['places'],
): Promise<void> {
  const { records } = deps;
  const until = leased.lease?.until ?? 0;
  let known: SharedRecord | undefined = taken;
  for (let now = await records.now(); known && now < until; now = await records.now()) {
    const stands: Notice = readNotice(known.value);
    // Another one took us for dead: what it knows counts.
    if (stands.lease?.by !== leased.lease?.by || stands.lease?.until !== until) return;
    const dueAt = stands.touched === leased.touched ? nextLook(approvals, places, now, deps.pace?.nudgeAt) : now;
    const { lease: _over, ...rest } = stands;
    const put = await records.put(NOTICE, taken.id, known.version, writeNotice({ ...rest, places }), {
      dueAt,
      keepFor: KEPT,
    });
    if (put.outcome === 'written') return;
    known = put.record;
  }
}
