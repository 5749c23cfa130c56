// Figures to Markdown: medians, ratios, and the block of bench/README.md between its markers.
import { readFileSync, writeFileSync } from 'node:fs';

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  if (low === undefined || high === undefined) throw new Error('a median needs values');
  return (low + high) / 2;
}

/** Three significant digits, thousands separated. */
export function figure(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en');
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_cell, column) => (column === 0 ? '---' : '---:'));
  return [head, rule, ...rows].map(line).join('\n');
}

const MARKERS = ['<!-- figures: written by `npm run bench` -->', '<!-- end of figures -->'] as const;

/** Puts `figures` between the markers of the page, which must be there. */
export function rewrite(page: URL, figures: string): void {
  const text = readFileSync(page, 'utf8');
  const [from, to] = MARKERS.map((marker) => text.indexOf(marker));
  if (from === undefined || to === undefined || from < 0 || to < from)
    throw new Error(`${page.pathname} lacks its markers`);
  writeFileSync(page, `${text.slice(0, from + MARKERS[0].length)}\n\n${figures}\n\n${text.slice(to)}`);
}
