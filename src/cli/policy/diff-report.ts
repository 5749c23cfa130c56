// The difference between two sets of policies for people and programs: what gets looser first, together what changes in the same way.
import type { CompiledRule } from '../../core/policy/compile-rules.ts';
import type { Change, Outcome } from '../../core/policy/loosening.ts';
import { durationText } from '../../core/duration.ts';
import type { RuleChange } from '../../core/policy/rule-changes.ts';

/** An action or a case whose effect changes. */
export interface Difference extends Change {
  readonly name: string;
  readonly tags: readonly string[];
  readonly before: Outcome;
  readonly after: Outcome;
}

export interface PolicyDiff {
  readonly actions: readonly Difference[];
  readonly cases: readonly Difference[];
  readonly rules: readonly RuleChange[];
}

const SHOWN = 12;

/** Ends in a newline. `all`: every name, not only the first ones of each group. */
export function renderDiff({ actions, cases, rules }: PolicyDiff, all: boolean): string {
  if (actions.length + cases.length + rules.length === 0) return 'No action, case or rule changes.\n';
  const sections = [
    section(
      'LOOSER',
      'actions',
      actions.filter(({ looser }) => looser),
      all,
    ),
    section(
      'LOOSER',
      'cases',
      cases.filter(({ looser }) => looser),
      all,
    ),
    section(
      'tighter',
      'actions',
      actions.filter(({ looser }) => !looser),
      all,
    ),
    section(
      'tighter',
      'cases',
      cases.filter(({ looser }) => !looser),
      all,
    ),
    rules.length === 0 ? '' : `rules: ${rules.length}\n${rules.map((change) => `  ${ruleLine(change)}\n`).join('')}`,
  ];
  return sections.filter((text) => text !== '').join('\n');
}

function section(title: string, what: string, found: readonly Difference[], all: boolean): string {
  if (found.length === 0) return '';
  const groups = Map.groupBy(found, ({ before, after }) => `${outcomeText(before)} -> ${outcomeText(after)}`);
  const blocks = [...groups].map(([change, members]) => {
    const shown = all ? members : members.slice(0, SHOWN);
    const lines = shown.map(({ name, tags }) => `    ${name}${tags.length === 0 ? '' : `  [${tags.join(', ')}]`}\n`);
    const more = members.length - shown.length;
    return `  ${change}: ${members.length}\n${lines.join('')}${more > 0 ? `    … and ${more} more (--all lists them)\n` : ''}`;
  });
  return `${title} ${what}: ${found.length}\n${blocks.join('')}`;
}

/** `hold (2 of group:security)`, `allow to hold` where it depends on more than the action. */
function outcomeText({ loosest, strictest, quorums, grants = [] }: Outcome): string {
  const asked = quorums.map(
    ({ approvals, from }) => `${approvals} of ${from.length === 0 ? 'anyone' : from.join(', ')}`,
  );
  const offers = grants.map(({ for: ms, uses, covers }) => `grants ${uses} in ${durationText(ms)} of ${covers}`);
  const terms = [[...new Set(asked)].toSorted().join(' and '), [...new Set(offers)].toSorted().join(' or ')];
  const said = terms.filter((text) => text !== '').join(', ');
  const low = loosest === 'hold' && said !== '' ? `hold (${said})` : loosest;
  return loosest === strictest ? low : `${low} to ${strictest}`;
}

const SIGNS: Readonly<Record<RuleChange['change'], string>> = { added: '+', removed: '-', changed: '~' };

function ruleLine({ rule, change, before, after, doubtful }: RuleChange): string {
  const effects = [before, after].map(ruleText).filter((text) => text !== '');
  const note = doubtful ? '  (may let more through than the actions above show: review it)' : '';
  return `${SIGNS[change]} ${rule}: ${[...new Set(effects)].join(' -> ')}${note}`;
}

function ruleText(compiled: CompiledRule | undefined): string {
  if (!compiled) return '';
  const { rule } = compiled;
  return `${rule.effect}${rule.mode === 'observe' ? ' (observe)' : ''}`;
}

/** `{looser, actions, cases, rules}`. */
export function diffJson({ actions, cases, rules }: PolicyDiff): object {
  const plain = ({ name, tags, before, after, looser, tighter }: Difference): object => ({
    name,
    tags,
    looser,
    tighter,
    before: outcomeJson(before),
    after: outcomeJson(after),
  });
  return {
    looser: [...actions, ...cases].some((each) => each.looser) || rules.some(({ doubtful }) => doubtful),
    actions: actions.map(plain),
    cases: cases.map(plain),
    rules: rules.map(({ rule, change, before, after, doubtful }) => ({
      rule,
      change,
      before: before?.rule.effect,
      after: after?.rule.effect,
      doubtful,
    })),
  };
}

function outcomeJson({ loosest, strictest, quorums, grants = [] }: Outcome): object {
  const asked = loosest === 'hold' ? quorums.map(({ approvals, from }) => ({ approvals, from })) : undefined;
  return { loosest, strictest, ...(asked && { quorums: asked, ...(grants.length > 0 && { grants }) }) };
}
