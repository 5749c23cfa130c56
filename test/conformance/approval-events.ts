// Events of one small, complete approval, for whoever tests a store or the reducer.
import type { GrantOffer } from '../../src/core/policy/types.ts';
import type { Claimed, Granted, Intent, Opened, Resulted, Voted } from '../../src/core/approval/events.ts';

const MINUTE = 60_000;
/** What the approvals made here ask for. */
export const EXPIRES: number = 15 * MINUTE;
export const DENY_MEMORY: number = 20 * MINUTE;
export const REPLAY_WINDOW: number = 10 * MINUTE;

let serial = 0;
export function freshId(): string {
  serial += 1;
  return `apr_${String(serial).padStart(26, '0')}`;
}

export function opened(at: number, over: Partial<Opened> = {}): Opened {
  return {
    type: 'opened',
    at,
    id: freshId(),
    agent: 'deploy-bot',
    owner: 'owner@example.com',
    requesters: ['owner@example.com'],
    labels: { env: 'ci' },
    source: '192.0.2.7',
    upstream: 'billing',
    method: 'POST',
    url: 'https://billing.internal.example.com/refunds?dry=0',
    actions: [],
    summary: 'POST /refunds',
    digest: 'a'.repeat(64),
    contentDigest: 'b'.repeat(64),
    bodySize: 12,
    decisionId: 'evt_00000000000000000000000001',
    policyDigest: 'c'.repeat(64),
    rules: ['refunds'],
    reason: 'rule',
    detail: 'refunds need a person',
    terms: {
      quorums: [{ rule: 'refunds', approvals: 1, from: ['group:security'] }],
      risk: 'medium',
      expires: EXPIRES,
      wait: 55_000,
      denyMemory: DENY_MEMORY,
      replayWindow: REPLAY_WINDOW,
      onAbsent: 'wait',
    },
    risk: 'medium',
    expiresAt: at + EXPIRES,
    ...over,
  };
}

export function vote(open: Opened, at: number, by: string, kind: 'approve' | 'deny', over: Partial<Voted> = {}): Voted {
  return {
    type: 'voted',
    at,
    by,
    vote: kind,
    digest: open.digest,
    groups: ['security'],
    channel: 'api',
    proof: `proof of ${by}`,
    ...(kind === 'deny' && { reason: 'not today' }),
    ...over,
  };
}

/** What approvals offer that are to be approved by {@link granted}. */
export const OFFERED: GrantOffer = { for: 2 * MINUTE, uses: 1, covers: 'call' };

/** The use of a grant that was given `ago` ms before with the same call. */
export function granted(open: Opened, at: number, ago: number, over: Partial<Granted> = {}): Granted {
  const given = at - ago;
  const source: Opened = {
    ...open,
    at: given,
    id: 'apr_source',
    expiresAt: given + EXPIRES,
    terms: { ...open.terms, grant: OFFERED },
  };
  const votes = [vote(source, given, 'ann@example.com', 'approve', { grant: OFFERED.for })];
  return { type: 'granted', at, grant: 'grt_source', source, votes, until: given + OFFERED.for, use: 1, ...over };
}

export function claim(open: Opened, at: number, replica: string, over: Partial<Claimed> = {}): Claimed {
  return {
    type: 'claimed',
    at,
    replica,
    token: `clm_${replica}`,
    digest: open.digest,
    contentDigest: open.contentDigest,
    policyDigest: open.policyDigest,
    effectNow: 'hold',
    quorumsNow: open.terms.quorums,
    eligible: [
      { by: 'ann@example.com', groups: ['security'] },
      { by: 'bob@example.com', groups: ['security'] },
    ],
    ...over,
  };
}

export function intent(open: Opened, at: number, replica: string, over: Partial<Intent> = {}): Intent {
  return { type: 'intent', at, token: `clm_${replica}`, digest: open.digest, ...over };
}

export function result(at: number, replica: string, over: Partial<Resulted> = {}): Resulted {
  return { type: 'result', at, token: `clm_${replica}`, outcome: 'succeeded', httpStatus: 200, ...over };
}
