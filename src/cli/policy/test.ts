// `holdgate policy test`: cases as data, each a call or an action and what the policy has to make of it.
import { dirname, join, resolve } from 'node:path';
import { loadSqlParser } from '../../actions/sql/load-sql-parser.ts';
import type { Action } from '../../core/action.ts';
import type { Call } from '../../core/call.ts';
import { fileTrouble } from '../../core/file-trouble.ts';
import { loadPolicySet, type PolicySetResult } from '../../config/policy-files.ts';
import type { LocatedCase } from '../../core/policy/parse-cases.ts';
import { traceDecision } from '../../core/policy/trace.ts';
import type { PolicyDefaults } from '../../core/policy/ast.ts';
import { exitCode } from '../exit-codes.ts';
import { readCases, testFiles } from './case-files.ts';
import { compareDecision } from './case-comparison.ts';
import { type Asked, compareGrants, openingOfCase } from './case-grants.ts';
import { caseRecogniser } from './case-recogniser.ts';
import { questionOf } from './case-question.ts';
import type { CommandIo } from './command-io.ts';
import { renderTrace } from './decision-trace.ts';
import { junitXml, type TestResult } from './junit.ts';
import { builtInDefaults, faultLines } from './policy-source.ts';

export interface TestOptions {
  /** Test files, folders with them, or policies' folders with a `tests` folder; `policies` if empty. */
  readonly paths: readonly string[];
  /** Where JUnit XML is written to. */
  readonly junit?: string | undefined;
}

type LoadedSet = PolicySetResult & { readonly ok: true };

/** Runs the cases and prints those that fail; the exit code: 0 all passed, 1 some failed, 2 unreadable input, 73 the results could not be written. */
export async function runPolicyTest(options: TestOptions, io: CommandIo): Promise<number> {
  // Cases may carry SQL, whose parser has to be there before the first of them.
  await loadSqlParser();
  const listed = await testFiles(options.paths.length > 0 ? options.paths : ['policies']);
  if (typeof listed === 'string') {
    io.err(`${listed}\n`);
    return exitCode('usage');
  }
  const sets = new Map<string, Promise<PolicySetResult>>();
  const results: TestResult[] = [];
  let unreadable = false;
  for (const file of listed) {
    const parsed = await readCases(file, io);
    if (!parsed.ok) {
      io.err(faultLines(parsed.faults));
      unreadable = true;
      continue;
    }
    const defaults = { ...builtInDefaults(), effect: parsed.file.default ?? 'hold' };
    const loaded = await policiesOf(file, parsed.file.policies ?? ['..'], defaults, sets);
    if (!loaded.ok) {
      io.err(faultLines(loaded.faults));
      unreadable = true;
      continue;
    }
    const recognise = caseRecogniser(parsed.file.kind);
    const run = (item: LocatedCase): string | undefined => runCase(item, parsed.cases, loaded, defaults, recognise);
    for (const item of parsed.cases) results.push({ file, name: item.name, at: item.at, failure: run(item) });
  }
  await io.out(unreadable && results.length === 0 ? 'no case was run\n' : report(results));
  if (options.junit !== undefined && !(await written(options.junit, junitXml(results), io)))
    return exitCode('cannotWrite');
  if (unreadable) return exitCode('usage');
  return exitCode(results.some((result) => result.failure !== undefined) ? 'negative' : 'ok');
}

async function written(path: string, text: string, io: CommandIo): Promise<boolean> {
  try {
    await io.writeFile(path, text);
    return true;
  } catch (error) {
    io.err(`--junit ${path}: ${fileTrouble(error)}\n`);
    return false;
  }
}

function policiesOf(
  file: string,
  paths: readonly string[],
  defaults: PolicyDefaults,
  sets: Map<string, Promise<PolicySetResult>>,
): Promise<PolicySetResult> {
  const named = paths.map((path) => join(dirname(file), path));
  const key = JSON.stringify([named.map((path) => resolve(path)), defaults.effect]);
  const loading = sets.get(key) ?? loadPolicySet(named, defaults);
  sets.set(key, loading);
  return loading;
}

type Recognise = (call: Call) => readonly Action[];

/** A text says why it cannot be asked. */
function ask(item: LocatedCase, { set }: LoadedSet, recognise: Recognise): Asked | string {
  const question = questionOf(item, recognise);
  if (!question.ok) return question.message;
  const { call, context } = question;
  const decision = set.decide(call, context);
  return decision === 'needs-body' ? 'the decision needs a body that is not there' : { call, context, decision };
}

function runCase(
  item: LocatedCase,
  cases: readonly LocatedCase[],
  loaded: LoadedSet,
  defaults: PolicyDefaults,
  recognise: Recognise,
): string | undefined {
  const asked = ask(item, loaded, recognise);
  if (typeof asked === 'string') return asked;
  const { call, context, decision } = asked;
  const differences = [...compareDecision(item.expect, decision), ...grantDifferences(item, asked)];
  if (differences.length === 0) return undefined;
  const trace = renderTrace(traceDecision(loaded.files, defaults, call, context));
  return [...differences, '', trace.trimEnd()].join('\n');

  function grantDifferences({ expect }: LocatedCase, here: Asked): string[] {
    if (!expect.grant && !expect.covered_by && !expect.not_covered_by) return [];
    return compareGrants(expect, openingOfCase(item, here), (name) => {
      const other = cases.find((each) => each.name === name);
      const there = other && ask(other, loaded, recognise);
      return other && typeof there === 'object' ? openingOfCase(other, there) : undefined;
    });
  }
}

function report(results: readonly TestResult[]): string {
  const failed = results.filter((result) => result.failure !== undefined);
  const blocks = failed.map((result) => {
    const lines = (result.failure ?? '').split('\n').map((line) => (line === '' ? '' : `    ${line}`));
    return `FAIL ${result.at}: ${result.name}\n${lines.join('\n')}\n\n`;
  });
  return `${blocks.join('')}${results.length - failed.length} of ${results.length} cases passed\n`;
}
