// Rules as the engine runs them: named, numbered strictest first, their blocks compiled.
import type { PolicyDefaults, PolicyFile, Rule } from './ast.ts';
import { type CompiledBlock, compileBlock, matchBlock } from './compile-block.ts';
import type { Facts } from './facts.ts';
import { ruleTerms } from './hold-terms.ts';
import { and, type MatchState, NO, not, or } from './match-state.ts';
import type { Effect, HoldTerms } from './types.ts';

export interface CompiledRule {
  /** The rule's id, or `<name of the file>/<id>` where several files use it. */
  readonly name: string;
  readonly rule: Rule;
  readonly match: readonly CompiledBlock[];
  readonly except: readonly CompiledBlock[];
  /** Only for hold rules. */
  readonly terms: HoldTerms | undefined;
}

export const STRICTEST: readonly Effect[] = ['deny', 'hold', 'allow'];

/** Deny before hold before allow, otherwise in the order of the files. */
export function compileRules(files: readonly PolicyFile[], defaults: PolicyDefaults): CompiledRule[] {
  const rules = nameRules(files).map(({ rule, name }) => ({
    name,
    rule,
    match: rule.match.map((block) =>
      compileBlock(
        block,
        [block.when, rule.when].filter((when) => when !== undefined),
      ),
    ),
    except: rule.except.map((block) => compileBlock(block, block.when === undefined ? [] : [block.when])),
    terms: rule.effect === 'hold' ? ruleTerms(rule, name, defaults) : undefined,
  }));
  return STRICTEST.flatMap((effect) => rules.filter(({ rule }) => rule.effect === effect));
}

/** What decisions call each rule. */
export function nameRules(files: readonly PolicyFile[]): { readonly rule: Rule; readonly name: string }[] {
  const users = new Map<string, number>();
  for (const id of files.flatMap((file) => [...new Set(file.rules.map((rule) => rule.id))])) {
    users.set(id, (users.get(id) ?? 0) + 1);
  }
  return files.flatMap((file) =>
    file.rules.map((rule) => ({ rule, name: (users.get(rule.id) ?? 0) > 1 ? `${file.name}/${rule.id}` : rule.id })),
  );
}

/** Any match block and no except block, in the logic of match-state.ts. */
export function matchRule(rule: CompiledRule, facts: Facts): MatchState {
  let state: MatchState = NO;
  for (const block of rule.match) state = or(state, matchBlock(block, facts));
  if (state === NO) return NO;
  for (const block of rule.except) state = and(state, not(matchBlock(block, facts)));
  return state;
}
