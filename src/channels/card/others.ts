// Similar calls in one message: what each of them does, and every value in which it differs from the one that is shown whole.
// INVARIANT: a call whose differences are not all here is not voted on by this message: then nobody approves by it at all.
import type { NamedValue } from '../../core/similar/template.ts';
import type { Shown, Similar } from '../../core/similar/shown.ts';
import { Cutter } from './cutter.ts';
import { type Part, quoted, words } from './part.ts';
import { stateLine } from './state-line.ts';

/** Characters of one quoted part, and parts of a message. */
const PART = 1900;
const MOST_PARTS = 4;
const MOST_DIFFERENCES = 12;
/** No value looks like it: its brackets are written out where they are text. */
const NOTHING = '⟦empty⟧';

/** Those that wait first, then those that somebody has to look at: of what was decided already some may be left out. */
export function listOthers({ others }: Shown, cutter: Cutter): readonly Part[] {
  if (others.length === 0) return [];
  const waiting = others.filter(({ view }) => view.status === 'pending');
  const unknown = others.filter(({ view }) => view.status === 'indeterminate');
  const rest = others.filter(({ view }) => view.status !== 'pending' && view.status !== 'indeterminate');
  const chunks = chunksOf([...waiting, ...unknown, ...rest].map((each, i) => linesOf(each, i + 2, cutter)));
  const told = chunks.slice(0, cutter.atLeastOne(MOST_PARTS));
  const listed = told.reduce((sum, { count }) => sum + count, 0);
  if (listed < waiting.length) cutter.leave();
  return [
    ...(waiting.length > 0
      ? [words(`One vote decides all that still wait. They are alike but for what stands here.`)]
      : []),
    ...told.map(({ text }) => quoted('The others', text)),
    ...(listed < others.length ? [words(`and ${others.length - listed} more`)] : []),
  ];
}

interface Chunk {
  readonly text: string;
  /** Calls in it. */
  readonly count: number;
}

function chunksOf(entries: readonly string[]): readonly Chunk[] {
  const chunks: Chunk[] = [];
  for (const entry of entries) {
    const last = chunks.at(-1);
    if (last && last.text.length + entry.length < PART)
      chunks[chunks.length - 1] = { text: `${last.text}\n${entry}`, count: last.count + 1 };
    else chunks.push({ text: entry, count: 1 });
  }
  return chunks;
}

function linesOf({ view, differs }: Similar, number: number, cutter: Cutter): string {
  if (view.status !== 'pending')
    return `${number}. ${new Cutter().fit(view.summary, 300)}\n   ${stateLine(view).slice(0, 300)}`;
  const does = cutter.fit(view.summary, 300);
  if (differs === null)
    return `${number}. ${does}\n   is not like the others now: it is decided by itself (holdgate approvals show ${view.id})`;
  const lines = differs.slice(0, MOST_DIFFERENCES).map((each) => `   ${difference(each, cutter)}`);
  if (differs.length > MOST_DIFFERENCES) {
    cutter.leave();
    lines.push(`   and ${differs.length - MOST_DIFFERENCES} more`);
  }
  const text = [`${number}. ${does}`, ...lines].join('\n');
  if (text.length >= PART) cutter.leave();
  return text.slice(0, PART - 1);
}

const difference = ({ place, value }: NamedValue, cutter: Cutter): string =>
  `${cutter.fit(place, 100)}: ${value === '' ? NOTHING : cutter.fit(value, 240)}`;
