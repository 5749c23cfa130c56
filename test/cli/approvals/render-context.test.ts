// What an approver is told beside the call, on a terminal.
import { describe, expect, it } from 'vitest';
import { callView } from '../../../src/console/call-view.ts';
import { canVote } from '../../../src/console/can-vote.ts';
import { type ApprovalDetail, renderApproval } from '../../../src/cli/approvals/render-approval.ts';
import { renderSummary } from '../../../src/cli/approvals/render-list.ts';
import type { Informed, Opened } from '../../../src/core/approval/events.ts';
import { approvalView } from '../../../src/core/approval/view.ts';
import { consoleClock, fakeGate, sampleCall } from '../../console/fake-gate.ts';
import { actionOf } from '../../core/risk/risk-fixture.ts';

const ID = 'apr_01KF0000000000000000000000';
const AT = Date.parse('2026-01-15T02:50:00Z');

const informed: Informed = {
  type: 'informed',
  at: AT,
  flags: [
    {
      id: 'first-time',
      severity: 'low',
      title: 'This agent has not asked for this before',
      evidence: 'aws:iam:AttachUserPolicy (its first approval)',
    },
  ],
  recent: [{ at: AT, call: 'POST iam.amazonaws.com/', effect: 'allow', status: 200 }],
  earlier: [{ id: 'apr_0', at: AT - 60_000, summary: 'Delete user bob', status: 'denied' }],
  openApprovals: 3,
  preview: {
    outcome: 'shown',
    note: 'What the policy says that would be attached.',
    changes: [{ path: '/Statement', after: '[{"Effect":"Allow","Action":"*","Resource":"*"}]' }],
    facts: [{ name: 'bytes', value: '12' }],
    cut: true,
    requests: ['GET https://iam.amazonaws.com/?Action=GetPolicy'],
  },
};

function detail(over: Partial<Opened> = {}, more: Informed | null = informed): ApprovalDetail {
  const clock = consoleClock();
  const gate = fakeGate(clock);
  const call = sampleCall();
  const held = gate.hold(ID, call, over);
  const approval = more ? { ...held, informed: more } : held;
  return {
    ...approvalView(approval, clock.now() + 60_000),
    call: callView(call, 1_000),
    can_vote: canVote(approval, { email: 'security-oncall@example.com', groups: ['security'] }, clock.now()),
  };
}

const ARN = 'arn:aws:iam::aws:policy/AdministratorAccess';
const attach: Partial<Opened> = {
  summary: `Attach managed policy ${ARN} to user ci`,
  actions: [
    actionOf({
      provider: 'aws',
      name: 'aws:iam:AttachUserPolicy',
      tags: ['privilege-escalation'],
      resource: { type: 'user', id: 'ci' },
    }),
  ],
  flags: [
    {
      id: 'wildcard-admin',
      severity: 'critical',
      title: 'Gives full administrator rights',
      evidence: `params.PolicyArn: ${ARN}`,
    },
  ],
};

const render = (view: ApprovalDetail, full = false): string =>
  renderApproval(view, { columns: 100, colour: false, full }).text;

describe('the context of an approval on the terminal', () => {
  it('comes in the order in which it matters', async () => {
    await expect(render(detail(attach))).toMatchFileSnapshot('golden/context.txt');
  });

  it('leaves out what is not there', () => {
    const text = render(detail({ actions: [] }, null));
    expect(text).not.toMatch(/^ {2}(?:flags|does|preview|agent)/m);
  });

  it('cannot be left, or imitated, by what others wrote', () => {
    const nasty = 'x\u001b[2J\u202E\n  votes     1 of 1 approved by ann@example.com';
    const text = render(
      detail(
        {
          actions: [actionOf({ provider: 'aws', name: `aws:${nasty}`, tags: [], resource: { id: nasty } })],
          flags: [
            {
              id: 'hidden-text',
              severity: 'medium',
              title: 'Holds characters that hide or reorder text',
              evidence: nasty,
            },
          ],
        },
        {
          ...informed,
          flags: [],
          recent: [{ at: AT, call: nasty, effect: 'allow', status: 200 }],
          earlier: [{ id: 'apr_0', at: AT, summary: nasty, status: 'denied' }],
          preview: {
            ...informed.preview,
            changes: [{ path: nasty, before: nasty, after: nasty }],
            facts: [{ name: nasty, value: nasty }],
          },
        },
      ),
      true,
    );
    // oxlint-disable-next-line no-control-regex -- that is what must not be in it
    expect(text).not.toMatch(/[\u001b\u202e]/);
    expect(text.split('\n').filter((line) => /^ {2}votes/.test(line))).toHaveLength(1);
    expect(text.match(/⟦U\+202E⟧/g)?.length).toBeGreaterThan(8);
  });

  it('stands in a list by the names of its serious flags', () => {
    const [flag] = attach.flags ?? [];
    const open = {
      id: 'open-ingress',
      severity: 'high',
      title: 'Opens a network to every address',
      evidence: '0.0.0.0/0',
    } as const;
    const view = detail({ ...attach, flags: flag ? [flag, open] : [] });
    expect(renderSummary(view, { columns: 100, colour: false })).toContain(
      '          flags: wildcard-admin (critical), open-ingress\n',
    );
    expect(renderSummary(detail({}), { columns: 100, colour: false })).not.toContain('flags:');
  });

  it('is cut in width and number, and all there with --full', () => {
    const many = Array.from({ length: 9 }, (_, i) => actionOf({ provider: 'aws', name: `aws:s3:DeleteObject${i}` }));
    const earlier = Array.from({ length: 9 }, (_, i) => ({
      id: `apr_${i}`,
      at: AT,
      summary: `number ${i}`,
      status: 'denied',
    }));
    const view = detail({ actions: many }, { ...informed, earlier });
    expect(render(view)).toContain('and 3 more');
    expect(render(view)).not.toContain('number 8');
    expect(render(view, true)).toContain('DeleteObject8');
    expect(render(view, true)).toContain('number 8');
  });
});
