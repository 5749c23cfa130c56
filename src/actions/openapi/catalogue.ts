// The operations of every upstream whose API a document describes, for people who write policies.
import type { Catalogue, CatalogueEntry } from '../catalogue.ts';
import { describe } from './api-action.ts';
import { readOpenapi } from './openapi.ts';
import type { OpenapiSource } from './read-document.ts';

/** `upstreams`: those of the configuration. */
export function openapiCatalogue(
  upstreams: readonly { readonly id: string; readonly openapi?: OpenapiSource | undefined }[],
): Catalogue {
  const entries = (): readonly CatalogueEntry[] =>
    upstreams
      .flatMap(({ id, openapi }) =>
        (openapi ? readOpenapi(openapi).operations : []).map((operation) => {
          const { name, level, tags } = describe(id, operation);
          return { name, level, tags, ...(operation.summary !== undefined && { summary: operation.summary }) };
        }),
      )
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return { provider: 'openapi', complete: true, entries };
}
