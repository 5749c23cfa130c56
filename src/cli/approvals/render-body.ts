// A body as a person can read it, without changing what it says: JSON is indented token by token (no number is rounded, no
// duplicate member lost), forms are one pair a line, everything else is shown as it is.
import type { BytesView, CallView } from '../../console/call-view.ts';
import { visibleText } from '../../core/visible-text.ts';

export interface ReadableBody {
  /** One line about what it is. */
  readonly kind: string;
  /** Lines, safe to print; empty if there is nothing to show. */
  readonly text: string;
  /** True if something is missing from `text`. */
  readonly cut: boolean;
}

const MAX_LINES = 60;
const MAX_CHARS = 6_000;
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** Re-indents JSON, keeping every token as it was written; undefined if the text is not JSON. */
export function indentJson(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  const tokens = text.match(TOKEN) ?? [];
  let out = '';
  let depth = 0;
  const line = (): string => `\n${'  '.repeat(depth)}`;
  for (const [i, token] of tokens.entries()) {
    const next = tokens[i + 1];
    if (token === '{' || token === '[') {
      const empty = next === '}' || next === ']';
      depth += 1;
      out += token + (empty ? '' : line());
    } else if (token === '}' || token === ']') {
      depth -= 1;
      const previous = tokens[i - 1];
      out += (previous === '{' || previous === '[' ? '' : line()) + token;
    } else if (token === ',') out += `,${line()}`;
    else if (token === ':') out += ': ';
    else out += token;
  }
  return out;
}

/** One `name = value` a line; undefined if it is not a form. */
export function formLines(text: string): string | undefined {
  const decode = (part: string): string => decodeURIComponent(part.replaceAll('+', ' '));
  try {
    const pairs = text.split('&').map((pair) => {
      const equals = pair.indexOf('=');
      const name = decode(equals < 0 ? pair : pair.slice(0, equals));
      // A line feed inside a value must not look like another pair.
      return equals < 0 ? visibleText(name) : `${visibleText(name)} = ${visibleText(decode(pair.slice(equals + 1)))}`;
    });
    return pairs.join('\n');
  } catch {
    return undefined;
  }
}

function contentType(call: CallView): string {
  return call.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
}

function readable(bytes: BytesView, type: string): string {
  if (bytes.encoding === 'base64') return bytes.text.replaceAll(/(.{76})/g, '$1\n').trimEnd();
  const form = /^application\/x-www-form-urlencoded/i.test(type) ? formLines(bytes.text) : undefined;
  if (form !== undefined) return form;
  return visibleText((/[/+]json|-json/i.test(type) ? indentJson(bytes.text) : undefined) ?? bytes.text, {
    lines: true,
  });
}

/** The body of a call; with `full`, everything that the console sent. */
export function readableBody(call: CallView, full: boolean): ReadableBody {
  const { body } = call;
  if (body.size === 0) return { kind: 'none', text: '', cut: false };
  const shown = body.decoded ?? body;
  const type = contentType(call);
  const size = `${body.size.toLocaleString('en')} bytes`;
  const coded = body.decoded ? `, shown decoded (${body.decoded.size.toLocaleString('en')} bytes)` : '';
  const binary = shown.encoding === 'base64' ? ', binary, shown as base64' : '';
  const kind = `${visibleText(type || 'no Content-Type').slice(0, 100)}, ${size}${coded}${binary}`;
  const text = readable(shown, type);
  if (full) return { kind, text, cut: shown.truncated };
  const lines = text.slice(0, MAX_CHARS).split('\n').slice(0, MAX_LINES);
  const kept = lines.join('\n');
  const cut = kept.length < text.length || shown.truncated;
  const missing = shown.truncated ? 'more' : `${(text.length - kept.length).toLocaleString('en')} more characters`;
  return { kind, text: cut ? `${kept}…⟦${missing}⟧` : text, cut };
}
