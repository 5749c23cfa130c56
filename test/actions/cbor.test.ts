// CBOR by the examples of RFC 8949 appendix A, and everything that two parsers could read differently.
import { describe, expect, it } from 'vitest';
import { parseCbor } from '../../src/actions/cbor.ts';

const read = (hex: string, byteKeys = false) => parseCbor(Buffer.from(hex.replaceAll(' ', ''), 'hex'), { byteKeys });

describe('CBOR', () => {
  it.each([
    ['00', 0],
    ['17', 23],
    ['1818', 24],
    ['1903e8', 1000],
    ['1a000f4240', 1_000_000],
    ['1b000000e8d4a51000', 1_000_000_000_000],
    ['1bffffffffffffffff', { text: '18446744073709551615' }],
    ['3bffffffffffffffff', { text: '-18446744073709551616' }],
    ['20', -1],
    ['3903e7', -1000],
    ['f90000', 0],
    ['f93c00', 1],
    ['f97bff', 65_504],
    ['f90001', 5.960464477539063e-8],
    ['f9c400', -4],
    ['f97c00', Infinity],
    ['fa47c35000', 100_000],
    ['fb3ff199999999999a', 1.1],
    ['f4', false],
    ['f5', true],
    ['f6', null],
    ['f7', null],
    ['c11a514b67b0', 1_363_896_240],
    ['d9d9f7 01', 1],
    ['40', Buffer.alloc(0)],
    ['4401020304', Buffer.from([1, 2, 3, 4])],
    ['60', ''],
    ['6449455446', 'IETF'],
    ['62c3bc', 'ü'],
    ['80', []],
    ['83010203', [1, 2, 3]],
    ['8301820203820405', [1, [2, 3], [4, 5]]],
    ['a0', new Map()],
    [
      'a26161016162820203',
      new Map<string, unknown>([
        ['a', 1],
        ['b', [2, 3]],
      ]),
    ],
    ['5f42010243030405ff', Buffer.from([1, 2, 3, 4, 5])],
    ['7f657374726561646d696e67ff', 'streaming'],
    ['9fff', []],
    ['9f018202039f0405ffff', [1, [2, 3], [4, 5]]],
    [
      'bf61610161629f0203ffff',
      new Map<string, unknown>([
        ['a', 1],
        ['b', [2, 3]],
      ]),
    ],
  ])('reads %s', (hex, value) => {
    expect(read(hex)).toEqual({ ok: true, value: value instanceof Buffer ? expect.anything() : value });
    const result = read(hex);
    if (value instanceof Buffer && result.ok) expect(Buffer.from(result.value as Uint8Array)).toEqual(value);
  });

  it('takes byte strings as keys only where that is asked for', () => {
    expect(read('a1416101', true)).toEqual({ ok: true, value: new Map([['a', 1]]) });
    expect(read('a1416101')).toEqual({ ok: false, why: 'key-type' });
    expect(read('a241610161 6102', true)).toEqual({ ok: false, why: 'duplicate-key' });
  });

  it.each([
    ['', 'truncated'],
    ['18', 'truncated'],
    ['1a0000', 'truncated'],
    ['62c3', 'truncated'],
    ['8201', 'truncated'],
    ['9f01', 'truncated'],
    ['9b00000000ffffffff', 'truncated'],
    ['5bffffffffffffffff', 'truncated'],
    ['0000', 'trailing-bytes'],
    ['a2616101616102', 'duplicate-key'],
    ['bf616101616102ff', 'duplicate-key'],
    ['a10101', 'key-type'],
    ['a1f601', 'key-type'],
    ['62c328', 'not-utf-8'],
    ['63efbbbf', 'not-utf-8'],
    ['7f61c361bcff', 'not-utf-8'],
    ['1c', 'syntax'],
    ['1f', 'syntax'],
    ['3f', 'syntax'],
    ['df', 'syntax'],
    ['ff', 'syntax'],
    ['f8ff', 'syntax'],
    ['fc', 'syntax'],
    ['7f4161ff', 'syntax'],
    ['7f7f6161ffff', 'syntax'],
    ['81'.repeat(70) + '00', 'too-deep'],
    ['c1'.repeat(70) + '00', 'too-deep'],
  ])('refuses %s: %s', (hex, why) => {
    expect(read(hex)).toEqual({ ok: false, why });
  });
});
