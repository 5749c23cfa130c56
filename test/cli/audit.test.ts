import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerAudit } from '../../src/cli/audit.ts';
import { openAuditLog } from '../../src/audit/open-audit-log.ts';
import { workerLogFolder } from '../../src/audit/log-folders.ts';
import { type Bench, bench } from '../audit/log-fixture.ts';
import { type FakeTerminal, fakeTerminal } from './approvals/fake-terminal.ts';

let root: string;
let path: string;
let written: Bench;
const raise = (what: unknown): never => {
  throw new Error(JSON.stringify(what));
};
beforeEach(async () => {
  written = await bench();
  ({ path } = written);
  root = join(path, '..');
  const log = await written.open();
  for (let n = 0; n < 3; n++) await log.durable({ at: n, n, type: 'test:thing:done' });
  await log.close();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function run(...args: string[]): Promise<FakeTerminal> {
  const terminal = fakeTerminal();
  const program = new Command().exitOverride();
  registerAudit(program, terminal);
  await program.parseAsync(['audit', 'verify', ...args], { from: 'user' });
  return terminal;
}

/** A log of worker `worker` beside the one that is there, under the same keys; its folder. */
async function addWorker(worker: number, entries: number): Promise<string> {
  const folder = workerLogFolder(path, worker);
  const { signer, clock, ids } = written;
  const log = await openAuditLog({ path: folder, signer, clock, ids, onBroken: raise, onFailed: raise });
  for (let n = 0; n < entries; n++) await log.durable({ at: n, n, type: 'test:thing:done' });
  await log.close();
  return folder;
}

describe('holdgate audit verify', () => {
  it('accepts a log as it was written, by data directory, audit folder or configuration', async () => {
    const config = join(root, 'holdgate.yaml');
    writeFileSync(config, 'version: 1\ndata_dir: .\nupstreams: {x: {base: "${env:NOT_HERE}"}}\n');
    for (const args of [[root], [path], ['--config', config]]) {
      const terminal = await run(...args);
      expect(terminal.exited()).toBeUndefined();
      expect(terminal.output()).toMatch(
        /^VALID: 1 segment, 3 entries, 1 signed checkpoint\nhead: entry 3, sha256 [0-9a-f]{64}\n$/,
      );
    }
  });

  it('exits with "negative" and file:line of every finding', async () => {
    const file = join(path, '000001.jsonl');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"n":1', '"n":2'));
    const terminal = await run(root);
    expect(terminal.exited()).toBe('negative');
    expect(terminal.output()).toContain(
      `${file}:5: edited: entries 2–2 are not what was sealed\nNOT VALID, 1 finding: `,
    );
    const json = await run(root, '--json');
    expect(JSON.parse(json.output())).toMatchObject({
      valid: false,
      entries: 3,
      findings: [{ at: `${file}:5`, kind: 'edited' }],
    });
  });

  it('does not accept checkpoints of another key', async () => {
    const other = await bench();
    const terminal = await run(root, '--key', join(other.path, '..', 'keys', 'public.json'));
    expect(terminal.exited()).toBe('negative');
    expect(terminal.output()).toContain(': checkpoint: ');
    rmSync(join(other.path, '..'), { recursive: true });
  });

  it('exits with "noInput" where there is no log, key or configuration', async () => {
    for (const args of [[join(root, 'nothing')], [join(root, 'keys')], ['--config', join(root, 'nothing.yaml')]]) {
      expect((await run(...args)).exited()).toBe('noInput');
    }
  });

  it('says which folder or which keys it looked for in vain', async () => {
    const nowhere = join(root, 'nowhere');
    const absent = await run(nowhere);
    expect(absent.exited()).toBe('noInput');
    expect(absent.errors()).toContain(`there is no folder ${nowhere}`);
    const unkeyed = await run(root, '--key', join(root, 'other.json'));
    expect(unkeyed.exited()).toBe('noInput');
    expect(unkeyed.errors()).toContain('name them with --key');
  });

  it('verifies the log of every worker, and says of each what it is', async () => {
    const [one, two] = [await addWorker(1, 1), await addWorker(2, 2)];
    const good = await run(root);
    expect(good.exited()).toBeUndefined();
    const head = String.raw`head: entry \d+, sha256 [0-9a-f]{64}\n`;
    expect(good.output()).toMatch(
      new RegExp(
        `^VALID: ${path}: 1 segment, 3 entries, 1 signed checkpoint\n${head}` +
          `VALID: ${one}: 1 segment, 1 entry, 1 signed checkpoint\n${head}` +
          `VALID: ${two}: 1 segment, 2 entries, 1 signed checkpoint\n${head}` +
          'VALID: 3 logs, 3 segments, 6 entries, 3 signed checkpoints\n$',
      ),
    );
    const file = join(two, '000001.jsonl');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"n":1', '"n":2'));
    const bad = await run(root);
    expect(bad.exited()).toBe('negative');
    expect(bad.output()).toMatch(new RegExp(`^${file}:5: edited: `));
    expect(bad.output()).toContain(`\nVALID: ${one}: `);
    expect(bad.output()).toContain(`\nNOT VALID, 1 finding: ${two}: `);
    expect(bad.output()).toContain('\nNOT VALID, 1 finding: 3 logs, ');
    const json = JSON.parse((await run(root, '--json')).output()) as { logs: unknown[] };
    expect(json).toMatchObject({ valid: false, segments: 3, entries: 6, head: null, findings: [{ at: `${file}:5` }] });
    expect(json.logs).toMatchObject([
      { log: path, valid: true, entries: 3, head: { seq: 3 }, findings: [] },
      { log: one, valid: true, entries: 1, head: { seq: 1 }, findings: [] },
      { log: two, valid: false, entries: 2, findings: [{ at: `${file}:5`, kind: 'edited' }] },
    ]);
  });

  it('takes the log of one worker alone, and one where only workers wrote', async () => {
    const one = await addWorker(1, 1);
    const only = /^VALID: 1 segment, 1 entry, 1 signed checkpoint\nhead: entry 1, sha256 [0-9a-f]{64}\n$/;
    expect((await run(one)).output()).toMatch(only);
    rmSync(join(path, '000001.jsonl'));
    expect((await run(root)).output()).toMatch(only);
    const json = JSON.parse((await run(root, '--json')).output()) as unknown;
    expect(json).toMatchObject({ valid: true, entries: 1, head: { seq: 1 }, logs: [{ log: one }] });
  });

  it('misses the log of a worker that is gone while a later one is there', async () => {
    const one = await addWorker(1, 1);
    await addWorker(2, 1);
    rmSync(one, { recursive: true });
    rmSync(join(path, '000001.jsonl'));
    const terminal = await run(root);
    expect(terminal.exited()).toBe('negative');
    expect(terminal.output()).toMatch(
      new RegExp(`^${one}: sequence: the log of worker 1 is missing.* worker 2\nNOT VALID, 1 finding: 1 segment, `),
    );
  });
});
