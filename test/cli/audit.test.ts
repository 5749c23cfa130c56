import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerAudit } from '../../src/cli/audit.ts';
import { bench } from '../audit/log-fixture.ts';
import { type FakeTerminal, fakeTerminal } from './approvals/fake-terminal.ts';

let root: string;
let path: string;
beforeEach(async () => {
  const b = await bench();
  ({ path } = b);
  root = join(path, '..');
  const log = await b.open();
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
});
