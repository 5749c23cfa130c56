// Takes the gate's own credential out of what comes back (R10): some APIs echo headers into error pages. Replaced by as many
// asterisks, so that framing stays true. Sees what is on the wire: a compressed body is not looked into.
import type { Secret } from '../core/secret.ts';

export interface Scrubber {
  /** The chunk with every occurrence replaced. Bytes that may be the start of one are kept for the next call, unless `last`. */
  body(chunk: Buffer, last: boolean): Buffer;
  /** What is still kept. */
  rest(): Buffer;
  /** Raw headers with every occurrence in a value replaced; the same array where there is none. */
  headers(raw: string[]): string[];
  readonly found: boolean;
}

/** Shorter secrets would blank out ordinary text. */
const SHORTEST = 8;
const NOTHING = Buffer.alloc(0);
const ASTERISK = 0x2a;

interface Needle {
  readonly bytes: Buffer;
  /** The same as latin1, for header values. */
  readonly text: string;
  readonly stars: string;
}

/** The spellings in which a credential may come back, its scheme left off: as sent, percent-encoded, in base64, in JSON. */
function needlesOf(credential: Secret): readonly Needle[] {
  const value = credential.reveal();
  const bare = value.replace(/^(?:Bearer|Basic|Token)\s+/i, '');
  const spellings = new Set([
    bare,
    encodeURIComponent(bare),
    Buffer.from(bare).toString('base64'),
    JSON.stringify(bare).slice(1, -1),
  ]);
  return [...spellings]
    .filter((text) => text.length >= SHORTEST)
    .map((text) => ({ bytes: Buffer.from(text, 'latin1'), text, stars: '*'.repeat(text.length) }));
}

/** What is made once for a credential; the result is called for each response. Gives undefined where all of it is too short. */
export function createScrubbers(credential: readonly Secret[]): () => Scrubber | undefined {
  const needles = credential.flatMap(needlesOf);
  if (needles.length === 0) return () => undefined;
  const longest = Math.max(...needles.map(({ bytes }) => bytes.length));
  return () => createScrubber(needles, longest);
}

function createScrubber(needles: readonly Needle[], longest: number): Scrubber {
  let kept = NOTHING;
  let found = false;

  const blank = (data: Buffer): Buffer => {
    let out = data;
    for (const { bytes } of needles) {
      for (let at = out.indexOf(bytes); at >= 0; at = out.indexOf(bytes, at + bytes.length)) {
        if (out === data) out = Buffer.from(data);
        out.fill(ASTERISK, at, at + bytes.length);
        found = true;
      }
    }
    return out;
  };
  /** Length of the longest end of `data` that a needle may continue. Runs over every chunk, so it makes no copies. */
  const openEnd = (data: Buffer): number => {
    for (let start = Math.max(0, data.length - longest + 1); start < data.length; start++) {
      const length = data.length - start;
      for (const { bytes } of needles) {
        if (bytes[0] !== data[start] || bytes.length <= length) continue;
        if (data.compare(bytes, 0, length, start) === 0) return length;
      }
    }
    return 0;
  };

  return {
    body(chunk, last) {
      const data = blank(kept.length > 0 ? Buffer.concat([kept, chunk]) : chunk);
      const keep = last ? 0 : openEnd(data);
      kept = keep > 0 ? Buffer.from(data.subarray(data.length - keep)) : NOTHING;
      return keep > 0 ? data.subarray(0, data.length - keep) : data;
    },
    rest() {
      const left = kept;
      kept = NOTHING;
      return left;
    },
    headers(raw) {
      let out = raw;
      for (let i = 1; i < raw.length; i += 2) {
        const value = raw[i] ?? '';
        for (const { text, stars } of needles) {
          if (!value.includes(text)) continue;
          if (out === raw) out = [...raw];
          out[i] = (out[i] ?? '').replaceAll(text, stars);
          found = true;
        }
      }
      return out;
    },
    get found() {
      return found;
    },
  };
}
