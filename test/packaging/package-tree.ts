// Builds and packs the checkout in a copy, so that a test sees what npm would publish and leaves the checkout alone.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('../..', import.meta.url).pathname;
const BUILT_FROM = ['src', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
const SHIPPED = ['bin', 'policies', 'schema', 'LICENSE', 'NOTICE', 'README.md', 'SECURITY.md', 'CHANGELOG.md'];

function run(cwd: string, command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

/** Builds below `dir`, packs, unpacks to `<dir>/package`. Returns that folder and the files of the tarball. */
export function packInto(dir: string): { readonly folder: string; readonly files: readonly string[] } {
  const copy = join(dir, 'copy');
  mkdirSync(copy);
  const there = new Set(readdirSync(root));
  for (const name of [...BUILT_FROM, ...SHIPPED].filter((each) => there.has(each))) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  run(copy, join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json']);
  run(copy, process.execPath, ['scripts/copy-data.mjs']);
  run(copy, 'npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', dir]);
  const tarball = readdirSync(dir).find((name) => name.endsWith('.tgz')) ?? 'no tarball';
  run(dir, 'tar', ['-xzf', tarball]);
  const files = run(dir, 'tar', ['-tzf', tarball]).trim().split('\n');
  return { folder: join(dir, 'package'), files: files.map((file) => file.replace(/^package\//, '')) };
}

/** Puts `folder` below `<dir>/lib/node_modules` beside its dependencies, as npm installs it; returns its bin link. */
export function installInto(dir: string, folder: string, options: { readonly pinnedNode: boolean }): string {
  const modules = join(dir, 'lib/node_modules');
  mkdirSync(modules, { recursive: true });
  cpSync(folder, join(modules, 'holdgate'), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name.startsWith('.') || (name === 'node' && !options.pinnedNode)) continue;
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  mkdirSync(join(dir, 'bin'));
  const link = join(dir, 'bin/holdgate');
  symlinkSync('../lib/node_modules/holdgate/bin/holdgate', link);
  return link;
}
