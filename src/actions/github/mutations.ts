// The mutations of GitHub's GraphQL API: data/mutations.txt lists them with GitHub's own words, data/mutation-tags.json, kept by hand, says
// which are sensitive and in what way.
import { readFileSync } from 'node:fs';
import { readTaggedNames } from './tagged-names.ts';

export interface Mutation {
  readonly tags: readonly string[];
  /** One line; may be empty. */
  readonly sentence: string;
}

let known: ReadonlyMap<string, Mutation> | undefined;

export function githubMutations(): ReadonlyMap<string, Mutation> {
  known ??= read();
  return known;
}

function read(): ReadonlyMap<string, Mutation> {
  const tags = readTaggedNames('mutation-tags.json');
  const text = readFileSync(new URL('data/mutations.txt', import.meta.url), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [name = '', ...words] = line.split(' ');
      return [name, { tags: tags.get(name) ?? [], sentence: words.join(' ') }];
    }),
  );
}
