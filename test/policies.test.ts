// The policies that are shipped: clean, tried out rule by rule, and leaving no sensitive action of any catalogue to chance.
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { catalogues, knownActions } from '../src/actions/catalogues.ts';
import { loadSqlParser } from '../src/actions/sql/load-sql-parser.ts';
import { caseRecogniser } from '../src/cli/policy/case-recogniser.ts';
import { questionOf } from '../src/cli/policy/case-question.ts';
import { createEntryReach } from '../src/cli/policy/catalogue-reach.ts';
import { builtInDefaults } from '../src/cli/policy/policy-source.ts';
import { loadPolicySet } from '../src/config/policy-files.ts';
import { lintPolicies } from '../src/core/policy/lint.ts';
import { parseCases } from '../src/core/policy/parse-cases.ts';

const FOLDER = new URL('../policies/', import.meta.url).pathname;
const NAMES = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => name.replace('.yaml', ''));
/** Whose actions a policy is about. */
const ABOUT: Readonly<Record<string, readonly string[]>> = {
  aws: ['aws'],
  azure: ['azure'],
  baseline: [],
  databases: ['sql'],
  gcp: ['gcp'],
  github: ['github', 'git'],
  kubernetes: ['k8s'],
  mcp: ['mcp', 'graphql'],
};

async function load(name: string) {
  const loaded = await loadPolicySet([`${FOLDER}${name}.yaml`], builtInDefaults());
  if (!loaded.ok) throw new Error(loaded.faults.map(({ at, message }) => `${at}: ${message}`).join('\n'));
  return loaded;
}

beforeAll(() => loadSqlParser());

it('are these', () => {
  expect(NAMES.toSorted()).toEqual(Object.keys(ABOUT).toSorted());
});

it('are clean together, down to the names of actions', async () => {
  const loaded = await loadPolicySet([FOLDER], builtInDefaults());
  if (!loaded.ok) throw new Error('they do not load');
  const security = ['a', 'b', 'c'].map((name) => ({ email: `${name}@example.com`, groups: ['security'] }));
  const known = { actions: knownActions(true), people: security, hold: { approvals: 1, from: ['group:security'] } };
  expect(lintPolicies(loaded.files, known)).toEqual([]);
});

describe.each(NAMES)('%s', (name) => {
  it('has a case for every rule, which it decides for certain', async () => {
    const { set, files } = await load(name);
    const parsed = parseCases(readFileSync(`${FOLDER}tests/${name}.yaml`, 'utf8'), name);
    if (!parsed.ok) throw new Error(`${name}: the cases cannot be read`);
    const recognise = caseRecogniser(parsed.file.kind);
    const tried = new Set<string>();
    for (const item of parsed.cases) {
      const question = questionOf(item, recognise);
      if (!question.ok) throw new Error(question.message);
      const decision = set.decide(question.call, question.context);
      // Doubt meets every rule there is and says nothing about one.
      if (decision !== 'needs-body' && decision.reason === 'rule') for (const rule of decision.rules) tried.add(rule);
    }
    const rules = files.flatMap((file) => file.rules.map(({ id }) => id));
    expect(rules.filter((rule) => !tried.has(rule))).toEqual([]);
  });

  it('holds or denies every sensitive action that it is about, and lets the routine pass', async () => {
    const { files } = await load(name);
    const reachOf = createEntryReach(files, builtInDefaults());
    const about = catalogues().filter(
      ({ provider }) => ABOUT[name]?.length === 0 || ABOUT[name]?.includes(provider) === true,
    );
    const loose: string[] = [];
    let passing = 0;
    for (const entry of about.flatMap((catalogue) => [...catalogue.entries()])) {
      for (const tag of entry.tags) {
        const { loosest, byDefault } = reachOf(entry, tag);
        if (loosest === 'allow' || byDefault) loose.push(`${entry.name} [${tag}]`);
      }
      if (reachOf(entry).loosest === 'allow') passing++;
    }
    expect(loose).toEqual([]);
    if (about.length > 0) expect(passing).toBeGreaterThan(0);
  });

  it('asks two people for what is critical, and only groups that `holdgate init` makes', async () => {
    const { files } = await load(name);
    for (const rule of files.flatMap((file) => file.rules)) {
      expect(rule.hold?.from ?? ['group:security']).toEqual(['group:security']);
      if (rule.risk === 'critical' && rule.match.some(({ path }) => !path))
        expect([rule.id, rule.hold?.approvals]).toEqual([rule.id, 2]);
      expect([rule.id, (rule.description ?? '').length > 40]).toEqual([rule.id, true]);
    }
  });
});
