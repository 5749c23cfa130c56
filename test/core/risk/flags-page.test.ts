// The table of flags in docs/approving.md is the table of the code.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FLAG_TABLE } from '../../../src/core/risk/flag-table.ts';

it('docs/approving.md has every flag, with its severity and words, in the order of the code', () => {
  const page = readFileSync(new URL('../../../docs/approving.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (\w+) \| ([^|]+) \| [^|]+ \|$/gm)].map(
    ([, id, severity, title]) => ({ id, severity, title }),
  );
  expect(rows).toEqual(Object.entries(FLAG_TABLE).map(([id, { severity, title }]) => ({ id, severity, title })));
});
