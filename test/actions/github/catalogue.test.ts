// What the catalogue lists is what calls are recognised as: each operation is asked for, as GitHub's clients do, and has to come back.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { githubCatalogue } from '../../../src/actions/github/catalogue.ts';
import type { Operation } from '../../../src/actions/github/catalogue-text.ts';
import { conditionalTags } from '../../../src/actions/github/conditions.ts';
import { READING_POSTS, WRITING_GETS } from '../../../src/actions/github/level.ts';
import { githubMutations } from '../../../src/actions/github/mutations.ts';
import { githubOperations } from '../../../src/actions/github/operations.ts';
import { describedOperations } from '../../../src/actions/github/summary.ts';
import { readTaggedNames } from '../../../src/actions/github/tagged-names.ts';
import { taggedOperations } from '../../../src/actions/github/tags.ts';
import { TAGS } from '../../../src/core/policy/schema-words.ts';
import { recognise } from './calls.ts';

const { all } = githubOperations();
const ids = new Set(all.map(({ id }) => id));
const data = new URL('../../../src/actions/github/data/', import.meta.url);

/** Values as real ones look: names with dots and capitals, branches with slashes, paths of files, numbers where numbers are asked for. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  owner: ['Octo-Org', 'hubot'],
  repo: ['Hello.World_1', 'app'],
  org: ['Octo-Org', 'acme'],
  branch: ['main', 'feature/a-b/c'],
  ref: ['heads/main', 'v1.2.3'],
  path: ['src/index.ts', '.github/CODEOWNERS'],
  tag: ['v1.0.0', 'release/1'],
  basehead: ['main...feature/x', 'v1...v2'],
  username: ['octocat', 'dependabot[bot]'],
  workflow_id: ['deploy.yml', '161335'],
  environment_name: ['production', 'eu/west prod'],
  name: ['good first issue', 'bug'],
  package_name: ['pkg', '@acme/pkg'],
  subject_digest: ['sha256:abcdef', 'sha256:0123'],
  gist_id: ['aa5a315d61ae9438b18d', '1'],
};

function valueOf(operation: Operation, name: string, which: 0 | 1): string {
  const form = operation.forms.get(name)?.source ?? '';
  const words = /^\^\(\?:(.*)\)\$$/.exec(form)?.[1]?.split('|');
  if (words) return words[which] ?? words[0] ?? '';
  if (form !== '') return which === 0 ? '42' : '1234567890';
  return VALUES[name]?.[which] ?? ['abc', 'A.b-C_9'][which] ?? '';
}

/** Octokit escapes everything but unreserved characters; curl users write slashes as they are. */
function pathOf(operation: Operation, which: 0 | 1, escaped: boolean): string {
  return operation.template.replaceAll(/\{([^}]*)\}/g, (_all, marked: string) => {
    const value = encodeURIComponent(valueOf(operation, marked.replace(/\+$/, ''), which));
    return marked.endsWith('+') && !escaped ? value.replaceAll('%2F', '/') : value;
  });
}

describe('every operation', () => {
  it.each([
    ['of api.github.com', 'api.github.com', '', ''],
    ['of Enterprise Server', 'ghe.example', '/api/v3', '/api/v3'],
    ['of Enterprise Server, mounted at its root', 'ghe.example', '/api/v3', ''],
    ['of Enterprise Cloud with data residency', 'api.octocorp.ghe.com', '', ''],
  ])('%s is recognised as exactly itself', (_where, host, prefix, base) => {
    let asked = 0;
    const wrong: string[] = [];
    for (const operation of all) {
      for (const which of [0, 1] as const) {
        for (const escaped of [true, false]) {
          const path = `${prefix}${pathOf(operation, which, escaped)}`;
          const body = operation.method === 'GET' ? {} : { body: {} };
          const actions = recognise(`${operation.method} ${path}`, { host, base, ...body });
          asked++;
          for (const { name, confidence } of actions) {
            if (name !== `github:${operation.id}` || confidence !== 'exact')
              wrong.push(`${path}: ${confidence} ${name}`);
          }
          if (actions.length === 0) wrong.push(path);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(6_000);
  });

  it('is listed once, with a level and words', () => {
    const entries = [...githubCatalogue().entries()];
    expect(entries.length).toBeGreaterThanOrEqual(1_590);
    expect(new Set(entries.map(({ name }) => name)).size).toBe(entries.length);
    expect(entries.map(({ name }) => name)).toEqual(entries.map(({ name }) => name).toSorted());
    expect(entries.filter(({ level, summary }) => level === 'unknown' || !summary)).toEqual([]);
  });
});

describe('what is kept by hand', () => {
  const tagged = [...taggedOperations()];

  it('tags operations that there are, with words of the policy language', () => {
    expect(tagged.length).toBeGreaterThan(400);
    expect(tagged.filter(([id]) => !ids.has(id))).toEqual([]);
    const used = new Set(tagged.flatMap(([, tags]) => tags));
    expect([...used].filter((tag) => !TAGS.includes(tag))).toEqual([]);
    // SQL is the only thing that GitHub does not run.
    expect(TAGS.filter((tag) => !used.has(tag))).toEqual(['sql-execution']);
  });

  it('tags mutations that there are', () => {
    const mutations = githubMutations();
    expect(mutations.size).toBeGreaterThan(240);
    const names = [...readTaggedNames('mutation-tags.json')];
    expect(names.length).toBeGreaterThan(80);
    expect(names.filter(([name, tags]) => !mutations.has(name) || tags.some((tag) => !TAGS.includes(tag)))).toEqual([]);
  });

  it('has conditions for tags that are in the list', () => {
    const listed = new Map(tagged);
    expect(conditionalTags().filter(([id, tag]) => !listed.get(id)?.includes(tag))).toEqual([]);
  });

  it('describes and grades operations that there are', () => {
    const kept = [...describedOperations().keys(), ...READING_POSTS, ...WRITING_GETS];
    expect(kept.length).toBeGreaterThan(100);
    expect(kept.filter((id) => !ids.has(id))).toEqual([]);
  });

  it('has sentences whose values the operation or its body has', () => {
    const sentences = [...describedOperations().values()];
    expect(sentences.filter((text) => /\{[^a-z]|\}[a-z]|\[(?!!)[^{]*\]/.test(text))).toEqual([]);
  });

  it('leaves no way to delete, to give rights or to issue tokens without a tag', () => {
    const listed = new Map(tagged);
    const missed = all.filter(
      ({ id }) =>
        /^(?:repos|orgs|teams)\/(?:delete|transfer|add-collaborator)(?:$|-in-org)|registration-token|deploy-key$/.test(
          id,
        ) &&
        !/\/(?:get|list)-/.test(id) &&
        !listed.has(id),
    );
    expect(missed.map(({ id }) => id)).toEqual([]);
  });
});

it('takes at most 45 KB of the package', () => {
  const sizes = ['operations.txt', 'mutations.txt', 'tags.json', 'mutation-tags.json', 'summaries.json'].map(
    (name) => gzipSync(readFileSync(new URL(name, data)), { level: 9 }).length,
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(45_000);
});
