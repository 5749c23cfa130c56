// Which calls are like which. INVARIANT: two calls have the same scope only if the same agent, for the same people, asks the same upstream for
// what the same rules hold; whatever the recogniser tells apart is apart.
import type { Action } from '../action.ts';
import { canonicalJson } from '../canonical-json.ts';
import type { GrantCovers } from '../policy/types.ts';
import type { RiskFlag } from '../risk/flag.ts';
import { sha256 } from '../sha256.ts';
import type { Opened } from './events.ts';

/** Says something of the agent's history or of the time, not of the call: who grants knows for how long. */
const NOT_OF_CALL: readonly string[] = ['burst', 'off-hours'];

/** Parameters of workloads that say what is run, as whom, and from where it is reached: who lets one be scaled has not let it run something
 *  else. */
const WHAT_RUNS: readonly string[] = ['images', 'commands', 'serviceAccounts', 'hostPorts', 'externalIPs'];

const sorted = (list: readonly string[]): readonly string[] => [...new Set(list)].toSorted();
const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  canonicalJson(sorted(a)) === canonicalJson(sorted(b));

export function isSameAsker(a: Opened, b: Opened): boolean {
  return a.agent === b.agent && a.owner === b.owner && a.upstream === b.upstream && sameSet(a.requesters, b.requesters);
}

export function isSameRules(a: Opened, b: Opened): boolean {
  return sameSet(a.rules, b.rules);
}

/** What a grant of this width on `source` is about, as text: equal for calls that it covers. */
function subject(opened: Opened, covers: GrantCovers): string {
  if (covers === 'call') return opened.digest;
  const withTarget = covers === 'targets';
  const parts = opened.actions.map((action) => canonicalJson(wellFormed(part(action, withTarget))));
  return canonicalJson([opened.method, ...(withTarget ? [address(opened)] : []), ...sorted(parts)]);
}

/** A target is often told in full only by host and path: the region, the number of a pull request, the function behind a gateway. */
function address({ url }: Opened): string {
  return (url.split('?', 1)[0] ?? '').toWellFormed();
}

function part({ name, level, tags, boundary, resource, params }: Action, withTarget: boolean): object {
  const runs = Object.fromEntries(Object.entries(params ?? {}).filter(([key]) => WHAT_RUNS.includes(key)));
  return { name, level, tags: sorted(tags), boundary: boundary ?? null, runs, ...(withTarget && { resource }) };
}

/** Half a character has no canonical form. */
function wellFormed(value: object): unknown {
  const text = JSON.stringify(value, (_name, each: unknown) => (typeof each === 'string' ? each.toWellFormed() : each));
  return JSON.parse(text) as unknown;
}

/** True if `opened` is a call like `source`, with nothing to look at twice that `source` did not show. */
export function isCovered(source: Opened, opened: Opened, covers: GrantCovers): boolean {
  const seen = new Set((source.flags ?? []).map((flag) => finding(flag, covers)));
  const fresh = (opened.flags ?? []).filter(
    (flag) => !seen.has(finding(flag, covers)) && !NOT_OF_CALL.includes(flag.id),
  );
  const same = subject(source, covers) === subject(opened, covers);
  return same && fresh.length === 0 && (covers !== 'actions' || isNoWider(source, opened));
}

/** "Any target that these rules would hold" was said of the rules as they were, and "so many times" of calls with so many targets. */
function isNoWider(source: Opened, opened: Opened): boolean {
  return source.policyDigest === opened.policyDigest && targets(opened) <= targets(source);
}

function targets({ actions }: Opened): number {
  return actions.reduce((sum, { resource }) => sum + (Object.values(resource).includes('*') ? Infinity : 1), 0);
}

/** What was found, and where on the same target; other targets have other values. */
function finding({ id, evidence }: RiskFlag, covers: GrantCovers): string {
  return covers === 'actions' ? id : `${id} ${evidence}`;
}

/** Where a grant of this width for calls like this one is kept: 64 hex digits. */
export function scopeKey(opened: Opened, covers: GrantCovers): string {
  const { agent, owner, requesters, upstream, rules } = opened;
  const asker = { agent, owner, requesters: sorted(requesters), upstream, rules: sorted(rules) };
  return sha256(canonicalJson({ v: 1, ...asker, covers, subject: subject(opened, covers) }));
}
