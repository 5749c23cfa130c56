import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSegmentFolder } from '../../src/audit/segment-folder.ts';
import { verifyAll } from '../../src/audit/verify-log.ts';
import { type Bench, bench } from './log-fixture.ts';

let b: Bench;
let child: ChildProcess | undefined;
beforeEach(async () => {
  b = await bench();
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(join(b.path, '..'), { recursive: true, force: true });
});

const source = (path: string): string => JSON.stringify(join(import.meta.dirname, path));

/** A process of its own that writes durable and routine entries and says which durable ones it was told are on disk. */
function writer(from: number): ChildProcess {
  const script = `
    import { bench } from ${source('log-fixture.ts')};
    import { createSigner } from ${source('../../src/signers/ed25519.ts')};
    const root = ${JSON.stringify(join(b.path, '..'))};
    const signer = await createSigner({ folder: root + '/keys', allowCreate: false });
    const b = await bench(root, signer);
    const log = await b.open({ segmentBytes: 4000, checkpointEntries: 7 });
    for (let n = ${from}; ; n++) {
      log.routine({ at: n, type: 'test:routine:done' });
      await log.durable({ at: n, n, type: 'test:durable:done' });
      console.log(n);
    }`;
  child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return child;
}

/** Runs a writer until it acknowledged `count` entries, then kills it; the last number it acknowledged. */
async function killedAfter(count: number, from: number): Promise<number> {
  const running = writer(from);
  const exited = once(running, 'exit');
  let last = from - 1;
  if (running.stdout) {
    for await (const line of createInterface({ input: running.stdout })) {
      last = Number(line);
      if (last === from + count - 1) running.kill('SIGKILL');
    }
  }
  await exited;
  return last;
}

it('never loses an acknowledged entry to SIGKILL, over several lives, and verifies at the end', async () => {
  let next = 0;
  for (const count of [1, 5, 23]) next = (await killedAfter(count, next)) + 1;
  const log = await b.open();
  await log.close();
  const folder = await openSegmentFolder(b.path, false);
  expect((await verifyAll(folder, b.signer)).findings).toEqual([]);
  expect(b.broken).toEqual([]);
  const text = (await folder.names()).map((name) => readFileSync(join(b.path, name), 'utf8')).join('');
  for (let n = 0; n < next; n++) expect(text).toContain(`"n":${n},`);
});

it('refuses the folder while another process writes to it, and takes it once that one is dead', async () => {
  const other = writer(0);
  const exited = once(other, 'exit');
  if (other.stdout) await once(other.stdout, 'data');
  await expect(b.open()).rejects.toThrow(new RegExp(`another gate \\(process ${other.pid}\\) is writing to`));
  other.kill('SIGKILL');
  await exited;
  await (await b.open()).close();
});
