import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSealer } from '../../src/signers/sealer.ts';

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'hg-sealer-')), 'keys');
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

const plain = Buffer.from('POST /users secret-canary');

it('opens what it sealed, also after a restart, and shows nothing of it', async () => {
  const sealer = await createSealer({ folder, allowCreate: true });
  const sealed = sealer.seal(plain, 'call:apr_1');
  expect(Buffer.from(sealed).includes('secret-canary')).toBe(false);
  const again = await createSealer({ folder, allowCreate: false });
  expect(Buffer.from(again.open(sealed, 'call:apr_1'))).toEqual(plain);
  expect(again.open(again.seal(new Uint8Array(0), 'c'), 'c')).toHaveLength(0);
  expect(statSync(join(folder, 'data.json')).mode & 0o777).toBe(0o600);
});

it('never uses a nonce twice', async () => {
  const sealer = await createSealer({ folder, allowCreate: true });
  const nonces = new Set(
    Array.from({ length: 1000 }, () => Buffer.from(sealer.seal(plain, 'c').subarray(1, 13)).toString('hex')),
  );
  expect(nonces.size).toBe(1000);
});

it('refuses another context, every changed byte and every cut', async () => {
  const sealer = await createSealer({ folder, allowCreate: true });
  const sealed = sealer.seal(plain, 'call:apr_1');
  expect(() => sealer.open(sealed, 'call:apr_2')).toThrow();
  for (let i = 0; i < sealed.length; i++) {
    const changed = Uint8Array.from(sealed);
    changed[i] = (changed[i] ?? 0) ^ 1;
    expect(() => sealer.open(changed, 'call:apr_1'), `byte ${i}`).toThrow();
    expect(() => sealer.open(sealed.subarray(0, i), 'call:apr_1'), `cut at ${i}`).toThrow();
  }
});

it('refuses a missing, exposed or damaged key instead of making another', async () => {
  await expect(createSealer({ folder, allowCreate: false })).rejects.toThrow(/data\.json is missing.*restore/);
  await createSealer({ folder, allowCreate: true });
  chmodSync(join(folder, 'data.json'), 0o644);
  await expect(createSealer({ folder, allowCreate: true })).rejects.toThrow(/chmod 600/);
  for (const text of ['', '{}', '{"keys":[{"id":1,"k":"short"}]}', '{"keys":[null]}']) {
    chmodSync(join(folder, 'data.json'), 0o600);
    writeFileSync(join(folder, 'data.json'), text);
    await expect(createSealer({ folder, allowCreate: true })).rejects.toThrow(/data\.json.*restore/);
  }
});
