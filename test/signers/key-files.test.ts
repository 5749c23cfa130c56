import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPrivateFile } from '../../src/signers/key-files.ts';
import { mountSecret } from './mounted-secret.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hg-key-files-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function secret(mode: number, folderMode?: number): string {
  mountSecret(join(root, 'secret'), { k: 'text' }, { mode, ...(folderMode !== undefined && { folderMode }) });
  return join(root, 'secret', 'k');
}

describe('a mounted key file', () => {
  it.each([0o400, 0o440, 0o600, 0o640])('is read with mode %o', async (mode) => {
    expect(await readPrivateFile(secret(mode), 'mounted')).toBe('text');
  });

  it.each([0o755, 0o750, 0o1777, 0o3777])('is read in a folder of mode %o', async (folderMode) => {
    const path = secret(0o440, folderMode);
    expect(statSync(join(root, 'secret')).mode & 0o7777).toBe(folderMode);
    expect(await readPrivateFile(path, 'mounted')).toBe('text');
  });

  it.each([
    [0o644, 'readable'],
    [0o444, 'readable'],
    [0o660, 'writable'],
    [0o442, 'writable'],
  ])('is refused with mode %o, and the message says how to mount it', async (mode, how) => {
    const path = secret(mode);
    await expect(readPrivateFile(path, 'mounted')).rejects.toThrow(
      new RegExp(`${path} is ${how} by other accounts.*defaultMode: 0440.*fsGroup.*chmod g-w,o-rwx ${path}`),
    );
  });

  it.each([0o777, 0o775])('is refused in a folder of mode %o, in which others could replace it', async (folderMode) => {
    await expect(readPrivateFile(secret(0o440, folderMode), 'mounted')).rejects.toThrow(
      /could replace the keys.*chmod go-w/,
    );
  });

  it('is refused where the folder behind the links can be written to', async () => {
    mkdirSync(join(root, 'real'));
    writeFileSync(join(root, 'real', 'k'), 'text', { mode: 0o400 });
    chmodSync(join(root, 'real'), 0o777);
    const { folder } = mountSecret(join(root, 'secret'), {}, { folderMode: 0o755 });
    symlinkSync(join(root, 'real', 'k'), join(folder, 'k'));
    await expect(readPrivateFile(join(folder, 'k'), 'mounted')).rejects.toThrow(
      `${join(root, 'real')} can be written to`,
    );
  });

  it('is undefined where it is not there, or its link leads nowhere', async () => {
    const path = secret(0o440);
    expect(await readPrivateFile(`${path}x`, 'mounted')).toBeUndefined();
    rmSync(join(root, 'secret', '..data'));
    expect(await readPrivateFile(path, 'mounted')).toBeUndefined();
  });
});

it('a file of our own is for nobody else, whatever is fine for a mounted one', async () => {
  await expect(readPrivateFile(secret(0o440), 'own')).rejects.toThrow(/chmod 600/);
  chmodSync(join(root, 'secret', 'k'), 0o600);
  expect(await readPrivateFile(join(root, 'secret', 'k'), 'own')).toBe('text');
});
