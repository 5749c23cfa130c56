// GraphQL has three kinds of operation; the fields are each API's own.
import type { Catalogue, CatalogueEntry } from '../catalogue.ts';
import { NAME_TAGS } from '../name-tags.ts';

const READING = ['secret-read', 'data-export'];

const ENTRIES: readonly CatalogueEntry[] = [
  { name: 'graphql:mutation:*', level: 'write', tags: NAME_TAGS, summary: 'A root field of a mutation' },
  { name: 'graphql:query:*', level: 'read', tags: READING, summary: 'A root field of a query' },
  { name: 'graphql:subscription:*', level: 'read', tags: READING, summary: 'A root field of a subscription' },
];

export function graphqlCatalogue(): Catalogue {
  return { provider: 'graphql', complete: false, entries: () => ENTRIES };
}
