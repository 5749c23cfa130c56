// `holdgate actions search`: globs and words over the catalogues.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { actionsCommand } from './actions-cli.ts';

async function names(...args: string[]): Promise<string[]> {
  const { out, code } = await actionsCommand(['search', ...args, '--json']);
  const { count, actions } = JSON.parse(out) as { count: number; actions: { name: string }[] };
  expect(actions).toHaveLength(count);
  expect(code).toBe(count > 0 ? 0 : 1);
  return actions.map(({ name }) => name);
}

describe('terms', () => {
  it('are globs over names, with or without the provider', async () => {
    const found = await names('iam:*Policy');
    expect(found).toContain('aws:iam:AttachRolePolicy');
    expect(found.every((name) => /^aws:iam:.*Policy$/.test(name))).toBe(true);
    expect(await names('aws:iam:*Policy')).toEqual(found);
    expect(await names('IAM:*policy')).toEqual(found);
  });

  it('come out in order', async () => {
    const found = await names('*:delete:*');
    expect(found.length).toBeGreaterThan(50);
    expect(found).toEqual(found.toSorted());
  });

  it('are words of names and summaries otherwise, all of which have to match', async () => {
    expect(await names('clusterrolebindings', 'create')).toEqual([
      'k8s:create:rbac.authorization.k8s.io/clusterrolebindings',
      'k8s:update:rbac.authorization.k8s.io/clusterrolebindings',
    ]);
    expect(await names('debug container')).toContain('k8s:patch:pods/ephemeralcontainers');
    expect(await names('aws:iam:AttachRolePolicy')).toEqual(['aws:iam:AttachRolePolicy']);
  });
});

it('filters by tag, level and provider: any of each, all together', async () => {
  expect(await names('--tag', 'secret-read', '--provider', 'k8s', '--level', 'read')).toEqual(['k8s:get:secrets']);
  const both = await names('--tag', 'secret-read', '--tag', 'key-rotation', '--provider', 'aws');
  expect(both).toContain('aws:secretsmanager:GetSecretValue');
  expect(both.length).toBeGreaterThan((await names('--tag', 'secret-read', '--provider', 'aws')).length);
});

it('prints lines with counts for people', async () => {
  const { out } = await actionsCommand(['search', '--level', 'permissions-management', '*rolebinding*']);
  const lines = out.trimEnd().split('\n');
  expect(lines[0]).toMatch(
    /^k8s:apply:rbac.authorization.k8s.io\/clusterrolebindings +permissions-management +privilege-escalation {2}Apply/,
  );
  expect(lines.at(-1)).toBe(`${lines.length - 1} actions`);
  const several = await actionsCommand(['search', '*secret*']);
  expect(several.out).toMatch(/\n\d+ actions \(aws \d+, .*k8s \d+.*\)\n$/);
});

it('exits with 1 where nothing is found', async () => {
  expect(await actionsCommand(['search', 'iam:NoSuchThing'])).toMatchObject({ out: '0 actions\n', code: 1 });
});

describe('wrong usage', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['nothing to look for', [], /give a glob/],
    ['a provider that is none', ['--provider', 'awss'], /did you mean "aws"/],
    ['a glob of another language', ['iam:{a,b}*'], /braces mean nothing/],
  ])('%s', async (_, args, message) => {
    const { out, err, code } = await actionsCommand(['search', ...args]);
    expect(out).toBe('');
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });

  it('a tag or level that is none is refused by the command line', async () => {
    await expect(actionsCommand(['search', '--tag', 'secrets'])).rejects.toThrow(/secret-read/);
    await expect(actionsCommand(['search', '--level', 'admin'])).rejects.toThrow(/permissions-management/);
  });
});

it('knows the operations of OpenAPI documents that a configuration names', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdgate-search-'));
  try {
    mkdirSync(join(folder, 'policies'));
    writeFileSync(
      join(folder, 'shop.yaml'),
      'openapi: 3.0.3\ninfo: {title: Shop, version: "1"}\npaths:\n  /orders/{id}:\n    delete: {operationId: deleteOrder, responses: {"204": {description: gone}}}\n',
    );
    const config = join(folder, 'holdgate.yaml');
    writeFileSync(
      config,
      'version: 1\nupstreams:\n  shop: {base: "https://shop.example.com", mount: /shop, kind: {openapi: shop.yaml}}\n',
    );
    expect(await names('--config', config, 'openapi:*')).toEqual(['openapi:shop:deleteOrder']);
    expect(await actionsCommand(['search', '--config', join(folder, 'gone.yaml'), 'x'])).toMatchObject({
      code: 2,
      out: '',
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
