// A gate of several processes that cannot start says so once, with the exit code of a single process, and leaves nothing running.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort, run } from './real-clients.ts';
import { writeGate } from './running-gate.ts';
import { FREE_PORTS, HOLDGATE, killAll, startWorkers } from './worker-gate.ts';

const OPTIONS = { upstream: 'http://127.0.0.1:9', rules: '  - {id: reads, match: {method: GET}, effect: allow}' };
const TOKEN = { UPSTREAM_TOKEN: 'x' };
let folder: string;
let config: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdgate-worker-starts-'));
  config = writeGate(folder, OPTIONS, FREE_PORTS);
});
afterEach(() => {
  killAll();
  rmSync(folder, { recursive: true, force: true });
});

/** What `serve` says and ends with, with one worker and with two; paths of processes and numbers of workers taken out. */
async function startedWith(workers: number): Promise<{ code: number | null; lines: string[] }> {
  const { code, stderr } = await run(HOLDGATE, ['serve', '--config', config, '--workers', String(workers)], TOKEN);
  return { code, lines: stderr.trimEnd().split('\n') };
}

describe('serve --workers', { timeout: 120_000 }, () => {
  it.each<[string, () => void | Promise<void>, number]>([
    [
      'the configuration has faults',
      () => writeFileSync(config, 'version: 1\nlisten: {proxxy: "127.0.0.1:1"}\nhold: 3\n'),
      78,
    ],
    ['there is no configuration', () => rmSync(config), 78],
    [
      'a policy has faults',
      () => writeFileSync(join(folder, 'policies', 'test.yaml'), 'version: 1\nname: x\nrules: 7\n'),
      78,
    ],
    [
      'its keys are gone although records exist',
      async () => {
        const gate = await startWorkers(config, '--workers', '2');
        process.kill(gate.pid, 'SIGTERM');
        await gate.ended;
        rmSync(join(folder, 'data', 'keys'), { recursive: true });
      },
      69,
    ],
    [
      'its name among replicas is damaged',
      async () => {
        const gate = await startWorkers(config, '--workers', '1');
        process.kill(gate.pid, 'SIGTERM');
        await gate.ended;
        writeFileSync(join(folder, 'data', 'replica-id'), 'local\n');
      },
      69,
    ],
  ])('says what a single process says, once, where %s', async (_what, damage, expected) => {
    await damage();
    const alone = await startedWith(1);
    const several = await startedWith(2);
    expect(alone.code).toBe(expected);
    expect(several).toEqual(alone);
  });

  it('says which database is damaged, and that a worker could not start', async () => {
    const gate = await startWorkers(config, '--workers', '2');
    process.kill(gate.pid, 'SIGTERM');
    await gate.ended;
    writeFileSync(join(folder, 'data', 'holdgate.db'), 'this is not a database'.repeat(1000));
    const alone = await startedWith(1);
    const several = await startedWith(2);
    expect(several.code).toBe(69);
    expect(several.lines).toEqual([...alone.lines, 'holdgate: worker 1 of 2 could not start']);
    expect(several.lines[0]).toContain('holdgate.db');
  });

  it('says which port is taken', async () => {
    const port = await freePort();
    const listen = `{proxy: "127.0.0.1:${port}", console: "127.0.0.1:0"}`;
    config = writeGate(folder, OPTIONS, listen);
    await startWorkers(config, '--workers', '2');
    const other = mkdtempSync(join(tmpdir(), 'holdgate-other-'));
    config = writeGate(other, OPTIONS, listen);
    const { code, lines } = await startedWith(2);
    rmSync(other, { recursive: true, force: true });
    expect(code).toBe(69);
    expect(lines[0]).toMatch(new RegExp(`EADDRINUSE.*${port}`));
    expect(lines).toHaveLength(2);
  });

  it.each([
    [2, 2],
    [2, 1],
    [1, 2],
  ])('refuses a data directory that a gate with %i workers has to one with %i', async (has, wants) => {
    const gate = await startWorkers(config, '--workers', String(has));
    const { code, lines } = await startedWith(wants);
    expect(code).toBe(69);
    expect(lines).toEqual([
      `holdgate: another gate (process ${gate.pid}) is writing to ${join(folder, 'data')}: stop it first, or give this one its own data_dir`,
    ]);
    process.kill(gate.pid, 'SIGTERM');
    expect(await gate.ended).toBe(0);
  });

  it.each(['0', 'many'])('takes --workers "%s" for wrong use', async (count) => {
    const { code, stderr } = await run(HOLDGATE, ['serve', '--config', config, '--workers', count], TOKEN);
    expect(code).toBe(2);
    expect(stderr).toContain('Expected auto, or a whole number from 1 to 256');
  });
});
