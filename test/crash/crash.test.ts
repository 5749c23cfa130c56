// SIGKILL at every place of every story, then a new life on the same data: nothing is sent twice, nothing unapproved, no
// acknowledged vote is lost, and everybody is told the same.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { sqliteBacking } from './backing.ts';
import { killEverywhere } from './everywhere.ts';
import { PLOTS } from './plot.ts';

describe('a gate that is killed at any place', () => {
  let root = '';
  const covered = new Set<string>();
  const counts: Record<string, number> = {};
  beforeAll(() => void (root = mkdtempSync(join(tmpdir(), 'holdgate-crash-'))));
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
    process.stdout.write(`crash: SQLite: ${JSON.stringify(counts)}\n`);
  });

  it.each(PLOTS.map((plot) => [plot.name, plot] as const))(
    'keeps its promises for a call that is %s',
    async (name, plot) => {
      counts[name] = await killEverywhere(plot, { backing: async () => sqliteBacking, root, covered });
    },
    120_000,
  );
});
