// The coverage of a set of policies for people: a table by tag, a table by level, and what nobody thought of.
import type { ActionLevel } from '../../core/action.ts';
import type { Effect } from '../../core/policy/types.ts';

/** `default`: no rule matches for certain, the default decides. `depends`: on who calls, on what, or with which parameters. */
export type State = 'deny' | 'hold' | 'default' | 'depends' | 'allow';

/** Strictest first. */
export const STATES: readonly State[] = ['deny', 'hold', 'default', 'depends', 'allow'];

export interface Row {
  /** A tag or a level. */
  readonly word: string;
  readonly provider: string;
  readonly states: Readonly<Record<State, number>>;
}

/** A sensitive action that a rule neither holds nor denies for certain. */
export interface Gap {
  readonly action: string;
  readonly level: ActionLevel;
  /** Those of its tags for which this is so. */
  readonly tags: readonly string[];
  readonly state: State;
  readonly loosest: Effect;
  readonly strictest: Effect;
  readonly rules: readonly string[];
  readonly perhaps: readonly string[];
}

export interface CoverageReport {
  readonly actions: number;
  readonly tags: readonly Row[];
  readonly levels: readonly Row[];
  readonly gaps: readonly Gap[];
  readonly unmet: readonly { readonly demand: string; readonly actions: readonly string[] }[];
}

const SHOWN = 30;

/** Ends in a newline. `all`: every gap, not only the first ones. */
export function renderCoverage(report: CoverageReport, fallback: Effect, all: boolean): string {
  const { actions, tags, levels, gaps, unmet } = report;
  const listed = gaps.toSorted((a, b) => rank(a) - rank(b) || (a.action < b.action ? -1 : 1));
  const shown = all ? listed : listed.slice(0, SHOWN);
  const more = listed.length - shown.length;
  return [
    `${actions} actions of the catalogues; default: ${fallback}\n`,
    table('sensitive actions', tags),
    table('all actions', levels),
    gaps.length === 0
      ? 'Every sensitive action is held or denied by a rule.\n'
      : `Sensitive actions that no rule holds or denies for certain: ${gaps.length}\n${shown.map((gap) => `  ${gapLine(gap, fallback)}\n`).join('')}${more > 0 ? `  … and ${more} more (--all lists them)\n` : ''}`,
    ...unmet.map(
      ({ demand, actions: names }) =>
        `NOT MET ${demand}: ${names.length} (${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''})\n`,
    ),
  ].join('\n');
}

/** What may pass comes first. */
function rank({ loosest, state }: Gap): number {
  return (loosest === 'allow' ? 0 : 10) + STATES.toReversed().indexOf(state);
}

function gapLine({ action, tags, state, loosest, rules, perhaps }: Gap, fallback: Effect): string {
  const by =
    perhaps.length === 0 ? '' : `, ${perhaps.slice(0, 3).join(', ')}${perhaps.length > 3 ? ' …' : ''} may match`;
  const why =
    rules.length > 0
      ? `${loosest === 'allow' ? 'allowed by' : 'matched by'} ${rules.join(', ')}${by}`
      : `default (${fallback})${by}`;
  return `${action}  [${tags.join(', ')}]  ${state === 'depends' ? `depends: ${why}` : why}`;
}

function table(title: string, rows: readonly Row[]): string {
  const cells = [
    [title, 'provider', ...STATES],
    ...rows.map(({ word, provider, states }) => [
      word,
      provider,
      ...STATES.map((state) => String(states[state] || '-')),
    ]),
  ];
  const widths = cells[0]?.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return cells.map((row) => `${line(row)}\n`).join('');
}
