import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSigner } from '../../src/signers/ed25519.ts';
import { initKeys } from '../../src/signers/init-keys.ts';
import { KEY_FILES, readKeyFolder } from '../../src/signers/key-folder.ts';
import { retireSigningKey, rotateKeys } from '../../src/signers/rotate-keys.ts';
import { createSealer } from '../../src/signers/sealer.ts';
import { createManualClock, type ManualClock } from '../ports/manual-clock.ts';
import { mountSecret } from './mounted-secret.ts';

const TYP = 'holdgate-test+json';
const payload = Buffer.from('{"a":1}');

let root: string;
let folder: string;
let clock: ManualClock;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'hg-rotate-keys-'));
  folder = join(root, 'keys');
  clock = createManualClock();
  await initKeys(folder, clock.now());
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const text = (file: string): string => readFileSync(join(folder, file), 'utf8');
const texts = (): readonly string[] => KEY_FILES.map(text);
const both = (delay = 0): ReturnType<typeof rotateKeys> =>
  rotateKeys(folder, { signing: true, data: true, now: clock.now(), delay });
const kids = async (): Promise<string[]> => (await readKeyFolder(folder)).signing.map(({ kid }) => kid);

describe('a rotation', () => {
  it('puts new keys in front, keeps the old ones, and says from when the new ones are used', async () => {
    const [first] = await kids();
    const done = await both(600_000);
    expect(done).toEqual({
      ok: true,
      signing: (await kids())[0],
      data: 2,
      activeFrom: (clock.now() + 600_000) / 1000,
    });
    expect(await kids()).toEqual([expect.any(String), first]);
    expect((await readKeyFolder(folder)).data.map(({ id }) => id)).toEqual([2, 1]);
    expect((JSON.parse(text('public.json')) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)).toEqual(
      await kids(),
    );
    expect(readdirSync(folder).toSorted()).toEqual(KEY_FILES.toSorted());
  });

  it('changes only the kind of keys that was asked for', async () => {
    const before = texts();
    await rotateKeys(folder, { signing: true, data: false, now: clock.now(), delay: 0 });
    expect([text('data.json'), (await kids()).length]).toEqual([before[KEY_FILES.indexOf('data.json')], 2]);
    const signing = text('signing.json');
    await rotateKeys(folder, { signing: false, data: true, now: clock.now(), delay: 0 });
    expect(text('signing.json')).toBe(signing);
    expect((await readKeyFolder(folder)).data).toHaveLength(2);
  });

  it('keeps modes and owner, so that the gate can go on reading', async () => {
    chmodSync(join(folder, 'signing.json'), 0o440);
    const owner = process.getuid?.() === 0 ? 4242 : (process.getuid?.() ?? 0);
    if (process.getuid?.() === 0) for (const file of KEY_FILES) chownSync(join(folder, file), owner, owner);
    await both();
    expect(statSync(join(folder, 'signing.json')).mode & 0o777).toBe(0o440);
    expect(statSync(join(folder, 'data.json')).mode & 0o777).toBe(0o600);
    for (const file of KEY_FILES) expect(statSync(join(folder, file)).uid, file).toBe(owner);
  });

  it('never gives out an id of a data key twice, and stops at 255', async () => {
    for (let id = 2; id <= 255; id++) {
      const done = await rotateKeys(folder, { signing: false, data: true, now: clock.now(), delay: 0 });
      expect(done.ok && done.data).toBe(id);
    }
    const before = texts();
    expect(await both()).toEqual({ ok: false, why: 'no-ids' });
    expect(texts()).toEqual(before);
    expect((await rotateKeys(folder, { signing: true, data: false, now: clock.now(), delay: 0 })).ok).toBe(true);
    const sealer = await createSealer({ folder, access: 'mounted', allowCreate: false, clock });
    expect(sealer.keyId).toBe(255);
    expect(Buffer.from(sealer.open(sealer.seal(payload, 'c'), 'c'))).toEqual(payload);
  });

  it('refuses another one meanwhile, and no key is lost', async () => {
    const done = await Promise.allSettled(Array.from({ length: 6 }, () => both()));
    const failures = done.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []));
    for (const failure of failures) expect(failure).toMatch(/another command is changing .*\.keys\.lock/);
    const added = done.flatMap((each) => (each.status === 'fulfilled' && each.value.ok ? [each.value.signing] : []));
    expect(added.length).toBeGreaterThan(0);
    expect(await kids()).toEqual(expect.arrayContaining(added));
    expect(await kids()).toHaveLength(1 + added.length);
    expect(existsSync(join(folder, '.keys.lock'))).toBe(false);
  });

  it('is refused in a mounted secret, in a folder that is not whole, and behind a lock', async () => {
    const secret = mountSecret(join(root, 'mounted'), {
      'signing.json': text('signing.json'),
      'data.json': text('data.json'),
    });
    await expect(rotateKeys(secret.folder, { signing: true, data: true, now: clock.now(), delay: 0 })).rejects.toThrow(
      /is a link.*the folder that the secret was made from/,
    );
    writeFileSync(join(folder, '.keys.lock'), '');
    const before = texts();
    await expect(both()).rejects.toThrow(/\.keys\.lock/);
    expect(texts()).toEqual(before);
    rmSync(join(folder, '.keys.lock'));
    rmSync(join(folder, 'data.json'));
    await expect(both()).rejects.toThrow(/data\.json is missing/);
    expect(existsSync(join(folder, '.keys.lock'))).toBe(false);
  });
});

describe('two replicas on one folder', () => {
  it('verify and open what the other one made, before and after the new keys are used', async () => {
    const options = { folder, access: 'mounted', allowCreate: false, clock } as const;
    const load = async (name: string) => ({
      signer: await createSigner({ ...options, publicFolder: mkdtempSync(join(root, name)) }),
      sealer: await createSealer(options),
    });
    const one = await load('one');
    const [first] = await kids();
    await both(600_000);
    // The one knows the next keys, the other does not yet.
    const two = await load('two');
    const agree = async (): Promise<void> => {
      for (const [from, to] of [
        [one, two],
        [two, one],
      ] as const) {
        expect(await to.signer.verify(await from.signer.sign(payload, TYP), TYP)).toBeDefined();
        expect(Buffer.from(to.sealer.open(from.sealer.seal(payload, 'c'), 'c'))).toEqual(payload);
      }
    };
    expect([one.signer.keyId, two.signer.keyId]).toEqual([first, first]);
    await agree();

    (await one.signer.look())?.take();
    (await one.sealer.look())?.take();
    expect([one.signer.keyId, one.sealer.keyId]).toEqual([first, 1]);
    const before = { signed: await one.signer.sign(payload, TYP), sealed: one.sealer.seal(payload, 'c') };
    await agree();

    clock.advance(599_999);
    expect(one.signer.keyId).toBe(first);
    clock.advance(1);
    const [next] = await kids();
    expect([one.signer.keyId, two.signer.keyId]).toEqual([next, next]);
    expect([one.sealer.keyId, two.sealer.keyId]).toEqual([2, 2]);
    await agree();
    expect(await two.signer.verify(before.signed, TYP)).toBeDefined();
    expect(Buffer.from(two.sealer.open(before.sealed, 'c'))).toEqual(payload);
    expect(before.sealed[0]).toBe(1);
    expect(two.sealer.seal(payload, 'c')[0]).toBe(2);
  });
});

describe('retiring', () => {
  it('takes the private part of an old signing key away and keeps what verifies', async () => {
    const options = { folder, access: 'mounted', allowCreate: false, clock, publicFolder: root } as const;
    const running = await createSigner(options);
    const signed = await running.sign(payload, TYP);
    const [old = ''] = await kids();
    const { d = '' } = (await readKeyFolder(folder)).signing[0] ?? {};
    await both(1000);
    expect(await retireSigningKey(folder, old, clock.now())).toBe('active');
    const [next = ''] = await kids();
    expect(await retireSigningKey(folder, next, clock.now())).toBe('next');
    clock.advance(1000);
    expect(await retireSigningKey(folder, 'nobody', clock.now())).toBe('unknown');
    const { data } = await readKeyFolder(folder);
    expect(await retireSigningKey(folder, old, clock.now())).toBe('retired');
    expect(text('signing.json')).not.toContain(d);
    expect((await readKeyFolder(folder)).data.length).toBe(data.length);
    // A running gate takes it over like any other change, and a new one starts with it.
    (await running.look())?.take();
    for (const signer of [running, await createSigner(options)]) {
      expect(signer.keyId).toBe(next);
      expect(await signer.verify(signed, TYP)).toBeDefined();
      expect(signer.publicKeys().map(({ kid }) => kid)).toEqual([next, old]);
    }
  });
});
