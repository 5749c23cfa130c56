// What holds for every catalogue: names in order, each once, and words that policies may use.
import { describe, expect, it } from 'vitest';
import { entriesBelow } from '../../src/actions/catalogue.ts';
import { catalogues } from '../../src/actions/catalogues.ts';
import { compileGlob } from '../../src/core/policy/globs.ts';
import { LEVELS, TAGS } from '../../src/core/policy/schema-words.ts';

it('there is at most one catalogue for each provider, in their order', () => {
  const providers = catalogues().map(({ provider }) => provider);
  expect(providers).toEqual([...new Set(providers)].toSorted());
  expect(providers).toEqual(expect.arrayContaining(['aws', 'k8s']));
});

describe.each(catalogues().map((catalogue) => [catalogue.provider, catalogue] as const))(
  '%s',
  (provider, catalogue) => {
    const entries = [...catalogue.entries()];

    it('lists every name once', () => {
      const names = entries.map(({ name }) => name);
      expect(names.length).toBeGreaterThan(2);
      expect(new Set(names).size).toBe(names.length);
    });

    it('begins every name with its provider', () => {
      expect(entries.filter(({ name }) => !name.startsWith(`${provider}:`))).toEqual([]);
    });

    it('has names that patterns can say', () => {
      const unsayable = entries.filter(({ name }) => {
        const compiled = compileGlob('text', name.replaceAll(/[{}[\]\\]/g, String.raw`\$&`));
        return !compiled.ok || !(name.includes('*') || compiled.glob.literal === name);
      });
      expect(unsayable).toEqual([]);
    });

    it('knows no levels and tags but those of policies', () => {
      expect(entries.filter(({ level }) => !LEVELS.includes(level))).toEqual([]);
      expect(entries.filter(({ tags }) => tags.some((tag) => !TAGS.includes(tag)))).toEqual([]);
    });

    it('marks something as sensitive', () => {
      expect(entries.some(({ tags }) => tags.length > 0)).toBe(true);
    });

    it('says in one line what an action does', () => {
      // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
      expect(entries.filter(({ summary }) => summary !== undefined && !/^[^\0-\x1f]+$/.test(summary))).toEqual([]);
    });

    it('finds the same entries below a text as among all', () => {
      const middle = entries[entries.length >> 1]?.name ?? '';
      for (const text of [
        `${provider}:`,
        middle,
        middle.slice(0, middle.lastIndexOf(':') + 1),
        `${provider}:nothing:`,
      ]) {
        const expected = entries.filter(({ name }) => name.startsWith(text)).map(({ name }) => name);
        expect([...entriesBelow(catalogue, text)].map(({ name }) => name)).toEqual(expected);
      }
    });
  },
);
