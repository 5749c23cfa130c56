import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/core/action.ts';
import type { Opened } from '../../../src/core/approval/events.ts';
import { fold } from '../../../src/core/approval/transition.ts';
import type { RiskFlag } from '../../../src/core/risk/flag.ts';
import { similarityKey } from '../../../src/core/similar/similarity.ts';
import type { Template } from '../../../src/core/similar/template.ts';
import { opened } from '../../conformance/approval-events.ts';

const AT = Date.UTC(2026, 0, 2);
const template: Template = { shape: 'f'.repeat(64), values: [] };
const action: Action = {
  provider: 'aws',
  service: 'iam',
  operation: 'CreateUser',
  name: 'aws:iam:CreateUser',
  level: 'write',
  levelSource: 'catalogue',
  tags: [],
  resource: { id: 'ann' },
  params: {},
  summary: 'Create user ann',
  confidence: 'exact',
};
const flag = (id: RiskFlag['id'], severity: RiskFlag['severity']): RiskFlag => ({
  id,
  severity,
  title: id,
  evidence: '',
});
const key = (over: Partial<Opened> = {}, of: Template | undefined = template): string | undefined =>
  similarityKey(fold([opened(AT, { actions: [action], ...over })]), of);
const terms = opened(AT).terms;

describe('calls are alike', () => {
  it.each<readonly [string, Partial<Opened>]>([
    ['with another target', { actions: [{ ...action, resource: { id: 'bob' }, summary: 'Create user bob' }] }],
    ['with other words of the agent', { justification: 'because' }],
    ['when they are many', { flags: [flag('burst', 'medium')] }],
    ['when they are new for the agent', { flags: [flag('first-time', 'low')] }],
    ['at another time', { at: AT + 1, expiresAt: AT + 2 }],
  ])('%s', (_what, over) => {
    expect(key()).toMatch(/^[0-9a-f]{64}$/);
    expect(key(over)).toBe(key());
  });
});

describe('calls are not alike', () => {
  it.each<readonly [string, Partial<Opened>]>([
    ['of another agent', { agent: 'other-bot' }],
    ['of another owner', { owner: 'x@example.com' }],
    ['on behalf of others', { requesters: ['owner@example.com', 'x@example.com'] }],
    ['of an agent with other labels', { labels: {} }],
    ['to another upstream', { upstream: 'other' }],
    ['held by other rules', { rules: ['refunds', 'more'] }],
    ['with another quorum', { terms: { ...terms, quorums: [{ rule: 'refunds', approvals: 2, from: [] }] } }],
    ['of another risk', { risk: 'high', terms: { ...terms, risk: 'high' } }],
    ['under another policy', { policyDigest: 'd'.repeat(64) }],
    ['that do something else', { actions: [{ ...action, name: 'aws:iam:DeleteUser' }] }],
    ['that do more', { actions: [action, action] }],
    ['of another level', { actions: [{ ...action, level: 'permissions-management' }] }],
    ['with other tags', { actions: [{ ...action, tags: ['privilege-escalation'] }] }],
    ['outside of the boundary', { actions: [{ ...action, boundary: 'outside' }] }],
    ['with a flag that counts', { flags: [flag('wildcard-admin', 'critical')] }],
  ])('%s', (_what, over) => {
    expect(key(over)).toBeDefined();
    expect(key(over)).not.toBe(key());
  });

  it('of another shape', () => {
    expect(key({}, { shape: 'e'.repeat(64), values: [] })).not.toBe(key());
  });

  it.each<readonly [string, Partial<Opened>]>([
    ['of critical risk', { risk: 'critical' }],
    ['that were held in doubt', { reason: 'ambiguous' }],
    ['whose body was not read', { uninspected: 'over-limit' }],
    ['that nobody recognised', { actions: [] }],
    ['of which something is ambiguous', { actions: [{ ...action, confidence: 'ambiguous' }] }],
    ['of which something is unknown', { actions: [{ ...action, confidence: 'unknown' }] }],
  ])('%s: they are looked at one by one', (_what, over) => {
    expect(key(over)).toBeUndefined();
  });

  it('that cannot be taken apart', () => {
    expect(similarityKey(fold([opened(AT, { actions: [action] })]), undefined)).toBeUndefined();
  });
});
