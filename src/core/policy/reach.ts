// What a set of policies can make of an action of which only the catalogue's words are known: its name, level and tags. Everything else
// a rule asks about (who calls, what it is done to, parameters) may be so or not. INVARIANT: the range holds every
// decision that a call can get which is this action and nothing else.
import type { ActionLevel } from '../action.ts';
import type { Block } from './ast.ts';
import type { CompiledRule } from './compile-rules.ts';
import { globsMeet } from './glob-meet.ts';
import { compileGlob, type Glob } from './globs.ts';
import { mergeGrants } from './grant-terms.ts';
import type { Effect, GrantOffer, Quorum } from './types.ts';

export interface Subject {
  /** A `*` in it is what calls fill in. */
  readonly name: string;
  readonly level: ActionLevel;
  /** What every such call is marked with. */
  readonly tags: readonly string[];
  /** What such a call can be marked with. */
  readonly sometimes: readonly string[];
}

export interface Reach {
  readonly loosest: Effect;
  readonly strictest: Effect;
  /** True where no rule matches for certain, so that the default may decide. */
  readonly byDefault: boolean;
  /** Rules that match every such call and make its effect at least as strict as `loosest`. */
  readonly certain: readonly string[];
  /** Rules that match some of them. */
  readonly perhaps: readonly string[];
  /** What every such call that is held has to have, at least. */
  readonly quorums: readonly Quorum[];
  /** What may be granted on such calls: any of these. */
  readonly grants: readonly GrantOffer[];
}

const STRICTNESS: Readonly<Record<Effect, number>> = { allow: 0, hold: 1, deny: 2 };
const NO = 0;
const PERHAPS = 1;
const SURE = 2;
type Chance = typeof NO | typeof PERHAPS | typeof SURE;

type Test = (subject: Subject) => Chance;

interface ReachableRule {
  readonly rule: CompiledRule;
  readonly test: Test;
}

export interface Reaching {
  /** Without `rules` all are looked at; numbers are those of `compileRules`. */
  readonly reach: (subject: Subject, rules?: readonly number[]) => Reach;
}

/** `rules`: as `compileRules` gives them. Rules that only observe decide nothing. */
export function createReaching(rules: readonly CompiledRule[], defaultEffect: Effect): Reaching {
  const reachable = rules.map((rule): ReachableRule => ({ rule, test: ruleTest(rule) }));
  const every = rules.map((_, number) => number);
  return {
    reach(subject, numbers = every) {
      const certain: CompiledRule[] = [];
      const perhaps: CompiledRule[] = [];
      for (const number of numbers) {
        const found = reachable[number];
        if (!found || found.rule.rule.mode === 'observe') continue;
        const chance = found.test(subject);
        if (chance === SURE) certain.push(found.rule);
        else if (chance === PERHAPS) perhaps.push(found.rule);
      }
      const sure = strictestOf(certain);
      const possible = perhaps.map(({ rule }) => rule.effect);
      const floor = sure ?? defaultEffect;
      const loosest = sure ?? [floor, ...possible].reduce((a, b) => (STRICTNESS[b] < STRICTNESS[a] ? b : a));
      const strictest = [floor, ...possible].reduce((a, b) => (STRICTNESS[b] > STRICTNESS[a] ? b : a));
      const deciding = certain.filter(({ rule }) => rule.effect === sure);
      return {
        loosest,
        strictest,
        byDefault: sure === undefined,
        certain: deciding.map(({ name }) => name),
        // What cannot be stricter than what is certain changes nothing.
        perhaps: perhaps
          .filter(({ rule }) => sure === undefined || STRICTNESS[rule.effect] >= STRICTNESS[sure])
          .map(({ name }) => name),
        quorums: deciding.flatMap(({ terms }) => terms?.quorums ?? []),
        grants: grantsOf(sure === undefined ? perhaps : deciding, sure),
      };
    },
  };
}

/** Rules that match for certain offer together what all of them do; where none does, each that may match offers its own. */
function grantsOf(rules: readonly CompiledRule[], sure: Effect | undefined): readonly GrantOffer[] {
  const offers = rules.filter(({ rule }) => rule.effect === 'hold').map(({ terms }) => terms?.grant);
  const [first, ...others] = offers;
  if (sure === undefined) return offers.filter((offer) => offer !== undefined);
  const merged = others.reduce((sum, next) => mergeGrants(sum, next, 'low'), first);
  return merged ? [merged] : [];
}

function strictestOf(rules: readonly CompiledRule[]): Effect | undefined {
  return (['deny', 'hold', 'allow'] as const).find((effect) => rules.some(({ rule }) => rule.effect === effect));
}

function ruleTest({ rule, match, except }: CompiledRule): Test {
  const isAllow = rule.effect === 'allow';
  // Doubt counts for a hold or denial and against an allowance; in `except` the other way round.
  const matches = match.map(({ block }) => blockTest(block, isAllow ? NO : SURE, rule.when !== undefined));
  const exempts = except.map(({ block }) => blockTest(block, isAllow ? SURE : NO, false));
  return (subject) => {
    let chance: Chance = NO;
    for (const test of matches) chance = greater(chance, test(subject));
    for (const test of exempts) if (chance !== NO) chance = lesser(chance, (SURE - test(subject)) as Chance);
    return chance;
  };
}

function blockTest(block: Block, doubt: Chance, hasCondition: boolean): Test {
  const { action, level, tags, ...others } = block;
  const names = action?.map(textGlob);
  const rest = hasCondition || Object.keys(others).length > 0 ? PERHAPS : SURE;
  return (subject) => {
    let chance: Chance = rest;
    if (names) chance = lesser(chance, nameChance(names, subject.name));
    if (level) chance = lesser(chance, levelChance(level, subject, doubt));
    if (tags) chance = lesser(chance, tagsChance(tags, subject));
    return chance;
  };
}

function nameChance(globs: readonly Glob[], name: string): Chance {
  // A star that is taken for a letter is matched only by what matches anything there.
  if (globs.some((glob) => glob.test(name))) return SURE;
  if (!name.includes('*')) return NO;
  const open = textGlob(name);
  return globs.some((glob) => globsMeet(glob, open)) ? PERHAPS : NO;
}

function levelChance(levels: readonly string[], { level }: Subject, doubt: Chance): Chance {
  if (levels.includes(level)) return SURE;
  return level === 'unknown' ? doubt : NO;
}

function tagsChance(wanted: readonly string[], { tags, sometimes }: Subject): Chance {
  if (wanted.some((tag) => tags.includes(tag))) return SURE;
  return wanted.some((tag) => sometimes.includes(tag)) ? PERHAPS : NO;
}

function textGlob(pattern: string): Glob {
  const compiled = compileGlob('text', pattern);
  if (!compiled.ok) throw new Error(`unchecked glob "${pattern}": ${compiled.message}`);
  return compiled.glob;
}

function greater(a: Chance, b: Chance): Chance {
  return a > b ? a : b;
}

function lesser(a: Chance, b: Chance): Chance {
  return a < b ? a : b;
}
