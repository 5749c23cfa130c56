// What every family can say of its actions without a call: for `holdgate actions search`, `policy check` and `policy coverage`.
import type { ActionLevel } from '../core/action.ts';

export interface CatalogueEntry {
  /** As in `Action.name`; `*` where a part is named by the call (`mcp:*:tools/call:*`, `sql:delete:*`). */
  readonly name: string;
  readonly level: ActionLevel;
  /** Those that a call of this action can have; some only with certain parameters. */
  readonly tags: readonly string[];
  /** Those of `tags` that only some calls earn; absent: all of them where the name has a `*`, else none. */
  readonly sometimes?: readonly string[];
  /** One line, from the API's own documentation or ours; absent where nothing says more than the name. */
  readonly summary?: string;
}

export interface Catalogue {
  /** First segment of its names. */
  readonly provider: string;
  /** True: an action that is not listed does not exist. False: custom resources, tools, tables have names of their own. */
  readonly complete: boolean;
  /** Every entry, in the order of names; data are read when the first one is asked for. */
  entries(): Iterable<CatalogueEntry>;
  /** The entries whose names begin with this text, reading no more data than they need; where it is absent, all are looked at. */
  below?(prefix: string): Iterable<CatalogueEntry>;
}

/** The entries of a catalogue whose names begin with `prefix`, in the order of names. */
export function* entriesBelow(catalogue: Catalogue, prefix: string): Generator<CatalogueEntry> {
  for (const entry of catalogue.below?.(prefix) ?? catalogue.entries()) {
    if (entry.name.startsWith(prefix)) yield entry;
  }
}
