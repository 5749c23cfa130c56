// A held call from the first attempt to the last answer, over as many lives of one gate as it takes, on one data directory.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeGate } from '../e2e/running-gate.ts';
import { startRawUpstream } from '../e2e/raw-upstream.ts';
import type { Backing } from './backing.ts';
import { createCast } from './cast.ts';
import { followingLife, type GateLife, startLife } from './gate-life.ts';
import type { Evidence } from './judge.ts';
import type { Plot } from './plot.ts';

export interface Told extends Evidence {
  readonly folder: string;
  /** Lives of the gate. */
  readonly lives: number;
  cleanUp(): Promise<void>;
}

export const LISTEN = '{proxy: "127.0.0.1:18080", console: "127.0.0.1:18081"}';
const PATH = '/things';
const MOST_LIVES = 4;
const LIMIT = 20_000;
/** ms; people look often. */
const PATIENCE = 10;

/** What every gate of such a story is made of. */
export function gateOf(plot: Plot, backing: Backing, upstream: string): Parameters<typeof writeGate>[1] {
  return {
    upstream,
    rules: `  - id: writes\n    match: {method: POST}\n    effect: hold\n    hold: ${plot.hold}`,
    upstreamMore: 'credential: {header: Authorization, value: "Bearer ${env:UPSTREAM_TOKEN}"}',
    store: backing.store,
    more: backing.more,
  };
}

/** Tells the story once. With `deadly` the first life ends there; without, its places are in `places.txt`. */
export async function tell(plot: Plot, backing: Backing, root: string, deadly?: string): Promise<Told> {
  const folder = mkdtempSync(join(root, 'story-'));
  const cast = createCast(plot, PATH, PATIENCE);
  const upstream = await startRawUpstream(cast.answer);
  writeGate(folder, gateOf(plot, backing, upstream.url), LISTEN);
  const deadline = Date.now() + LIMIT;
  const late = (): boolean => Date.now() > deadline;

  let lives = 0;
  while (!late() && lives < MOST_LIVES) {
    const first = lives === 0;
    const life = first ? await startLife(folder, deadly) : await followingLife(folder);
    lives++;
    if (!life) continue;
    const here = (): GateLife | undefined => (life.over() || late() ? undefined : life);
    await Promise.all([cast.ask(here), cast.vote(here)]);
    if (cast.finished()) await cast.receipts(here);
    const alive = !life.over();
    await life.end();
    if (alive) break;
  }
  return {
    folder,
    path: PATH,
    upstream,
    heard: cast.heard,
    acknowledged: cast.acknowledged,
    logs: [join(folder, 'data', 'audit')],
    keys: backing.keysOf(folder),
    open: () => backing.open(folder),
    lives,
    async cleanUp() {
      await upstream.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
