// The data folder holds the signing key and the calls that wait: writable for us, unreadable for others.
import { accessSync, constants, lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Check, fail, ok, warn } from './check.ts';

const NAME = 'data dir';
const MAX_FILES = 10_000;

/** Existence, type, right to write, and modes of the folder and of all that is in it. */
export function checkDataDir(folder: string): Check[] {
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (!stats) return [creatable(folder)];
  if (!stats.isDirectory()) return [fail(NAME, `${folder} is not a folder`, 'name another data_dir')];
  if (!writable(folder))
    return [fail(NAME, `${folder} is not writable for this user`, `give it to the user that runs holdgate`)];
  const exposed = entriesBelow(folder).filter(({ stats: each }) => (each.mode & 0o077) !== 0);
  const [first] = exposed;
  if ((stats.mode & 0o022) !== 0) return [fail(NAME, `others may write to ${folder}`, `chmod 700 ${folder}`)];
  if ((stats.mode & 0o077) !== 0) {
    // Nothing below can be reached by others while the folder itself is closed, so only then do the files matter.
    const remedy = `chmod 700 ${folder}`;
    return [
      first
        ? fail(NAME, `others may enter ${folder} and use ${exposed.length} of its files, like ${first.path}`, remedy)
        : warn(NAME, `others may list ${folder}`, remedy),
    ];
  }
  return [ok(NAME, `${folder} is writable and closed to others`)];
}

/** Newest modification below the folder, epoch ms; undefined where there is nothing yet. */
export function newestChange(folder: string): number | undefined {
  const times = entriesBelow(folder).map(({ stats }) => stats.mtimeMs);
  return times.length === 0 ? undefined : times.reduce((a, b) => Math.max(a, b));
}

function creatable(folder: string): Check {
  let parent = dirname(folder);
  while (!statSync(parent, { throwIfNoEntry: false }) && dirname(parent) !== parent) parent = dirname(parent);
  return writable(parent)
    ? ok(NAME, `${folder} will be created at the first start`)
    : fail(
        NAME,
        `${folder} does not exist and ${parent} is not writable for this user`,
        'create it for the user that runs holdgate',
      );
}

function writable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function entriesBelow(folder: string): { readonly path: string; readonly stats: Stats }[] {
  const found: { path: string; stats: Stats }[] = [];
  let names: string[];
  try {
    names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch {
    return [];
  }
  for (const name of names.slice(0, MAX_FILES)) {
    const stats = lstatSync(join(folder, name), { throwIfNoEntry: false });
    if (stats?.isFile()) found.push({ path: join(folder, name), stats });
  }
  return found;
}
