// What is wrong with a set of policies although every file of it is well formed: names nobody has, rules that never
// take effect, allow rules wider than meant, quorums that cannot be met. Findings say where and what would be right.
import type { PolicyFile, Rule } from './ast.ts';
import { lintActionWords } from './lint-action-words.ts';
import { lintActions } from './lint-actions.ts';
import { lintBoundary } from './lint-boundary.ts';
import { lintBreadth } from './lint-breadth.ts';
import { lintCase } from './lint-case.ts';
import type { Finding, KnownNames } from './lint-finding.ts';
import { lintNames } from './lint-names.ts';
import { lintQuiet } from './lint-quiet.ts';
import { lintQuorums } from './lint-quorums.ts';
import { lintShadows } from './lint-shadows.ts';
import { lintUsage } from './lint-usage.ts';

export type { Finding, KnownNames };

/** All findings of the set, file by file, in the order of their rules. */
export function lintPolicies(files: readonly PolicyFile[], known: KnownNames = {}): Finding[] {
  const findings = [
    ...files.flatMap((file) => lintFile(file)),
    ...lintDuplicateIds(files),
    ...lintNames(files, known),
    ...lintUsage(files, known),
    ...lintBoundary(files, known),
    ...lintCase(files),
    ...(known.actions ? [...lintActions(files, known.actions), ...lintActionWords(files, known.actions)] : []),
    ...lintQuorums(files, known),
    ...lintQuiet(files, known),
    ...lintShadows(files),
    ...lintBreadth(files),
  ];
  const order = new Map(files.map((file, i) => [file.file, i]));
  return findings.toSorted((a, b) => {
    const [x, y] = [place(a.at), place(b.at)];
    return (order.get(x.file) ?? 0) - (order.get(y.file) ?? 0) || x.line - y.line || x.column - y.column;
  });
}

function place(at: string): { file: string; line: number; column: number } {
  const match = /^(.*):(\d+):(\d+)$/.exec(at);
  return { file: match?.[1] ?? at, line: Number(match?.[2] ?? 0), column: Number(match?.[3] ?? 0) };
}

function lintFile(file: PolicyFile): Finding[] {
  const findings: Finding[] = file.rules
    .filter((rule) => rule.description === undefined)
    .map((rule) => ({
      severity: 'warning',
      code: 'no-description',
      at: rule.at,
      rule: rule.id,
      message: `rule "${rule.id}" has no description: approvers and auditors read it`,
    }));
  if (file.owner !== undefined) return findings;
  const message = 'these rules have no owner; expected `owner:` at the top of the file, a team or a person';
  return [{ severity: 'warning', code: 'no-owner', at: `${file.file}:1:1`, rule: undefined, message }, ...findings];
}

// Decisions tell equal ids of two files apart by the files' names (`billing/reads`); equal names leave nothing to tell.
function lintDuplicateIds(files: readonly PolicyFile[]): Finding[] {
  const seen = new Map<string, { readonly name: string; readonly rule: Rule }>();
  const findings: Finding[] = [];
  for (const { name, rules } of files) {
    for (const rule of rules) {
      const first = seen.get(rule.id);
      if (!first) {
        seen.set(rule.id, { name, rule });
        continue;
      }
      const same = first.name === name;
      const taken = `the rule id "${rule.id}" is taken already, at ${first.rule.at}`;
      const effect = same
        ? 'and the policies have the same name: decisions could not tell the two apart'
        : `decisions will call this one "${name}/${rule.id}"`;
      const severity = same ? 'error' : 'warning';
      findings.push({ severity, code: 'duplicate-id', at: rule.at, rule: rule.id, message: `${taken}; ${effect}` });
    }
  }
  return findings;
}
