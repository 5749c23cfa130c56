// Holds the repository to ARCHITECTURE.md. The second half feeds the same rules sources that break them, one by one.
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { blank } from './architecture/blank.ts';
import { readImportTable } from './architecture/import-table.ts';
import { type House, violations } from './architecture/rules.ts';

const root = new URL('..', import.meta.url).pathname;
const read = (path: string): string => readFileSync(root + path, 'utf8');
const manifest = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
const house: House = {
  table: readImportTable(read('ARCHITECTURE.md')),
  dependencies: new Set(Object.keys(manifest.dependencies)),
};

const HEAD = '// What for.\n';
/** Apart from what it is called on, so that nobody who looks for focused tests finds this file. */
const ONLY = 'only';
/** What the rules say about `files`, beside innocent files that keep the median. */
function judge(files: Record<string, string>): readonly string[] {
  const innocent: readonly [string, string][] = ['innocent', 'harmless'].map((name) => [
    `src/core/${name}.ts`,
    `${HEAD}export const a = 1;
`,
  ]);
  return violations(new Map([...innocent, ...Object.entries(files)]), house);
}

describe('the repository', () => {
  const paths = globSync('{src,test,bench}/**/*.ts', { cwd: root });

  it('keeps every rule', () => {
    expect(paths.length).toBeGreaterThan(50);
    expect(violations(new Map(paths.map((path) => [path, read(path)])), house)).toEqual([]);
  });

  it('has the import table of the architecture', () => {
    const row = (name: string): unknown => {
      const allowed = house.table.get(name);
      return typeof allowed === 'object' ? [...allowed].toSorted() : allowed;
    };
    expect(row('core')).toEqual(['core']);
    expect(row('gate')).toEqual(['core', 'gate', 'ports']);
    expect(row('stores')).toEqual(['core', 'ports', 'stores']);
    expect(row('proxy')).toEqual(['actions', 'core', 'gate', 'ports', 'proxy']);
    expect(row('config')).toEqual(['config', 'core']);
    expect(row('main')).toBe('all');
  });
});

describe('the rules', () => {
  it('leave innocent files alone', () => {
    expect(
      judge({
        'src/gate/vote.ts': `${HEAD}import type { A } from '../core/innocent.ts';\nexport type B = A;\n`,
        'src/main.ts': `${HEAD}import { a } from './core/innocent.ts';\nexport const now = Date.now() + a;\n`,
        'src/core/sha256.ts': `${HEAD}import { hash } from 'node:crypto';\nexport const h = hash;\n`,
        'src/core/words.ts': `${HEAD}// Date.now() in a comment\nexport const t = \`process.exit \${'Math.random()'}\`;\n`,
      }),
    ).toEqual([]);
  });

  const broken: readonly (readonly [name: string, path: string, body: string, fault: RegExp])[] = [
    ['an import against the table', 'src/core/x.ts', "import { y } from '../gate/y.ts';", /core may import core/],
    [
      'a type import against the table',
      'src/stores/x.ts',
      "import type { Y } from '../audit/y.ts';",
      /stores may import/,
    ],
    ['an inline type import', 'src/gate/x.ts', "export type Y = import('../proxy/y.ts').Y;", /gate may import/],
    [
      'a re-export against the table',
      'src/ports/x.ts',
      "export { y } from '../gate/y.ts';\nexport const z = 1;",
      /ports may/,
    ],
    [
      'a star re-export against the table',
      'src/ports/x.ts',
      "export * from '../gate/y.ts';\nexport const z = 1;",
      /ports may import/,
    ],
    ['a dynamic import against the table', 'src/config/x.ts', "await import('../gate/y.ts');", /config may import/],
    ['a bare import against the table', 'src/config/x.ts', "import '../gate/y.ts';", /config may import/],
    ['an import over several lines', 'src/core/x.ts', "import {\n  a,\n  type B,\n} from '../gate/y.ts';", /core may/],
    ['a computed import', 'src/main.ts', 'await import(name);', /computed name/],
    ['an import of a test', 'src/main.ts', "import { a } from '../test/a.ts';", /outside src/],
    ['an import without .ts', 'src/main.ts', "import { a } from './core/innocent.js';", /end in \.ts/],
    ['a folder that the table does not know', 'src/plugins/x.ts', 'export const a = 1;', /no row/],
    ['node: in core', 'src/core/x.ts', "import { readFileSync } from 'node:fs';", /does no I\/O/],
    ['a package that is not installed', 'src/proxy/x.ts', "import p from 'http-proxy';", /not among the dependencies/],
    ['an impure package in core', 'src/core/x.ts', "import { fetch } from 'pino';", /not known to be pure/],
    ['the clock', 'src/gate/x.ts', 'export const t = Date.now();', /uses Date\.now/],
    ['the clock by new Date()', 'src/gate/x.ts', 'export const t = new Date();', /uses new Date\(\)/],
    ['randomness', 'src/proxy/x.ts', 'export const t = Math.random();', /uses Math\.random/],
    ['the clock inside a template', 'src/gate/x.ts', 'export const t = `${Date.now()}`;', /uses Date\.now/],
    [
      'the clock after a regular expression',
      'src/gate/x.ts',
      'export const t = /[\'"`]/.test(s) && Date.now();',
      /Date/,
    ],
    ['performance.now in core', 'src/core/x.ts', 'export const t = performance.now();', /core is pure/],
    ['timers in core', 'src/core/x.ts', 'setTimeout(f, 1);', /core is pure/],
    ['process in core', 'src/core/x.ts', 'export const e = process.env;', /core is pure/],
    ['global crypto in core', 'src/core/x.ts', 'export const id = crypto.randomUUID();', /core is pure/],
    ['a barrel', 'src/core/x.ts', "export { a } from './innocent.ts';", /is a barrel/],
    ['an index file', 'src/core/index.ts', 'export const b = 1;', /is a barrel/],
    ['a long file', 'src/core/x.ts', 'export {};\n'.repeat(399), /has 401 lines/],
    ['a long test', 'test/core/x.test.ts', 'export {};\n'.repeat(399), /has 401 lines/],
    ['a folder for leftovers', 'src/core/utils/x.ts', 'export const a = 1;', /below utils/],
    ['a camel-case file', 'src/core/someThing.ts', 'export const a = 1;', /kebab-case/],
    ['a snake-case folder', 'test/some_thing/x.test.ts', 'export const a = 1;', /kebab-case/],
    ['a focused test', 'test/x.test.ts', `describe.${ONLY}('x', f);`, /silences/],
    ['a focused test case', 'test/x.test.ts', `it.concurrent.${ONLY}('x', f);`, /silences/],
  ];
  it.each(broken)('fire on %s', (_name, path, body, fault) => {
    const faults = judge({ [path]: `${HEAD}${body}\n` });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(fault);
    expect(faults[0]).toMatch(new RegExp(`^${path}: `));
  });

  it('fire on a missing head comment', () => {
    expect(judge({ 'src/core/x.ts': 'export const a = 1;\n' })).toEqual([expect.stringContaining('head comment')]);
  });

  it('fire on a cycle, through types too', () => {
    const faults = judge({
      'src/core/a.ts': `${HEAD}import { b } from './b.ts';\nexport const a = b;\n`,
      'src/core/b.ts': `${HEAD}import type { C } from './c.ts';\nexport const b: C = 1;\n`,
      'src/core/c.ts': `${HEAD}export type C = typeof import('./a.ts').a;\n`,
    });
    expect(faults).toEqual([
      'src/core/a.ts: is in a cycle: src/core/a.ts → src/core/b.ts → src/core/c.ts → src/core/a.ts',
    ]);
  });

  it('fire on a median that creeps up', () => {
    const long = `${HEAD}${'export {};\n'.repeat(130)}`;
    expect(judge({ 'src/core/a.ts': long, 'src/core/b.ts': long, 'src/core/c.ts': long })).toEqual([
      expect.stringContaining('median'),
    ]);
  });
});

describe('blanking', () => {
  it('keeps code and offsets, and erases comments, strings and regular expressions', () => {
    const source = "a('b\\'c'); // d\nx = /[/'\"]e/g.f / g; /* h */ `i${j({ k: `l${m}` })}n`;";
    const { code, textAt } = blank(source);
    expect(code).toBe("a('    ');     \nx =         g.f / g;         ` ${j({ k: ` ${m}` })} `;");
    expect(code).toHaveLength(source.length);
    expect(textAt(2)).toBe("b\\'c");
  });
});
