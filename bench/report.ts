// Figures to Markdown: medians, ratios, and the blocks of bench/README.md between their markers.
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

/** Puts `figures` between the markers of this part of the page, which must be there. */
export function rewrite(page: URL, part: string, figures: string): void {
  const text = readFileSync(page, 'utf8');
  const [first, last] = [`<!-- ${part}: written by \`npm run bench\` -->`, `<!-- end of ${part} -->`];
  const [from, to] = [text.indexOf(first), text.indexOf(last)];
  if (from < 0 || to < from) throw new Error(`${page.pathname} lacks the markers of ${part}`);
  writeFileSync(page, `${text.slice(0, from + first.length)}\n\n${figures}\n\n${text.slice(to)}`);
}
