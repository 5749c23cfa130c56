// Whom an approval concerns: a hint for cards and home tabs, by the same words that quorums have.
import { expect, it } from 'vitest';
import { concerns } from '../../../src/channels/card/looked-at.ts';
import type { ApprovalView } from '../../../src/core/approval/view.ts';

const ann = { email: 'ann@example.com', groups: ['security', 'oncall:platform'] };

it.each([
  [[], true],
  [['group:security'], true],
  [['group:sales'], false],
  [['oncall:platform'], true],
  [['oncall:warehouse'], false],
  [['Ann@example.com'], true],
  [['bob@example.com'], false],
])('who is asked: %j', (from, expected) => {
  const view = { required: [{ rule: 'r', approvals: 1, from, have: 0 }] } as unknown as ApprovalView;
  expect(concerns(view, ann)).toBe(expected);
});
