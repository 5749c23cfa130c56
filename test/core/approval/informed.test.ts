// What people are told changes nothing that counts: it comes while an approval is pending, or not at all.
import { describe, expect, it } from 'vitest';
import type { ApprovalEvent, Informed } from '../../../src/core/approval/events.ts';
import { fold, transition } from '../../../src/core/approval/transition.ts';
import { approvalView } from '../../../src/core/approval/view.ts';
import { endings, opened } from '../receipt/receipt-fixture.ts';

const informed: Informed = {
  type: 'informed',
  at: opened.at,
  flags: [
    { id: 'first-time', severity: 'low', title: 'This agent has not asked for this before', evidence: 'a' },
    { id: 'force', severity: 'high', title: 'Forces what is refused otherwise', evidence: 'true' },
  ],
  recent: [],
  earlier: [],
  openApprovals: 1,
  preview: { outcome: 'shown', note: 'n', changes: [{ path: '/a', after: '1' }], facts: [], cut: false, requests: [] },
};

describe('being informed', () => {
  it('leaves status, votes and times as they are', () => {
    const before = fold([opened]);
    const step = transition(before, informed);
    if (!step.ok) throw new Error(step.refusal);
    expect(step.approval).toEqual({ ...before, version: 2, informed });
  });

  it('shows its flags among those of the opening, worst first, and null for what is not there', () => {
    const view = approvalView(
      fold([
        { ...opened, flags: informed.flags.slice(0, 1) },
        { ...informed, flags: informed.flags.slice(1) },
      ]),
      opened.at,
    );
    expect(view.flags.map(({ id }) => id)).toEqual(['force', 'first-time']);
    expect(view.context?.preview.changes).toEqual([{ path: '/a', before: null, after: '1' }]);
  });

  it('is refused once anything was decided', () => {
    expect(Object.keys(endings).length).toBeGreaterThan(5);
    for (const events of Object.values(endings)) {
      for (let n = 2; n <= events.length; n++) {
        const approval = fold(events.slice(0, n));
        const step = transition(approval, informed);
        expect(step.ok).toBe(approval.status === 'pending');
      }
    }
  });

  it('does not keep anything from being decided afterwards', () => {
    for (const events of Object.values(endings)) {
      const [first, ...rest] = events as readonly [ApprovalEvent, ...ApprovalEvent[]];
      const plain = fold(events);
      const told = fold([first, informed, ...rest]);
      expect({ ...told, version: told.version - 1 }).toEqual({ ...plain, informed });
    }
  });
});
