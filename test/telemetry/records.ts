// Finished calls for tests of whoever listens.
import type { Decision } from '../../src/core/policy/types.ts';
import type { CallRecord } from '../../src/ports/events.ts';

export function decision(more: Partial<Decision> = {}): Decision {
  return {
    effect: 'allow',
    reason: 'rule',
    rules: ['reads'],
    detail: 'Reading is fine',
    websocket: false,
    policyDigest: 'c'.repeat(64),
    ...more,
  };
}

export function callRecord(more: Partial<CallRecord> = {}): CallRecord {
  return {
    at: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    decisionId: 'dec_1',
    agent: 'deploy-bot',
    source: '192.0.2.7',
    upstream: 'billing',
    method: 'GET',
    host: 'billing.example.com',
    path: '/v1/invoices/42',
    decision: decision(),
    approvalId: undefined,
    status: 200,
    problem: undefined,
    duration: 1.25,
    bytesIn: 0,
    bytesOut: 512,
    ...more,
  };
}
