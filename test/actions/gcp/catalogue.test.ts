// The catalogue of Google's methods: complete, within its budget, and in agreement with what is kept by hand.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gcpCatalogue } from '../../../src/actions/gcp/action-catalogue.ts';
import { gcpSentences } from '../../../src/actions/gcp/summary.ts';
import { gcpPattern, gcpTagPatterns } from '../../../src/actions/gcp/tags.ts';
import { entriesBelow } from '../../../src/actions/catalogue.ts';
import { LEVELS, TAGS } from '../../../src/core/policy/schema-words.ts';

const data = new URL('../../../src/actions/gcp/data/', import.meta.url);
const entries = [...gcpCatalogue().entries()];
const ids = entries.map(({ name }) => name.slice('gcp:'.length));
const byLast = Map.groupBy(ids, (id) => id.slice(id.lastIndexOf('.') + 1));

/** Every pattern that the braces of one stand for. */
function expanded(pattern: string): string[] {
  const [all, inner] = /\{([^{}]*)\}/.exec(pattern) ?? [];
  if (all === undefined || inner === undefined) return [pattern];
  return inner.split(',').flatMap((each) => expanded(pattern.replace(all, each)));
}

function exists(pattern: string): boolean {
  const last = pattern.slice(pattern.lastIndexOf('.') + 1);
  const test = gcpPattern(pattern);
  return (last.includes('*') ? ids : (byLast.get(last) ?? [])).some((id) => test.test(id));
}

describe('the catalogue', () => {
  it('has every method once, in the order of names, each with a level', () => {
    expect(entries.length).toBeGreaterThan(15_900);
    const names = entries.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)].toSorted((a, b) => (a < b ? -1 : 1)));
    expect(entries.filter(({ level }) => level === 'unknown' || !LEVELS.includes(level))).toEqual([]);
    for (const name of names) expect(name).toMatch(/^gcp:[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)+$/);
  });

  it('takes at most 170 KB of the package', () => {
    const sizes = ['methods.txt', 'tags.json', 'summaries.json'].map(
      (name) => gzipSync(readFileSync(new URL(name, data)), { level: 9 }).length,
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(170_000);
  });

  it.each([
    [
      'gcp:iam.projects.serviceAccounts.setIamPolicy',
      'permissions-management',
      ['privilege-escalation', 'external-sharing'],
    ],
    ['gcp:iam.projects.serviceAccounts.list', 'list', []],
    ['gcp:iam.projects.serviceAccounts.keys.create', 'write', ['credential-issue', 'key-rotation']],
    ['gcp:iamcredentials.projects.serviceAccounts.generateAccessToken', 'write', ['credential-issue']],
    ['gcp:oauth2.token', 'write', ['credential-issue']],
    ['gcp:vmwareengine.projects.locations.privateClouds.showVcenterCredentials', 'read', ['secret-read']],
    ['gcp:iam.projects.locations.oauthClients.credentials.list', 'list', ['secret-read']],
    ['gcp:redis.projects.locations.clusters.tokenAuthUsers.authTokens.get', 'read', ['secret-read']],
    ['gcp:threatintelligence.projects.alerts.getPassword', 'read', ['secret-read']],
    ['gcp:drive.files.generateCseToken', 'read', ['credential-issue']],
    ['gcp:contactcenterinsights.projects.locations.conversations.generateSignedAudio', 'read', ['data-export']],
    ['gcp:secretmanager.projects.secrets.versions.access', 'read', ['secret-read']],
    ['gcp:storage.objects.get', 'read', []],
    ['gcp:bigquery.jobs.query', 'write', ['sql-execution']],
    ['gcp:bigquery.jobs.insert', 'write', ['sql-execution', 'data-export']],
    ['gcp:sql.instances.export', 'write', ['data-export']],
    ['gcp:firestore.projects.databases.exportDocuments', 'write', ['data-export']],
    ['gcp:logging.projects.sinks.delete', 'write', ['audit-tamper', 'destructive']],
    ['gcp:compute.firewalls.insert', 'write', ['network-exposure', 'infrastructure']],
    ['gcp:run.projects.locations.services.create', 'write', ['code-execution', 'deployment', 'privilege-escalation']],
    [
      'gcp:cloudkms.projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.destroy',
      'write',
      ['key-rotation', 'destructive'],
    ],
    ['gcp:compute.instances.setLabels', 'tagging', []],
    ['gcp:compute.instances.testIamPermissions', 'read', []],
    ['gcp:firestore.projects.databases.documents.runQuery', 'read', []],
    ['gcp:directory.users.makeAdmin', 'permissions-management', ['privilege-escalation']],
    ['gcp:drive.permissions.create', 'permissions-management', ['external-sharing']],
  ])('knows %s', (name, level, tags) => {
    const found = entries.find((entry) => entry.name === name);
    expect(found?.level).toBe(level);
    expect(found?.tags).toEqual(expect.arrayContaining(tags));
    expect([...entriesBelow(gcpCatalogue(), name)].map((entry) => entry.name)).toContain(name);
  });

  it('reads one service for names below it', () => {
    const below = [...entriesBelow(gcpCatalogue(), 'gcp:secretmanager.')];
    expect(below.length).toBeGreaterThan(30);
    expect(below.every(({ name }) => name.startsWith('gcp:secretmanager.'))).toBe(true);
    expect([...entriesBelow(gcpCatalogue(), 'gcp:nope.')]).toEqual([]);
  });
});

describe('the tags', () => {
  const patterns = gcpTagPatterns();

  it('are words of the policy language, each on some method', () => {
    expect([...new Set(patterns.map(([tag]) => tag))].toSorted()).toEqual([...TAGS].toSorted());
    const tagged = entries.filter(({ tags }) => tags.length > 0);
    expect(tagged.length).toBeGreaterThan(3_000);
  });

  it('are on methods that exist, every pattern and every word in its braces', () => {
    expect(
      patterns.flatMap(([tag, pattern]) =>
        expanded(pattern)
          .filter((each) => !exists(each))
          .map((each) => `${tag} ${each}`),
      ),
    ).toEqual([]);
  });

  it.each(['delete', 'setIamPolicy'])('leave out no method that is called %s', (last) => {
    const tag = last === 'delete' ? 'destructive' : 'privilege-escalation';
    const own = new Set(byLast.get(last) ?? []);
    expect(own.size).toBeGreaterThan(200);
    const bare = entries.filter(({ name, tags }) => own.has(name.slice('gcp:'.length)) && !tags.includes(tag));
    expect(bare.map(({ name }) => name)).toEqual([]);
  });
});

it('has sentences only for methods that exist', () => {
  expect(gcpSentences().length).toBeGreaterThan(60);
  expect(gcpSentences().flatMap(([pattern]) => expanded(pattern).filter((each) => !exists(each)))).toEqual([]);
});
