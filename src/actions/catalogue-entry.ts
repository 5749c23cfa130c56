// One entry by its name: what a catalogue says of an action that somebody only names.
import { type CatalogueEntry, entriesBelow } from './catalogue.ts';
import { catalogues } from './catalogues.ts';

/** Undefined for a name that no catalogue lists as it stands. Reads one service only where the catalogue can. */
export function catalogueEntry(name: string): CatalogueEntry | undefined {
  const [provider = '', service] = name.split(':');
  const catalogue = catalogues().find((each) => each.provider === provider);
  if (!catalogue || service === undefined) return undefined;
  for (const entry of entriesBelow(catalogue, name)) if (entry.name === name) return entry;
  return undefined;
}
