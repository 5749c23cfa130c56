// Every method of Google's APIs, for people who write policies. INVARIANT: a name is in it exactly if the recogniser may give it.
import type { ActionLevel } from '../../core/action.ts';
import type { Catalogue, CatalogueEntry } from '../catalogue.ts';
import { gcpData } from './catalogue.ts';
import type { Method, ServiceHead } from './catalogue-text.ts';
import { conditionalTags } from './conditions.ts';
import { mayOnlyRead } from './sql.ts';
import { gcpTags } from './tags.ts';

/** From the mildest on, where one method has several. */
const ORDER: readonly ActionLevel[] = ['list', 'read', 'tagging', 'write', 'permissions-management', 'unknown'];

export function gcpCatalogue(): Catalogue {
  return {
    provider: 'gcp',
    complete: true,
    entries: () => entriesOf(gcpData().heads),
    below(prefix) {
      const service = /^gcp:([A-Za-z0-9_]+)\./.exec(prefix)?.[1];
      const { heads } = gcpData();
      return entriesOf(service === undefined ? heads : heads.filter(({ id }) => id === service));
    },
  };
}

function* entriesOf(heads: readonly ServiceHead[]): Generator<CatalogueEntry> {
  for (const head of heads.toSorted((a, b) => (`${a.id}.` < `${b.id}.` ? -1 : 1))) {
    const methods = [...gcpData().service(head).methods.values()];
    yield* methods.map(entryOf).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }
}

function entryOf({ id, routes }: Method): CatalogueEntry {
  const levels = routes.map(({ level }) => level);
  const level = levels.toSorted((a, b) => ORDER.indexOf(b) - ORDER.indexOf(a))[0] ?? 'unknown';
  const sometimes = [...new Set([...conditionalTags(id), ...(mayOnlyRead(id) ? ['sql-execution'] : [])])];
  const tags = [...new Set([...gcpTags(id), ...sometimes])];
  return { name: `gcp:${id}`, level, tags, ...(sometimes.length > 0 && { sometimes }) };
}
