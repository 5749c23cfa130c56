// Which held calls one person may decide by one vote: those of one agent that are alike in everything but values which are all shown.
// INVARIANT: calls of different risk, rules, quorums or findings are never alike, and calls of critical risk are alike to nothing.
import type { Approval } from '../approval/state.ts';
import { canonicalJson } from '../canonical-json.ts';
import { sha256 } from '../sha256.ts';
import { wellFormed } from '../well-formed.ts';
import type { Template } from './template.ts';

/** Calls that came within this time of the first one are shown together, ms. */
export const SIMILAR_WITHIN = 60_000;
/** More of them are shown as another message. */
export const MOST_SIMILAR = 50;

/** The same for calls that are alike (64 hex digits); undefined where a call has to be looked at by itself. */
export function similarityKey(approval: Approval, template: Template | undefined): string | undefined {
  const { opened } = approval;
  const { agent, owner, requesters, labels, upstream, rules, terms, risk, policyDigest, reason, detail } = opened;
  const clear = reason === 'rule' && opened.uninspected === undefined;
  if (!template || !clear || risk === 'critical' || opened.actions.length === 0) return undefined;
  if (opened.actions.some(({ confidence }) => confidence !== 'exact')) return undefined;
  const actions = opened.actions.map(({ name, level, tags, boundary }) => [name, level, tags, boundary ?? null]);
  const who = [agent, owner, requesters, labels];
  const why = [rules, terms, risk, policyDigest, detail];
  const seen = { who, why, upstream, actions, flags: flagsThatCount(approval), shape: template.shape };
  return sha256(canonicalJson(wellFormed(seen)));
}

/** That there are many, and what is merely new for the agent, tells no call from the next one. */
function flagsThatCount({ opened, informed }: Approval): readonly string[] {
  const flags = [...(opened.flags ?? []), ...(informed?.flags ?? [])];
  return [
    ...new Set(flags.filter(({ id, severity }) => id !== 'burst' && severity !== 'low').map(({ id }) => id)),
  ].toSorted();
}
