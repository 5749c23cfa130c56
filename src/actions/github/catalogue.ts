// Every operation of GitHub's REST API, and the field that a GraphQL mutation names, for people who write policies.
import type { Catalogue, CatalogueEntry } from '../catalogue.ts';
import { levelOf } from './level.ts';
import { githubOperations } from './operations.ts';
import { tagsOf } from './tags.ts';

const GRAPHQL: CatalogueEntry = {
  name: 'github:graphql:*',
  level: 'unknown',
  tags: [],
  summary: 'Ask the GraphQL API: a field of a query or a mutation, named behind the last colon',
};

export function githubCatalogue(): Catalogue {
  return {
    provider: 'github',
    complete: true,
    *entries(): Generator<CatalogueEntry> {
      const entries = githubOperations().all.map((operation): CatalogueEntry => {
        const tags = tagsOf(operation.id);
        return { name: `github:${operation.id}`, level: levelOf(operation, tags), tags, summary: operation.sentence };
      });
      yield* [...entries, GRAPHQL].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
}
