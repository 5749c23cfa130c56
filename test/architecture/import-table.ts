// The import table of ARCHITECTURE.md: which folder of src may import which.

/** Folder → folders it may import, itself included. `main` stands for the files directly below src. */
export type ImportTable = ReadonlyMap<string, ReadonlySet<string> | 'all'>;

/**
 * Reads the rows below `| from | may import |`. A row may name several folders on the left, which do not thereby gain
 * each other; on the right, words in parentheses and `never …` are for the reader.
 */
export function readImportTable(markdown: string): ImportTable {
  const lines = markdown.split('\n');
  const head = lines.findIndex((line) => /^\|\s*from\s*\|\s*may import\s*\|/.test(line));
  if (head === -1) throw new Error('no table with the head "| from | may import |"');
  const table = new Map<string, Set<string> | 'all'>();
  for (const line of lines.slice(head + 2)) {
    if (!line.startsWith('|')) break;
    const [from = [], to = []] = line
      .split('|')
      .slice(1, 3)
      .map((cell) =>
        cell
          .replace(/\(.*?\)|`|\bnever\b[^,|]*/g, '')
          .split(',')
          .map((name) => name.trim()),
      );
    for (const name of from) {
      table.set(name, to.includes('all') ? 'all' : new Set([name, ...to.filter((other) => other !== '')]));
    }
  }
  return table;
}
