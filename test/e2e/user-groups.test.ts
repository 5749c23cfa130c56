// A rule that asks for a group which only Slack knows: its members vote, wherever they do, and nobody else; for much risk Slack is asked anew.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { slackHands, until, channelsYaml } from './channel-hands.ts';
import { systemClock } from '../../src/system-clock.ts';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { SECOND, startGate, type TestGate } from './running-gate.ts';

const rules = (risk: string): string => `
  - id: asked
    match: {method: POST}
    effect: hold
    risk: ${risk}
    hold: {approvals: 1, from: ["group:platform"]}
`;

describe.each(['socket', 'http'] as const)('a user group of Slack (%s)', (mode) => {
  const hands = slackHands(mode);
  let upstream: RawUpstream;
  let gate: TestGate;

  const start = async (risk: string): Promise<void> => {
    const config = channelsYaml(hands).replace(
      'link: email',
      'link: email, approve_up_to: critical, user_groups: {platform: S0PLATFORM}',
    );
    gate = await startGate({ upstream: upstream.url, rules: rules(risk), more: config });
    await hands.ready(gate);
    // A slow machine may have begun without Slack's first answer.
    if (!hands.slack().scopes.has('usergroups:read')) return;
    await until(async () => {
      const { groups } = (await (await gate.api('/api/v1/me', { as: SECOND })).json()) as { groups: readonly string[] };
      return groups.includes('platform') || undefined;
    });
  };
  const post = (): Promise<Response> => gate.call('/api/things', { method: 'POST', body: 'x' });

  beforeEach(async () => {
    await hands.open(systemClock);
    hands.slack().userGroups.set('S0PLATFORM', ['U0SECOND', 'U0OWNER']);
    upstream = await startRawUpstream();
  });
  afterEach(async () => {
    await gate.stop();
    await hands.close();
    await upstream.close();
  });

  it('lets its members vote in Slack and by the API, and nobody else', async () => {
    await start('low');
    const calling = post();
    const approval = await gate.held();
    await hands.approve('first', approval);
    await hands.told('first', /Only group:platform may vote/);
    expect((await gate.vote(approval, 'approve')).status).toBe(403);
    await hands.approve('second', approval);
    expect((await calling).status).toBe(200);
    expect(upstream.requests).toHaveLength(1);
  });

  it('never lets the owner of the agent approve, whatever the group says', async () => {
    await start('low');
    const calling = post().catch(() => undefined);
    const approval = await gate.held();
    await hands.approve('owner', approval);
    await hands.told('owner', /You cannot vote on this/);
    await gate.vote(approval, 'deny', { as: SECOND });
    await calling;
    expect(upstream.requests).toHaveLength(0);
  });

  it('is asked for anew where the risk is high, and does not count while Slack is away', async () => {
    await start('high');
    const slack = hands.slack();
    const calling = post();
    const approval = await gate.held();
    slack.intercept = (method) => (method === 'usergroups.users.list' ? { status: 503 } : undefined);
    const away = await gate.vote(approval, 'approve', { as: SECOND });
    expect(away.status).toBe(403);
    expect(await away.text()).toMatch(/Slack cannot be asked now whether you are in the group .*platform/);
    slack.intercept = () => undefined;
    // Taken out a moment ago; what the gate remembers says otherwise.
    slack.userGroups.set('S0PLATFORM', ['U0FIRST']);
    await hands.approve('second', approval);
    await hands.told('second', /Only group:platform may vote/);
    await hands.approve('first', approval);
    expect((await calling).status).toBe(200);
    expect(upstream.requests).toHaveLength(1);
  });

  it('is nobody without the scope, and the log says so', async () => {
    hands.slack().scopes.delete('usergroups:read');
    await start('low');
    const calling = post().catch(() => undefined);
    const approval = await gate.held();
    expect((await gate.vote(approval, 'approve', { as: SECOND })).status).toBe(403);
    await until(() => (gate.log.some((line) => /slack:group:platform.*missing_scope/.test(line)) ? true : undefined));
    await gate.stop();
    await calling;
  });
});
