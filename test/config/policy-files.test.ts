// Reading the set from disk: what counts, what is refused, and that changes are noticed however they are made.
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listPolicyFiles, loadPolicySet } from '../../src/config/policy-files.ts';
import { type PolicyWatch, watchPolicies } from '../../src/config/policy-watch.ts';
import type { PolicyDefaults } from '../../src/core/policy/ast.ts';

const defaults: PolicyDefaults = {
  effect: 'hold',
  approvals: 1,
  from: [],
  expires: 900_000,
  wait: 55_000,
  denyMemory: 900_000,
  replayWindow: 600_000,
  onAbsent: 'wait',
};

const policy = (id: string): string =>
  `version: 1\nowner: team\nrules:\n  - {id: ${id}, description: d, effect: deny, match: {path: /x}}\n`;

let folder: string;
let watch: PolicyWatch | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdgate-policies-'));
});
afterEach(() => {
  watch?.close();
  watch = undefined;
  rmSync(folder, { recursive: true, force: true });
});

function write(path: string, text: string): string {
  const full = join(folder, path);
  mkdirSync(join(full, '..'), { recursive: true });
  writeFileSync(full, text);
  return full;
}

async function names(paths: readonly string[] = [folder]): Promise<string[]> {
  const listing = await listPolicyFiles(paths);
  return listing.ok ? listing.entries.map((entry) => entry.path.slice(folder.length + 1)) : [];
}

async function faults(paths: readonly string[] = [folder]): Promise<string[]> {
  const result = await loadPolicySet(paths, defaults);
  return result.ok ? [] : result.faults.map((fault) => `${fault.at.slice(folder.length + 1)} ${fault.message}`);
}

test('a folder means its YAML files at any depth, but not hidden ones and not tests', async () => {
  for (const path of ['a.yaml', 'deep/er/b.yml', 'tests/t.yaml', '.hidden.yaml', '..data/c.yaml', 'README.md']) {
    write(path, policy('a'));
  }
  expect(await names()).toEqual(['a.yaml', 'deep/er/b.yml']);
});

test('a file that is named counts whatever its ending, and once however often it is reached', async () => {
  const file = write('rules.policy', policy('a'));
  symlinkSync(file, join(folder, 'again.yaml'));
  expect(await names([file, folder, folder])).toEqual(['rules.policy']);
});

test('folders that link to each other are walked once', async () => {
  write('a/a.yaml', policy('a'));
  symlinkSync(folder, join(folder, 'a', 'up'));
  expect(await names()).toEqual(['a/a.yaml']);
});

test('a set is compiled with its warnings', async () => {
  write('a.yaml', policy('a').replace('owner: team\n', ''));
  const result = await loadPolicySet([folder], defaults);
  expect(result.ok && [result.set.ruleCount, result.files.length, result.warnings.map((each) => each.code)]).toEqual([
    1,
    1,
    ['no-owner'],
  ]);
});

test('an empty folder, a missing one and an empty file are refused', async () => {
  expect((await faults()).join()).toMatch(/no policy files here/);
  expect((await faults([join(folder, 'none')])).join()).toMatch(/no such file or folder/);
  write('a.yaml', '');
  expect(await faults()).toEqual(['a.yaml:1:1 the file is empty; a policy needs at least one rule']);
});

test('the faults of all files come together', async () => {
  write('a.yaml', 'version: 2\nrules: []\n');
  write('b.yaml', policy('b').replace('deny', 'dney'));
  expect(await faults()).toEqual([
    'a.yaml:1:10 expected version 1',
    'a.yaml:2:8 a policy needs at least one rule',
    expect.stringMatching(/^b\.yaml:4:\d+ unknown effect "dney"; did you mean "deny"\?/),
  ]);
});

test('names that the configuration does not have refuse the set', async () => {
  write('a.yaml', policy('a').replace('path: /x', 'upstream: biling'));
  const result = await loadPolicySet([folder], defaults, { upstreams: ['billing'] });
  expect(result.ok ? '' : result.faults.map((fault) => fault.message).join()).toMatch(/did you mean "billing"/);
});

test('bytes that are not UTF-8 and files that are too large are refused', async () => {
  writeFileSync(join(folder, 'a.yaml'), Buffer.from([0x61, 0xff]));
  expect(await faults()).toEqual(['a.yaml:1:1 is not valid UTF-8']);
  writeFileSync(join(folder, 'a.yaml'), Buffer.alloc(4 * 1024 * 1024 + 1, '#'));
  expect(await faults()).toEqual(['a.yaml:1:1 is over the limit of 4194304 bytes']);
});

/** Timers that run when the test says so: `fire` runs those that are due at this delay. */
function manualTimers() {
  const timers = new Set<{ ms: number; callback: () => void }>();
  return {
    after: (ms: number, callback: () => void) => {
      const timer = { ms, callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    fire: (ms: number) => {
      for (const timer of timers) {
        if (timer.ms !== ms) continue;
        timers.delete(timer);
        timer.callback();
      }
    },
    waiting: () => timers.size,
  };
}

async function watched() {
  const timers = manualTimers();
  let changes = 0;
  watch = await watchPolicies({
    paths: [folder],
    after: timers.after,
    debounce: 100,
    poll: 5000,
    onChange: () => {
      changes++;
    },
  });
  return { timers, watch, changes: () => changes };
}

test('a change is reported once, and only if there is one', async () => {
  write('a.yaml', policy('a'));
  const { watch: watching, changes } = await watched();
  await watching.check();
  expect(changes()).toBe(0);
  write('a.yaml', policy('other'));
  await watching.check();
  await watching.check();
  expect(changes()).toBe(1);
});

test('a file put in place by renaming, a new folder and a removed file are changes', async () => {
  write('a.yaml', policy('a'));
  const { watch: watching, changes } = await watched();
  renameSync(write('.tmp', policy('a')), join(folder, 'a.yaml'));
  await watching.check();
  expect(changes()).toBe(1);
  write('new/b.yaml', policy('b'));
  await watching.check();
  expect(changes()).toBe(2);
  rmSync(join(folder, 'new/b.yaml'));
  await watching.check();
  expect(changes()).toBe(3);
});

test('a Kubernetes ConfigMap swap is a change although no file in the folder itself is touched', async () => {
  write('..2026_01/a.yaml', policy('a'));
  symlinkSync('..2026_01', join(folder, '..data'));
  symlinkSync('..data/a.yaml', join(folder, 'a.yaml'));
  const { watch: watching, changes } = await watched();
  expect(await names()).toEqual(['a.yaml']);
  write('..2026_02/a.yaml', policy('a'));
  symlinkSync('..2026_02', join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  await watching.check();
  expect(changes()).toBe(1);
});

test('the file system itself asks for a look, once it has been quiet', async () => {
  write('a.yaml', policy('a'));
  let changes = 0;
  let asked: (look: () => void) => void = () => {};
  const event = new Promise<() => void>((resolve) => {
    asked = resolve;
  });
  watch = await watchPolicies({
    paths: [folder],
    after: (ms, callback) => {
      if (ms === 100) asked(callback);
      return () => {};
    },
    debounce: 100,
    poll: 5000,
    onChange: () => {
      changes++;
    },
  });
  write('a.yaml', policy('other'));
  const look = await event;
  look();
  await watch.check();
  expect(changes).toBe(1);
});

test('polling alone notices a change', async () => {
  write('a.yaml', policy('a'));
  const { timers, watch: watching, changes } = await watched();
  write('a.yaml', policy('other'));
  timers.fire(5000);
  await watching.check();
  expect(changes()).toBe(1);
});

test('a closed watch reports nothing and leaves no timer', async () => {
  write('a.yaml', policy('a'));
  const { timers, watch: watching, changes } = await watched();
  write('a.yaml', policy('other'));
  const checking = watching.check();
  watching.close();
  await checking;
  timers.fire(100);
  expect(changes()).toBe(0);
  expect(timers.waiting()).toBe(0);
});
