import { describe, expect, it } from 'vitest';
import type { ApprovalEvent } from '../../src/core/approval/events.ts';
import { fold } from '../../src/core/approval/transition.ts';
import { mintGrant } from '../../src/core/grant.ts';
import { claim, intent, opened, result, vote } from '../conformance/approval-events.ts';

const event = opened(1000);
const approve = vote(event, 1000, 'ann@example.com', 'approve');
const claimed = claim(event, 1000, 'r1');

describe('a grant', () => {
  it('is minted from a claimed approval and repeats exactly what was approved', () => {
    expect(mintGrant(fold([event, approve, claimed]))).toEqual({
      approvalId: event.id,
      agent: event.agent,
      upstream: event.upstream,
      digest: event.digest,
      contentDigest: event.contentDigest,
      token: 'clm_r1',
      expiresAt: event.expiresAt,
    });
  });

  it.each<readonly [string, readonly ApprovalEvent[]]>([
    ['pending', []],
    ['approved', [approve]],
    ['denied', [vote(event, 1000, 'ann@example.com', 'deny')]],
    ['expired', [{ type: 'expired', at: event.expiresAt }]],
    ['cancelled', [approve, { type: 'cancelled', at: 1000, why: 'policy' }]],
    ['void', [approve, claimed, { type: 'void', at: 1000, why: 'replica gone' }]],
    ['not_sent', [approve, claimed, { type: 'not_sent', at: 1000, token: 'clm_r1', why: 'refused' }]],
    ['sending', [approve, claimed, intent(event, 1000, 'r1')]],
    ['succeeded', [approve, claimed, intent(event, 1000, 'r1'), result(1000, 'r1')]],
    ['indeterminate', [approve, claimed, intent(event, 1000, 'r1'), result(1000, 'r1', { outcome: 'indeterminate' })]],
  ])('is never minted from a %s one', (status, events) => {
    const approval = fold([event, ...events]);
    expect(approval.status).toBe(status);
    expect(mintGrant(approval)).toBeUndefined();
  });
});
