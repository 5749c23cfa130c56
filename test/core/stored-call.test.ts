import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call, CallBody } from '../../src/core/call.ts';
import { callDigest, contentDigest } from '../../src/core/digest.ts';
import { decodeCall, encodeCall } from '../../src/core/stored-call.ts';

const decode = (_headers: readonly string[], bytes: Uint8Array): CallBody => ({
  state: 'whole',
  bytes,
  decoded: bytes,
});

const latin1 = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) });
const body: fc.Arbitrary<CallBody> = fc.oneof(
  fc.constant<CallBody>({ state: 'none' }),
  fc.uint8Array({ maxLength: 64 }).map((bytes): CallBody => ({ state: 'whole', bytes, decoded: bytes })),
  fc.uint8Array({ maxLength: 64 }).map((bytes): CallBody => ({ state: 'unreadable', why: 'undecodable', bytes })),
);
const calls: fc.Arbitrary<Call> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'M-SEARCH'),
  upstream: fc.constantFrom('billing', 'iam'),
  scheme: fc.constantFrom('http', 'https'),
  host: fc.constant('billing.internal.example.com:8443'),
  path: latin1.map((rest) => `/${rest}`),
  query: fc.option(latin1, { nil: undefined }),
  headers: fc.array(fc.tuple(latin1, latin1), { maxLength: 4 }).map((pairs) => pairs.flat()),
  body,
});

describe('a stored call', () => {
  it('comes back as the same call, with the same digests', () => {
    fc.assert(
      fc.property(calls, (call) => {
        const back = decodeCall(encodeCall(call), decode);
        const bytes = (one: Call): number[] | undefined =>
          'bytes' in one.body ? [...(one.body.bytes ?? [])] : undefined;
        expect({ ...back, body: back.body.state }).toStrictEqual({ ...call, body: call.body.state });
        expect(bytes(back)).toEqual(bytes(call));
        expect(callDigest(back)).toBe(callDigest(call));
        expect(contentDigest(back)).toBe(contentDigest(call));
      }),
    );
  });

  it('is decoded again from the stored bytes and headers, not from what was inspected before', () => {
    const raw = new Uint8Array([1, 2, 3]);
    const call: Call = {
      method: 'POST',
      upstream: 'billing',
      scheme: 'https',
      host: 'h',
      path: '/',
      query: undefined,
      headers: ['Content-Encoding', 'gzip'],
      body: { state: 'whole', bytes: raw, decoded: new Uint8Array([9]) },
    };
    const seen: unknown[] = [];
    decodeCall(encodeCall(call), (headers, bytes) => {
      seen.push([...headers], [...bytes]);
      return { state: 'none' };
    });
    expect(seen).toEqual([
      ['Content-Encoding', 'gzip'],
      [1, 2, 3],
    ]);
  });

  it('is read from a view into a larger buffer as well', () => {
    const [call] = fc.sample(calls, { numRuns: 1, seed: 1 });
    if (!call) throw new Error('no sample');
    const encoded = encodeCall(call);
    const larger = new Uint8Array(encoded.length + 20).fill(0xff);
    larger.set(encoded, 10);
    const back = decodeCall(larger.subarray(10, 10 + encoded.length), decode);
    expect(contentDigest(back)).toBe(contentDigest(call));
  });

  it('is refused without its whole body, and when it is anything else', () => {
    const [call] = fc.sample(calls, { numRuns: 1, seed: 1 });
    if (!call) throw new Error('no sample');
    expect(() => encodeCall({ ...call, body: { state: 'unread' } })).toThrow('whole body');
    expect(() => encodeCall({ ...call, body: { state: 'unreadable', why: 'over-limit' } })).toThrow('whole body');
    const encoded = encodeCall(call);
    for (const bytes of [
      new Uint8Array(0),
      encoded.subarray(0, 3),
      encoded.subarray(0, 20),
      new Uint8Array(64).fill(255),
    ]) {
      expect(() => decodeCall(bytes, decode)).toThrow();
    }
  });
});
