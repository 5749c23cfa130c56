// `holdgate actions search`: the catalogues for people who write rules. Terms are globs over names, or words of names and summaries.
import type { Catalogue, CatalogueEntry } from '../../actions/catalogue.ts';
import { catalogues } from '../../actions/catalogues.ts';
import { loadConfig } from '../../config/load.ts';
import type { ActionLevel } from '../../core/action.ts';
import { compileGlob } from '../../core/policy/globs.ts';
import { unknownName } from '../../core/policy/schema-leaves.ts';
import { exitCode } from '../exit-codes.ts';
import type { CommandIo } from '../policy/command-io.ts';
import { faultLines } from '../policy/policy-source.ts';

export interface SearchOptions {
  /** All of them have to match. */
  readonly terms: readonly string[];
  /** One of each list that is not empty has to match. */
  readonly tags: readonly string[];
  readonly levels: readonly ActionLevel[];
  readonly providers: readonly string[];
  readonly config?: string | undefined;
  readonly json: boolean;
}

type Test = (entry: CatalogueEntry) => boolean;

/** Prints what is found, by name; the exit code: 0 something found, 1 nothing, 2 wrong usage. */
export async function runActionsSearch(options: SearchOptions, io: CommandIo): Promise<number> {
  const { terms, tags, levels, providers } = options;
  const refuse = (message: string): number => {
    io.err(`${message}\n`);
    return exitCode('usage');
  };
  if (terms.length + tags.length + levels.length + providers.length === 0) {
    return refuse("give a glob ('iam:*Policy'), a word, --tag, --level or --provider");
  }
  const loaded = options.config === undefined ? undefined : loadConfig(options.config, undefined);
  if (loaded && !loaded.ok) return refuse(faultLines(loaded.faults).trimEnd());
  const listed = catalogues(loaded?.config.upstreams);
  const known = listed.map(({ provider }) => provider);
  const strange = providers.find((provider) => !known.includes(provider));
  if (strange !== undefined) return refuse(unknownName('provider', strange, known));
  const tests: Test[] = [];
  for (const term of terms) {
    const test = termTest(term);
    if (typeof test === 'string') return refuse(test);
    tests.push(test);
  }
  if (tags.length > 0) tests.push((entry) => entry.tags.some((tag) => tags.includes(tag)));
  if (levels.length > 0) tests.push((entry) => levels.includes(entry.level));
  const asked = listed.filter(({ provider }) => providers.length === 0 || providers.includes(provider));
  const found = asked
    .flatMap((catalogue) => [...catalogue.entries()].filter((entry) => tests.every((test) => test(entry))))
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  await io.out(options.json ? searchJson(found) : searchText(found, asked));
  return exitCode(found.length > 0 ? 'ok' : 'negative');
}

/** A test, or what is wrong with the term. Case does not matter here; in rules it does. */
function termTest(term: string): Test | string {
  const folded = term.toLowerCase();
  if (!/[*?]/.test(folded)) {
    return ({ name, summary, tags }) =>
      name.toLowerCase().includes(folded) ||
      tags.includes(folded) ||
      (!folded.includes(':') && (summary?.toLowerCase().includes(folded) ?? false));
  }
  const compiled = compileGlob('text', folded);
  if (!compiled.ok) return `${JSON.stringify(term)}: ${compiled.message}`;
  const { test } = compiled.glob;
  return ({ name }) => {
    const whole = name.toLowerCase();
    return test(whole) || test(whole.slice(whole.indexOf(':') + 1));
  };
}

function searchJson(found: readonly CatalogueEntry[]): string {
  const actions = found.map(({ name, level, tags, summary }) => ({ name, level, tags, ...(summary && { summary }) }));
  return `${JSON.stringify({ count: actions.length, actions }, null, 2)}\n`;
}

function searchText(found: readonly CatalogueEntry[], asked: readonly Catalogue[]): string {
  const width = Math.min(
    70,
    found.reduce((most, { name }) => Math.max(most, name.length), 0),
  );
  const lines = found.map(({ name, level, tags, summary }) =>
    [name.padEnd(width), level.padEnd(22), tags.join(','), summary === undefined ? '' : ` ${summary}`]
      .join(' ')
      .trimEnd(),
  );
  const counts = asked
    .map(({ provider }) => [provider, found.filter(({ name }) => name.startsWith(`${provider}:`)).length] as const)
    .filter(([, count]) => count > 0);
  const parts = counts.length > 1 ? ` (${counts.map(([provider, count]) => `${provider} ${count}`).join(', ')})` : '';
  return `${lines.map((line) => `${line}\n`).join('')}${found.length} action${found.length === 1 ? '' : 's'}${parts}\n`;
}
