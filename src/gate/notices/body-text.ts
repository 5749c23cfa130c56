// The body of a held call for people, as far as a message can show it.
import { bodyBytes, type Call } from '../../core/call.ts';
import type { BodyText } from '../../core/similar/shown.ts';

/** Characters; what is longer fits into no message. */
const MOST = 16_384;

/** Null where there is none. */
export function bodyText(call: Call | undefined): BodyText | null {
  const bytes = call && bodyBytes(call);
  if (!call || !bytes || bytes.length === 0) return null;
  const size = bytes.length;
  const { body } = call;
  // What could not be decoded is shown by nobody's guess.
  if (body.state !== 'whole') return { text: null, size, truncated: false };
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body.decoded);
    return { text: text.slice(0, MOST), size, truncated: text.length > MOST };
  } catch {
    return { text: null, size, truncated: false };
  }
}
