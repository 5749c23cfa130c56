import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shortenedText, visibleJson, visibleText } from '../../src/core/visible-text.ts';

const ESC = String.fromCharCode(0x1b);
const at = (...codes: number[]): string => String.fromCodePoint(...codes);

describe('visibleText', () => {
  it('leaves ordinary text of any script alone', () => {
    for (const text of ['POST /v1/refunds?x=1&y=%20', 'Zürich, naïve', '東京 дом שלום', 'ok ✓ 🚀', 'a\'b"c\\d']) {
      expect(visibleText(text)).toBe(text);
    }
  });

  it.each([
    ['a right-to-left override', 0x202e, '⟦U+202E⟧'],
    ['an isolate', 0x2066, '⟦U+2066⟧'],
    ['a zero-width space', 0x200b, '⟦U+200B⟧'],
    ['a zero-width joiner', 0x200d, '⟦U+200D⟧'],
    ['a byte order mark', 0xfeff, '⟦U+FEFF⟧'],
    ['a soft hyphen', 0x00ad, '⟦U+00AD⟧'],
    ['a tag character', 0xe0041, '⟦U+E0041⟧'],
    ['a variation selector', 0xfe0f, '⟦U+FE0F⟧'],
    ['a supplementary variation selector', 0xe0100, '⟦U+E0100⟧'],
    ['a Hangul filler', 0x3164, '⟦U+3164⟧'],
    ['a braille blank', 0x2800, '⟦U+2800⟧'],
    ['a no-break space', 0x00a0, '⟦U+00A0⟧'],
    ['an ideographic space', 0x3000, '⟦U+3000⟧'],
    ['a line separator', 0x2028, '⟦U+2028⟧'],
    ['a next-line control', 0x0085, '⟦U+0085⟧'],
    ['a one-byte CSI', 0x009b, '⟦U+009B⟧'],
    ['NUL', 0, '⟦U+0000⟧'],
    ['a bell', 7, '⟦U+0007⟧'],
    ['a backspace', 8, '⟦U+0008⟧'],
    ['a carriage return', 13, '⟦U+000D⟧'],
    ['delete', 127, '⟦U+007F⟧'],
    ['a private-use character', 0xe000, '⟦U+E000⟧'],
    ['a noncharacter', 0xffff, '⟦U+FFFF⟧'],
  ])('shows %s by its code point', (_name, code, shown) => {
    expect(visibleText(`a${at(code)}b`)).toBe(`a${shown}b`);
  });

  it('disarms terminal escape sequences', () => {
    expect(visibleText(`${ESC}[2J${ESC}]0;owned${at(7)}`)).toBe('⟦U+001B⟧[2J⟦U+001B⟧]0;owned⟦U+0007⟧');
  });

  it('shows a lone surrogate', () => {
    expect(visibleText('a\ud800b')).toBe('a⟦U+D800⟧b');
  });

  it('cannot be made to print its own notation', () => {
    expect(visibleText('⟦U+202E⟧')).toBe('⟦U+27E6⟧U+202E⟦U+27E7⟧');
  });

  it('keeps line feeds and tabs only where a block is wanted', () => {
    expect(visibleText('a\n\tb')).toBe('a⟦U+000A⟧⟦U+0009⟧b');
    expect(visibleText('a\n\tb\r', { lines: true })).toBe('a\n\tb⟦U+000D⟧');
  });

  it('lets letters keep their accents but stops piles of them', () => {
    expect(visibleText('e\u0301')).toBe('e\u0301');
    const piled = visibleText(`Z${'\u0301'.repeat(200)}`);
    expect(piled.startsWith(`Z${'\u0301'.repeat(4)}⟦U+0301⟧`)).toBe(true);
    expect(piled.match(/\u0301/g)).toHaveLength(4);
  });

  it('never lets a leading mark combine with what stands before the text', () => {
    expect(visibleText('\u0338x')).toBe('⟦U+0338⟧x');
    expect(visibleText('a\n\u0338x', { lines: true })).toBe('a\n⟦U+0338⟧x');
    expect(visibleText('a \u0338x')).toBe('a ⟦U+0338⟧x');
  });

  it('holds nothing deceptive whatever goes in, and loses nothing', () => {
    const unescape = (shown: string): string =>
      shown.replace(/⟦U\+([0-9A-F]+)⟧/g, (_all, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, lines) => {
        const shown = visibleText(text, { lines });
        const rest = lines ? shown.replaceAll(/[\n\t]/g, '') : shown;
        expect(rest).not.toMatch(/\p{C}|\p{Zl}|\p{Zp}|\p{DI}/u);
        expect(rest.replaceAll(/⟦U\+[0-9A-F]{4,6}⟧/g, '')).not.toMatch(/[⟦⟧]/);
        expect(unescape(shown)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('shortenedText', () => {
  it('says how much is missing', () => {
    expect(shortenedText('abcdef', 4)).toBe('abcd…⟦2 more characters⟧');
    expect(shortenedText('abcd', 4)).toBe('abcd');
  });

  it('counts characters, not code units, and never cuts one in half', () => {
    expect(shortenedText('🚀🚀🚀', 3)).toBe('🚀🚀🚀');
    expect(shortenedText('🚀🚀🚀', 2)).toBe('🚀🚀…⟦1 more characters⟧');
  });

  it('cuts the text before it is made visible, so that no notation is cut', () => {
    expect(shortenedText('\u202e\u202e\u202e', 1)).toBe('⟦U+202E⟧…⟦2 more characters⟧');
  });
});

describe('visibleJson', () => {
  it('is the same data without a deceptive character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = visibleJson({ text });
        expect(JSON.parse(json)).toEqual({ text });
        expect(json.replaceAll('\n', '')).not.toMatch(/\p{C}|\p{DI}/u);
      }),
    );
  });
});
