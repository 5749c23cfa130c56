import * as zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readWholeBody } from '../../../src/proxy/body/decode.ts';

const TEXT = new TextEncoder().encode(`Action=CreateUser&x=${'a'.repeat(50)}`);
const LIMIT = 1024 * 1024;
const CODINGS: readonly (readonly [string, (data: Uint8Array) => Uint8Array])[] = [
  ['gzip', (data) => zlib.gzipSync(data)],
  ['deflate', (data) => zlib.deflateSync(data)],
  ['br', (data) => zlib.brotliCompressSync(data)],
  ['zstd', (data) => zlib.zstdCompressSync(data)],
];
const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const read = (coding: string, bytes: Uint8Array, limit = LIMIT): ReturnType<typeof readWholeBody> =>
  readWholeBody(['Content-Encoding', coding], bytes, limit);

describe.each(CODINGS)('%s', (coding, compress) => {
  const once = compress(TEXT);
  it('is undone', () => {
    const body = read(coding, once);
    expect(body.state === 'whole' && new Uint8Array(body.decoded)).toEqual(TEXT);
    expect(body.state === 'whole' && body.bytes).toBe(once);
  });
  it('is refused with bytes behind it', () => {
    for (const junk of [Buffer.from('junk'), Buffer.alloc(8)]) {
      expect(read(coding, join(once, junk))).toMatchObject({ state: 'unreadable', why: 'undecodable' });
    }
  });
  it('is refused as two in a row', () => {
    expect(read(coding, join(once, once))).toMatchObject({ state: 'unreadable', why: 'undecodable' });
  });
  it('is refused when cut short', () => {
    expect(read(coding, once.subarray(0, -3))).toMatchObject({ state: 'unreadable', why: 'undecodable' });
  });
  it('is refused when it grows over the limit or far too much', () => {
    expect(read(coding, compress(new Uint8Array(5_000_000)))).toMatchObject({ state: 'unreadable', why: 'over-limit' });
    const bomb = compress(new Uint8Array(900_000));
    expect(bomb.length * 200).toBeLessThan(900_000);
    expect(read(coding, bomb)).toMatchObject({ state: 'unreadable', why: 'over-limit' });
  });
  it('is undone twice, not three times', () => {
    const twice = compress(once);
    expect(read(`${coding}, ${coding}`, twice)).toMatchObject({ state: 'whole' });
    expect(read(`${coding}, ${coding}, ${coding}`, compress(twice))).toMatchObject({
      state: 'unreadable',
      why: 'unknown-coding',
    });
  });
});

it('gzip with a file name, a comment and extra fields is one member', () => {
  const plain = zlib.gzipSync(TEXT);
  const head = Uint8Array.from([
    ...plain.subarray(0, 3),
    4 | 8 | 16,
    ...plain.subarray(4, 10),
    2,
    0,
    1,
    2,
    110,
    0,
    99,
    0,
  ]);
  expect(read('x-gzip', join(head, plain.subarray(10)))).toMatchObject({ state: 'whole' });
});

it('other codings, charsets and sizes are named', () => {
  expect(read('compress', TEXT)).toMatchObject({ state: 'unreadable', why: 'unknown-coding' });
  expect(read('identity', TEXT)).toMatchObject({ state: 'whole' });
  expect(read('', TEXT, 10)).toMatchObject({ state: 'unreadable', why: 'over-limit' });
  expect(readWholeBody([], new Uint8Array(0), LIMIT)).toEqual({ state: 'none' });
  const utf16 = ['Content-Type', 'application/json; charset=utf-16le'];
  expect(readWholeBody(utf16, TEXT, LIMIT)).toMatchObject({ state: 'unreadable', why: 'unknown-charset' });
  const image = ['Content-Type', 'text/html; charset=iso-8859-1'];
  expect(readWholeBody(image, TEXT, LIMIT)).toMatchObject({ state: 'whole' });
});
