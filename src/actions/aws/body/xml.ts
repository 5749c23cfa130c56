// Strict XML without any of its doors (no document types, no processing instructions, no entities but the five), iterative, to the same
// values as JSON: an element is its text, or a map of its elements, where one that comes more than once is a list. Attributes are dropped.
import type { JsonValue } from '../../../core/body/json.ts';
import { decodeUtf8 } from '../../../core/body/utf8.ts';

const MAX_DEPTH = 64;
const OPEN = /<([A-Za-z_][\w.:-]*)((?:\s+[A-Za-z_][\w.:-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const CLOSE = /<\/([A-Za-z_][\w.:-]*)\s*>/y;
const DECLARATION = /^\s*<\?xml\s[^?<>]*\?>/;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

interface Element {
  readonly name: string;
  readonly children: Map<string, JsonValue[]>;
  text: string;
}

/** The root element's name and what is in it; undefined for anything else than one well-formed element. */
export function parseXml(bytes: Uint8Array): { readonly name: string; readonly value: JsonValue } | undefined {
  const decoded = decodeUtf8(bytes);
  if (!decoded.ok) return undefined;
  const declaration = DECLARATION.exec(decoded.text)?.[0] ?? '';
  if (/encoding\s*=\s*(?!["']utf-?8["'])/i.test(declaration)) return undefined;
  return parseText(decoded.text.slice(declaration.length).trim());
}

function parseText(text: string): { readonly name: string; readonly value: JsonValue } | undefined {
  const stack: Element[] = [];
  let at = 0;
  while (at < text.length) {
    const top = stack.at(-1);
    const next = text.indexOf('<', at);
    if (next !== at) {
      const plain = unescape(text.slice(at, next < 0 ? text.length : next));
      if (!top || plain === undefined) return undefined;
      top.text += plain;
      at = next < 0 ? text.length : next;
      continue;
    }
    const aside = readAside(text, at);
    if (aside) {
      if (!top) return undefined;
      top.text += aside.text;
      at = aside.end;
      continue;
    }
    const open = matchAt(OPEN, text, at);
    const close = open ? undefined : matchAt(CLOSE, text, at);
    if (open) {
      if (stack.length >= MAX_DEPTH) return undefined;
      stack.push({ name: localName(open[1] ?? ''), children: new Map(), text: '' });
      at += open[0].length;
      if (open[3] !== '/') continue;
    } else if (close && top && localName(close[1] ?? '') === top.name) at += close[0].length;
    else return undefined;
    const ended = stack.pop();
    const parent = stack.at(-1);
    const value = ended && valueOf(ended);
    if (!ended || value === undefined) return undefined;
    if (!parent) return at === text.length ? { name: ended.name, value } : undefined;
    const same = parent.children.get(ended.name);
    if (same) same.push(value);
    else parent.children.set(ended.name, [value]);
  }
  return undefined;
}

/** A comment, which says nothing, or character data. */
function readAside(text: string, at: number): { readonly text: string; readonly end: number } | undefined {
  const comment = text.startsWith('<!--', at);
  if (!comment && !text.startsWith('<![CDATA[', at)) return undefined;
  const from = at + (comment ? 4 : 9);
  const end = text.indexOf(comment ? '--' : ']]>', from);
  if (end < 0 || (comment && text[end + 2] !== '>')) return undefined;
  return { text: comment ? '' : text.slice(from, end), end: end + 3 };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

/** Text beside elements is only blanks in every document that AWS takes. */
function valueOf({ children, text }: Element): JsonValue | undefined {
  if (children.size === 0) return text;
  if (text.trim() !== '') return undefined;
  return new Map([...children].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? null) : values]));
}

function unescape(text: string): string | undefined {
  if (!text.includes('&')) return text.includes(']]>') ? undefined : text;
  let sound = true;
  const plain = text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w{2,4}));|&/g, (_all, decimal, hex, name) => {
    const code = decimal === undefined ? (hex === undefined ? -1 : Number.parseInt(String(hex), 16)) : Number(decimal);
    if (code >= 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) && code !== 0)
      return String.fromCodePoint(code);
    const known = name === undefined ? undefined : ENTITIES[String(name)];
    if (known === undefined) sound = false;
    return known ?? '';
  });
  return sound ? plain : undefined;
}
