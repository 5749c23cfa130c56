// Insights as tables for a terminal. Names are shortened and made visible: agents from token issuers choose theirs.
import type { Figures, Insights } from '../../core/insights/insights.ts';
import { shortenedText } from '../../core/visible-text.ts';
import { duration } from '../approvals/layout.ts';

const MAX_NAME = 40;

type Row = readonly string[];

export function renderInsights(insights: Insights): string {
  const { window, since, total, rules, risks, approvers, agents, suggestions } = insights;
  if (total.opened === 0 && agents.length === 0) return `No approvals in ${window}.\n`;
  const head = ['opened', 'approved', 'denied', 'expired', 'escalated', 'yes', 'median', 'p95', '≤ 5 s'];
  const parts = [
    `Approvals opened in ${window} (since ${since})\n`,
    table(['', ...head], [['all', ...figures(total)], ...risks.map((each) => [each.risk, ...figures(each)])]),
    table(
      ['rule', ...head],
      rules.map((each) => [each.rule, ...figures(each)]),
    ),
    table(
      ['approver', 'votes', 'approved', 'denied', 'median', '≤ 5 s'],
      approvers.map(({ by, votes, approved, denied, median_ms: median, under_5s: quick }) => [
        by,
        ...[votes, approved, denied].map(String),
        time(median),
        percent(quick),
      ]),
    ),
    table(
      ['agent', 'held', 'put off'],
      agents.map(({ agent, held, put_off: putOff }) => [agent, String(held), String(putOff)]),
    ),
    suggestions.map(({ text }) => `* ${shortenedText(text, MAX_LINE)}\n`).join(''),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

const MAX_LINE = 400;

function figures(of: Figures): Row {
  const { opened, approved, denied, expired, escalated } = of;
  const counts = [opened, approved, denied, expired, escalated].map(String);
  return [...counts, percent(of.approve_rate), time(of.median_ms), time(of.p95_ms), percent(of.under_5s)];
}

const percent = (share: number | null): string => (share === null ? '-' : `${Math.round(share * 100)} %`);
const time = (ms: number | null): string =>
  ms === null ? '-' : ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : duration(ms);

/** The first column to the left, numbers to the right; '' without rows. */
function table(head: Row, rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const all = [head, ...rows.map(([name = '', ...rest]) => [shortenedText(name, MAX_NAME), ...rest])];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: Row): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return `${all.map(line).join('\n')}\n`;
}
