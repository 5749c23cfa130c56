// What goes into the audit log besides the gate's own entries for approvals: calls, policy sets,
// keys, damaged records, refused callers and credentials. Members are built in canonical order, which lets the writer serialise a routine call the cheap way.
// Never in an entry: headers, bodies, credentials, or the query of a call (it may carry one).
import type { AuditEntry } from '../ports/audit-log.ts';
import type { CallRecord, GateEvents } from '../ports/events.ts';

function withoutQuery(path: string): string {
  const query = path.indexOf('?');
  return query < 0 ? path : path.slice(0, query);
}

/** The entry of one finished call, whatever became of it. */
export function callEntry(record: CallRecord): AuditEntry {
  const { decision } = record;
  return {
    agent: record.agent,
    approval: record.approvalId,
    at: record.at,
    bytes_in: record.bytesIn,
    bytes_out: record.bytesOut,
    call: { host: record.host, method: record.method, path: withoutQuery(record.path), upstream: record.upstream },
    decision: record.decisionId,
    duration_ms: Math.round(record.duration * 1000) / 1000,
    effect: decision?.effect,
    observed: decision?.observed,
    policy: decision && { digest: decision.policyDigest, reason: decision.reason, rules: decision.rules },
    problem: record.problem,
    source: record.source,
    status: record.status,
    type: 'call:proxy:finished',
  };
}

export function policyLoadedEntry(at: number, { digest, rules }: GateEvents['policy:loaded']): AuditEntry {
  return { at, policy: { digest, rules }, type: 'policy:set:loaded' };
}

export function policyRejectedEntry(at: number, { errors }: GateEvents['policy:rejected']): AuditEntry {
  return { at, errors, type: 'policy:set:rejected' };
}

export function keysLoadedEntry(at: number, { data, known, signing }: GateEvents['keys:loaded']): AuditEntry {
  return { at, keys: { data, known, signing }, type: 'keys:set:loaded' };
}

export function keysRejectedEntry(at: number, { error }: GateEvents['keys:rejected']): AuditEntry {
  return { at, error, type: 'keys:set:rejected' };
}

export function agentRefusedEntry(at: number, { source, why }: GateEvents['agent:refused']): AuditEntry {
  return { at, source, type: 'agent:credential:refused', why };
}

export function approvalDamagedEntry(at: number, { approvalId, finding }: GateEvents['approval:damaged']): AuditEntry {
  return { approval: { id: approvalId }, at, finding, type: 'approval:damaged' };
}

/** `headers` are names; their values are in no event. */
export function credentialStrippedEntry(at: number, event: GateEvents['agent:credential-stripped']): AuditEntry {
  return {
    agent: event.agent,
    at,
    headers: event.headers,
    type: 'agent:credential:stripped',
    upstream: event.upstream,
  };
}

export function credentialReflectedEntry(at: number, event: GateEvents['upstream:credential-reflected']): AuditEntry {
  return { at, type: 'upstream:credential:reflected', upstream: event.upstream };
}

export function personRefusedEntry(at: number, { source, why }: GateEvents['person:refused']): AuditEntry {
  return { at, source, type: 'person:credential:refused', why };
}
