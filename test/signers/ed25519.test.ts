import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPairSync, sign as rawSign } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSigner } from '../../src/signers/ed25519.ts';
import { createJwsVerifier } from '../../src/signers/jws-verifier.ts';

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hg-signer-'));
  folder = join(root, 'keys');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const TYP = 'holdgate-test+json';
const payload = Buffer.from('{"a":1}');
const b64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('the signing key', () => {
  it('is made at first start, readable by its owner only, and is the same after a restart', async () => {
    const first = await createSigner({ folder, allowCreate: true });
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'signing.json')).mode & 0o777).toBe(0o600);
    const second = await createSigner({ folder, allowCreate: false });
    expect(second.keyId).toBe(first.keyId);
    expect(await second.verify(await first.sign(payload, TYP), TYP)).toEqual(new Uint8Array(payload));
    expect(readdirSync(folder).toSorted()).toEqual(['public.json', 'signing.json']);
  });

  it('publishes only public members', async () => {
    const signer = await createSigner({ folder, allowCreate: true });
    const { keys } = JSON.parse(readFileSync(join(folder, 'public.json'), 'utf8')) as { keys: object[] };
    expect(keys).toEqual(signer.publicKeys());
    const { d } =
      (JSON.parse(readFileSync(join(folder, 'signing.json'), 'utf8')) as { keys: { d: string }[] }).keys[0] ?? {};
    expect(d).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify(keys)).not.toContain(d);
  });

  it('is refused when missing although something was signed with it', async () => {
    await expect(createSigner({ folder, allowCreate: false })).rejects.toThrow(/signing\.json is missing.*backup/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([0o640, 0o604, 0o620])('is refused when others have access (mode %o)', async (mode) => {
    await createSigner({ folder, allowCreate: true });
    chmodSync(join(folder, 'signing.json'), mode);
    await expect(createSigner({ folder, allowCreate: true })).rejects.toThrow(/chmod 600/);
  });

  it('is refused in a folder that others can enter', async () => {
    await createSigner({ folder, allowCreate: true });
    chmodSync(folder, 0o755);
    await expect(createSigner({ folder, allowCreate: true })).rejects.toThrow(/chmod 700/);
  });

  it.each([
    ['empty', ''],
    ['cut', '{"keys":[{"kty":"OKP"'],
    ['without keys', '{"keys":[]}'],
    ['another kind of key', '{"keys":[{"kty":"RSA","n":"x","d":"y","kid":"z"}]}'],
  ])('is refused, not replaced, when its file is %s', async (_name, text) => {
    await createSigner({ folder, allowCreate: true });
    writeFileSync(join(folder, 'signing.json'), text, { mode: 0o600 });
    await expect(createSigner({ folder, allowCreate: true })).rejects.toThrow(/signing\.json.*restore/s);
    expect(readFileSync(join(folder, 'signing.json'), 'utf8')).toBe(text);
  });

  it('is refused when its private and public part do not belong together, and the message holds no key', async () => {
    await createSigner({ folder, allowCreate: true });
    const path = join(folder, 'signing.json');
    const stored = JSON.parse(readFileSync(path, 'utf8')) as { keys: { d: string }[] };
    const other = Buffer.alloc(32, 7).toString('base64url');
    writeFileSync(path, JSON.stringify({ keys: [{ ...stored.keys[0], d: other }] }), { mode: 0o600 });
    const error = await createSigner({ folder, allowCreate: true }).catch((caught: unknown) => caught);
    expect(String(error)).toMatch(/KeyFileError: .*(damaged|does not match)/);
    expect(String(error)).not.toContain(other);
  });

  it('verifies with older keys of the list and signs with the newest', async () => {
    const old = await createSigner({ folder, allowCreate: true });
    const signed = await old.sign(payload, TYP);
    const path = join(folder, 'signing.json');
    const before = JSON.parse(readFileSync(path, 'utf8')) as { keys: object[] };
    rmSync(path);
    await createSigner({ folder, allowCreate: true });
    const after = JSON.parse(readFileSync(path, 'utf8')) as { keys: object[] };
    writeFileSync(path, JSON.stringify({ keys: [...after.keys, ...before.keys] }), { mode: 0o600 });
    const rotated = await createSigner({ folder, allowCreate: false });
    expect(rotated.keyId).not.toBe(old.keyId);
    expect(await rotated.verify(signed, TYP)).toBeDefined();
    expect(await old.verify(await rotated.sign(payload, TYP), TYP)).toBeUndefined();
  });

  it('does not come to trust a key that was added to public.json', async () => {
    await createSigner({ folder, allowCreate: true });
    const foreign = await createSigner({ folder: join(root, 'foreign'), allowCreate: true });
    writeFileSync(join(folder, 'public.json'), JSON.stringify({ keys: foreign.publicKeys() }));
    const again = await createSigner({ folder, allowCreate: false });
    expect(await again.verify(await foreign.sign(payload, TYP), TYP)).toBeUndefined();
    expect(readFileSync(join(folder, 'public.json'), 'utf8')).not.toContain(foreign.keyId);
  });
});

describe('verification', () => {
  it('refuses another type, changed parts and every other spelling of the same token', async () => {
    const signer = await createSigner({ folder, allowCreate: true });
    const jws = await signer.sign(payload, TYP);
    expect(await signer.verify(jws, TYP)).toBeDefined();
    expect(await signer.verify(jws, 'holdgate-vote+json')).toBeUndefined();
    for (let i = 0; i < jws.length; i++) {
      const flipped = jws.slice(0, i) + (jws[i] === 'A' ? 'B' : 'A') + jws.slice(i + 1);
      expect(await signer.verify(flipped, TYP), `character ${i}`).toBeUndefined();
    }
    for (const spelled of [`${jws}=`, ` ${jws}`, `${jws}\n`, jws.replace('.', '..'), '', 'a.b.c']) {
      expect(await signer.verify(spelled, TYP)).toBeUndefined();
    }
  });

  it('fixes algorithm and header members itself', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const key = { ...publicKey.export({ format: 'jwk' }), kid: 'k1' };
    const verify = await createJwsVerifier([key]);
    const token = (header: object): string => {
      const input = `${b64(header)}.${payload.toString('base64url')}`;
      return `${input}.${rawSign(null, Buffer.from(input), privateKey).toString('base64url')}`;
    };
    expect(await verify(token({ alg: 'EdDSA', kid: 'k1', typ: TYP }), TYP)).toBeDefined();
    for (const header of [
      { alg: 'none', kid: 'k1', typ: TYP },
      { alg: 'HS256', kid: 'k1', typ: TYP },
      { alg: 'Ed25519', kid: 'k1', typ: TYP },
      { alg: 'EdDSA', typ: TYP },
      { alg: 'EdDSA', kid: 'k2', typ: TYP },
      { alg: 'EdDSA', kid: 'k1', typ: TYP, jwk: key },
      { alg: 'EdDSA', kid: 'k1', typ: TYP, crit: ['b64'], b64: false },
    ]) {
      expect(await verify(token(header), TYP), JSON.stringify(header)).toBeUndefined();
    }
  });

  it('accepts no private key and no other kind of key', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    await expect(createJwsVerifier([{ ...privateKey.export({ format: 'jwk' }), kid: 'k' }])).rejects.toThrow(TypeError);
    await expect(createJwsVerifier([{ kty: 'oct', k: 'AA', kid: 'k' }])).rejects.toThrow(TypeError);
  });
});
