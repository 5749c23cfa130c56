// What may be granted ahead with one approval. INVARIANT: nothing is offered on a call that nobody could read for certain, nor on one that is
// critical; and only the very same call where what it does stands in parts that the scope leaves open.
import type { GrantOffer } from '../policy/types.ts';
import type { Action } from '../action.ts';
import type { Opened } from './events.ts';
import type { Approval } from './state.ts';

/** What actions with these tags do is said by their parameters, whatever they are called and wherever they go. */
const BY_PARAMETERS: readonly string[] = ['code-execution', 'sql-execution', 'privilege-escalation'];

/** What the rules that hold this call offer, as far as it can be had for this call. */
export function grantOffer({ terms, risk, reason, uninspected, actions, flags }: Opened): GrantOffer | undefined {
  const { grant } = terms;
  if (!grant || terms.risk === 'critical' || risk === 'critical') return undefined;
  if (reason !== 'rule' || uninspected !== undefined) return undefined;
  if (actions.some(({ confidence }) => confidence !== 'exact')) return undefined;
  if (flags?.some(({ severity }) => severity === 'critical') === true) return undefined;
  const known = actions.length > 0 && actions.every(isRecognised);
  return known && (grant.covers !== 'targets' || actions.every(hasTarget)) ? grant : { ...grant, covers: 'call' };
}

/** Plain HTTP is known by method and path alone, a level that is not known may hide anything, and who approves a trial has not approved
 *  the deed. */
function isRecognised({ provider, level, tags, params }: Action): boolean {
  const known = provider !== 'http' && level !== 'unknown' && !tags.some((tag) => BY_PARAMETERS.includes(tag));
  return known && !isTrial(params);
}

/** What APIs call a parameter that makes a call a trial of itself, without hyphens, underscores and capitals. */
const TRIALS: readonly string[] = ['dryrun', 'validateonly', 'whatif'];

/** `params`: in a receipt, anything. */
function isTrial(params: unknown): boolean {
  return Object.entries(params ?? {}).some(
    ([name, value]) =>
      TRIALS.includes(name.toLowerCase().replaceAll(/[-_]/g, '')) && value !== false && value !== 'false',
  );
}

/** Resources that are the deed itself, whose arguments say to what: fields of GraphQL, tools and prompts of MCP servers. */
const DEEDS: readonly string[] = ['field', 'tool', 'prompt'];

/** `*` is whatever the call does not name: all of them, or those that a parameter picks. */
function hasTarget({ resource }: Action): boolean {
  const { type = '', id = '', arn = id } = resource;
  return arn !== '' && !DEEDS.includes(type) && !Object.values(resource).includes('*');
}

/** What the next approval may still grant: nothing once somebody has approved this call alone, or others were asked because nobody had
 *  decided: who is asked in somebody's place is asked about this call. */
export function openOffer({ opened, votes, status, informed, escalations }: Approval): GrantOffer | undefined {
  if (status !== 'pending' || (escalations?.length ?? 0) > 0) return undefined;
  if (votes.some((vote) => vote.vote === 'approve' && vote.grant === undefined)) return undefined;
  if (informed?.flags.some(({ severity }) => severity === 'critical') === true) return undefined;
  return grantOffer(opened);
}
