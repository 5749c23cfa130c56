// `holdgate policy diff OLD NEW`: what a change of policies does to the actions of the catalogues and to the cases beside them, and which
// rules changed. For reviewers, and as a gate in CI: nothing becomes looser without somebody saying so.
import type { CatalogueEntry } from '../../actions/catalogue.ts';
import { catalogues } from '../../actions/catalogues.ts';
import { basename } from 'node:path';
import { loadPolicySet, type PolicySetResult } from '../../config/policy-files.ts';
import { loadSqlParser } from '../../actions/sql/load-sql-parser.ts';
import type { PolicyDefaults } from '../../core/policy/ast.ts';
import { compileRules } from '../../core/policy/compile-rules.ts';
import { compareOutcomes, type Outcome, outcomeOf } from '../../core/policy/loosening.ts';
import { isAboutCalls, ruleChanges } from '../../core/policy/rule-changes.ts';
import { unknownName } from '../../core/policy/schema-leaves.ts';
import type { Decision } from '../../core/policy/types.ts';
import { exitCode } from '../exit-codes.ts';
import { readCases, testsBeside } from './case-files.ts';
import { caseRecogniser } from './case-recogniser.ts';
import { questionOf } from './case-question.ts';
import { createEntryReach, type EntryReach, listedEntries } from './catalogue-reach.ts';
import type { CommandIo } from './command-io.ts';
import { type Difference, diffJson, type PolicyDiff, renderDiff } from './diff-report.ts';
import { faultLines, openSource } from './policy-source.ts';

export interface DiffOptions {
  /** A file or folder each. */
  readonly old: string;
  readonly fresh: string;
  readonly config?: string | undefined;
  readonly providers: readonly string[];
  /** Exit with 1 where something gets looser. */
  readonly exitCode: boolean;
  readonly all: boolean;
  readonly json: boolean;
}

type Loaded = PolicySetResult & { readonly ok: true };

/** Prints the differences; the exit code: 0 done, 1 something gets looser and `exitCode` is set, 2 wrong usage or unreadable policies. */
export async function runPolicyDiff(options: DiffOptions, io: CommandIo): Promise<number> {
  const opened = await openSource({ paths: [options.old], config: options.config });
  if (!opened.ok) {
    io.err(faultLines(opened.faults));
    return exitCode('usage');
  }
  const { defaults, config } = opened.source;
  const listed = catalogues(config?.upstreams);
  const known = listed.map(({ provider }) => provider);
  const strange = options.providers.find((provider) => !known.includes(provider));
  if (strange !== undefined) {
    io.err(`${unknownName('provider', strange, known)}\n`);
    return exitCode('usage');
  }
  const [old, fresh] = await Promise.all([options.old, options.fresh].map((path) => loadPolicySet([path], defaults)));
  if (!old?.ok || !fresh?.ok) {
    io.err(faultLines([old, fresh].flatMap((each) => (!each || each.ok ? [] : each.faults))));
    return exitCode('usage');
  }
  const cases = await caseDifferences([options.old, options.fresh], old, fresh, io);
  if (typeof cases === 'string') {
    io.err(cases);
    return exitCode('usage');
  }
  const rules = ruleChanges(compileRules(old.files, defaults), compileRules(fresh.files, defaults));
  // A rule about paths, say, might meet every action there is; where it changed, the change itself says more.
  const apart = rules.filter(({ before, after }) => [before, after].every((rule) => !rule || isAboutCalls(rule)));
  const without = new Set(apart.map(({ rule }) => rule));
  const [before, after] = [old, fresh].map(({ files }) => createEntryReach(files, defaults, without));
  if (!before || !after) throw new Error('there are two sets');
  const entries = listedEntries(listed, options.providers);
  const diff: PolicyDiff = { actions: actionDifferences(entries, before, after, defaults), cases, rules };
  await io.out(options.json ? `${JSON.stringify(diffJson(diff), null, 2)}\n` : renderDiff(diff, options.all));
  const looser =
    [...diff.actions, ...diff.cases].some((each) => each.looser) || diff.rules.some((each) => each.doubtful);
  return exitCode(options.exitCode && looser ? 'negative' : 'ok');
}

function actionDifferences(
  entries: Iterable<CatalogueEntry>,
  before: EntryReach,
  after: EntryReach,
  defaults: PolicyDefaults,
): Difference[] {
  const found: Difference[] = [];
  for (const entry of entries) {
    const one = outcomeOf(before(entry), defaults);
    const two = outcomeOf(after(entry), defaults);
    const change = compareOutcomes(one, two);
    if (change.looser || change.tighter)
      found.push({ name: entry.name, tags: entry.tags, before: one, after: two, ...change });
  }
  return found;
}

/** The cases of both sides, each decided by both; a message where one cannot be read. */
async function caseDifferences(
  paths: readonly string[],
  old: Loaded,
  fresh: Loaded,
  io: CommandIo,
): Promise<Difference[] | string> {
  const files = await testsBeside(paths);
  if (files.length === 0) return [];
  await loadSqlParser();
  const found = new Map<string, Difference>();
  for (const file of files) {
    const parsed = await readCases(file, io);
    if (!parsed.ok) return faultLines(parsed.faults);
    const recognise = caseRecogniser(parsed.file.kind);
    for (const item of parsed.cases) {
      const question = questionOf(item, recognise);
      if (!question.ok) return `${item.at}: ${question.message}\n`;
      const { call, context } = question;
      const [one, two] = [old, fresh].map(({ set }) => decided(set.decide(call, context)));
      if (!one || !two) return `${item.at}: the decision needs a body that is not there\n`;
      const change = compareOutcomes(one, two);
      // The same case on both sides is one difference.
      const { at: _at, ...said } = item;
      const key = `${basename(file)} ${JSON.stringify(said)}`;
      if (change.looser || change.tighter)
        found.set(key, { name: item.name, tags: [], before: one, after: two, ...change });
    }
  }
  return [...found.values()];
}

function decided(decision: Decision | 'needs-body'): Outcome | undefined {
  if (decision === 'needs-body') return undefined;
  const { effect, hold } = decision;
  return { loosest: effect, strictest: effect, quorums: hold?.quorums ?? [], grants: hold?.grant ? [hold.grant] : [] };
}
