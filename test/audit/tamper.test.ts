import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SegmentFolder } from '../../src/audit/segment-folder.ts';
import { openSegmentFolder } from '../../src/audit/segment-folder.ts';
import { verifyAll } from '../../src/audit/verify-log.ts';
import { type Bench, bench, faultyFolder, noFaults } from './log-fixture.ts';

let root: string;
let b: Bench;
let original: Map<string, Buffer>;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'hg-tamper-'));
  b = await bench(root);
  const log = await b.open({ segmentBytes: 700 });
  for (let n = 0; n < 5; n++) await log.durable({ at: b.clock.now(), n, type: 'test:thing:done' });
  await log.close();
  original = new Map(
    readdirSync(b.path)
      .filter((name) => name.endsWith('.jsonl'))
      .toSorted()
      .map((name) => [name, readFileSync(join(b.path, name))]),
  );
  expect(original.size).toBeGreaterThanOrEqual(2);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Verification over files in memory. */
function inMemory(files: ReadonlyMap<string, Buffer>): SegmentFolder {
  const refuse = (): never => {
    throw new Error('read only');
  };
  return {
    names: () => Promise.resolve([...files.keys()].toSorted()),
    read: (name) => Promise.resolve(files.get(name) ?? refuse()),
    create: refuse,
    reopen: refuse,
    sync: refuse,
  };
}
const findings = async (files: ReadonlyMap<string, Buffer>): Promise<readonly { kind: string; at: string }[]> =>
  (await verifyAll(inMemory(files), b.signer)).findings;
const changed = (name: string, bytes: Buffer): Map<string, Buffer> => new Map(original).set(name, bytes);
const names = (): string[] => [...original.keys()];
const lastName = (): string => names().at(-1) ?? '';

describe('offline verification', () => {
  it('finds nothing in the log as it was written', async () => {
    expect(await findings(original)).toEqual([]);
  });

  it('finds every flip of every bit of every byte', async () => {
    for (const [name, bytes] of original) {
      for (let i = 0; i < bytes.length; i++) {
        const copy = Buffer.from(bytes);
        copy[i] = (copy[i] ?? 0) ^ (1 << (i % 8));
        expect((await findings(changed(name, copy))).length, `${name} byte ${i}`).toBeGreaterThan(0);
      }
    }
  });

  it('finds every dropped, repeated or swapped line, and says in which file and line', async () => {
    for (const [name, bytes] of original) {
      const lines = bytes.toString().split('\n').slice(0, -1);
      const write = (list: readonly string[]): Map<string, Buffer> =>
        changed(name, Buffer.from(`${list.join('\n')}\n`));
      for (let i = 0; i < lines.length; i++) {
        // The last checkpoint behind the last seal can go: a cut tail needs a checkpoint from elsewhere to be seen.
        const isEnd = name === lastName() && i === lines.length - 1;
        if (!isEnd) {
          const dropped = await findings(write(lines.toSpliced(i, 1)));
          expect(dropped.length, `drop ${name}:${i + 1}`).toBeGreaterThan(0);
          expect(dropped[0]?.at).toMatch(/^\d{6}\.jsonl(:\d+)?$/);
          const swapped = lines.toSpliced(i, 2, lines[i + 1] ?? '', lines[i] ?? '');
          expect((await findings(write(swapped))).length, `swap ${name}:${i + 1}`).toBeGreaterThan(0);
        }
        const repeated = await findings(write(lines.toSpliced(i, 0, lines[i] ?? '')));
        expect(repeated.length, `repeat ${name}:${i + 1}`).toBeGreaterThan(0);
      }
    }
  });

  it('finds missing, swapped and foreign segments', async () => {
    for (const name of names().slice(0, -1)) {
      const without = new Map(original);
      without.delete(name);
      expect((await findings(without)).length, `without ${name}`).toBeGreaterThan(0);
    }
    const [one = '', two = ''] = names();
    const swapped = new Map(original)
      .set(one, original.get(two) ?? Buffer.alloc(0))
      .set(two, original.get(one) ?? Buffer.alloc(0));
    expect((await findings(swapped)).length).toBeGreaterThan(0);
    const foreign = await bench();
    const log = await foreign.open();
    await log.durable({ at: 1, n: 0, type: 'test:thing:done' });
    await log.close();
    const bytes = readFileSync(join(foreign.path, '000001.jsonl'));
    expect((await findings(new Map([['000001.jsonl', bytes]]))).map((finding) => finding.kind)).toContain('checkpoint');
    rmSync(join(foreign.path, '..'), { recursive: true });
  });

  it('reports only the damaged segment, not those that follow it', async () => {
    const name = names()[0] ?? '';
    const text = (original.get(name) ?? '').toString().replace('"n":0', '"n":7');
    const found = await findings(changed(name, Buffer.from(text)));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ kind: 'edited', at: `${name}:3` });
  });
});

describe('opening a log', () => {
  const lay = async (files: ReadonlyMap<string, Buffer>): Promise<Bench> => {
    const c = await bench(mkdtempSync(join(tmpdir(), 'hg-tamper-')), b.signer);
    mkdirSync(c.path);
    for (const [name, bytes] of files) writeFileSync(join(c.path, name), bytes);
    return c;
  };
  const types = (c: Bench): string[] =>
    readdirSync(c.path)
      .filter((name) => name.endsWith('.jsonl'))
      .toSorted()
      .flatMap((name) =>
        [...readFileSync(join(c.path, name), 'utf8').matchAll(/"type":"([^"]+)"/g)].map((m) => m[1] ?? ''),
      );

  it('recovers from a cut at every byte of the newest segment, without a finding afterwards', async () => {
    const bytes = original.get(lastName()) ?? Buffer.alloc(0);
    for (let length = 0; length <= bytes.length; length++) {
      const c = await lay(changed(lastName(), bytes.subarray(0, length)));
      const torn = (await verifyAll(await openSegmentFolder(c.path, false), b.signer)).findings;
      const log = await c.open({}, await faultyFolder(c.path, { ...noFaults(), realSync: false }));
      await log.durable({ at: 1, n: 99, type: 'test:after:cut' });
      await log.close();
      const after = await verifyAll(await openSegmentFolder(c.path, false), b.signer);
      expect(after.findings, `cut at ${length}`).toEqual([]);
      expect(c.broken, `cut at ${length}`).toEqual([]);
      expect(torn.every((finding) => finding.kind === 'torn')).toBe(true);
      expect(types(c).includes('audit:log:tail-recovered'), `cut at ${length}`).toBe(torn.length > 0);
      expect(types(c).at(-1)).toBe('test:after:cut');
      rmSync(join(c.path, '..'), { recursive: true });
    }
  });

  it('says how many bytes it cut and how many whole entries it kept', async () => {
    const bytes = original.get(lastName()) ?? Buffer.alloc(0);
    const seal = bytes.lastIndexOf('{"seal"');
    const c = await lay(changed(lastName(), bytes.subarray(0, seal + 5)));
    const log = await c.open();
    await log.close();
    expect(readFileSync(join(c.path, lastName()), 'utf8')).toContain('"cut_bytes":5,"kept_entries":1');
    rmSync(join(c.path, '..'), { recursive: true });
  });

  it('reports an edited newest segment, starts all the same, and chains on in a new one', async () => {
    const edited = Buffer.from((original.get(lastName()) ?? '').toString().replace('test:thing', 'test:other'));
    const c = await lay(changed(lastName(), edited));
    const log = await c.open();
    expect(c.broken.map((finding) => finding.kind)).toEqual(['edited']);
    await log.durable({ at: 1, type: 'test:after:edit' });
    await log.close();
    expect(readFileSync(join(c.path, lastName()))).toEqual(edited);
    expect(types(c).slice(-2)).toEqual(['audit:log:broken', 'test:after:edit']);
    const after = await verifyAll(await openSegmentFolder(c.path, false), b.signer);
    expect(after.findings.map((finding) => finding.at.split(':')[0])).toEqual([lastName()]);
    rmSync(join(c.path, '..'), { recursive: true });
  });

  it('finds an edited older segment in the background and records it', async () => {
    const name = names()[0] ?? '';
    const c = await lay(changed(name, Buffer.from((original.get(name) ?? '').toString().replace('"n":0', '"n":1'))));
    const log = await c.open();
    expect(await log.verified).toHaveLength(1);
    await log.close();
    expect(c.broken).toHaveLength(1);
    expect(types(c).at(-1)).toBe('audit:log:broken');
    rmSync(join(c.path, '..'), { recursive: true });
  });

  it('finds a missing older segment', async () => {
    const without = new Map(original);
    without.delete(names().at(-2) ?? '');
    const c = await lay(without);
    const log = await c.open();
    expect((await log.verified).length).toBeGreaterThan(0);
    await log.close();
    rmSync(join(c.path, '..'), { recursive: true });
  });
});
