// Every catalogue there is, one for each provider whose actions can be listed beforehand.
import { awsAction, awsActions } from './aws/action-names.ts';
import { awsCatalogue } from './aws/catalogue.ts';
import type { Catalogue, CatalogueEntry } from './catalogue.ts';
import { kubernetesCatalogue } from './kubernetes/catalogue.ts';

const AWS: Catalogue = { provider: 'aws', complete: true, entries: awsActions, below: awsBelow };

/** Sorted by provider. Nothing is read from disk before somebody asks a catalogue for its entries. */
export function catalogues(): readonly Catalogue[] {
  return [AWS, kubernetesCatalogue()];
}

/** Reads one service only where the text names it. */
function awsBelow(text: string): Iterable<CatalogueEntry> {
  const [, prefix = '', operation] = text.split(':');
  if (operation === undefined) return awsActions();
  const names = [...awsCatalogue().actions(prefix).keys()].toSorted();
  return names.flatMap((name) => awsAction(`aws:${prefix}:${name}`) ?? []);
}
