// Where the cases of policies are, and what is in them: files named, folders of cases, or a folder of policies with a folder `tests`.
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileTrouble } from '../../core/file-trouble.ts';
import { type CasesResult, parseCases } from '../../core/policy/parse-cases.ts';
import type { CommandIo } from './command-io.ts';

/** The cases of one file; a file that cannot be read is a fault of it. */
export async function readCases(file: string, io: Pick<CommandIo, 'readFile'>): Promise<CasesResult> {
  try {
    return parseCases(await io.readFile(file), file);
  } catch (error) {
    return { ok: false, faults: [{ at: `${file}:1:1`, message: fileTrouble(error) }] };
  }
}

/** Cases live in `tests` below the policies they test; whoever names the policies' folder means those. */
async function casesFolder(path: string): Promise<string> {
  const tests = join(path, 'tests');
  const isFolder = await stat(tests).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return isFolder ? tests : path;
}

async function casesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory() && /\.ya?ml$/i.test(entry.name));
  return files.map((entry) => join(entry.parentPath, entry.name));
}

/** The files named, and every *.yaml below the folders named, sorted; a sentence where one cannot be read. */
export async function testFiles(paths: readonly string[]): Promise<string[] | string> {
  const files: string[] = [];
  for (const path of paths) {
    try {
      if (!(await stat(path)).isDirectory()) {
        files.push(path);
        continue;
      }
      const folder = await casesFolder(path);
      files.push(...(await casesBelow(folder)));
    } catch (error) {
      return `${path}: ${fileTrouble(error)}`;
    }
  }
  return files.length === 0 ? `no test files in ${paths.join(', ')}` : files.toSorted();
}

/** Test files beside these policies, none where there is no folder `tests`. */
export async function testsBeside(paths: readonly string[]): Promise<string[]> {
  const folders = new Set<string>();
  for (const path of paths) {
    const info = await stat(path).catch(() => undefined);
    folders.add(join(info?.isDirectory() ? path : dirname(path), 'tests'));
  }
  const found: string[] = [];
  for (const folder of folders) {
    found.push(...(await casesBelow(folder).catch(() => [])));
  }
  return found.toSorted();
}
