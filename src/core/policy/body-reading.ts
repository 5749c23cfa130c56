// A body as policy reads it. INVARIANT: where parsers could disagree about it, it is `unreadable`, never a guess.
import { contentType, isFormType, isInspectableCharset, isJsonType, isShapelessType } from '../body/content-type.ts';
import { parseForm } from '../body/form.ts';
import { type JsonValue, parseJson } from '../body/json.ts';
import type { Call } from '../call.ts';

/** JSON that a parser might find where none is announced: nothing, something, or something that only looks like it. */
export type FoundJson = { readonly value: JsonValue } | 'broken' | undefined;

/** Bytes as an upstream sees them that looks at nothing but the bytes. */
export interface LooseReading {
  readonly text: string;
  readonly json: FoundJson;
}

interface Read {
  /** The body under its Content-Encoding, for upstreams that do not undo it; undefined where there is none. */
  readonly encoded: LooseReading | undefined;
}

export type BodyReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'pending' }
  | { readonly kind: 'unreadable' }
  /** `text` is the form undecoded. */
  | (Read & LooseReading & { readonly kind: 'form' })
  | (Read & { readonly kind: 'json'; readonly text: string; readonly value: JsonValue; readonly nodes: number })
  /** Another type: what an upstream that ignores the type would find in it. */
  | (Read &
      LooseReading & {
        readonly kind: 'other';
        /** True where a multipart parser might find a field of this name. */
        readonly mentions: (name: string) => boolean;
      });

const lenient = new TextDecoder('utf-8', { ignoreBOM: true });
const UNREADABLE: BodyReading = { kind: 'unreadable' };

/** Reads the body of a call by its Content-Type; missing, contradictory or untrue types make it unreadable. */
export function readBody(call: Call): BodyReading {
  const { body } = call;
  if (body.state === 'none') return { kind: 'none' };
  if (body.state === 'unread') return { kind: 'pending' };
  if (body.state === 'unreadable') return UNREADABLE;
  const bytes = body.decoded;
  if (bytes.length === 0) return { kind: 'none' };
  const type = contentType(call.headers);
  if (type.state !== 'known' || !isInspectableCharset(type.charset)) return UNREADABLE;
  const encoded = body.bytes === bytes ? undefined : loosely(body.bytes);
  if (isFormType(type.type)) {
    const form = parseForm(bytes);
    return form.ok ? { kind: 'form', ...loosely(bytes), encoded } : UNREADABLE;
  }
  if (isJsonType(type.type)) {
    const json = parseJson(bytes);
    return json.ok
      ? { kind: 'json', text: lenient.decode(bytes), value: json.value, nodes: json.nodes, encoded }
      : UNREADABLE;
  }
  if (!isShapelessType(type.type)) return UNREADABLE;
  const loose = loosely(bytes);
  if (/^(?:text|application)\//.test(type.type) && hasByteOrderMark(bytes)) return UNREADABLE;
  const multipart = type.type.startsWith('multipart/');
  const folded = multipart ? loose.text.toLowerCase() : '';
  return {
    kind: 'other',
    ...loose,
    encoded,
    // Encoded parameters (`name*=`), encoded words and encoded parts can spell any name.
    mentions: (name) =>
      multipart && (folded.includes(name.toLowerCase()) || /name\*|=\?|content-transfer-encoding|%|\\/.test(folded)),
  };
}

function loosely(bytes: Uint8Array): LooseReading {
  const text = lenient.decode(bytes);
  if (!startsLikeJson(text)) return { text, json: undefined };
  const json = parseJson(bytes);
  return { text, json: json.ok ? { value: json.value } : 'broken' };
}

// Forgiving parsers skip comments, and a byte order mark or zeros only mean that the text is UTF-16 or UTF-32.
function startsLikeJson(text: string): boolean {
  for (let at = 0; at < text.length; ) {
    if (SKIPPED.test(text.charAt(at))) at++;
    else if (text.startsWith('/*', at)) {
      const end = text.indexOf('*/', at + 2);
      if (end < 0) return false;
      at = end + 2;
    } else if (text.startsWith('//', at) || text.startsWith('#', at)) {
      const end = text.indexOf('\n', at);
      if (end < 0) return false;
      at = end + 1;
    } else return text[at] === '{' || text[at] === '[';
  }
  return false;
}

// oxlint-disable-next-line no-control-regex -- zeros are half of ASCII in UTF-16
const SKIPPED = /[\s\u0000\ufeff\ufffd]/;

function hasByteOrderMark(bytes: Uint8Array): boolean {
  const [a, b, c] = bytes;
  return (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff) || (a === 0xef && b === 0xbb && c === 0xbf);
}
