import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSigner } from '../../src/signers/ed25519.ts';
import { initKeys } from '../../src/signers/init-keys.ts';
import { KEY_FILES, readKeyFolder } from '../../src/signers/key-folder.ts';
import { createSealer } from '../../src/signers/sealer.ts';

const NOW = 1_700_000_000_000;
let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hg-init-keys-'));
  folder = join(root, 'deep', 'keys');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const contents = (): Record<string, string> =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));

describe('a new folder of keys', () => {
  it('is for its owner only, holds what signer and sealer read, and publishes nothing private', async () => {
    const made = await initKeys(folder, NOW);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder).toSorted()).toEqual(KEY_FILES.toSorted());
    for (const file of KEY_FILES) expect(statSync(join(folder, file)).mode & 0o777, file).toBe(0o600);
    const signer = await createSigner({ folder, access: 'mounted', allowCreate: false, publicFolder: root });
    const sealer = await createSealer({ folder, access: 'mounted', allowCreate: false });
    expect(made).toEqual({ ok: true, signing: signer.keyId, data: sealer.keyId });
    expect(JSON.parse(contents()['public.json'] ?? '')).toEqual({ keys: signer.publicKeys() });
    const { d } = (await readKeyFolder(folder)).signing[0] ?? {};
    expect(d).toMatch(/^[\w-]{43}$/);
    expect(contents()['public.json']).not.toContain(d);
  });

  it('takes an empty folder that is there, but none that others can enter', async () => {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o755);
    await expect(initKeys(folder, NOW)).rejects.toThrow(/chmod 700/);
    expect(readdirSync(folder)).toEqual([]);
    chmodSync(folder, 0o700);
    expect((await initKeys(folder, NOW)).ok).toBe(true);
  });

  it.each(KEY_FILES)('is not made where %s is already', async (file) => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, file), 'precious');
    expect(await initKeys(folder, NOW)).toEqual({
      ok: false,
      present: [file],
      missing: KEY_FILES.filter((each) => each !== file),
    });
    expect(contents()).toEqual({ [file]: 'precious' });
  });

  it('is made once by several at the same time', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => initKeys(folder, NOW)));
    const winners = made.filter((each) => each.ok);
    expect(winners).toHaveLength(1);
    expect((await readKeyFolder(folder)).signing[0]?.kid).toBe(winners[0]?.signing);
    expect(readdirSync(folder).toSorted()).toEqual(KEY_FILES.toSorted());
  });
});

// Ends the process before the nth rename-like step, as a power cut would.
const CRASH = `
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
const link = promises.link;
let n = 0;
promises.link = (...args) => (++n === Number(process.env.CRASH_AT) ? process.exit(99) : link(...args));
syncBuiltinESMExports();
const { initKeys } = await import(${JSON.stringify(new URL('../../src/signers/init-keys.ts', import.meta.url).href)});
await initKeys(process.env.FOLDER, ${NOW});
`;

describe('an init that dies', () => {
  it.each([1, 2, 3])(
    'before its file %i leaves nothing that is taken for whole, and no later init goes over it',
    async (at) => {
      const died = spawnSync(process.execPath, ['--input-type=module', '-e', CRASH], {
        env: { ...process.env, CRASH_AT: String(at), FOLDER: folder },
        encoding: 'utf8',
      });
      expect(died.status, died.stderr).toBe(99);
      await expect(readKeyFolder(folder)).rejects.toThrow(/signing\.json is missing/);
      const left = readdirSync(folder).filter((name) => !name.startsWith('.'));
      expect(left).toHaveLength(at - 1);
      const again = await initKeys(folder, NOW);
      expect(again.ok).toBe(at === 1);
      if (!again.ok) expect(again.missing).toContain('signing.json');
      else expect((await readKeyFolder(folder)).data).toHaveLength(1);
    },
  );
});
