// The operations of Azure that are known beforehand, in agreement with what is kept by hand; and each of them recognised from a request.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { azureCatalogue } from '../../../src/actions/azure/action-catalogue.ts';
import { azureOperations } from '../../../src/actions/azure/operations.ts';
import { azureSentences, graphOperations } from '../../../src/actions/azure/summary.ts';
import { azurePattern, azureTagPatterns } from '../../../src/actions/azure/tags.ts';
import { LEVELS, TAGS } from '../../../src/core/policy/schema-words.ts';
import { arm, call, only } from './calls.ts';

const data = new URL('../../../src/actions/azure/data/', import.meta.url);
const entries = [...azureCatalogue().entries()];
const names = entries.map(({ name }) => name.slice('azure:'.length));

function expanded(pattern: string): string[] {
  const [all, inner] = /\{([^{}]*,[^{}]*)\}/.exec(pattern) ?? [];
  if (all === undefined || inner === undefined) return [pattern];
  return inner.split(',').flatMap((each) => expanded(pattern.replace(all, each)));
}

/** Microsoft Graph has more names than are listed: a path without wildcards has to be one. */
function exists(pattern: string): boolean {
  const [, method, template] = /^graph:([A-Z]+):(.*)$/.exec(pattern) ?? [];
  if (method !== undefined && template !== undefined && !template.includes('*')) {
    const { name } = only(call(`${method} https://graph.microsoft.com/v1.0${template.replaceAll('{id}', 'x1')}`));
    return name === `azure:${pattern}`;
  }
  const test = azurePattern(pattern);
  return names.some((name) => test.test(name));
}

describe('the catalogue', () => {
  it('has every operation once, in the order of names, each with a level', () => {
    expect(entries.length).toBeGreaterThan(3_400);
    const all = entries.map(({ name }) => name);
    expect(all).toEqual([...new Set(all)].toSorted((a, b) => (a < b ? -1 : 1)));
    expect(entries.filter(({ level }) => level === 'unknown' || !LEVELS.includes(level))).toEqual([]);
    expect(azureCatalogue().complete).toBe(false);
  });

  it('takes at most 30 KB of the package', () => {
    const sizes = ['operations.txt', 'graph.txt', 'tags.json', 'summaries.json'].map(
      (name) => gzipSync(readFileSync(new URL(name, data)), { level: 9 }).length,
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(30_000);
  });

  it.each([
    ['Microsoft.Authorization/roleAssignments/write', 'permissions-management', ['privilege-escalation']],
    ['Microsoft.Authorization/elevateAccess/action', 'permissions-management', ['privilege-escalation']],
    ['Microsoft.Storage/storageAccounts/listKeys/action', 'read', ['secret-read']],
    ['Microsoft.Web/serverfarms/getrdppassword/action', 'read', ['secret-read']],
    ['Microsoft.DocumentDB/databaseAccounts/readonlykeys/read', 'read', ['secret-read']],
    ['Microsoft.Network/connections/sharedkey/read', 'read', ['secret-read']],
    ['Microsoft.Web/sites/functions/token/read', 'read', ['credential-issue']],
    ['Microsoft.Web/sites/backups/list/action', 'read', ['secret-read']],
    ['Microsoft.ContainerRegistry/registries/webhooks/getCallbackConfig/action', 'read', ['secret-read']],
    ['Microsoft.Compute/virtualMachines/read', 'read', []],
    ['Microsoft.Compute/virtualMachines/runCommand/action', 'write', ['code-execution', 'privilege-escalation']],
    ['Microsoft.Resources/deployments/write', 'write', ['deployment', 'infrastructure', 'privilege-escalation']],
    ['Microsoft.Resources/tags/write', 'tagging', []],
    ['Microsoft.KeyVault/vaults/secrets/getSecret/action', 'read', ['secret-read']],
    ['Microsoft.Sql/servers/databases/export/action', 'write', ['data-export']],
    ['Microsoft.Insights/diagnosticSettings/delete', 'write', ['audit-tamper', 'destructive']],
    ['Microsoft.Network/networkSecurityGroups/securityRules/write', 'write', ['network-exposure']],
    [
      'graph:POST:/applications/{id}/addPassword',
      'write',
      ['credential-issue', 'privilege-escalation', 'key-rotation'],
    ],
    ['graph:POST:/roleManagement/directory/roleAssignments', 'permissions-management', ['privilege-escalation']],
    ['graph:GET:/users', 'list', []],
    ['login:token', 'write', ['credential-issue']],
  ])('knows %s', (name, level, tags) => {
    const found = entries.find((entry) => entry.name === `azure:${name}`);
    expect(found?.level).toBe(level);
    expect(found?.tags).toEqual(expect.arrayContaining(tags));
  });
});

describe('every operation', () => {
  const GROUP = '/subscriptions/s1/resourceGroups/g1/providers';
  const requests = [...azureOperations().types.values()].flatMap(({ name, verbs }) => {
    // Those of Microsoft.Resources have paths of their own, those of data planes other hosts.
    if (
      /^Microsoft\.Resources(?:\/|$)/.test(name) &&
      !/deployment|templateSpecs|^Microsoft\.Resources\/(?:tags|links|changes|operations)/.test(name)
    )
      return [];
    const [namespace = '', ...types] = name.split('/');
    const path = [GROUP, namespace, ...types.flatMap((type) => [type, 'n1'])].join('/');
    return [...verbs.values()].map((verb) => {
      if (verb.endsWith('/action'))
        return { operation: `${name}/${verb}`, request: `POST ${path}/${verb.slice(0, -'/action'.length)}` };
      const method = verb === 'read' ? 'GET' : verb === 'write' ? 'PUT' : 'DELETE';
      return { operation: `${name}/${verb}`, request: `${method} ${path}` };
    });
  });

  it.each([
    ['as it is written', (request: string) => request],
    ['in capitals', (request: string) => request.toUpperCase()],
    ['in small letters', (request: string) => request.replace(/ .*/, (path) => path.toLowerCase())],
  ])('is recognised as exactly itself %s', (_name, spell) => {
    expect(requests.length).toBeGreaterThan(3_300);
    const missed = requests.flatMap(({ operation, request }) => {
      const found = only(arm(spell(request)));
      return found.name === `azure:${operation}` && found.confidence === 'exact'
        ? []
        : [`${request}: ${found.name} ${found.confidence}`];
    });
    expect(missed).toEqual([]);
  });

  it('of Microsoft Graph is too', () => {
    const missed = graphOperations().flatMap(([name]) => {
      const [, method = '', template = ''] = name.split(':');
      for (const version of ['v1.0', 'beta']) {
        const found = only(
          call(`${method} https://graph.microsoft.com/${version}${template.replaceAll('{id}', 'x1')}`),
        );
        if (found.name !== `azure:${name}` || found.confidence !== 'exact')
          return [`${name}: ${found.name} ${found.confidence}`];
      }
      return [];
    });
    expect(graphOperations().length).toBeGreaterThan(75);
    expect(missed).toEqual([]);
  });
});

describe('the tags', () => {
  const patterns = azureTagPatterns();

  it('are words of the policy language, each on some operation', () => {
    expect([...new Set(patterns.map(([tag]) => tag))].toSorted()).toEqual([...TAGS].toSorted());
  });

  it('are on operations that exist, every pattern and every word in its braces', () => {
    const missing = patterns.flatMap(([tag, pattern]) =>
      (pattern.includes('**') && pattern.startsWith('graph:') ? [pattern] : expanded(pattern))
        .filter((each) => !exists(each))
        .map((each) => `${tag} ${each}`),
    );
    expect(missing).toEqual([]);
  });
});

it('has sentences only for operations that exist', () => {
  const all = new Set(names);
  expect([...azureSentences().keys()].filter((name) => !all.has(name))).toEqual([]);
});
