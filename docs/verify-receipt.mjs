#!/usr/bin/env node
// Verifies a Holdgate receipt offline, with nothing but Node.js: node verify-receipt.mjs RECEIPT_FILE public.json
// RECEIPT_FILE holds the token, or the API's {"receipt": "…"} around it.
// Exit code 0: valid; 1: not valid; 2: wrong use. It makes the same checks as src/core/receipt/verify.ts (a test compares
// the two), in one file that an auditor can read in ten minutes.
import { createPublicKey, hash, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const sha256 = (text) => hash('sha256', text, 'hex');
const ms = (time) => Date.parse(time);

/** RFC 8785 canonical JSON. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'string' && !value.isWellFormed()) throw new Error('lone surrogate');
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${canonical(name)}:${canonical(value[name])}`).join(',')}}`;
}

/** RFC 7515 compact JWS. Algorithm, header members and type are fixed here; the token only names one of our keys. */
function openJws(jws, typ, keys) {
  const parts = jws.split('.');
  if (parts.length !== 3) return undefined;
  if (!parts.every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)) return undefined;
  let header;
  try {
    header = JSON.parse(Buffer.from(parts[0], 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof header !== 'object' || header === null || Object.keys(header).length !== 3) return undefined;
  const key = keys.get(header.kid);
  if (header.alg !== 'EdDSA' || header.typ !== typ || !key) return undefined;
  const input = Buffer.from(`${parts[0]}.${parts[1]}`);
  if (!verify(null, input, key, Buffer.from(parts[2], 'base64url'))) return undefined;
  return Buffer.from(parts[1], 'base64url');
}

// s string, i whole number, t time, h sha256, m map to strings, * anything; ?: or null; =x: exactly x.
const quorum = { rule: 's', approvals: 'i', from: ['s'], escalate: { nullable: { after_ms: 'i', to: ['s'] } } };
const offer = { nullable: { for_ms: 'i', uses: 'i', covers: 's' } };
const QUESTION = {
  approval_id: 's', decision_id: 's',
  call: { sha256: 'h', content_sha256: 'h', method: 's', url: 's', upstream: 's', agent: 's', owner: 's',
    requesters: ['s'], labels: 'm', source: 's',
    access_key: 's?', body_size: 'i', uninspected: 's?' },
  asked_at: 't', expires_at: 't', actions: ['*'], summary: 's', rules: ['s'], reason: 's', detail: 's', risk: 's',
  policy_digest: 's',
  terms: { quorums: [quorum], risk: 's', expires_ms: 'i', wait_ms: 'i', deny_memory_ms: 'i', replay_window_ms: 'i',
    on_absent: 's', notify: ['s'], nudge_ms: 'i?', grant: offer },
  justification: { nullable: { text: 's', verified: '=false' } },
  flags: [{ id: 's', severity: 's', title: 's', evidence: 's' }],
};
const VOTE = { by: 's', vote: 's', reason: 's?', at: 't', groups: ['s'], channel: 's', sha256: 'h', grant_ms: 'i?', proof: 's' };
const SHAPE = {
  ...QUESTION, v: '=1', typ: '="holdgate-receipt"', id: 's', status: 's', status_at: 't', why: 's?',
  escalations: [{ at: 't', rules: ['s'] }],
  votes: [VOTE],
  granted: { nullable: { at: 't', id: 's', until: 't', use: 'i', source: QUESTION, votes: [VOTE] } },
  claim: { nullable: { at: 't', replica: 's', sha256: 'h', content_sha256: 'h', policy_digest: 's', effect: 's',
    quorums: [quorum], eligible: [{ by: 's', groups: ['s'] }], grant: { nullable: { stands: '=true', offer } }, access_key_stands: '=true?' } },
  outcome: { nullable: { sent_at: 't', ended_at: 't', http_status: 'i?', response_sha256: 'h?', bytes: 'i?', detail: 's?' } },
  credential: { nullable: { kind: 's', scope: 's' } },
  audit: { nullable: { seq: 'i', sha256: 'h' } },
};

function fits(shape, value) {
  if (Array.isArray(shape)) return Array.isArray(value) && value.every((item) => fits(shape[0], item));
  if (typeof shape === 'object') {
    if (shape.nullable) return value === null || fits(shape.nullable, value);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    if (Object.keys(value).some((name) => !Object.hasOwn(shape, name))) return false;
    return Object.entries(shape).every(([name, member]) => fits(member, value[name]));
  }
  if (shape.endsWith('?')) return value === null || fits(shape.slice(0, -1), value);
  if (shape.startsWith('=')) return JSON.stringify(value) === shape.slice(1);
  if (shape === 'i') return Number.isSafeInteger(value) && value >= 0;
  if (shape === '*') return true;
  if (shape === 'm') {
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isMap && Object.values(value).every((item) => typeof item === 'string');
  }
  if (typeof value !== 'string') return false;
  if (shape === 't') return !Number.isNaN(ms(value)) && new Date(ms(value)).toISOString() === value;
  return shape === 's' || /^[0-9a-f]{64}$/.test(value);
}

/** What the gate signs under one vote; it covers the whole question as it was asked. */
function voteStatement(s, vote) {
  const { sha256: digest, content_sha256: contentDigest, body_size: bodySize, uninspected, access_key: accessKey, ...call } = s.call;
  const { expires_ms, wait_ms, deny_memory_ms, replay_window_ms, on_absent, notify, nudge_ms, grant, risk } = s.terms;
  const quorums = s.terms.quorums.map(({ escalate, ...each }) =>
    (escalate ? { ...each, escalate: { after: escalate.after_ms, to: escalate.to } } : each));
  const opened = {
    type: 'opened', at: ms(s.asked_at), id: s.approval_id, ...call, digest, contentDigest, bodySize,
    ...(uninspected !== null && { uninspected }), ...(accessKey !== null && { accessKey }),
    actions: s.actions, summary: s.summary, decisionId: s.decision_id, policyDigest: s.policy_digest,
    rules: s.rules, reason: s.reason, detail: s.detail, risk: s.risk, expiresAt: ms(s.expires_at),
    terms: { quorums, risk, expires: expires_ms, wait: wait_ms, denyMemory: deny_memory_ms,
      replayWindow: replay_window_ms, onAbsent: on_absent, ...(notify.length > 0 && { notify }),
      ...(nudge_ms !== null && { nudge: nudge_ms }),
      ...(grant && { grant: { for: grant.for_ms, uses: grant.uses, covers: grant.covers } }) },
    ...(s.justification && { justification: s.justification.text }),
    ...(s.flags.length > 0 && { flags: s.flags }),
  };
  return canonical({
    v: 1, approval_id: s.approval_id, opened_sha256: sha256(canonical(opened)), call_sha256: vote.sha256, by: vote.by,
    vote: vote.vote, reason_sha256: sha256(vote.reason ?? ''), groups: vote.groups, channel: vote.channel, at: ms(vote.at),
    ...(vote.grant_ms !== null && { grant: vote.grant_ms }),
  });
}

const eligible = (from, { by, groups }) => from.length === 0 ||
  from.some((entry) => (entry.startsWith('oncall:') ? groups.includes(entry)
    : entry.startsWith('group:') ? groups.includes(entry.slice(6)) : entry.toLowerCase() === by));
const widened = (quorums, escalations, at) => quorums.map((each) => {
  const asked = escalations.some((one) => ms(one.at) <= ms(at) && one.rules.includes(each.rule));
  return asked && each.escalate && each.from.length > 0 ? { ...each, from: [...each.from, ...each.escalate.to] } : each;
});
const met = (quorums, voters) => quorums.every(({ approvals, from }) =>
  new Set(voters.filter((voter) => eligible(from, voter)).map(({ by }) => by)).size >= approvals);

// Grants: what people may let through without being asked again, and what their votes did.
const COVERS = ['call', 'targets', 'actions'];
const BY_PARAMETERS = ['code-execution', 'sql-execution', 'privilege-escalation'];
const set = (list) => [...new Set(list)].sort();
const same = (a, b) => canonical(set(a)) === canonical(set(b));
const texts = (value) => typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === 'string');
const readable = ({ terms, actions }) => terms.grant === null || actions.every((action) => action && typeof action === 'object' &&
  [action.provider, action.name, action.level, action.confidence, action.boundary ?? ''].every((word) => typeof word === 'string') &&
  action.boundary !== null && Array.isArray(action.tags) && texts(action.tags) && texts(action.resource) && !Array.isArray(action.resource));

const trial = (params) => Object.entries(params ?? {}).some(([name, value]) =>
  ['dryrun', 'validateonly', 'whatif'].includes(name.toLowerCase().replaceAll(/[-_]/g, '')) && value !== false && value !== 'false');

/** What could be granted with an approval of this call. */
function offered({ terms, risk, reason, call, actions, flags }) {
  const critical = terms.risk === 'critical' || risk === 'critical' || flags.some(({ severity }) => severity === 'critical');
  if (!terms.grant || critical || reason !== 'rule' || call.uninspected !== null) return undefined;
  if (actions.some(({ confidence }) => confidence !== 'exact')) return undefined;
  const known = actions.length > 0 && actions.every(({ provider, level, tags, params }) =>
    provider !== 'http' && level !== 'unknown' && !tags.some((tag) => BY_PARAMETERS.includes(tag)) && !trial(params));
  const targets = actions.every(({ resource: { type = '', id = '', arn = id, ...more } }) => arn !== '' &&
    !['field', 'tool', 'prompt'].includes(type) && ![type, id, arn, ...Object.values(more)].includes('*'));
  return known && (terms.grant.covers !== 'targets' || targets) ? terms.grant : { ...terms.grant, covers: 'call' };
}

/** What these votes on this call granted. */
function given(source, votes) {
  const most = offered(source);
  const asked = votes.map(({ grant_ms }) => grant_ms ?? 0);
  if (!most || votes.length === 0 || !asked.every((each) => each > 0 && each <= most.for_ms)) return undefined;
  const from = Math.max(...votes.map(({ at }) => ms(at)));
  return { id: source.approval_id.replace(/^apr_/, 'grt_'), ...most, from, until: from + Math.min(...asked) };
}

const allows = (granted, most) => {
  const grant = given(granted.source, granted.votes);
  const covers = grant && most && (COVERS[Math.min(COVERS.indexOf(grant.covers), COVERS.indexOf(most.covers))] ?? 'call');
  return covers !== undefined && covers === grant.covers && ms(granted.until) <= grant.from + most.for_ms && granted.use <= most.uses;
};
const runs = (params) => Object.fromEntries(Object.entries(params ?? {}).filter(([name]) =>
  ['images', 'commands', 'serviceAccounts', 'hostPorts', 'externalIPs'].includes(name)));
const subject = ({ call, actions }, covers) => (covers === 'call' ? call.sha256 : canonical([call.method,
  ...(covers === 'targets' ? [call.url.split('?')[0]] : []), ...set(actions.map((each) =>
  canonical({ name: each.name, level: each.level, tags: set(each.tags), boundary: each.boundary ?? null, runs: runs(each.params),
    ...(covers === 'targets' && { resource: each.resource }) })))]));

const targets = ({ actions }) => actions.reduce((sum, { resource }) => sum + (Object.values(resource).includes('*') ? Infinity : 1), 0);

/** Whether the grant let this call through. */
function checkGranted(s, check) {
  const { granted, call } = s;
  const { source, votes, use } = granted;
  if (!s.terms.grant || !source.terms.grant) return check(true, 'grant-offer');
  const [grant, at, until] = [given(source, votes), ms(granted.at), ms(granted.until)];
  const finding = ({ id, evidence }) => (grant?.covers === 'actions' ? id : `${id} ${evidence}`);
  const [asker, seen] = [source.call, source.flags.map(finding)];
  check(at < ms(s.asked_at) || at >= ms(s.expires_at), 'grant-time');
  check(grant && (until > grant.until || at < grant.from || at >= until), 'grant-time');
  check(['agent', 'owner', 'upstream'].some((name) => asker[name] !== call[name]), 'grant-scope');
  check(!same(asker.requesters, call.requesters) || !same(source.rules, s.rules), 'grant-scope');
  check(s.flags.some((flag) => !seen.includes(finding(flag)) && flag.id !== 'burst'), 'grant-scope');
  const wider = source.policy_digest !== s.policy_digest || targets(s) > targets(source);
  check(grant?.covers === 'actions' && wider, 'grant-scope');
  check(subject(source, grant?.covers ?? 'call') !== subject(s, grant?.covers ?? 'call'), 'grant-scope');
  check(!allows(granted, offered(s)), 'grant-offer');
  check(use < 1 || use > (grant?.uses ?? use), 'grant-uses');
  const sound = (vote) => vote.vote === 'approve' && vote.sha256 === asker.sha256 && ms(vote.at) >= ms(source.asked_at) &&
    ms(vote.at) < ms(source.expires_at) && !asker.requesters.includes(vote.by) && vote.by !== asker.agent &&
    source.terms.quorums.some(({ from }) => eligible(from, vote));
  const people = new Set(votes.map(({ by }) => by));
  check(grant?.id !== granted.id || !votes.every(sound) || people.size !== votes.length, 'grant-votes');
  check(!met(source.terms.quorums, votes), 'grant-votes');
  check(!met(s.terms.quorums, votes), 'grant-quorum');
}

/** Names of everything that is wrong (empty: valid), and the statement where it could be read. */
export function verifyReceipt(jws, jwks) {
  const keys = new Map(jwks.keys.map(({ kty, crv, x, kid }) => {
    if (kty !== 'OKP' || crv !== 'Ed25519') throw new Error('the key file holds something else than Ed25519 public keys');
    return [kid, createPublicKey({ key: { kty, crv, x }, format: 'jwk' })];
  }));
  const payload = openJws(jws, 'holdgate-receipt+json', keys);
  if (!payload) return { findings: ['signature'] };
  let s;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload);
    s = JSON.parse(text);
    if (canonical(s) !== text) return { findings: ['payload'] };
  } catch {
    return { findings: ['payload'] };
  }
  if (!fits(SHAPE, s)) return { findings: ['shape'] };
  const findings = new Set();
  const check = (wrong, name) => wrong && findings.add(name);
  const { call, claim, outcome, status, votes, granted } = s;
  const [asked, expires, ended] = [ms(s.asked_at), ms(s.expires_at), ms(s.status_at)];
  check(s.id !== s.approval_id.replace(/^apr_/, 'rcp_'), 'id');
  check(asked >= expires || ended < asked, 'times');
  const asks = (at) => widened(s.terms.quorums, s.escalations, at);
  const due = (at, rule) => s.terms.quorums.some((q) => q.rule === rule && q.escalate && ms(at) >= asked + q.escalate.after_ms);
  check(s.escalations.some(({ at, rules }) => rules.length === 0 || !rules.every((rule) => due(at, rule))), 'times');

  const plain = readable(s) && (!granted || readable(granted.source));
  check(!plain, 'shape');
  for (const [i, vote] of votes.entries()) {
    check(vote.vote !== 'approve' && vote.vote !== 'deny', 'shape');
    check(vote.sha256 !== call.sha256, 'vote-digest');
    check(ms(vote.at) < asked || ms(vote.at) >= expires, 'vote-time');
    check(call.requesters.includes(vote.by) || vote.by === call.agent, 'self-approval');
    check(!asks(vote.at).some(({ from }) => eligible(from, vote)), 'vote-not-eligible');
    const again = (other) => other.by === vote.by && (vote.vote === 'approve' || other.vote === 'deny');
    check(votes.slice(0, i).some(again), 'vote-twice');
    const alone = votes.slice(0, i).some((other) => other.vote === 'approve' && other.grant_ms === null);
    const much = plain && vote.grant_ms !== null && !(vote.grant_ms >= 1 && vote.grant_ms <= (offered(s)?.for_ms ?? 0));
    check(plain && vote.grant_ms !== null && (much || alone || vote.vote !== 'approve'), 'vote-grant');
  }
  for (const [question, vote] of [...votes.map((one) => [s, one]), ...(granted?.votes ?? []).map((one) => [granted.source, one])]) {
    const proof = openJws(vote.proof, 'holdgate-vote+json', keys);
    check(!proof, 'vote-proof');
    check(proof && !proof.equals(Buffer.from(voteStatement(question, vote))), 'vote-statement');
  }
  if (granted && plain) checkGranted(s, check);

  const approvals = granted ? granted.votes : votes.filter(({ vote }) => vote === 'approve');
  const deadline = Math.min(expires, ms(granted?.until ?? s.expires_at));
  if (claim) {
    const standing = claim.eligible.filter(({ by }) => approvals.some((vote) => vote.by === by));
    check(!met(asks(claim.at), approvals), 'quorum');
    check(claim.sha256 !== call.sha256 || claim.content_sha256 !== call.content_sha256, 'claim-digest');
    const last = Math.max(asked, ms(granted?.at ?? s.asked_at), ...approvals.map(({ at }) => ms(at)));
    check(ms(claim.at) < last || ms(claim.at) >= deadline, 'claim-time');
    check(plain && (granted === null) !== (claim.grant === null), 'claim-grant');
    check(plain && granted && claim.grant && claim.effect !== 'allow' && !allows(granted, claim.grant.offer), 'claim-grant');
    check(claim.effect !== 'allow' && claim.effect !== 'hold', 'claim-policy');
    check((call.access_key === null) !== (claim.access_key_stands === null), 'claim-access-key');
    const now = widened(claim.quorums, s.escalations, s.status_at);
    check(!met(asks(claim.at), standing) || !met(now, standing), 'claim-quorum');
  }

  const sent = ['succeeded', 'upstream_error', 'indeterminate'].includes(status);
  check(!sent && !['denied', 'expired', 'cancelled', 'void', 'not_sent'].includes(status), 'status');
  check(sent !== (outcome !== null), 'status');
  check((sent || status === 'not_sent') && !claim, 'status');
  check(['denied', 'expired', 'cancelled'].includes(status) && claim, 'status');
  check(status === 'expired' && ended < expires, 'status');
  check(status === 'denied' && (votes.at(-1)?.vote !== 'deny' || votes.at(-1)?.at !== s.status_at), 'status');
  check(status !== 'denied' && votes.some(({ vote }) => vote === 'deny'), sent ? 'sent-after-denial' : 'status');
  if (outcome) {
    const first = ms(outcome.sent_at);
    check(first < ms(claim?.at ?? s.asked_at) || first >= deadline || ms(outcome.ended_at) < first, 'outcome');
    check(outcome.ended_at !== s.status_at, 'outcome');
    check(status === 'succeeded' && !(outcome.http_status !== null && outcome.http_status < 400), 'outcome');
    check(status === 'upstream_error' && !(outcome.http_status !== null && outcome.http_status >= 400), 'outcome');
  }
  return { findings: [...findings], statement: s };
}

function main([file, keyFile]) {
  if (!file || !keyFile) {
    console.error('usage: node verify-receipt.mjs RECEIPT_FILE PUBLIC_KEYS_JSON');
    return 2;
  }
  const text = readFileSync(file, 'utf8').trim();
  const result = verifyReceipt(text.startsWith('{') ? JSON.parse(text).receipt : text, JSON.parse(readFileSync(keyFile, 'utf8')));
  console.log(JSON.stringify({ valid: result.findings.length === 0, ...result }, null, 2));
  return result.findings.length === 0 ? 0 : 1;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = main(process.argv.slice(2));
