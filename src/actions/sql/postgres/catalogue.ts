// What PostgreSQL itself brings: its functions that change nothing, its catalogue's tables. Read from the package at first use.
import { readFileSync } from 'node:fs';

interface Catalogue {
  readonly harmless: ReadonlySet<string>;
  readonly others: ReadonlySet<string>;
  readonly relations: ReadonlySet<string>;
}

let loaded: Catalogue | undefined;

function catalogue(): Catalogue {
  loaded ??= read();
  return loaded;
}

function read(): Catalogue {
  const file = new URL('../data/postgresql.json', import.meta.url);
  const lists = JSON.parse(readFileSync(file, 'utf8')) as Record<keyof Catalogue, string>;
  const words = (list: keyof Catalogue): ReadonlySet<string> => new Set(lists[list].split(' '));
  return { harmless: words('harmless'), others: words('others'), relations: words('relations') };
}

/** True for a function of pg_catalog, by its bare name, that reads or changes nothing but its arguments and the server's state. */
export function isHarmlessFunction(name: string): boolean {
  return catalogue().harmless.has(name);
}

/** True for the functions that are found without naming pg_catalog. */
export function isCatalogueFunction(name: string): boolean {
  return catalogue().harmless.has(name) || catalogue().others.has(name);
}

/** True for the tables that are found without naming pg_catalog. */
export function isCatalogueTable(name: string): boolean {
  return name.startsWith('pg_') && catalogue().relations.has(name);
}
