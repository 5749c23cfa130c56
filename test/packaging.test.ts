// What npm publishes, and that bin/holdgate starts from wherever it is installed, with a Node that is new enough.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installInto, packInto } from './packaging/package-tree.ts';

interface Manifest {
  readonly version: string;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
  readonly [key: string]: unknown;
}
interface Locked {
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Record<string, string>;
  readonly version?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly [key: string]: unknown;
}

const root = new URL('..', import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
const locked = (
  JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> }
).packages;
const installed = Object.entries(locked).filter(([path]) => path !== '');

let tmp = '';
let made = 0;
const folder = (): string => {
  const path = join(tmp, String(made++));
  mkdirSync(path);
  return path;
};
beforeAll(() => {
  tmp = mkdtempSync(join(tmpdir(), 'holdgate-packaging-'));
});
afterAll(() => {
  rmSync(tmp, { recursive: true, force: true });
});

describe('package.json', () => {
  it('says what it needs, what it starts and under which licence', () => {
    expect(manifest).toMatchObject({
      engines: { node: '>=24' },
      bin: { holdgate: 'bin/holdgate' },
      license: 'Apache-2.0',
      type: 'module',
      allowScripts: { node: true },
    });
    expect(readFileSync(join(root, 'LICENSE'), 'utf8')).toContain('Version 2.0, January 2004');
  });
});

describe('package-lock.json', () => {
  it('is in step with package.json', () => {
    const { dependencies, devDependencies, engines, bin, version } = manifest;
    expect(locked['']).toMatchObject({ dependencies, devDependencies, engines, bin, version });
  });

  it('lists the packages of every platform, without which `npm ci` fails elsewhere', () => {
    const names = new Set(installed.map(([path]) => path.replace(/^.*node_modules\//, '')));
    const missing = installed.flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !names.has(name))
        .map((name) => `${path} → ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it('pins every package that has a version by its hash', () => {
    // A platform package that the registry of whoever wrote the lock does not carry has neither.
    const versioned = installed.filter(([, { version }]) => version !== undefined);
    expect(versioned.length).toBeGreaterThan(100);
    expect(versioned.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path)).toEqual([]);
  });

  it('runs no install script but that of the pinned Node', () => {
    const scripts = installed.filter(([, each]) => each.hasInstallScript === true).map(([path]) => path);
    expect(scripts).toEqual(['node_modules/node']);
  });

  it('ships under permissive licences only', () => {
    const permissive = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0']);
    const shipped = installed.filter(([, { dev }]) => dev !== true);
    expect(shipped.length).toBeGreaterThan(10);
    expect(shipped.filter(([, { license = 'none' }]) => !permissive.has(license)).map(([path]) => path)).toEqual([]);
  });
});

describe('the package', () => {
  let files: readonly string[] = [];
  let packed = '';
  beforeAll(() => {
    ({ files, folder: packed } = packInto(folder()));
  }, 60_000);

  it('has the program, its licence and its changelog', () => {
    expect(files).toEqual(
      expect.arrayContaining(['bin/holdgate', 'dist/cli/main.js', 'package.json', 'LICENSE', 'NOTICE', 'CHANGELOG.md']),
    );
  });

  it('has nothing that is not for its users', () => {
    const known =
      /^(bin\/|dist\/.*\.(js|d\.ts)$|dist\/actions\/[a-z-]+\/data\/|policies\/|schema\/|[A-Z]+(\.md)?$|package\.json$)/;
    expect(files.filter((file) => !known.test(file))).toEqual([]);
  });

  it('has nothing that publint objects to', async () => {
    const { messages } = await publint({ pkgDir: packed, pack: false });
    expect(messages).toEqual([]);
  });

  it('runs installed, through the link that npm makes, with the pinned Node if the machine has an old one', () => {
    const link = installInto(folder(), packed, { pinnedNode: true });
    expect(start(link, ['--version'], oldNode())).toMatchObject({ status: 0, stdout: `${manifest.version}\n` });
  });

  it('reads SQL with the parser and the lists that come with it', () => {
    const link = installInto(folder(), packed, { pinnedNode: true });
    const call = `curl https://db.example.com/sql -H 'content-type: application/json' -d '{"query": "SELECT lower(a), evil() FROM users"}'`;
    const { stdout } = start(link, ['actions', 'explain', '--kind', 'sql-over-http:neon', call], oldNode());
    expect(stdout).toContain('sql:select:public.users');
    expect(stdout).toContain('sql:call:public.evil');
    expect(stdout).not.toMatch(/sql:unknown|lower/);
  });

  it('says what is missing and exits with 69 where no Node is new enough', () => {
    const link = installInto(folder(), packed, { pinnedNode: false });
    const result = start(link, ['--version'], oldNode());
    expect(result.status).toBe(69);
    expect(result.stderr).toContain('needs Node 24 or newer (found: v20.20.2)');
  });
});

/** Runs `command` with `firstOnPath` before the system's own programs. */
function start(command: string, args: readonly string[], firstOnPath: string): ReturnType<typeof spawnSync> {
  return spawnSync(command, args, { encoding: 'utf8', cwd: tmp, env: { PATH: `${firstOnPath}:/usr/bin:/bin` } });
}

/** A folder with a `node` that says it is version 20 and can do nothing. */
function oldNode(): string {
  const dir = folder();
  writeFileSync(join(dir, 'node'), '#!/bin/sh\n[ "$1" = --version ] && echo v20.20.2 && exit\nexit 1\n', {
    mode: 0o755,
  });
  return dir;
}

/** A folder with the Node that runs this test. */
function newNode(): string {
  const dir = folder();
  symlinkSync(process.execPath, join(dir, 'node'));
  return dir;
}

describe('bin/holdgate', () => {
  /** An installation whose programs say which of them runs; returns the path of its bin. */
  function installation(programs: Record<string, string>): string {
    const dir = folder();
    cpSync(join(root, 'bin'), join(dir, 'bin'), { recursive: true });
    writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
    for (const [path, text] of Object.entries(programs)) {
      mkdirSync(join(dir, path, '..'), { recursive: true });
      writeFileSync(join(dir, path), text);
    }
    return join(dir, 'bin/holdgate');
  }

  it('runs from the checkout', () => {
    expect(start(join(root, 'bin/holdgate'), ['--version'], newNode())).toMatchObject({
      status: 0,
      stdout: `${manifest.version}\n`,
    });
  });

  it('runs from the checkout with the pinned Node if an old one is first on PATH', () => {
    expect(start(join(root, 'bin/holdgate'), ['--version'], oldNode())).toMatchObject({
      status: 0,
      stdout: `${manifest.version}\n`,
    });
  });

  it('finds its root through a chain of relative and absolute links', () => {
    const dir = folder();
    symlinkSync(join(root, 'bin/holdgate'), join(dir, 'absolute'));
    mkdirSync(join(dir, 'bin'));
    symlinkSync('../absolute', join(dir, 'bin/relative'));
    expect(start(join(dir, 'bin/relative'), ['--version'], newNode())).toMatchObject({ status: 0 });
  });

  it('prefers what is built over the sources', () => {
    const both = installation({ 'dist/cli/main.js': "console.log('dist')", 'src/cli/main.ts': "console.log('src')" });
    expect(start(both, [], newNode()).stdout).toBe('dist\n');
    const sources = installation({ 'src/cli/main.ts': "console.log('src' satisfies string)" });
    expect(start(sources, [], newNode()).stdout).toBe('src\n');
  });

  it('says that the installation is incomplete where there is neither', () => {
    const result = start(installation({}), [], newNode());
    expect(result.status).toBe(69);
    expect(result.stderr).toContain('incomplete');
  });

  it('hands over arguments as they are, and the exit code', () => {
    const bin = installation({
      'dist/cli/main.js': 'console.log(JSON.stringify(process.argv.slice(2))); process.exit(42)',
    });
    const args = ['a b', '', '*', '--json', '"quoted"', '$HOME'];
    expect(start(bin, args, newNode())).toMatchObject({ status: 42, stdout: `${JSON.stringify(args)}\n` });
  });

  it('becomes the program, so that signals reach it', async () => {
    const bin = installation({
      'dist/cli/main.js':
        "process.on('SIGTERM', () => process.exit(7)); console.log(process.pid); setInterval(() => {}, 1e6)",
    });
    const child = spawn(bin, { env: { PATH: `${newNode()}:/usr/bin:/bin` }, stdio: ['ignore', 'pipe', 'inherit'] });
    const [pid] = (await once(child.stdout, 'data')) as [Buffer];
    expect(Number(pid.toString())).toBe(child.pid);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([7, null]);
  });
});
