// The REST operations of GitHub, read from data/operations.txt at first use, and the one that a path goes to. INVARIANT: nothing here
// depends on a call, so that one copy serves the process.
import { readFileSync } from 'node:fs';
import { createRouteTrie, type Route, type RouteTrie } from '../route-trie.ts';
import { type Operation, parseOperations } from './catalogue-text.ts';

export interface Operations {
  readonly all: readonly Operation[];
  readonly routes: RouteTrie<Operation>;
}

/** Whose last parameter may be left out: the root folder, the default branch, all refs. */
const OPTIONAL: ReadonlySet<string> = new Set([
  'repos/get-content',
  'repos/download-tarball-archive',
  'repos/download-zipball-archive',
  'git/list-matching-refs',
]);

let known: Operations | undefined;

/** Throws where the data file is missing or broken, which is a broken installation. */
export function githubOperations(): Operations {
  known ??= load();
  return known;
}

function load(): Operations {
  const all = parseOperations(readFileSync(new URL('data/operations.txt', import.meta.url), 'utf8'));
  return { all, routes: createRouteTrie(all.flatMap(routesOf)) };
}

function routesOf(value: Operation): Route<Operation>[] {
  const { method, template } = value;
  const short = OPTIONAL.has(value.id) ? [{ method, template: template.replace(/\/\{[^{]*\}$/, ''), value }] : [];
  return [{ method, template, value }, ...short];
}
