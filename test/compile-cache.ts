// Before all tests: the many processes that they start share what Node compiled, which takes more than half of each start away.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../node_modules/.cache/holdgate-tests');
const GATE = join(import.meta.dirname, '../src/main.ts');

export function setup(): void {
  if (process.env['NODE_COMPILE_CACHE'] !== undefined) return;
  process.env['NODE_COMPILE_CACHE'] = FOLDER;
  // Only a process that ends by itself leaves something there, and most of those that tests start are killed.
  if (!existsSync(FOLDER)) spawnSync(process.execPath, ['--no-warnings', '--import', GATE, '--eval', '']);
}
