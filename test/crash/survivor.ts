// Two replicas on one store: one is killed and never comes back, the other lives through all the stories. Agents and people talk to the
// first while it is there, and to the survivor from then on.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openAuditLog } from '../../src/audit/open-audit-log.ts';
import { createSigner } from '../../src/signers/ed25519.ts';
import { createIdSource, systemClock } from '../../src/system-clock.ts';
import { writeGate } from '../e2e/running-gate.ts';
import { ok, startRawUpstream } from '../e2e/raw-upstream.ts';
import type { Backing } from './backing.ts';
import { type Cast, createCast } from './cast.ts';
import { type GateLife, startLife } from './gate-life.ts';
import type { Evidence } from './judge.ts';
import type { Plot } from './plot.ts';
import { gateOf, LISTEN } from './story.ts';

export interface Survived extends Evidence {
  /** Folder of the replica that is gone. */
  readonly folder: string;
  readonly place: string | undefined;
  /** Epoch ms at which the first replica was gone; undefined if the story ended before. */
  readonly died: number | undefined;
}

export interface Survivor {
  /** Tells a story of its own; the first replica dies at `place`. Without, it lives and leaves its places in `places.txt`. */
  tell(place?: string): Promise<Survived>;
  /** Ends the survivor, so that all that it wrote can be judged. */
  end(): Promise<void>;
  cleanUp(): Promise<void>;
}

const LIMIT = 60_000;
/** ms; many stories go on at once. */
const PATIENCE = 100;

/** At most so many at once: starting a gate is work for a whole core. */
function createTurns(size: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = size;
  const queue: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => queue.push(resolve));
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next) next();
      else free++;
    }
  };
}

/** What a new life of the replica that is gone would do first: its log ends where it was cut off. */
async function mendLog(path: string, keys: string): Promise<void> {
  const log = await openAuditLog({
    path,
    signer: await createSigner({ folder: keys, allowCreate: false }),
    clock: systemClock,
    ids: createIdSource(systemClock),
    onBroken: (findings) => expect(findings).toEqual([]),
    onFailed: (error) => expect(error).toBe(''),
  });
  expect(await log.verified).toEqual([]);
  await log.close();
}

export async function startSurvivor(plot: Plot, backing: Backing, root: string): Promise<Survivor> {
  const casts = new Map<string, Cast>();
  const upstream = await startRawUpstream((request, socket) =>
    (casts.get(request.split(' ')[1] ?? '')?.answer ?? ok)(request, socket),
  );
  const turns = createTurns(availableParallelism());
  const gate = gateOf(plot, backing, upstream.url);
  const folders: string[] = [];
  const newGate = (): string => {
    const folder = mkdtempSync(join(root, 'replica-'));
    folders.push(folder);
    writeGate(folder, gate, LISTEN);
    return folder;
  };
  const home = newGate();
  const survivor = await startLife(home, 'nowhere');
  if (!survivor) throw new Error('the survivor did not start');
  let stories = 0;

  return {
    async tell(place) {
      const path = `/things-${++stories}`;
      const cast = createCast(plot, path, PATIENCE);
      casts.set(path, cast);
      const folder = newGate();
      let died: number | undefined;
      const first = await turns(() => startLife(folder, place));
      first?.gone.then(
        () => (died = Date.now()),
        () => undefined,
      );
      if (!first) died = Date.now();
      const deadline = Date.now() + LIMIT;
      const here = (): GateLife | undefined => {
        if (Date.now() > deadline) return undefined;
        return first && !first.over() ? first : survivor;
      };
      await Promise.all([cast.ask(here), cast.vote(here)]);
      if (cast.finished()) await cast.receipts(here);
      const diedAt = died;
      await first?.end();
      mkdirSync(join(folder, 'data', 'audit'), { recursive: true });
      await mendLog(join(folder, 'data', 'audit'), backing.keysOf(folder));
      return {
        folder,
        place,
        died: diedAt,
        path,
        upstream,
        heard: cast.heard,
        acknowledged: cast.acknowledged,
        logs: [folder, home].map((one) => join(one, 'data', 'audit')),
        keys: backing.keysOf(folder),
        open: () => backing.open(folder),
      };
    },
    end: () => survivor.end(),
    async cleanUp() {
      if (!survivor.over()) await survivor.end();
      await upstream.close();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
}
