// What a set of policies makes of every action of the catalogues, quickly also for thousands of rules.
import type { Catalogue, CatalogueEntry } from '../../actions/catalogue.ts';
import type { Action } from '../../core/action.ts';
import type { PolicyDefaults, PolicyFile } from '../../core/policy/ast.ts';
import { type CompiledRule, compileRules } from '../../core/policy/compile-rules.ts';
import { createFacts } from '../../core/policy/facts.ts';
import { createReaching, type Reach, type Subject } from '../../core/policy/reach.ts';
import { isAboutCalls } from '../../core/policy/rule-changes.ts';
import { createRuleIndex } from '../../core/policy/rule-index.ts';
import { callOfAction } from './action-input.ts';

export type EntryReach = (entry: CatalogueEntry, given?: string) => Reach;

/** `given`: a tag that the call in question has for certain. `without`: names of rules that are left out. */
export function createEntryReach(
  files: readonly PolicyFile[],
  defaults: PolicyDefaults,
  without: ReadonlySet<string> = new Set(),
): EntryReach {
  // A restriction on paths or agents alone may meet any action, and says nothing about one: nobody should count on it.
  const says = (rule: CompiledRule): boolean => rule.rule.effect === 'allow' || !isAboutCalls(rule);
  const rules = compileRules(files, defaults).filter((rule) => !without.has(rule.name) && says(rule));
  const { reach } = createReaching(rules, defaults.effect);
  const entries = rules.flatMap(({ match }, rule) => match.map((block) => ({ rule, block })));
  const index = createRuleIndex(entries, 'catalogue');
  return (entry, given) => {
    const subject = subjectOf(entry, given);
    // What a call names is not there to look rules up by.
    if (entry.name.includes('*')) return reach(subject);
    const found = index.candidates(createFacts(callOfAction(undefined), contextOf(entry)));
    return found === 'pending' ? reach(subject) : reach(subject, found);
  };
}

/** Entries of all catalogues, or those of some providers, in their order. */
export function* listedEntries(
  catalogues: readonly Catalogue[],
  providers: readonly string[],
): Generator<CatalogueEntry> {
  for (const catalogue of catalogues) {
    if (providers.length === 0 || providers.includes(catalogue.provider)) yield* catalogue.entries();
  }
}

function subjectOf({ name, level, tags, sometimes }: CatalogueEntry, given: string | undefined): Subject {
  const loose = (sometimes ?? (name.includes('*') ? tags : [])).filter((tag) => tag !== given);
  return { name, level, tags: tags.filter((tag) => !loose.includes(tag)), sometimes: loose };
}

/** The entry as an action with everything that it can be marked with: rules that are not about that are not about it. */
function contextOf({ name, level, tags }: CatalogueEntry) {
  const [provider = '', service = ''] = name.split(':');
  const action: Action = {
    provider,
    service,
    operation: '',
    name,
    level,
    levelSource: 'catalogue',
    tags,
    resource: {},
    params: {},
    summary: name,
    confidence: 'exact',
  };
  return {
    agent: { id: '', owner: '', labels: {}, actsFor: [], method: 'bearer' as const },
    source: '127.0.0.1',
    now: 0,
    actions: () => [action],
  };
}
