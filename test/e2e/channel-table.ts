// Gates with people at one or more tables, in front of an upstream that records every byte, and time that is the test's own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { takeDataDir } from '../../src/data-dir.ts';
import { createIdSource } from '../../src/system-clock.ts';
import { createPassingClock, type PassingClock } from '../ports/passing-clock.ts';
import { channelsYaml, type Hands } from './channel-hands.ts';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { startGate, type TestGate } from './running-gate.ts';

export interface Table<H extends Hands = Hands> {
  readonly hands: readonly H[];
  readonly gates: readonly TestGate[];
  /** The first of each. */
  readonly hand: H;
  readonly gate: TestGate;
  readonly upstream: RawUpstream;
  readonly clock: PassingClock;
  /** A POST of the agent. */
  call(body: string, path?: string): Promise<Response>;
  /** All gates end and start again on the same data. */
  restart(): Promise<void>;
  view(approval: Pick<ApprovalView, 'id'>): Promise<ApprovalView>;
  /** The approvals that are open, once there are so many. */
  open(count: number): Promise<readonly ApprovalView[]>;
}

export interface TableOptions<H extends Hands> {
  readonly hands: readonly (() => H)[];
  /** YAML of the rules. */
  readonly rules: string;
  /** Processes' worth of gate that share one SQLite file, as workers do; 1 if left out. */
  readonly gates?: number;
}

/** A set for each test of the suite that calls this; what is given back fills itself before each. */
export function useTable<H extends Hands>({ hands: make, rules, gates: count = 1 }: TableOptions<H>): Table<H> {
  let hands: H[] = [];
  let gates: TestGate[] = [];
  let upstream: RawUpstream;
  let clock: PassingClock;
  let folder: string;
  let giveBack = (): void => undefined;

  const more = (): string => `${channelsYaml(...hands)}\nhold: {wait: 1h, max_wait: 1h}`;
  const start = async (): Promise<void> => {
    const options = { upstream: upstream.url, rules, folder, more: more(), clock };
    for (let number = 1; number <= count; number++) {
      const worker = count === 1 ? {} : { worker: { number, of: count, first: number === 1 } };
      gates.push(await startGate({ ...options, ...worker }));
    }
    for (const each of hands) await each.ready(...gates);
  };
  const stop = async (): Promise<void> => {
    await Promise.all(gates.splice(0).map((gate) => gate.stop()));
  };
  const first = <T>(of: readonly T[]): T => {
    const [one] = of;
    if (one === undefined) throw new Error('nothing runs');
    return one;
  };

  beforeEach(async () => {
    clock = createPassingClock();
    folder = mkdtempSync(join(tmpdir(), 'holdgate-channels-'));
    upstream = await startRawUpstream();
    hands = make.map((each) => each());
    gates = [];
    for (const each of hands) await each.open(clock);
    if (count > 1) {
      const opening = { onBroken: () => undefined, onFailed: () => undefined };
      const ids = createIdSource(clock);
      giveBack = await takeDataDir(join(folder, 'data'), {
        clock,
        ids,
        opening,
        mountedKeys: undefined,
        workers: count,
      });
    }
    await start();
  });
  afterEach(async () => {
    await stop();
    giveBack();
    giveBack = () => undefined;
    for (const each of hands) await each.close();
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const table: Table<H> = {
    get hands() {
      return hands;
    },
    get gates() {
      return gates;
    },
    get hand() {
      return first(hands);
    },
    get gate() {
      return first(gates);
    },
    get upstream() {
      return upstream;
    },
    get clock() {
      return clock;
    },
    call: (body, path = '/api/things') => table.gate.call(path, { method: 'POST', body }),
    async restart() {
      await stop();
      await start();
    },
    view: async ({ id }) => (await (await table.gate.api(`/api/v1/approvals/${id}`)).json()) as ApprovalView,
    async open(wanted) {
      for (;;) {
        const answer = await table.gate.api('/api/v1/approvals?status=open&limit=100');
        const { items } = (await answer.json()) as { items: ApprovalView[] };
        if (items.length === wanted) return items;
      }
    },
  };
  return table;
}
