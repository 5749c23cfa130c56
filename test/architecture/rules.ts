// The rules of ARCHITECTURE.md as one function over sources, so that a test can show that each rule fires.
import { posix } from 'node:path';
import { type Blanked, blank } from './blank.ts';
import { cycles } from './cycles.ts';
import type { ImportTable } from './import-table.ts';
import { type Import, importsOf } from './imports.ts';

export interface House {
  readonly table: ImportTable;
  /** npm packages that src may import: those that are installed with the package. */
  readonly dependencies: ReadonlySet<string>;
}

/** npm packages that do no I/O, so that core may use them. */
const PURE_PACKAGES = new Set(['yaml', 'zod', '@marcbachmann/cel-js', 're2js', 'picomatch']);
/** Where ambient time and randomness enter; everything else is given a Clock or an id source. */
const AMBIENT = new Set(['src/main.ts', 'src/system-clock.ts']);
const MAX_LINES = 400;
const MAX_MEDIAN = 120;

const FORBIDDEN_FOLDERS = new Set([
  'utils',
  'util',
  'helpers',
  'common',
  'services',
  'managers',
  'lib',
  'misc',
  'shared',
]);
const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const AMBIENT_USE = /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)|\bMath\.random\b/g;
const IMPURE_USE =
  /\bperformance\.\w+|(?<![\w.])(?:setTimeout|setInterval|setImmediate|queueMicrotask|fetch)\s*\(|(?<![\w.])(?:process|console|crypto|globalThis)\.\w+/g;
const FOCUSED = /\b(?:it|test|describe|suite|bench)(?:\.\w+)*\.only\b/g;

function layerOf(path: string): string {
  const [, folder = '', ...rest] = path.split('/');
  return rest.length === 0 ? 'main' : folder;
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function resolve(from: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(from), specifier));
}

function importFaults(path: string, imports: readonly Import[], house: House): string[] {
  const layer = layerOf(path);
  const allowed = house.table.get(layer);
  if (allowed === undefined) return [`src/${layer} has no row in the import table of ARCHITECTURE.md`];
  return imports.flatMap(({ specifier }) => {
    if (specifier === undefined) return ['imports a computed name: nobody can check that'];
    if (specifier.startsWith('.')) {
      if (!specifier.endsWith('.ts')) return [`imports '${specifier}': relative imports end in .ts`];
      const target = resolve(path, specifier);
      if (!target.startsWith('src/')) return [`imports ${target}, outside src`];
      if (allowed === 'all' || allowed.has(layerOf(target))) return [];
      return [`imports ${target}: ${layer} may import ${[...allowed].join(', ')}`];
    }
    if (specifier.startsWith('node:')) {
      const pure = layer !== 'core' || path === 'src/core/sha256.ts';
      return pure ? [] : [`imports ${specifier}: core does no I/O`];
    }
    const name = packageOf(specifier);
    if (!house.dependencies.has(name)) return [`imports ${name}, which is not among the dependencies of package.json`];
    return layer === 'core' && !PURE_PACKAGES.has(name) ? [`imports ${name}, which is not known to be pure`] : [];
  });
}

function isBarrel({ code }: Blanked, imports: readonly Import[]): boolean {
  if (!imports.some((each) => each.reexport)) return false;
  return code.replace(/\b(?:import|export)\b[\w\s{},*$]*?\bfrom\s*(['"])\s*\1;?/g, '').trim() === '';
}

function sourceFaults(path: string, source: string, blanked: Blanked, imports: readonly Import[]): string[] {
  const faults: string[] = [];
  const { code } = blanked;
  if (!/^(#!.*\n)?(\/\/|\/\*)/.test(source)) faults.push('has no head comment that says what the file is for');
  if (!AMBIENT.has(path)) {
    for (const [use] of code.matchAll(AMBIENT_USE)) faults.push(`uses ${use}: time and randomness are passed in`);
  }
  if (layerOf(path) === 'core') {
    for (const [use] of code.matchAll(IMPURE_USE)) faults.push(`uses ${use}: core is pure`);
  }
  if (path !== 'src/index.ts' && (isBarrel(blanked, imports) || path.endsWith('/index.ts'))) {
    faults.push('is a barrel: import the file that has the thing');
  }
  return faults;
}

function anyFileFaults(path: string, source: string, { code }: Blanked): string[] {
  const faults: string[] = [];
  const lines = source.split('\n').length - 1;
  if (lines > MAX_LINES) faults.push(`has ${lines} lines, over ${MAX_LINES}`);
  const [file = '', ...folders] = path.split('/').toReversed();
  for (const folder of folders) {
    if (FORBIDDEN_FOLDERS.has(folder)) faults.push(`is below ${folder}/: name the folder after what is in it`);
    if (!KEBAB.test(folder)) faults.push(`is below ${folder}/, which is not kebab-case`);
  }
  if (!KEBAB.test(file.replace(/(\.test)?\.ts$/, ''))) faults.push('is not named in kebab-case');
  for (const [use] of code.matchAll(FOCUSED)) faults.push(`has ${use}, which silences every other test`);
  return faults;
}

/** Every broken rule as `path: what`, sorted. `sources` maps paths such as `src/core/call.ts` to their text. */
export function violations(sources: ReadonlyMap<string, string>, house: House): readonly string[] {
  const faults: string[] = [];
  const graph = new Map<string, readonly string[]>();
  const lengths: number[] = [];
  for (const [path, source] of sources) {
    const blanked = blank(source);
    const found = anyFileFaults(path, source, blanked);
    if (path.startsWith('src/')) {
      const imports = importsOf(blanked);
      lengths.push(source.split('\n').length - 1);
      graph.set(
        path,
        imports.flatMap(({ specifier }) => (specifier?.startsWith('.') ? [resolve(path, specifier)] : [])),
      );
      found.push(...importFaults(path, imports, house), ...sourceFaults(path, source, blanked, imports));
    }
    faults.push(...found.map((fault) => `${path}: ${fault}`));
  }
  for (const cycle of cycles(graph)) faults.push(`${cycle[0] ?? ''}: is in a cycle: ${cycle.join(' → ')}`);
  const median = lengths.toSorted((a, b) => a - b)[Math.floor(lengths.length / 2)] ?? 0;
  if (median > MAX_MEDIAN) faults.push(`src: the median file has ${median} lines, over ${MAX_MEDIAN}`);
  return faults.toSorted();
}
