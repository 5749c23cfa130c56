// The operations of Azure that are known beforehand, for people who write policies. Others exist: a type that is not listed is read from the path all
// the same, as an `unknown` action for as long as nobody knows how it is spelled.
import type { Catalogue, CatalogueEntry } from '../catalogue.ts';
import { levelOf } from './arm.ts';
import { graphLevel } from './graph.ts';
import { azureOperations } from './operations.ts';
import { graphOperations } from './summary.ts';
import { azureTags } from './tags.ts';

const LOGIN: readonly CatalogueEntry[] = [
  { name: 'azure:login:authorize', level: 'write', tags: azureTags('login:authorize'), summary: 'Start signing in' },
  {
    name: 'azure:login:devicecode',
    level: 'write',
    tags: azureTags('login:devicecode'),
    summary: 'Start signing in with a device code',
  },
  { name: 'azure:login:discovery', level: 'read', tags: [], summary: 'Read how to sign in, and the keys of tokens' },
  { name: 'azure:login:token', level: 'write', tags: azureTags('login:token'), summary: 'Get a token' },
];

export function azureCatalogue(): Catalogue {
  return {
    provider: 'azure',
    complete: false,
    *entries(): Generator<CatalogueEntry> {
      const found: CatalogueEntry[] = [...LOGIN];
      for (const { name, verbs } of azureOperations().types.values()) {
        for (const verb of verbs.values()) {
          const operation = `${name}/${verb}`;
          found.push({ name: `azure:${operation}`, level: levelOf(operation, false), tags: azureTags(operation) });
        }
      }
      for (const [name, sentence] of graphOperations()) {
        const list = name.startsWith('graph:GET:') && !name.endsWith('{id}');
        found.push({
          name: `azure:${name}`,
          level: graphLevel(name, list),
          tags: azureTags(name),
          summary: sentence.replaceAll(/\[[^\]]*\]|\{\w+\}/g, '').trim(),
        });
      }
      yield* found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
}
