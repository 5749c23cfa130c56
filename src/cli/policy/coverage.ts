// `holdgate policy coverage`: which effect the actions of the catalogues get, and which sensitive ones no hold or denial reaches.
import type { CatalogueEntry } from '../../actions/catalogue.ts';
import { catalogues } from '../../actions/catalogues.ts';
import { loadPolicySet } from '../../config/policy-files.ts';
import type { Reach } from '../../core/policy/reach.ts';
import { unknownName } from '../../core/policy/schema-leaves.ts';
import { LEVELS, TAGS } from '../../core/policy/schema-words.ts';
import { exitCode } from '../exit-codes.ts';
import { createEntryReach, type EntryReach, listedEntries } from './catalogue-reach.ts';
import type { CommandIo } from './command-io.ts';
import { type CoverageReport, type Gap, renderCoverage, type Row, STATES, type State } from './coverage-report.ts';
import { faultLines, openSource } from './policy-source.ts';

export interface CoverageOptions {
  readonly paths: readonly string[];
  readonly config?: string | undefined;
  readonly providers: readonly string[];
  /** Tags none of whose actions may pass without a human. */
  readonly requireHeld: readonly string[];
  /** `tag=state`, `*=state`: no action with the tag may be in the state. */
  readonly failOn: readonly string[];
  readonly all: boolean;
  readonly json: boolean;
}

/** Prints the coverage; the exit code: 0 done, 1 a requirement is not met, 2 wrong usage or policies that cannot be read. */
export async function runPolicyCoverage(options: CoverageOptions, io: CommandIo): Promise<number> {
  const refuse = (message: string): number => {
    io.err(`${message}\n`);
    return exitCode('usage');
  };
  const demands = readDemands(options);
  if (typeof demands === 'string') return refuse(demands);
  const opened = await openSource({ paths: options.paths, config: options.config });
  if (!opened.ok) return refuse(faultLines(opened.faults).trimEnd());
  const { source } = opened;
  const listed = catalogues(source.config?.upstreams);
  const known = listed.map(({ provider }) => provider);
  const strange = options.providers.find((provider) => !known.includes(provider));
  if (strange !== undefined) return refuse(unknownName('provider', strange, known));
  // Names of people and upstreams are for `policy check`: they change nothing here.
  const loaded = await loadPolicySet(source.paths, source.defaults);
  if (!loaded.ok) return refuse(faultLines(loaded.faults).trimEnd());
  const reach = createEntryReach(loaded.files, source.defaults);
  const report = cover([...listedEntries(listed, options.providers)], reach, demands);
  await io.out(
    options.json
      ? `${JSON.stringify({ default: source.defaults.effect, ...report }, null, 2)}\n`
      : renderCoverage(report, source.defaults.effect, options.all),
  );
  return exitCode(report.unmet.length > 0 ? 'negative' : 'ok');
}

interface Demand {
  readonly text: string;
  readonly isUnmet: (tag: string, reach: Reach) => boolean;
}

function readDemands({ requireHeld, failOn }: CoverageOptions): Demand[] | string {
  const demands: Demand[] = [];
  for (const wanted of requireHeld) {
    if (!TAGS.includes(wanted)) return unknownName('tag', wanted, TAGS);
    const isUnmet: Demand['isUnmet'] = (tag, { loosest }) => tag === wanted && loosest === 'allow';
    demands.push({ text: `--require-held ${wanted}`, isUnmet });
  }
  for (const text of failOn) {
    const [wanted = '', state = '', ...rest] = text.split('=');
    if (rest.length > 0 || state === '')
      return `--fail-on ${text}: expected tag=state, for example privilege-escalation=default`;
    if (wanted !== '*' && !TAGS.includes(wanted)) return unknownName('tag', wanted, ['*', ...TAGS]);
    const named = STATES.find((each) => each === state);
    if (named === undefined) return unknownName('state', state, STATES);
    const isUnmet: Demand['isUnmet'] = (tag, reach) => (wanted === '*' || tag === wanted) && stateOf(reach) === named;
    demands.push({ text: `--fail-on ${text}`, isUnmet });
  }
  return demands;
}

function stateOf({ loosest, strictest, byDefault, perhaps }: Reach): State {
  if (byDefault) return perhaps.length === 0 || loosest === strictest ? 'default' : 'depends';
  return loosest === strictest ? loosest : 'depends';
}

function cover(entries: readonly CatalogueEntry[], reachOf: EntryReach, demands: readonly Demand[]): CoverageReport {
  const tags = new Counts(TAGS);
  const levels = new Counts(LEVELS);
  const gaps: Gap[] = [];
  const unmet = new Map<string, string[]>();
  for (const entry of entries) {
    const [provider = ''] = entry.name.split(':');
    const own = reachOf(entry);
    levels.add(provider, entry.level, stateOf(own));
    const open: { tag: string; reach: Reach }[] = [];
    for (const tag of entry.tags) {
      const isSure = entry.sometimes ? !entry.sometimes.includes(tag) : !entry.name.includes('*');
      const reach = isSure ? own : reachOf(entry, tag);
      tags.add(provider, tag, stateOf(reach));
      if (reach.byDefault || reach.loosest === 'allow') open.push({ tag, reach });
      for (const { text, isUnmet } of demands) {
        if (isUnmet(tag, reach)) unmet.set(text, [...new Set([...(unmet.get(text) ?? []), entry.name])]);
      }
    }
    const loosest = open.find(({ reach }) => reach.loosest === 'allow') ?? open[0];
    if (!loosest) continue;
    const { certain, perhaps } = loosest.reach;
    gaps.push({
      action: entry.name,
      level: entry.level,
      tags: open.map(({ tag }) => tag),
      state: stateOf(loosest.reach),
      loosest: loosest.reach.loosest,
      strictest: loosest.reach.strictest,
      rules: certain,
      perhaps,
    });
  }
  return {
    actions: entries.length,
    tags: tags.rows(),
    levels: levels.rows(),
    gaps,
    unmet: [...unmet].map(([demand, actions]) => ({ demand, actions })),
  };
}

/** Numbers of actions by word, provider and state. */
class Counts {
  readonly #words: readonly string[];
  readonly #rows = new Map<string, Row & { states: Record<State, number> }>();

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  add(provider: string, word: string, state: State): void {
    const key = `${word} ${provider}`;
    let row = this.#rows.get(key);
    if (!row) {
      row = { word, provider, states: { deny: 0, hold: 0, default: 0, depends: 0, allow: 0 } };
      this.#rows.set(key, row);
    }
    row.states[state]++;
  }

  /** In the order of the words, then of the providers. */
  rows(): Row[] {
    return [...this.#rows.values()].toSorted(
      (a, b) => this.#words.indexOf(a.word) - this.#words.indexOf(b.word) || (a.provider < b.provider ? -1 : 1),
    );
  }
}
