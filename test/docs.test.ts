// Documentation is held to the code: links and paths exist, tagged blocks run, generated pages are current.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorsPage } from './docs/errors-page.ts';
import { exitCodesPage } from './docs/exit-codes-page.ts';
import { readPage } from './docs/markdown.ts';
import { runFence } from './docs/run-fence.ts';

const root = new URL('..', import.meta.url).pathname;
const files = globSync('**/*.md', { cwd: root, exclude: ['node_modules/**', 'dist/**', '**/.holdgate/**'] }).toSorted();
const pages = new Map(files.map((file) => [file, readPage(readFileSync(join(root, file), 'utf8'))]));

describe.each([...pages])('%s', (file, page) => {
  it('links to what exists', () => {
    const dead = page.links.filter(({ target, fragment }) => {
      const path = target === '' ? file : join(dirname(file), target);
      if (!existsSync(join(root, path))) return true;
      const anchors = pages.get(path)?.anchors;
      return fragment !== undefined && anchors !== undefined && !anchors.has(fragment);
    });
    expect(dead).toEqual([]);
  });

  it('names sources that exist', () => {
    expect(page.paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it.each(page.fences.filter(({ tags }) => tags.length > 1))('has a block on line $line that works', async (fence) => {
    expect(await runFence(fence)).toBeUndefined();
  });
});

describe('generated pages', () => {
  it.each([
    ['docs/errors.md', errorsPage()],
    ['docs/exit-codes.md', exitCodesPage()],
  ])('%s is what `npm run docs:write` writes', async (file, page) => {
    expect(existsSync(join(root, file)) || process.env['HOLDGATE_DOCS'] === 'write').toBe(true);
    await expect(page).toMatchFileSnapshot(join(root, file));
  });
});

describe('the changelog', () => {
  it('has an Unreleased section on top', () => {
    const versions = [...readFileSync(join(root, 'CHANGELOG.md'), 'utf8').matchAll(/^## \[(.+?)\]/gm)].map(
      (match) => match[1],
    );
    expect(versions[0]).toBe('Unreleased');
  });
});

describe('the reader of Markdown', () => {
  const page = readPage(
    '# One `two`: three\n[a](b.md#c) [d](https://e) `[x](y)`\n```sh run\n[f](g)\nsrc/h/i.ts\n```\n````yaml\n```\n````\nsee `docs/j.md`.',
  );

  it('finds links in prose only', () => {
    expect(page.links).toEqual([{ target: 'b.md', fragment: 'c' }]);
  });

  it('finds paths everywhere', () => {
    expect(page.paths).toEqual(['src/h/i.ts', 'docs/j.md']);
  });

  it('finds fences with their tags, and their end by the same mark', () => {
    expect(page.fences).toEqual([
      { tags: ['sh', 'run'], body: '[f](g)\nsrc/h/i.ts\n', line: 3 },
      { tags: ['yaml'], body: '```\n', line: 7 },
    ]);
  });

  it('names anchors as GitHub does', () => {
    expect([...page.anchors]).toEqual(['one-two-three']);
  });
});

describe('the runner of blocks', () => {
  const fence = (tags: string, body: string): Parameters<typeof runFence>[0] => ({
    tags: tags.split(' '),
    body,
    line: 1,
  });

  it('runs shell blocks in an empty folder and stops at the first failure', async () => {
    expect(await runFence(fence('sh run', 'test "$(ls)" = block.sh\n'))).toBeUndefined();
    expect(await runFence(fence('sh run', 'false\ntrue\n'))).toContain('Command failed');
  });

  it('loads configurations', async () => {
    expect(await runFence(fence('yaml holdgate', 'version: 1\nagnets: []\n'))).toMatch(/holdgate\.yaml:2:1: .*agents/);
  });

  it('checks policies', async () => {
    expect(await runFence(fence('yaml policy', 'version: 1\nruels: []\n'))).toMatch(/policy\.yaml:2:1.*rules/);
  });

  it('leaves untagged blocks alone', async () => {
    expect(await runFence(fence('sh', 'false'))).toBeUndefined();
  });

  it('refuses a tag that it does not know, so that a typo does not switch a block off', async () => {
    expect(await runFence(fence('sh rnu', 'true'))).toContain('unknown tag `sh rnu`');
  });
});
