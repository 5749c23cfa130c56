// Findings of `policy check` for people, for programs, and as annotations of a GitHub workflow.
import type { Finding } from '../../core/policy/lint-finding.ts';

export type OutputFormat = 'text' | 'json' | 'github';

/** A finding, or a fault of a file that could not even be read as policy. */
export interface Reported {
  readonly severity: 'error' | 'warning';
  readonly code: Finding['code'] | 'invalid' | 'unreadable';
  readonly at: string;
  readonly rule: string | undefined;
  readonly message: string;
}

/** The whole output of `policy check`, ending in a newline. */
export function renderFindings(findings: readonly Reported[], format: OutputFormat, summary: string): string {
  if (format === 'json') {
    const ok = findings.every((finding) => finding.severity !== 'error');
    return `${JSON.stringify({ ok, findings: findings.map((finding) => located(finding)) }, null, 2)}\n`;
  }
  const lines = findings.map((finding) => (format === 'github' ? annotation(finding) : textLine(finding)));
  return [...lines, ...(format === 'text' ? [summary] : [])].map((line) => `${line}\n`).join('');
}

function textLine(finding: Reported): string {
  return `${finding.at}: ${finding.severity}: ${finding.message} [${finding.code}]`;
}

function located({ at, ...finding }: Reported): object {
  const { file, line, column } = split(at);
  return { ...finding, file, line, column };
}

function split(at: string): { file: string; line: number; column: number } {
  const match = /^(.*):(\d+):(\d+)$/s.exec(at);
  return { file: match?.[1] ?? at, line: Number(match?.[2] ?? 1), column: Number(match?.[3] ?? 1) };
}

/** Workflow command; `%`, line ends and, in properties, `:` and `,` have to be escaped. */
function annotation(finding: Reported): string {
  const { file, line, column } = split(finding.at);
  const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  return `::${finding.severity} file=${property(file)},line=${line},col=${column},title=${property(finding.code)}::${data(finding.message)}`;
}
