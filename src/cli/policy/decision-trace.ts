// The trace of a decision for people: first the rules that counted, then, one line each, why the others did not.
import type { BlockTrace, CriterionTrace, DecisionTrace, RuleTrace } from '../../core/policy/trace.ts';

/** Rules that did not count and are still listed: beyond these nobody reads on. */
const MAX_OTHERS = 50;

/** Lines ending in a newline. */
export function renderTrace(trace: DecisionTrace): string {
  const counted = trace.rules.filter((rule) => rule.applies);
  const others = trace.rules.filter((rule) => !rule.applies);
  const lines = [
    ...readings(trace),
    ...(counted.length > 0 ? ['rules that matched:', ...counted.flatMap(matched)] : ['no rule matched']),
    ...(others.length > 0 ? ['rules that did not:', ...others.slice(0, MAX_OTHERS).map(unmatched)] : []),
    ...(others.length > MAX_OTHERS ? [`  and ${others.length - MAX_OTHERS} more`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function readings(trace: DecisionTrace): string[] {
  if (trace.paths.length < 2) return [];
  return ['the path may be read as:', ...trace.paths.map(({ path, by }) => `  ${path}${by === '' ? '' : ` (${by})`}`)];
}

function title(rule: RuleTrace): string {
  return `  ${rule.effect} ${rule.rule}${rule.mode === 'observe' ? ' (observe)' : ''} at ${rule.at}`;
}

function matched(rule: RuleTrace): string[] {
  const blocks = rule.match.filter((block) => block.verdict !== 'no');
  return [title(rule), ...blocks.flatMap((block) => criteria(block))];
}

function criteria(block: BlockTrace): string[] {
  return block.criteria.length === 0
    ? ['    matches every call']
    : block.criteria.map((each) => `    ${criterion(each)}`);
}

function criterion({ name, verdict, why }: CriterionTrace): string {
  return `${name}: ${verdict}${why === undefined ? '' : `, ${why}`}`;
}

function unmatched(rule: RuleTrace): string {
  const exempt = rule.except.find((block) => block.verdict === 'yes');
  if (exempt && rule.match.some((block) => block.verdict !== 'no')) {
    return `${title(rule)}: exempt by except (${names(exempt.criteria)})`;
  }
  const failing = rule.match.map((block) => names(block.criteria.filter((each) => each.verdict === 'no')));
  const certain = failing.filter((block) => block !== '');
  if (certain.length > 0) {
    const verb = certain.length > 1 || certain[0]?.includes(',') ? 'do not match' : 'does not match';
    return `${title(rule)}: ${[...new Set(certain)].join('; or ')} ${verb}`;
  }
  // An allow rule needs certainty: what it was not certain of is the reason.
  const doubtful = [...rule.match, ...rule.except].flatMap((block) =>
    block.criteria.filter((each) => each.verdict !== 'yes' && each.verdict !== 'no'),
  );
  return `${title(rule)}: not certain (${doubtful.map(criterion).join('; ')})`;
}

function names(list: readonly CriterionTrace[]): string {
  return list.map((each) => each.name).join(', ');
}
