// What the naive reference makes of criteria about actions: each action by itself, then all of them together.
import type { Action } from '../../../src/core/action.ts';
import type { Call } from '../../../src/core/call.ts';
import type { Block, Rule } from '../../../src/core/policy/ast.ts';
import type { DecisionContext } from '../../../src/core/policy/types.ts';
import { allOf, like, type Truth, type Verdict } from './reference-truth.ts';

/** Conditions on actions that tests use: what they say of one action, undefined where they fail. */
export const CONDITIONS: Readonly<Record<string, (action: Action) => boolean | undefined>> = {
  'params.size == "big"': ({ params }) => (typeof params['size'] === 'string' ? params['size'] === 'big' : undefined),
  '"destructive" in tags': ({ tags }) => tags.includes('destructive'),
};

/** Undefined where the block and its rule say nothing about actions. */
/** The context of each thing that the call does, by itself; none where nobody knows what it does. */
export function eachAlone(call: Call, context: DecisionContext): readonly DecisionContext[] {
  if (call.body.state === 'unread' && context.actionsNeedBody?.() === true) return [];
  try {
    return context.actions().map((action) => ({ ...context, actions: () => [action] }));
  } catch {
    return [];
  }
}

export function actionVerdict(
  block: Block,
  rule: Rule | undefined,
  call: Call,
  context: DecisionContext,
): Verdict | undefined {
  const conditions = [block.when, rule?.when].filter((when) => when !== undefined);
  const { action: names, level, tags, resource } = block;
  if (!names && !level && !tags && !resource && conditions.length === 0) return undefined;
  if (call.body.state === 'unread' && context.actionsNeedBody?.() === true) return 'needs-body';
  let actions: readonly Action[];
  try {
    actions = context.actions();
  } catch {
    return 'sometimes';
  }
  if (actions.length === 0) return 'sometimes';
  const each = actions.map((action): Truth => {
    const { confidence } = action;
    // What nobody recognised is never certain, and may be what it does not say.
    const hit = (matches: boolean, perhaps: boolean): Truth =>
      matches ? (confidence === 'unknown' ? 'sometimes' : 'always') : perhaps ? 'sometimes' : 'never';
    const truths: Truth[] = [];
    if (names) {
      const known = action.service === '' ? `${action.provider}:` : `${action.provider}:${action.service}:`;
      const within = names.some((name) => {
        const literal = name.split(/[*?]/)[0] ?? '';
        return literal.startsWith(known) || known.startsWith(literal);
      });
      truths.push(
        hit(
          names.some((name) => like(name, action.name)),
          confidence === 'unknown' && within,
        ),
      );
    }
    if (level) truths.push(hit(level.includes(action.level), action.level === 'unknown' || confidence === 'unknown'));
    if (tags)
      truths.push(
        hit(
          tags.some((tag) => action.tags.includes(tag)),
          confidence === 'unknown',
        ),
      );
    for (const [field, patterns] of Object.entries(resource ?? {})) {
      const value = (action.resource as Record<string, string | undefined>)[field];
      const matches = value !== undefined && patterns.some((pattern) => like(pattern, value));
      truths.push(hit(matches, value === '*' || (value === undefined && confidence !== 'exact')));
    }
    for (const when of conditions) {
      const result = CONDITIONS[when]?.(action);
      truths.push(result === undefined ? 'sometimes' : result ? 'always' : 'never');
    }
    return allOf(truths) as Truth;
  });
  if (each.includes('sometimes')) return 'sometimes';
  return each.every((truth) => truth === 'always') ? 'always' : each.includes('always') ? 'partly' : 'never';
}
