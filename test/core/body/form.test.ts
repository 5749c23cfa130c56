import { describe, expect, it } from 'vitest';
import { contentType } from '../../../src/core/body/content-type.ts';
import { parseForm } from '../../../src/core/body/form.ts';
import { decodeLenient } from '../../../src/core/body/percent.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a form', () => {
  it('is read field by field, in order, duplicates included', () => {
    expect(parseForm(bytes('a=1&b=x+y%21&a=2&flag&=v'))).toMatchObject({
      ok: true,
      fields: [
        { name: 'a', value: '1' },
        { name: 'b', value: 'x y!' },
        { name: 'a', value: '2' },
        { name: 'flag', value: '' },
        { name: '', value: 'v' },
      ],
    });
  });
  it.each([
    ['a=%zz', 'broken-escape'],
    ['a=%4', 'broken-escape'],
    ['a=%c0%af', 'broken-escape'],
    ['a%00=1', 'control-character'],
    ['\uFEFFa=1', 'byte-order-mark'],
    ['a=1&'.repeat(10_001), 'too-many-fields'],
  ])('is refused: %.20s', (text, why) => {
    expect(parseForm(bytes(text))).toEqual({ ok: false, why });
  });
  it('is refused outside UTF-8', () =>
    expect(parseForm(new Uint8Array([0x61, 0xff]))).toEqual({ ok: false, why: 'not-utf-8' }));
});

describe('lenient decoding finds what forgiving parsers see', () => {
  it.each([
    ['%2e%2E', '..'],
    ['%c0%af', '/'],
    ['%e0%80%ae', '.'],
    ['%u002f', '/'],
    ['%zz%', '%zz%'],
    ['%ff', 'ÿ'],
    ['%f0%9f%98%80', '😀'],
  ])('%s', (text, decoded) => expect(decodeLenient(text)).toBe(decoded));
});

describe('Content-Type', () => {
  it.each([
    ['application/json', { state: 'known', type: 'application/json', charset: undefined }],
    ['Application/JSON; Charset="UTF-8"', { state: 'known', type: 'application/json', charset: 'utf-8' }],
    ['application/json; charset=utf-8; charset=utf-16', { state: 'contradictory' }],
    ['application/json, text/plain', { state: 'contradictory' }],
    ['json', { state: 'contradictory' }],
  ])('%s', (value, expected) => expect(contentType(['content-type', value])).toEqual(expected));
  it('is missing', () => expect(contentType([])).toEqual({ state: 'missing' }));
});
