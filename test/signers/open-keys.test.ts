import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GateEvents } from '../../src/ports/events.ts';
import { UnknownDataKey } from '../../src/ports/sealer.ts';
import { createSigner } from '../../src/signers/ed25519.ts';
import { initKeys } from '../../src/signers/init-keys.ts';
import { type Keys, openKeys } from '../../src/signers/open-keys.ts';
import { rotateKeys } from '../../src/signers/rotate-keys.ts';
import { createSealer } from '../../src/signers/sealer.ts';
import { createManualClock, type ManualClock } from '../ports/manual-clock.ts';
import { type MountedSecret, mountSecret } from './mounted-secret.ts';

const TYP = 'holdgate-test+json';
const payload = Buffer.from('{"a":1}');

let root: string;
let source: string;
let clock: ManualClock;
let secret: MountedSecret;
const opened: Keys[] = [];

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'hg-open-keys-'));
  source = join(root, 'source');
  clock = createManualClock();
  await initKeys(source, clock.now());
  secret = mountSecret(join(root, 'secret'), files());
});
afterEach(() => {
  for (const keys of opened.splice(0)) keys.close();
  rmSync(root, { recursive: true, force: true });
});

/** What `kubectl create secret … --from-file` would take. */
const files = (): Record<string, string> => ({
  'signing.json': readFileSync(join(source, 'signing.json'), 'utf8'),
  'data.json': readFileSync(join(source, 'data.json'), 'utf8'),
});

const rotate = (delay = 0): ReturnType<typeof rotateKeys> =>
  rotateKeys(source, { signing: true, data: true, now: clock.now(), delay });

interface Replica extends Keys {
  readonly own: string;
  readonly rejected: GateEvents['keys:rejected'][];
  readonly loaded: GateEvents['keys:loaded'][];
  /** Key ids in public.json. */
  published(): readonly string[];
}

async function replica(name = 'one', mounted: string = secret.folder): Promise<Replica> {
  const own = join(root, name, 'keys');
  const rejected: GateEvents['keys:rejected'][] = [];
  const loaded: GateEvents['keys:loaded'][] = [];
  const keys = await openKeys({
    own,
    mounted: mounted === 'own' ? undefined : mounted,
    allowCreate: mounted === 'own',
    clock,
    bus: {
      emit(event, data) {
        if (event === 'keys:rejected') rejected.push(data as GateEvents['keys:rejected']);
        if (event === 'keys:loaded') loaded.push(data as GateEvents['keys:loaded']);
      },
    },
  });
  opened.push(keys);
  const published = (): readonly string[] =>
    (JSON.parse(readFileSync(join(own, 'public.json'), 'utf8')) as { keys: { kid: string }[] }).keys.map(
      ({ kid }) => kid,
    );
  return { ...keys, own, rejected, loaded, published };
}

const kids = ({ signer }: Keys): unknown[] => signer.publicKeys().map(({ kid }) => kid);

describe('keys from a mounted secret', () => {
  it('are used where they are; only the public ones are written, below data_dir', async () => {
    const before = readdirSync(secret.folder);
    const one = await replica();
    const two = await replica('two');
    expect(await two.signer.verify(await one.signer.sign(payload, TYP), TYP)).toEqual(new Uint8Array(payload));
    expect(Buffer.from(two.sealer.open(one.sealer.seal(payload, 'c'), 'c'))).toEqual(payload);
    expect(readdirSync(one.own)).toEqual(['public.json']);
    expect(one.published()).toEqual([one.signer.keyId]);
    expect(readdirSync(secret.folder)).toEqual(before);
    expect([one.loaded, one.rejected]).toEqual([[], []]);
  });

  it('are never made: where they are missing, the message says how to make and mount them', async () => {
    secret.swap({ 'signing.json': files()['signing.json'] ?? '' });
    await expect(replica()).rejects.toThrow(/data\.json is missing.*holdgate keys init DIR.*mount/);
    rmSync(secret.folder, { recursive: true });
    await expect(replica()).rejects.toThrow(/is missing.*holdgate keys init DIR/);
    expect(existsSync(secret.folder)).toBe(false);
    expect(readdirSync(join(root, 'one', 'keys'))).toEqual([]);
    const anyway = { folder: root, access: 'mounted', allowCreate: true } as const;
    await expect(createSigner(anyway)).rejects.toThrow(/signing\.json is missing/);
    await expect(createSealer(anyway)).rejects.toThrow(/data\.json is missing/);
  });

  it('are refused where this gate has signed with others before, and nothing is published', async () => {
    const alone = await replica('one', 'own');
    const published = alone.published();
    await expect(replica('one')).rejects.toThrow(new RegExp(`signed with key ${alone.signer.keyId}.*does not hold it`));
    expect(alone.published()).toEqual(published);
    // Its own keys, shared, are fine.
    for (const file of ['signing.json', 'data.json'])
      writeFileSync(join(source, file), readFileSync(join(alone.own, file)));
    secret.swap(files());
    expect((await replica('one')).signer.keyId).toBe(alone.signer.keyId);
  });
});

describe('a rotation of a mounted secret', () => {
  it('is noticed within half a minute, published, and used from its time on', async () => {
    const one = await replica();
    const [first] = kids(one);
    await rotate(600_000);
    secret.swap(files());
    clock.advance(29_999);
    await Promise.resolve();
    expect(kids(one)).toEqual([first]);
    clock.advance(1);
    await expect.poll(() => kids(one)).toHaveLength(2);
    const [next] = kids(one);
    expect(one.published()).toEqual([next, first]);
    expect(one.signer.keyId).toBe(first);
    expect(one.loaded).toEqual([{ signing: first, data: 1, known: 2 }]);
    // The next look notices that the time of the new keys has come.
    clock.advance(570_000);
    expect(one.signer.keyId).toBe(next);
    // Looks are made one after the other: this one is over only after the clock's.
    await one.reload();
    expect(one.loaded.at(-1)).toEqual({ signing: next, data: 2, known: 2 });
    expect(one.loaded).toHaveLength(2);
    expect(one.rejected).toEqual([]);
  });

  it('is noticed at once on SIGHUP', async () => {
    const one = await replica();
    await rotate();
    secret.swap(files());
    await one.reload();
    expect(kids(one)).toHaveLength(2);
    expect(one.signer.keyId).toBe(kids(one)[0]);
  });

  it('is noticed when something that another replica sealed needs it', async () => {
    const one = await replica();
    await rotate();
    secret.swap(files());
    const two = await replica('two');
    const signed = await two.signer.sign(payload, TYP);
    const sealed = two.sealer.seal(payload, 'c');
    // Right after a look nothing is read again: forged data must not keep the disk busy.
    expect(await one.signer.verify(signed, TYP)).toBeUndefined();
    clock.advance(1000);
    expect(() => one.sealer.open(sealed, 'c')).toThrow(UnknownDataKey);
    await expect.poll(() => kids(one)).toHaveLength(2);
    expect(Buffer.from(one.sealer.open(sealed, 'c'))).toEqual(payload);
    expect(await one.signer.verify(signed, TYP)).toBeDefined();
  });

  it('is noticed when a signature of another replica needs it', async () => {
    const one = await replica();
    await rotate();
    secret.swap(files());
    const signed = await (await replica('two')).signer.sign(payload, TYP);
    clock.advance(1000);
    expect(await one.signer.verify(signed, TYP)).toEqual(new Uint8Array(payload));
  });

  it('may be seen in two halves', async () => {
    const one = await replica();
    const before = files();
    await rotate();
    secret.swap({ ...before, 'data.json': files()['data.json'] ?? '' });
    await one.reload();
    expect(kids(one)).toHaveLength(1);
    expect(one.sealer.seal(payload, 'c')[0]).toBe(2);
    secret.swap(files());
    await one.reload();
    expect(kids(one)).toHaveLength(2);
    expect(one.rejected).toEqual([]);
  });
});

describe('key files that cannot be taken over', () => {
  const broken: readonly [string, () => void, RegExp][] = [
    ['are gone', () => rmSync(join(secret.folder, '..data')), /signing\.json is missing/],
    ['are half written', () => secret.swap({ ...files(), 'data.json': '{"keys":[{"id":' }), /data\.json is not JSON/],
    ['have lost a key', () => undefined, /no longer holds key/],
    [
      'are open to everybody',
      () => chmodSync(join(secret.folder, 'signing.json'), 0o644),
      /readable by other accounts/,
    ],
    [
      'hold another key under a known id',
      () => {
        const { keys } = JSON.parse(files()['data.json'] ?? '') as { keys: { k: string }[] };
        for (const key of keys) key.k = Buffer.alloc(32, 7).toString('base64url');
        secret.swap({ ...files(), 'data.json': JSON.stringify({ keys }) });
      },
      /holds another data key \d than before/,
    ],
  ];

  it.each(broken)(
    'because they %s leave the last good ones in use, loudly and once',
    async (name, breakIt, message) => {
      const one = await replica();
      await rotate();
      secret.swap(files());
      await one.reload();
      const [known, published] = [kids(one), one.published()];
      const signed = await one.signer.sign(payload, TYP);
      if (name === 'have lost a key') {
        const { keys } = JSON.parse(files()['signing.json'] ?? '') as { keys: object[] };
        secret.swap({ ...files(), 'signing.json': JSON.stringify({ keys: keys.slice(0, 1) }) });
      } else breakIt();
      await one.reload();
      await one.reload();
      expect(one.rejected.map(({ again }) => again)).toEqual([false, true]);
      for (const { error } of one.rejected) expect(error).toMatch(message);
      expect([kids(one), one.published()]).toEqual([known, published]);
      expect(await one.signer.verify(signed, TYP)).toBeDefined();
      expect(Buffer.from(one.sealer.open(one.sealer.seal(payload, 'c'), 'c'))).toEqual(payload);

      rmSync(secret.folder, { recursive: true });
      await rotate();
      mountSecret(secret.folder, files());
      await one.reload();
      expect(kids(one)).toHaveLength(3);
      expect(one.loaded.at(-1)).toMatchObject({ known: 3 });
      expect(one.rejected).toHaveLength(2);
    },
  );

  it('change neither kind of keys when only the other one is bad', async () => {
    const one = await replica();
    await rotate();
    secret.swap({ ...files(), 'data.json': '' });
    await one.reload();
    expect(one.rejected).toHaveLength(1);
    expect(kids(one)).toHaveLength(1);
    expect(one.published()).toHaveLength(1);
  });

  it('are no reason to stop looking', async () => {
    const one = await replica();
    await rotate();
    secret.swap({});
    clock.advance(30_000);
    await expect.poll(() => one.rejected.length).toBe(1);
    await expect.poll(() => clock.pending).toBe(1);
    secret.swap(files());
    clock.advance(30_000);
    await expect.poll(() => kids(one)).toHaveLength(2);
  });
});

describe('the keys of a single node', () => {
  it('are made once and can be rotated in place while it runs', async () => {
    const one = await replica('one', 'own');
    expect(readdirSync(one.own).toSorted()).toEqual(['data.json', 'public.json', 'signing.json']);
    await rotateKeys(one.own, { signing: true, data: true, now: clock.now(), delay: 0 });
    await one.reload();
    expect([kids(one).length, one.published().length, one.rejected.length]).toEqual([2, 2, 0]);
    expect((await replica('one', 'own')).signer.keyId).toBe(one.signer.keyId);
  });

  it('are the same for several processes that start at once', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, () => replica('one', 'own')));
    expect(new Set(all.map(({ signer }) => signer.keyId)).size).toBe(1);
    const [first, ...rest] = all;
    const sealed = first?.sealer.seal(payload, 'c') ?? new Uint8Array();
    for (const { sealer } of rest) expect(Buffer.from(sealer.open(sealed, 'c'))).toEqual(payload);
    expect(readdirSync(first?.own ?? '').toSorted()).toEqual(['data.json', 'public.json', 'signing.json']);
  });
});

it('closing ends the looks', async () => {
  const one = await replica();
  expect(clock.pending).toBe(1);
  one.close();
  expect(clock.pending).toBe(0);
});
