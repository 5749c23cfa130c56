import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { createScrubbers, type Scrubber } from '../../src/proxy/scrub.ts';

const SECRET = 'sk-live-abcabcabd/+=';
const create = createScrubbers([new Secret(`Bearer ${SECRET}`)]);

function createScrubber(): Scrubber {
  const scrubber = create();
  if (!scrubber) throw new Error('the credential is long enough to be looked for');
  return scrubber;
}

function scrub(chunks: readonly string[]): string {
  const scrubber = createScrubber();
  const out = chunks.map((chunk, i) =>
    scrubber.body(Buffer.from(chunk, 'latin1'), i === chunks.length - 1).toString('latin1'),
  );
  return out.join('') + scrubber.rest().toString('latin1');
}

describe('createScrubbers', () => {
  it.each([
    ['as sent', SECRET],
    ['percent-encoded', encodeURIComponent(SECRET)],
    ['in base64', Buffer.from(SECRET).toString('base64')],
  ])('blanks out the credential %s and keeps the length', (_how, text) => {
    expect(scrub([`<<${text}>>`])).toBe(`<<${'*'.repeat(text.length)}>>`);
  });

  it('finds it however the response is cut into chunks, and changes nothing else', () => {
    const piece = fc.constantFrom(SECRET, SECRET.slice(0, 9), 'sk-live-abc', 'x', '\u00ff', 'sk-live-abcabc');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.array(fc.nat(60), { maxLength: 6 }), (pieces, cuts) => {
        const text = pieces.join('');
        const at = [0, ...cuts.map((cut) => Math.min(cut, text.length)).toSorted((a, b) => a - b), text.length];
        const chunks = at.slice(1).map((end, i) => text.slice(at[i], end));
        const out = scrub(chunks);
        expect(out).toBe(text.replaceAll(SECRET, '*'.repeat(SECRET.length)));
      }),
      { numRuns: 500 },
    );
  });

  it('blanks it out in header values and says that it was there', () => {
    const scrubber = createScrubber();
    expect(scrubber.headers(['X-Echo', `Bearer ${SECRET}`, 'A', 'b'])).toEqual([
      'X-Echo',
      `Bearer ${'*'.repeat(SECRET.length)}`,
      'A',
      'b',
    ]);
    expect(scrubber.found).toBe(true);
  });

  it('does not touch what it was given', () => {
    const chunk = Buffer.from(SECRET);
    createScrubber().body(chunk, true);
    expect(chunk.toString()).toBe(SECRET);
  });

  it('leaves out a secret so short that it would blank out ordinary text', () => {
    expect(createScrubbers([new Secret('Bearer x')])()).toBeUndefined();
  });
});
