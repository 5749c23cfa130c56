// What the gate signs when it takes a vote: everything the vote rests on, so that an edited store cannot carry it over to
// another call, another quorum or another person.
import { canonicalJson } from '../canonical-json.ts';
import { sha256 } from '../sha256.ts';
import type { Opened, Voted } from './events.ts';

export const VOTE_TYP = 'holdgate-vote+json';

/** Canonical JSON (RFC 8785) of the statement under one vote. */
export function voteStatement(opened: Opened, vote: Omit<Voted, 'proof' | 'type'>): string {
  return canonicalJson({
    v: 1,
    approval_id: opened.id,
    opened_sha256: sha256(canonicalJson(opened)),
    call_sha256: vote.digest,
    by: vote.by,
    vote: vote.vote,
    reason_sha256: sha256(vote.reason ?? ''),
    groups: vote.groups,
    channel: vote.channel,
    at: vote.at,
    ...(vote.grant !== undefined && { grant: vote.grant }),
  });
}
