// `action`, `level`, `tags`, `resource`, `boundary` (and a `when` about them) speak about one action at a time: a call that does several
// things matches a hold if one of them does, and an allow only if all do (several that allow a part each: decide.ts).
import type { Action, BoundaryPlace } from '../action.ts';
import type { Block } from './ast.ts';
import { actionsOf, type Facts } from './facts.ts';
import { compileGlob, type Glob } from './globs.ts';
import { AMBIGUOUS, and, ERROR, type MatchState, NO, PARTIAL, PENDING, YES } from './match-state.ts';
import { textGlob } from './scalars.ts';
import type { When } from './when.ts';
import { ACTION_FACTS } from './when-environment.ts';
import { matchWhen } from './when-criterion.ts';

type ActionTest = (action: Action, facts: Facts) => MatchState;

/** Undefined where the block says nothing about actions. `whens` are those of the block that mention action facts. */
export function actionCriterion(block: Block, whens: readonly When[]): ((facts: Facts) => MatchState) | undefined {
  const tests: ActionTest[] = [];
  if (block.action) tests.push(nameTest(block.action));
  if (block.level) tests.push(levelTest(block.level));
  if (block.tags) tests.push(tagsTest(block.tags));
  for (const [field, patterns] of Object.entries(block.resource ?? {})) tests.push(resourceTest(field, patterns));
  if (block.boundary) tests.push(boundaryTest(block.boundary));
  for (const when of whens) tests.push((action, facts) => matchWhen(when, facts, action));
  if (tests.length === 0) return undefined;
  return (facts) => {
    const actions = actionsOf(facts);
    if (actions === PENDING || actions === ERROR) return actions;
    // Nothing recognised is not nothing done.
    if (actions.length === 0) return AMBIGUOUS;
    let certain = 0;
    let doubt: MatchState = NO;
    for (const action of actions) {
      const state = tests.reduce<MatchState>((sum, test) => (sum === NO ? NO : and(sum, test(action, facts))), YES);
      if (state === YES) certain++;
      else if (state > doubt) doubt = state;
    }
    if (doubt !== NO) return doubt;
    return certain === actions.length ? YES : certain > 0 ? PARTIAL : NO;
  };
}

export function mentionsActions(when: When): boolean {
  return [...when.uses].some((fact) => ACTION_FACTS.has(fact));
}

/** Globs over action names. Throws on a pattern the parser would have refused. */
export function actionGlobs(patterns: readonly string[]): Glob[] {
  return patterns.map((pattern) => {
    const compiled = compileGlob('text', pattern);
    if (!compiled.ok) throw new Error(`unchecked glob "${pattern}": ${compiled.message}`);
    return compiled.glob;
  });
}

function sure(action: Action, matches: boolean): MatchState {
  if (action.confidence === 'exact') return matches ? YES : NO;
  return matches ? (action.confidence === 'ambiguous' ? YES : AMBIGUOUS) : NO;
}

function nameTest(patterns: readonly string[]): ActionTest {
  const globs = actionGlobs(patterns);
  return (action) => {
    const matches = globs.some((glob) => glob.test(action.name));
    if (matches || action.confidence !== 'unknown') return sure(action, matches);
    // An action nobody recognised may be any of its provider (and service, where that much is known).
    const known = `${action.provider}:${action.service === '' ? '' : `${action.service}:`}`;
    return globs.some(({ prefix }) => prefix.startsWith(known) || known.startsWith(prefix)) ? AMBIGUOUS : NO;
  };
}

function levelTest(levels: readonly string[]): ActionTest {
  return (action) => {
    if (levels.includes(action.level)) return sure(action, true);
    return action.level === 'unknown' || action.confidence === 'unknown' ? AMBIGUOUS : NO;
  };
}

function tagsTest(patterns: readonly string[]): ActionTest {
  const tests = patterns.map(textGlob);
  return (action) => {
    const matches = action.tags.some((tag) => tests.some((test) => test(tag)));
    return matches || action.confidence !== 'unknown' ? sure(action, matches) : AMBIGUOUS;
  };
}

function resourceTest(field: string, patterns: readonly string[]): ActionTest {
  const tests = patterns.map(textGlob);
  return (action) => {
    const value: unknown = Object.hasOwn(action.resource, field) ? Reflect.get(action.resource, field) : undefined;
    if (typeof value === 'string') {
      const matches = tests.some((test) => test(value));
      // `*`: all there are, or one that the call does not name.
      return value === '*' && !matches ? AMBIGUOUS : sure(action, matches);
    }
    return action.confidence === 'exact' ? NO : AMBIGUOUS;
  };
}

function boundaryTest(places: readonly BoundaryPlace[]): ActionTest {
  return (action) => {
    const { boundary } = action;
    // Where there is no boundary, nothing stands anywhere to it.
    if (boundary === undefined) return NO;
    // What nobody knows may be either: outside for rules that hold or deny, not inside for those that allow.
    if (boundary === 'unknown') return places.includes('unknown') ? YES : AMBIGUOUS;
    return sure(action, places.includes(boundary));
  };
}
