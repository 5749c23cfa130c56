// Real approvals, made by the real reducer with really signed votes, and receipts of them.
import { generateKeyPairSync, sign } from 'node:crypto';
import type { ApprovalEvent, Claimed, Opened, Vote, Voted } from '../../../src/core/approval/events.ts';
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

/** One event log for every way in which an approval can end. */
export const endings: Readonly<Record<string, readonly ApprovalEvent[]>> = {
  succeeded: [...approved, claimed, intent, result('succeeded', 201)],
  'upstream error': [...approved, claimed, intent, result('upstream_error', 422)],
  escalated: [...escalated, intent, result('succeeded', 200)],
  indeterminate: [...approved, claimed, intent, result('indeterminate')],
  'not sent': [...approved, claimed, { type: 'not_sent', at: T0 + 3100, token: 'clm_1', why: 'connection refused' }],
  'void before the claim': [...approved, { type: 'void', at: T0 + 2500, why: 'policy denies it now' }],
  'void after the claim': [...approved, claimed, { type: 'void', at: T0 + 9000, why: 'the gate was killed' }],
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
