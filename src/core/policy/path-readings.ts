// Every path an upstream may take the raw one for (policy.md, semantics 4). What is forwarded is never rewritten; the
// readings only decide what matches. INVARIANT: a path without anything odd has exactly one reading and costs one scan.
import { decodeLenient } from '../body/percent.ts';

export interface PathReadings {
  /** The raw path first, then every other reading, each once. */
  readonly all: readonly string[];
  /** True where there were more than we are willing to look at: then nothing is certain and everything possible. */
  readonly overflow: boolean;
}

const MAX_READINGS = 96;
const MAX_TEXT = 512 * 1024;
const MAX_DECODES = 2;
/** An escape, a backslash, a parameter, `//`, a segment that starts or ends in a dot, a final slash, blanks, controls. */
function isOdd(path: string): boolean {
  let before = 0;
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (code <= 32 || code === 37 || code === 92 || code === 59 || code === 63 || code === 35) return true;
    if ((code === 46 || code === 47) && (before === 47 || (before === 46 && code === 47))) return true;
    before = code;
  }
  return before === 46 || before === 47;
}

function resolveDots(path: string): string {
  if (!/\/(?:\.|%2e){1,2}(?:\/|$)/i.test(path)) return path;
  const out: string[] = [];
  const segments = path.split('/');
  for (const [i, segment] of segments.entries()) {
    const dots = segment.replaceAll(/%2e/gi, '.');
    const last = i === segments.length - 1;
    if (dots === '.') {
      if (last) out.push('');
    } else if (dots === '..') {
      if (out.length > 1) out.pop();
      if (last) out.push('');
    } else out.push(segment);
  }
  const joined = out.join('/');
  return joined.startsWith('/') ? joined : `/${joined}`;
}

/** One thing each that some server or framework does to a path before it looks at it. */
const STEPS: readonly (readonly [name: string, step: (path: string) => string])[] = [
  ['dot segments resolved', resolveDots],
  ['backslash as slash', (path) => path.replaceAll('\\', '/')],
  ['slashes merged', (path) => path.replaceAll(/\/{2,}/g, '/')],
  ['parameters stripped', (path) => path.replaceAll(/;[^/]*/g, '')],
  ['trailing dots and blanks stripped', (path) => path.replaceAll(/(?<=[^/.\s])[.\s]+(?=\/|$)/g, '')],
  // oxlint-disable-next-line no-control-regex -- a NUL ends a path for C programs
  ['cut at a decoded ?, # or NUL', (path) => path.replace(/[?#\u0000][\s\S]*$/, '')],
  ['trailing slash stripped', (path) => (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path)],
];

/** Names of the steps that lead from the raw path to `reading`, for people; empty for the raw path itself. */
export function explainReading(path: string, reading: string): string {
  return explore(path).names.get(reading) ?? '';
}

export function pathReadings(path: string): PathReadings {
  if (path === '/' || !isOdd(path)) return { all: [path], overflow: false };
  const { names, overflow } = explore(path);
  return { all: [...names.keys()], overflow };
}

function explore(path: string): { readonly names: ReadonlyMap<string, string>; readonly overflow: boolean } {
  const names = new Map<string, string>([[path, '']]);
  const queue: { readonly text: string; readonly decodes: number }[] = [{ text: path, decodes: 0 }];
  let size = path.length;
  for (let i = 0; i < queue.length; i++) {
    const { text, decodes } = queue[i] as { text: string; decodes: number };
    const reach = (name: string, next: string, spent: number): void => {
      // An upstream always sees a path: what a step emptied is the root.
      const reading = next.startsWith('/') ? next : `/${next}`;
      if (names.has(reading)) return;
      const before = names.get(text) ?? '';
      names.set(reading, before === '' ? name : `${before}, ${name}`);
      size += reading.length;
      queue.push({ text: reading, decodes: spent });
    };
    if (decodes < MAX_DECODES && text.includes('%')) {
      reach(decodes === 0 ? 'percent-decoded' : 'decoded twice', decodeLenient(text), decodes + 1);
    }
    for (const [name, step] of STEPS) reach(name, step(text), decodes);
    if (names.size > MAX_READINGS || size > MAX_TEXT) return { names: new Map([[path, '']]), overflow: true };
  }
  return { names, overflow: false };
}

/** Letter case taken away, unit by unit, so that folding a glob and folding a text agree. */
export function fold(text: string): string {
  if (!/[A-Z\u0080-\uffff]/.test(text)) return text;
  // oxlint-disable-next-line no-control-regex -- the whole ASCII range
  if (/^[\u0000-\u007f]*$/.test(text)) return text.toLowerCase();
  let out = '';
  for (const char of text) {
    const upper = char.toUpperCase();
    const folded = (upper.length === char.length ? upper : char).toLowerCase();
    out += folded.length === char.length ? folded : char;
  }
  return out;
}
