// Every catalogue there is, one for each provider whose actions can be listed beforehand.
import { awsAction, awsActions } from './aws/action-names.ts';
import { awsCatalogue } from './aws/catalogue.ts';
import { azureCatalogue } from './azure/action-catalogue.ts';
import { type Catalogue, type CatalogueEntry, entriesBelow } from './catalogue.ts';
import type { KnownActions } from '../core/policy/lint-finding.ts';
import { gcpCatalogue } from './gcp/action-catalogue.ts';
import { gitCatalogue } from './git/catalogue.ts';
import { githubCatalogue } from './github/catalogue.ts';
import { graphqlCatalogue } from './graphql/catalogue.ts';
import { kubernetesCatalogue } from './kubernetes/catalogue.ts';
import { mcpCatalogue } from './mcp/catalogue.ts';
import { sqlCatalogue } from './sql/catalogue.ts';
import { openapiCatalogue } from './openapi/catalogue.ts';
import type { ReadUpstream } from './registry.ts';

const AWS: Catalogue = { provider: 'aws', complete: true, entries: awsActions, below: awsBelow };

const OPENAPI = 'openapi';

type Described = Pick<ReadUpstream, 'id' | 'openapi'>;

/**
 * Sorted by provider. Nothing is read from disk before somebody asks a catalogue for its entries. `upstreams`: those of the configuration,
 * where one is at hand; without it nobody knows what OpenAPI documents describe.
 */
export function catalogues(upstreams: readonly Described[] = []): readonly Catalogue[] {
  return [
    AWS,
    azureCatalogue(),
    gcpCatalogue(),
    gitCatalogue(),
    githubCatalogue(),
    graphqlCatalogue(),
    kubernetesCatalogue(),
    mcpCatalogue(),
    ...(upstreams.some(({ openapi }) => openapi) ? [openapiCatalogue(upstreams)] : []),
    sqlCatalogue(),
  ];
}

/** The catalogues as `policy check` takes them; `whole`: also what takes reading all of a large one. */
export function knownActions(whole: boolean, upstreams?: readonly Described[]): KnownActions {
  const known = catalogues(upstreams).map((catalogue) => ({
    provider: catalogue.provider,
    complete: catalogue.complete,
    below: (prefix: string) => entriesBelow(catalogue, prefix),
  }));
  // With a configuration that describes no API there is none that a rule could be about.
  const none = { provider: OPENAPI, complete: true, below: () => [], empty: true };
  const described = known.some(({ provider }) => provider === OPENAPI);
  return {
    catalogues: described || !upstreams ? known : [...known, none],
    whole,
    ...(!upstreams && { elsewhere: [OPENAPI] }),
  };
}

/** Reads one service only where the text names it. */
function awsBelow(text: string): Iterable<CatalogueEntry> {
  const [, prefix = '', operation] = text.split(':');
  if (operation === undefined) return awsActions();
  const names = [...awsCatalogue().actions(prefix).keys()].toSorted();
  return names.flatMap((name) => awsAction(`aws:${prefix}:${name}`) ?? []);
}
