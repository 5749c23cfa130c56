// What an approver sees, as golden files.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { callView } from '../../../src/console/call-view.ts';
import { canVote } from '../../../src/console/can-vote.ts';
import { barred, duration, wrap } from '../../../src/cli/approvals/layout.ts';
import { type ApprovalDetail, renderApproval, stateWords } from '../../../src/cli/approvals/render-approval.ts';
import { formLines, indentJson, readableBody } from '../../../src/cli/approvals/render-body.ts';
import { renderList } from '../../../src/cli/approvals/render-list.ts';
import { exitCodeTable } from '../../../src/cli/exit-codes.ts';
import type { Opened } from '../../../src/core/approval/events.ts';
import type { Approval } from '../../../src/core/approval/state.ts';
import { STATUSES } from '../../../src/core/approval/state.ts';
import { approvalView } from '../../../src/core/approval/view.ts';
import type { Call } from '../../../src/core/call.ts';
import { consoleClock, fakeGate, sampleCall } from '../../console/fake-gate.ts';

const ID = 'apr_01KF0000000000000000000000';
const ESC = '\u001b';
const plain = { columns: 100, colour: false, full: false };

function detail(call: Call = sampleCall(), over: Partial<Opened> = {}): ApprovalDetail {
  const clock = consoleClock();
  const approval = fakeGate(clock).hold(ID, call, over);
  return detailOf(approval, call, clock.now() + 60_000);
}

function detailOf(approval: Approval, call: Call, now: number): ApprovalDetail {
  return {
    ...approvalView(approval, now),
    call: callView(call, 64 * 1024),
    can_vote: canVote(approval, { email: 'security-oncall@example.com', groups: ['security'] }, now),
  };
}

const withBody = (text: string, type: string): Call => {
  const bytes = Buffer.from(text);
  return sampleCall({ headers: ['Content-Type', type], body: { state: 'whole', bytes, decoded: bytes } });
};

describe('an approval on the terminal', () => {
  it('puts risk, state and effect first', async () => {
    const { text, cut } = renderApproval(detail(), plain);
    expect(text.split('\n').slice(0, 2)).toEqual([
      'HIGH RISK · waiting for approval · 14 min left',
      'Refund 4,000.00 EUR to customer cus_123',
    ]);
    expect(cut).toBe(false);
    await expect(text).toMatchFileSnapshot('golden/pending.txt');
  });

  it('shows the votes and what is still needed', async () => {
    const clock = consoleClock();
    const gate = fakeGate(clock);
    const { terms } = gate.hold('apr_0').opened;
    const quorums = [
      { rule: 'billing/large-refunds', approvals: 2, from: ['group:security', 'cfo@example.com'] },
      { rule: 'eu/data', approvals: 1, from: [] },
    ];
    const call = sampleCall();
    const { opened } = gate.hold(ID, call, {
      terms: { ...terms, quorums },
      requesters: ['platform-owner@example.com', 'dev@example.com'],
      rules: ['billing/large-refunds', 'eu/data'],
      risk: 'critical',
    });
    await gate.vote({
      approvalId: ID,
      person: { email: 'second@example.com', groups: ['security'] },
      vote: 'approve',
      reason: 'matches the ticket',
      digest: opened.digest,
      channel: 'api',
    });
    const approval = await gate.get(ID);
    const { text } = renderApproval(detailOf(approval!, call, clock.now() + 5_000), plain);
    expect(text).toContain('1 of 2 from group:security, cfo@example.com and 1 of 1 from anyone in people');
    await expect(text).toMatchFileSnapshot('golden/partial.txt');
  });

  it('disarms everything that the agent wrote, wherever it stands', async () => {
    const evil = `${ESC}[2J\u202eDENIED\u200b`;
    const call = sampleCall({
      path: '/v1/\u202eevil',
      headers: ['X-Note', `a${ESC}[1A\u202eb`, 'Content-Type', 'text/plain'],
      body: { state: 'whole', bytes: Buffer.from(`x\n  votes     2 of 2\n${evil}`), decoded: Buffer.from('') },
    });
    const body = call.body.state === 'whole' ? { ...call.body, decoded: call.body.bytes } : call.body;
    const { text } = renderApproval(
      detail(
        { ...call, body },
        { summary: evil, agent: evil, detail: evil, justification: `ok\n${evil}\n  digest    0000` },
      ),
      plain,
    );
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{C}|\p{DI}/u);
    // What is quoted cannot pretend to be one of our lines.
    expect(text.match(/^ {2}votes/gm)).toHaveLength(1);
    expect(text.match(/^ {2}digest/gm)).toHaveLength(1);
    await expect(text).toMatchFileSnapshot('golden/hostile.txt');
  });

  it('says when parts of the call are cut, and shows all of it in full', () => {
    for (const call of [
      sampleCall({ path: `/${'a'.repeat(2_000)}` }),
      sampleCall({ headers: ['X-Long', 'b'.repeat(301)] }),
      withBody('c'.repeat(6_001), 'text/plain'),
      withBody('d\n'.repeat(61), 'text/plain'),
    ]) {
      const url = { url: `https://h${call.path}` };
      const short = renderApproval(detail(call, url), plain);
      expect(short.cut).toBe(true);
      expect(short.text).toMatch(/…⟦[\d,]+ more characters⟧/);
      const full = renderApproval(detail(call, url), { ...plain, full: true });
      expect(full.cut).toBe(false);
      expect(full.text).not.toContain('⟦');
    }
  });

  it('stays cut in full view if the console sent only the beginning', () => {
    const call = withBody('e'.repeat(70_000), 'text/plain');
    expect(renderApproval(detail(call), { ...plain, full: true }).cut).toBe(true);
  });

  it('warns about a body that policy could not read', () => {
    expect(renderApproval(detail(sampleCall(), { uninspected: 'unknown-coding' }), plain).text).toContain(
      '  WARNING   policy could not read the body: unknown-coding',
    );
  });

  it('uses colour only where it is wanted, and only in its own words', () => {
    expect(renderApproval(detail(), plain).text).not.toContain(ESC);
    expect(renderApproval(detail(), { ...plain, colour: true }).text).toContain(`${ESC}[1;31mHIGH RISK${ESC}[0m`);
  });

  it('has words for every status', () => {
    const words = STATUSES.map((status) => stateWords({ ...detail(), status, why: 'because' }));
    expect(new Set(words).size).toBe(STATUSES.length - 1); // claimed and sending are one thing to a person
    expect(words).toMatchInlineSnapshot(`
      [
        "waiting for approval · 14 min left",
        "approved, not sent yet · 14 min left",
        "approved, being sent",
        "approved, being sent",
        "denied: because",
        "expired without a decision; nothing was sent",
        "cancelled: because; nothing was sent",
        "void: because; nothing was sent",
        "approved, but nothing was sent: because",
        "done",
        "sent; the upstream answered with an error; nothing was retried",
        "OUTCOME UNKNOWN: it may have run: because",
      ]
    `);
  });
});

describe('docs/approving.md', () => {
  const page = readFileSync(new URL('../../../docs/approving.md', import.meta.url), 'utf8');

  it('shows what the command prints', () => {
    expect(page).toContain(renderApproval(detail(), plain).text);
  });

  it('names only exit codes that there are', () => {
    const codes = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
    const known = exitCodeTable().map(({ code }) => code);
    expect(codes.length).toBeGreaterThan(3);
    expect(codes.filter((code) => !known.includes(code))).toEqual([]);
  });
});

describe('a list on the terminal', () => {
  it('has the count first and two lines of sense for each', async () => {
    const items = [detail(), detail(sampleCall(), { id: 'apr_2', risk: 'low', summary: 'List users' })];
    await expect(renderList(items, { ...plain, status: 'open', more: false })).toMatchFileSnapshot('golden/list.txt');
    const bare = { ...items[0]!, summary: 'POST https://billing.internal.example.com/v1/refunds' };
    expect(renderList([bare], { ...plain, status: '', more: false }).match(/refunds/g)).toHaveLength(1);
    expect(renderList([], { ...plain, status: 'open', more: false })).toBe('No open approvals.\n');
    expect(renderList(items, { ...plain, status: '', more: true })).toMatch(/^2 or more approvals\n/);
  });
});

describe('a readable body', () => {
  const body = (call: Call, full = false) => readableBody(callView(call, 64 * 1024), full);

  it('indents JSON without touching a token', () => {
    const text = '{"n":9007199254740993,"n":1e400,"s":"a\\u0041: {,}","e":{},"l":[],"a":[1,[true,null]]}';
    expect(indentJson(text)).toBe(
      [
        '{',
        '  "n": 9007199254740993,',
        '  "n": 1e400,',
        '  "s": "a\\u0041: {,}",',
        '  "e": {},',
        '  "l": [],',
        '  "a": [',
        '    1,',
        '    [',
        '      true,',
        '      null',
        '    ]',
        '  ]',
        '}',
      ].join('\n'),
    );
    expect(indentJson('{"a":')).toBeUndefined();
    expect(indentJson('"x"')).toBe('"x"');
  });

  it('shows a form as pairs, and a line feed in a value as what it is', () => {
    expect(formLines('Action=CreateUser&UserName=a+b%26c&flag&x=1%0AAction%20%3D%20ListUsers')).toBe(
      'Action = CreateUser\nUserName = a b&c\nflag\nx = 1⟦U+000A⟧Action = ListUsers',
    );
    expect(formLines('a=%zz')).toBeUndefined();
  });

  it('shows broken JSON and broken forms as they are', () => {
    expect(body(withBody('{"a":', 'application/json')).text).toBe('{"a":');
    expect(body(withBody('a=%zz', 'application/x-www-form-urlencoded')).text).toBe('a=%zz');
  });

  it('says what kind it is: none, binary, decoded', () => {
    expect(body(sampleCall({ body: { state: 'none' } }))).toEqual({ kind: 'none', text: '', cut: false });
    const bytes = Buffer.from([0, 255, 1]);
    expect(body(sampleCall({ headers: [], body: { state: 'whole', bytes, decoded: bytes } }))).toEqual({
      kind: 'no Content-Type, 3 bytes, binary, shown as base64',
      text: 'AP8B',
      cut: false,
    });
    const decoded = Buffer.from('Action=DeleteUser');
    const coded = gzipSync(decoded);
    const shown = body(
      sampleCall({
        headers: ['Content-Type', 'application/x-www-form-urlencoded', 'Content-Encoding', 'gzip'],
        body: { state: 'whole', bytes: coded, decoded },
      }),
    );
    expect(shown.text).toBe('Action = DeleteUser');
    expect(shown.kind).toContain(`${coded.length} bytes, shown decoded (17 bytes)`);
  });
});

describe('layout', () => {
  it('wraps quoted text inside its bar, counting wide characters double', () => {
    expect(wrap('abcdef', 3)).toEqual(['abc', 'def']);
    expect(wrap('東京都', 4)).toEqual(['東京', '都']);
    for (const line of barred('x'.repeat(500), 60)) {
      expect(line.startsWith('│ ')).toBe(true);
      expect(line.length).toBeLessThanOrEqual(60);
    }
  });

  it('rounds time down, so that nobody is promised more than there is', () => {
    expect([119_999, 120_000, 899_999, 7_200_000, 7_500_000, -5].map(duration)).toEqual([
      '119 s',
      '2 min',
      '14 min',
      '2 h',
      '2 h 5 min',
      '0 s',
    ]);
  });
});
