// Every operation of GitHub's REST API and every mutation of its GraphQL API, for people who write policies.
import type { Catalogue, CatalogueEntry } from '../catalogue.ts';
import { levelOf } from './level.ts';
import { githubMutations } from './mutations.ts';
import { githubOperations } from './operations.ts';
import { tagsOf } from './tags.ts';

/** Root fields that the schema has for reading. */
const QUERIES: readonly CatalogueEntry[] = [
  'codeOfConduct',
  'codesOfConduct',
  'enterprise',
  'enterpriseAdministratorInvitation',
  'enterpriseAdministratorInvitationByToken',
  'enterpriseMemberInvitation',
  'enterpriseMemberInvitationByToken',
  'id',
  'license',
  'licenses',
  'marketplaceCategories',
  'marketplaceCategory',
  'marketplaceListing',
  'marketplaceListings',
  'meta',
  'node',
  'nodes',
  'organization',
  'rateLimit',
  'relay',
  'repository',
  'repositoryOwner',
  'resource',
  'search',
  'securityAdvisories',
  'securityAdvisory',
  'securityVulnerabilities',
  'sponsorables',
  'topic',
  'user',
  'viewer',
].map((name) => ({ name: `github:graphql:${name}`, level: 'read', tags: [], summary: `Read ${name} by GraphQL` }));

export function githubCatalogue(): Catalogue {
  return {
    provider: 'github',
    complete: true,
    *entries(): Generator<CatalogueEntry> {
      const entries = githubOperations().all.map((operation): CatalogueEntry => {
        const tags = tagsOf(operation.id);
        return { name: `github:${operation.id}`, level: levelOf(operation, tags), tags, summary: operation.sentence };
      });
      const mutations = [...githubMutations()].map(([name, { tags, sentence }]): CatalogueEntry => {
        const level = tags.includes('privilege-escalation') ? 'permissions-management' : 'write';
        return { name: `github:graphql:${name}`, level, tags, ...(sentence !== '' && { summary: sentence }) };
      });
      yield* [...entries, ...mutations, ...QUERIES].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
}
