// Granting ahead from where people are: the same box in Slack's dialog, the same part of Teams' card; the next call of the kind asks nobody.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { systemClock } from '../../src/system-clock.ts';
import { channelsYaml, type Hands, slackHands, teamsHands, until } from './channel-hands.ts';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { startGate, type TestGate } from './running-gate.ts';

const RULES = `
  - id: pods
    match: {action: "k8s:delete:pods"}
    effect: hold
    hold: {approvals: 1, from: ["group:security"], grant: {for: 1h, uses: 2, covers: targets}}
  - id: services
    match: {action: "k8s:delete:services"}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
`;
const OFFER =
  'deploy-bot may do k8s:delete:pods on web-1 in staging, whatever its other parameters are, up to 2 times within 1h, without being asked about again';

interface Granting {
  readonly hands: Hands;
  /** Approves in this channel, with the grant or without. */
  approve(approval: ApprovalView, grant: boolean): Promise<void>;
  /** What the dialog or card says, all of it. */
  says(approval: ApprovalView): Promise<string>;
}

function inSlack(): Granting {
  const hands = slackHands('socket');
  const message = (id: string) =>
    until(() => hands.slack().messages.find(({ blocks }) => JSON.stringify(blocks).includes(id)));
  const review = async ({ id }: ApprovalView): Promise<string> => {
    const before = hands.slack().views.length;
    await hands.slack().click('U0FIRST', await message(id), 'holdgate_review');
    await until(() => (hands.slack().views.length > before ? true : undefined));
    return JSON.stringify(hands.slack().views.at(-1)?.view);
  };
  return {
    hands,
    says: review,
    async approve(approval, grant) {
      await review(approval);
      await hands.slack().submit('U0FIRST', 'go on', grant);
    },
  };
}

function inTeams(): Granting {
  const hands = teamsHands();
  const message = (id: string) =>
    until(() => hands.teams().messages.find(({ card }) => JSON.stringify(card).includes(id)));
  return {
    hands,
    says: async ({ id }) => JSON.stringify((await message(id)).card),
    async approve({ id }, grant) {
      await hands.teams().click('29:first', await message(id), grant ? 'grant' : 'approve');
    },
  };
}

describe.each([
  ['Slack', inSlack],
  ['Teams', inTeams],
] as const)('a grant from %s', (_name, make) => {
  let table: Granting;
  let upstream: RawUpstream;
  let gate: TestGate;

  beforeEach(async () => {
    table = make();
    upstream = await startRawUpstream();
    await table.hands.open(systemClock);
    gate = await startGate({
      upstream: upstream.url,
      rules: RULES,
      upstreamMore: 'kind: kubernetes',
      more: channelsYaml(table.hands),
    });
    await table.hands.ready(gate);
  });
  afterEach(async () => {
    await gate.stop();
    await table.hands.close();
    await upstream.close();
  });

  const remove = (kind: string, name: string): Promise<Response> =>
    gate.call(`/api/api/v1/namespaces/staging/${kind}/${name}`, { method: 'DELETE' });
  const grants = async (): Promise<readonly { readonly status: string; readonly words: string }[]> =>
    ((await (await gate.api('/api/v1/grants')).json()) as { items: { status: string; words: string }[] }).items;

  it('lets the next call of the kind run, and names who gave it', async () => {
    const first = remove('pods', 'web-1');
    const approval = await gate.held();
    expect(await table.says(approval)).toContain(OFFER);
    await table.approve(approval, true);
    expect((await first).status).toBe(200);
    expect((await grants()).map(({ status }) => status)).toEqual(['standing']);
    const second = await remove('pods', 'web-1');
    expect(second.status).toBe(200);
    expect(upstream.requests).toHaveLength(2);
    const { items } = (await (await gate.api('/api/v1/approvals')).json()) as { items: ApprovalView[] };
    expect(items.map(({ granted_by: by }) => by?.people.map((each) => each.by) ?? null)).toEqual([
      ['security-oncall@example.com'],
      null,
    ]);
  });

  it('is made by nobody who did not ask for it', async () => {
    const first = remove('pods', 'web-1');
    const approval = await gate.held();
    await table.approve(approval, false);
    expect((await first).status).toBe(200);
    expect(await grants()).toEqual([]);
  });

  it('is not offered where no rule does', async () => {
    const first = remove('services', 'web');
    const approval = await gate.held();
    expect(await table.says(approval)).not.toMatch(/grant/i);
    await table.approve(approval, false);
    expect((await first).status).toBe(200);
  });
});
