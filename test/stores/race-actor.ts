// One side of a race: a replica or the person behind it. It looks, acts on what it saw, and where somebody was faster looks at what
// they left, as the gate does. It remembers only what the store confirmed to it.
import type { ApprovalEvent, Opened } from '../../src/core/approval/events.ts';
import type { Approval } from '../../src/core/approval/state.ts';
import type { AppendOutcome, ApprovalStore, Freshness } from '../../src/ports/approval-store.ts';
import { claim, intent, result } from '../conformance/approval-events.ts';

export type Side = 'A' | 'B';

export interface Report {
  readonly side: string;
  /** What the store said that it took, in order. */
  readonly acknowledged: readonly ApprovalEvent[];
  /** What became of each attempt, in order. `conflict`: somebody was faster since this side had looked. */
  readonly attempts: readonly AppendOutcome['outcome'][];
  /** Tokens under which it wrote the first byte. */
  readonly sent: readonly string[];
}

type Make = (opened: Opened, now: number) => ApprovalEvent;

export interface Actor {
  /** Appends what `make` makes of each look until it is in or does not apply; with `timely` only before the expiry. */
  put(make: Make, timely?: boolean): Promise<Approval | undefined>;
  /** Claims, intends and sends, as a replica does that noticed an approval. It goes for the intent even if the claim was refused:
   *  it may have lost the answer, and must not get through with it. */
  run(): Promise<void>;
  claim(): Promise<boolean>;
  /** The intent under this token, and the first byte. */
  intend(token: string): Promise<boolean>;
  /** The intent and what follows, under this token. */
  send(token: string): Promise<boolean>;
  /** Waits for others to bring it out of `pending`; false if nobody did. */
  decided(): Promise<boolean>;
  /** Waits until the store's clock has reached this, epoch ms. */
  until(time: number): Promise<void>;
  readonly report: () => Report;
}

export interface ActorOptions {
  readonly store: ApprovalStore;
  readonly id: string;
  readonly side: string;
  readonly freshness?: Freshness;
}

const MOST_TRIES = 20;
const MOST_LOOKS = 20_000;

export const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

export function createActor({ store, id, side, freshness = 'current' }: ActorOptions): Actor {
  const acknowledged: ApprovalEvent[] = [];
  const attempts: AppendOutcome['outcome'][] = [];
  const sent: string[] = [];

  const put: Actor['put'] = async (make, timely = false) => {
    let seen = await store.load(id, freshness);
    for (let tries = 0; seen && tries < MOST_TRIES; tries++) {
      const event = make(seen.opened, await store.now());
      const options = timely ? { before: seen.opened.expiresAt } : {};
      const done = await store.append(id, seen.version, [event], options);
      attempts.push(done.outcome);
      if (done.outcome === 'appended') acknowledged.push(event);
      if (done.outcome !== 'conflict') return done.outcome === 'appended' ? done.approval : undefined;
      seen = done.approval;
    }
    return undefined;
  };

  const own = `clm_${side}`;
  const timely = true;

  const claimIt = async (): Promise<boolean> =>
    (await put((opened, now) => claim(opened, now, side), timely)) !== undefined;

  async function intend(token: string): Promise<boolean> {
    if (!(await put((opened, now) => intent(opened, now, side, { token }), timely))) return false;
    sent.push(token);
    return true;
  }

  async function send(token: string): Promise<boolean> {
    if (!(await intend(token))) return false;
    await put((_opened, now) => result(now, side, { token }));
    return true;
  }

  return {
    put,
    claim: claimIt,
    intend,
    send,
    async run() {
      const claimed = await claimIt();
      if ((await send(own)) || !claimed) return;
      await put((_opened, now) => ({ type: 'not_sent', at: now, token: own, why: 'too late' }));
    },
    async decided() {
      for (let look = 0; look < MOST_LOOKS; look++) {
        if ((await store.load(id, freshness))?.status !== 'pending') return true;
        await turn();
      }
      return false;
    },
    async until(time) {
      while ((await store.now()) < time) await turn();
    },
    report: () => ({ side, acknowledged, attempts, sent }),
  };
}
