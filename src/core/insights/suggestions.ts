// Rules that people always say yes to: either they ask for nothing, or nobody reads what they ask. A person judges which; nothing follows
// from these lines by itself.
import { RISKS } from '../policy/schema-words.ts';
import type { Group } from './figures.ts';
import type { Suggestion } from './insights.ts';

/** Approvals before a rule is worth a line. */
const ENOUGH = 20;
/** The rule of what no rule matched. */
export const DEFAULT_RULE = 'default';

/** Undefined where there is nothing to say. */
export function suggestionFor(rule: string, group: Group, window: string): Suggestion | undefined {
  const { approved, denied, expired } = group.figures();
  if (approved < ENOUGH || denied > 0 || expired > 0) return undefined;
  const subject = rule === DEFAULT_RULE ? 'What no rule matches' : `Rule "${rule}"`;
  const quickly = group.quick === 0 ? '' : `, ${group.quick} of them within 5 s`;
  const said = `${subject} was approved ${approved} of ${approved} times in ${window}${quickly}, and never denied`;
  const isSerious = group.risk >= RISKS.indexOf('high');
  const advice = isSerious
    ? 'see whether people still read what they approve before you loosen anything'
    : rule === DEFAULT_RULE
      ? 'consider rules that allow what it is'
      : 'consider a grant or an allow rule for what it holds';
  return { rule, approved, text: `${said}: ${advice}.` };
}
