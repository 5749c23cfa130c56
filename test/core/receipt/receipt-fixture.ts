// Real approvals, made by the real reducer with really signed votes, and receipts of them.
import { generateKeyPairSync, sign } from 'node:crypto';
import type { ApprovalEvent, Claimed, Granted, Opened, Vote, Voted } from '../../../src/core/approval/events.ts';
import type { Approval } from '../../../src/core/approval/state.ts';
import { fold } from '../../../src/core/approval/transition.ts';
import { VOTE_TYP, voteStatement } from '../../../src/core/approval/vote-statement.ts';
import { RECEIPT_TYP, receiptPayload, receiptStatement } from '../../../src/core/receipt/statement.ts';
import { createJwsVerifier } from '../../../src/signers/jws-verifier.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const { x = '' } = publicKey.export({ format: 'jwk' });
export const jwks: { readonly keys: readonly Record<string, string>[] } = {
  keys: [{ kty: 'OKP', crv: 'Ed25519', x: x, kid: 'test-key' }],
};
export const verify: Awaited<ReturnType<typeof createJwsVerifier>> = await createJwsVerifier(jwks.keys);

const b64 = (text: string): string => Buffer.from(text).toString('base64url');

/** Compact JWS by the test key; deterministic, as Ed25519 is. */
export function signed(payload: string, typ: string): string {
  const input = `${b64(JSON.stringify({ alg: 'EdDSA', kid: 'test-key', typ }))}.${b64(payload)}`;
  return `${input}.${sign(null, Buffer.from(input), privateKey).toString('base64url')}`;
}

const T0 = Date.UTC(2026, 2, 3, 4, 5, 6, 789);

export const opened: Opened = {
  type: 'opened',
  at: T0,
  id: 'apr_01JQ0000000000000000000001',
  agent: 'deploy-bot',
  owner: 'owner@example.com',
  requesters: ['owner@example.com', 'asker@example.com'],
  labels: { env: 'ci' },
  source: '192.0.2.7',
  upstream: 'billing',
  method: 'POST',
  url: 'https://billing.example.com/refunds?x=é',
  actions: [],
  summary: 'Refund 10 €',
  digest: 'a'.repeat(64),
  contentDigest: 'b'.repeat(64),
  bodySize: 42,
  decisionId: 'evt_01JQ0000000000000000000000',
  policyDigest: 'c'.repeat(64),
  rules: ['refunds'],
  reason: 'rule',
  detail: 'Refunds need two people',
  terms: {
    quorums: [
      {
        rule: 'refunds',
        approvals: 2,
        from: ['group:security', 'boss@example.com'],
        escalate: { after: 500, to: ['group:leads'] },
      },
    ],
    risk: 'high',
    expires: 900_000,
    wait: 55_000,
    denyMemory: 900_000,
    replayWindow: 600_000,
    onAbsent: 'wait',
    notify: ['webhook:ops'],
    nudge: 300,
  },
  risk: 'high',
  justification: 'the customer asked',
  expiresAt: T0 + 900_000,
};

export function voted(by: string, vote: Vote, after: number, more: Partial<Voted> = {}): Voted {
  const unsigned = {
    type: 'voted' as const,
    at: T0 + after,
    by,
    vote,
    digest: opened.digest,
    groups: ['security'],
    channel: 'api',
    ...(vote === 'deny' && { reason: 'too much' }),
    ...more,
  };
  return { ...unsigned, proof: signed(voteStatement(opened, unsigned), VOTE_TYP) };
}

/** The proof of a denial of another question. */
function signedOn(question: Opened, after: number): Pick<Voted, 'proof'> {
  const { type: _, proof: _proof, ...stated } = voted('two@example.com', 'deny', after);
  return { proof: signed(voteStatement(question, stated), VOTE_TYP) };
}

const one = voted('one@example.com', 'approve', 1000);
const boss = voted('boss@example.com', 'approve', 2000, { groups: [], reason: 'fine' });
const claimed: Claimed = {
  type: 'claimed',
  at: T0 + 3000,
  replica: 'gate-1',
  token: 'clm_1',
  digest: opened.digest,
  contentDigest: opened.contentDigest,
  policyDigest: 'd'.repeat(64),
  effectNow: 'hold',
  quorumsNow: [{ rule: 'refunds', approvals: 1, from: ['group:security'] }],
  eligible: [
    { by: 'one@example.com', groups: ['security', 'ops'] },
    { by: 'boss@example.com', groups: [] },
  ],
};
const intent: ApprovalEvent = { type: 'intent', at: T0 + 3100, token: 'clm_1', digest: opened.digest };
const result = (outcome: 'succeeded' | 'upstream_error' | 'indeterminate', httpStatus?: number): ApprovalEvent => ({
  type: 'result',
  at: T0 + 3500,
  token: 'clm_1',
  outcome,
  ...(httpStatus !== undefined && { httpStatus, responseDigest: 'e'.repeat(64), responseBytes: 7 }),
});
const approved = [opened, one, boss];

const lead = voted('lead@example.com', 'approve', 1500, { groups: ['leads'] });
const escalated: readonly ApprovalEvent[] = [
  opened,
  { type: 'nudged', at: T0 + 400 },
  { type: 'escalated', at: T0 + 600, rules: ['refunds'] },
  lead,
  boss,
  {
    ...claimed,
    quorumsNow: [
      { rule: 'refunds', approvals: 1, from: ['group:security'], escalate: { after: 500, to: ['group:leads'] } },
    ],
    eligible: [
      { by: 'lead@example.com', groups: ['leads'] },
      { by: 'boss@example.com', groups: [] },
    ],
  },
];

const OFFER = { for: 3_600_000, uses: 3, covers: 'targets' } as const;
const restart: Opened['actions'][number] = {
  provider: 'k8s',
  service: 'apps',
  operation: 'patch',
  name: 'k8s:patch:apps/deployments',
  level: 'write',
  levelSource: 'catalogue',
  tags: ['deployment'],
  resource: { type: 'deployments', id: 'web', namespace: 'staging' },
  params: { replicas: 2 },
  summary: 'Patch deployment web',
  confidence: 'exact',
};
/** What people granted ahead, an hour before the call that it let through. */
export const granting: Opened = {
  ...opened,
  at: T0 - 3_000_000,
  id: 'apr_01JQ0000000000000000000000',
  accessKey: 'HGAKAFQWCYLBMRWG25DB',
  digest: '7'.repeat(64),
  actions: [restart],
  flags: [{ id: 'force', severity: 'high', title: 'Forces', evidence: 'force: true' }],
  terms: { ...opened.terms, grant: OFFER },
  expiresAt: T0 - 2_100_000,
};
export const covered: Opened = {
  ...granting,
  at: T0,
  id: opened.id,
  digest: opened.digest,
  actions: [{ ...restart, params: { replicas: 3 }, summary: 'Patch it again' }],
  expiresAt: opened.expiresAt,
};
/** A vote on {@link granting}, or a question like it, `before` ms before the use. */
export function granter(by: string, before: number, more: Partial<Voted> = {}, question: Opened = granting): Voted {
  const at = T0 - before;
  const unsigned = { ...voted(by, 'approve', 0), at, digest: granting.digest, grant: OFFER.for, ...more };
  const { type: _, proof: _proof, ...stated } = unsigned;
  return { ...unsigned, proof: signed(voteStatement(question, stated), VOTE_TYP) };
}
export const granted: Granted = {
  type: 'granted',
  at: T0 + 5,
  grant: 'grt_01JQ0000000000000000000000',
  source: granting,
  votes: [
    granter('one@example.com', 2_900_000),
    granter('boss@example.com', 2_800_000, { groups: [], reason: 'go on' }),
  ],
  until: T0 - 2_800_000 + OFFER.for,
  use: 2,
};
const keyed: Claimed = { ...claimed, accessKeyStands: true };
const grantClaimed: Claimed = { ...keyed, grantNow: { stands: true, offer: OFFER } };

/** One event log for every way in which an approval can end. */
export const endings: Readonly<Record<string, readonly ApprovalEvent[]>> = {
  succeeded: [...approved, claimed, intent, result('succeeded', 201)],
  'upstream error': [...approved, claimed, intent, result('upstream_error', 422)],
  escalated: [...escalated, intent, result('succeeded', 200)],
  indeterminate: [...approved, claimed, intent, result('indeterminate')],
  'not sent': [...approved, claimed, { type: 'not_sent', at: T0 + 3100, token: 'clm_1', why: 'connection refused' }],
  'void before the claim': [...approved, { type: 'void', at: T0 + 2500, why: 'policy denies it now' }],
  'void after the claim': [...approved, claimed, { type: 'void', at: T0 + 9000, why: 'the gate was killed' }],
  granting: [
    granting,
    ...granted.votes,
    { ...keyed, at: T0 - 2_700_000, digest: granting.digest },
    { type: 'not_sent', at: T0 - 2_600_000, token: 'clm_1', why: 'connection refused' },
  ],
  granted: [covered, granted, grantClaimed, intent, result('succeeded', 200)],
  'granted and void': [covered, granted, { type: 'void', at: T0 + 900, why: 'the grant was revoked' }],
  'granted and denied': [covered, granted, { ...voted('two@example.com', 'deny', 1500), ...signedOn(covered, 1500) }],
  'granted, now allowed': [
    covered,
    granted,
    { ...keyed, effectNow: 'allow', quorumsNow: [], grantNow: { stands: true } },
    intent,
    result('succeeded', 200),
  ],
  denied: [opened, one, voted('two@example.com', 'deny', 1500)],
  'taken back': [...approved, voted('one@example.com', 'deny', 2200)],
  expired: [opened, one, { type: 'expired', at: T0 + 900_000 }],
  cancelled: [opened, { type: 'cancelled', at: T0 + 10, why: 'the agent left' }],
};

export function approvalOf(name: string): Approval {
  return fold(endings[name] ?? []);
}

export function receiptOf(name: string): string {
  const facts = { credential: { kind: 'static', scope: 'none' }, audit: { seq: 12, sha256: 'f'.repeat(64) } };
  return signed(receiptPayload(receiptStatement(approvalOf(name), facts)), RECEIPT_TYP);
}
