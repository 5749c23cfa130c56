// Does with a tagged block what its reader would do. Untagged blocks (`sh`, `yaml`, …) are illustrations and not run.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { loadConfig } from '../../src/config/load.ts';
import type { Fence } from './markdown.ts';

const bin = new URL('../../bin', import.meta.url).pathname;

/** Command, and the file that the block is written to, below an empty working directory. */
const actions: Readonly<Record<string, { readonly file: string; readonly command: readonly [string, ...string[]] }>> = {
  'sh run': { file: 'block.sh', command: ['sh', '-eu', 'block.sh'] },
  'yaml policy': { file: 'policy.yaml', command: ['holdgate', 'policy', 'check', 'policy.yaml'] },
};

const CONFIG_TAG = 'yaml holdgate';

/** Loads the block as a configuration; every variable that it names is set. */
function loadFault(cwd: string, body: string): string | undefined {
  const file = join(cwd, 'holdgate.yaml');
  writeFileSync(file, body);
  const env = Object.fromEntries(
    [...body.matchAll(/\$\{env:(\w+)\}/g)].map(([, name = '']) => [name, 'from-the-test']),
  );
  const loaded = loadConfig(file, env);
  return loaded.ok ? undefined : loaded.faults.map(({ at, message }) => `${at}: ${message}`).join('\n');
}

/** Undefined if the block works, or is not tagged; else what went wrong. */
export async function runFence(fence: Fence): Promise<string | undefined> {
  const tag = fence.tags.join(' ');
  if (fence.tags.length < 2) return undefined;
  const action = actions[tag];
  if (action === undefined && tag !== CONFIG_TAG)
    return `unknown tag \`${tag}\`: expected ${Object.keys(actions).join(', ')}, ${CONFIG_TAG}, or one word`;
  const cwd = mkdtempSync(join(tmpdir(), 'holdgate-docs-'));
  try {
    if (action === undefined) return loadFault(cwd, fence.body);
    writeFileSync(join(cwd, action.file), fence.body);
    const [command, ...args] = action.command;
    const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };
    return await new Promise((resolve) => {
      execFile(command, args, { cwd, env, timeout: 35_000 }, (error, stdout, stderr) => {
        resolve(error ? `${error.message}\n${stdout}${stderr}` : undefined);
      });
    });
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}
