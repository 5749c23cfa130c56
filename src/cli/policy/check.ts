// `holdgate policy check`: are the files well formed, and do they mean what their authors think?
import { knownActions } from '../../actions/catalogues.ts';
import { readPolicyFiles } from '../../config/policy-files.ts';
import type { Fault } from '../../core/located-yaml.ts';
import type { PolicyFile } from '../../core/policy/ast.ts';
import { lintPolicies } from '../../core/policy/lint.ts';
import { exitCode } from '../exit-codes.ts';
import type { CommandIo } from './command-io.ts';
import { type OutputFormat, type Reported, renderFindings } from './finding-output.ts';
import { openSource } from './policy-source.ts';

export interface CheckOptions {
  readonly paths: readonly string[];
  readonly config?: string | undefined;
  readonly format: OutputFormat;
  /** Warnings count as errors. */
  readonly strict: boolean;
}

/** Prints every finding; the exit code: 0 clean, 1 findings, 2 unreadable input. */
export async function runPolicyCheck(options: CheckOptions, io: CommandIo): Promise<number> {
  const opened = await openSource(options);
  if (!opened.ok) {
    await io.out(renderFindings(reported(opened.faults, 'unreadable'), options.format, 'nothing was checked'));
    return exitCode('usage');
  }
  const { source } = opened;
  const read = await readPolicyFiles(source.paths);
  if (!read.ok) {
    const summary = count(read.faults.length, 'error');
    await io.out(renderFindings(reported(read.faults, read.kind), options.format, summary));
    return exitCode(read.kind === 'unreadable' ? 'usage' : 'negative');
  }
  const findings = lintPolicies(read.files, { ...source.known, actions: knownActions(true, source.config?.upstreams) });
  const unseen = source.config ? 0 : namesIn(read.files);
  if (unseen > 0 && options.format === 'text') {
    const names = `${count(unseen, 'name')} of upstreams, agents, people, groups, schedules or datasets`;
    io.err(`${names} ${unseen === 1 ? 'was' : 'were'} not checked: that takes --config\n`);
  }
  const errors = findings.filter((finding) => finding.severity === 'error').length;
  const rules = read.files.reduce((sum, file) => sum + file.rules.length, 0);
  const size = `${count(rules, 'rule')} in ${count(read.files.length, 'file')}`;
  const summary = `${size}: ${count(errors, 'error')}, ${count(findings.length - errors, 'warning')}`;
  await io.out(renderFindings(findings, options.format, summary));
  return exitCode(errors > 0 || (options.strict && findings.length > 0) ? 'negative' : 'ok');
}

/** Names in rules that only a configuration can have. */
function namesIn(files: readonly PolicyFile[]): number {
  const nothing = { upstreams: [], agents: [], people: [], datasets: [] };
  return lintPolicies(files, nothing).filter(({ code }) => code === 'unknown-name').length;
}

function reported(faults: readonly Fault[], code: 'invalid' | 'unreadable'): Reported[] {
  return faults.map(({ at, message }) => ({ severity: 'error', code, at, rule: undefined, message }));
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
