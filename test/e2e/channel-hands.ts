// The same people at different tables: how each channel sees an approval, votes, and is told no.
import type { Clock } from '../../src/ports/clock.ts';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { stateLine } from '../../src/channels/card/state-line.ts';
import { type FakeMessage, type FakeSlack, startFakeSlack } from '../../src/cli/demo/slack/fake-slack.ts';
import { type FakeTeams, type FakeTeamsMessage, startFakeTeams } from '../../src/cli/demo/teams/fake-teams.ts';
import { APPROVER, OUTSIDER, OWNER, SECOND, type TestGate } from './running-gate.ts';

export type Who = 'first' | 'second' | 'owner' | 'outsider';

export interface Hands {
  /** Of the configuration, where the channel needs any: a member of `channels`, YAML flow style, and a place for `notify`. */
  config(): { readonly channel: string; readonly place: string } | undefined;
  /** Before the gates start, and once they run. */
  open(clock: Clock): Promise<void>;
  ready(...gates: readonly TestGate[]): Promise<void>;
  /** Resolves once the approval is shown as a state. */
  shows(approval: ApprovalView, words: RegExp): Promise<void>;
  /** What everybody there was told beside it, in order; undefined where nobody is told anything. */
  thread(approval: ApprovalView): readonly string[] | undefined;
  approve(who: Who, approval: ApprovalView): Promise<void>;
  /** Approving, later, by what is shown now. */
  grip(approval: ApprovalView): Promise<(who: Who) => Promise<void>>;
  deny(who: Who, approval: ApprovalView, reason: string): Promise<void>;
  /** Resolves once this person was told something that matches. */
  told(who: Who, words: RegExp): Promise<void>;
  close(): Promise<void>;
}

export const CREDENTIALS: Readonly<Record<Who, string>> = {
  first: APPROVER,
  second: SECOND,
  owner: OWNER,
  outsider: OUTSIDER,
};

/** YAML of the channels that these people need, and of the places where approvals are shown. */
export function channelsYaml(...hands: readonly Pick<Hands, 'config'>[]): string {
  const configs = hands.map((each) => each.config()).filter((each) => each !== undefined);
  const places = configs.map(({ place }) => `"${place}"`).join(', ');
  const notify = configs.length === 0 ? '' : `notify: {default: [${places}]}`;
  return `channels: {${configs.map(({ channel }) => channel).join(', ')}}\n${notify}`;
}

export async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export function apiHands(): Hands {
  let gate: TestGate;
  const told = new Map<Who, string[]>();
  const vote = async (who: Who, approval: ApprovalView, choice: 'approve' | 'deny', reason: string): Promise<void> => {
    const answer = await gate.vote(approval, choice, { as: CREDENTIALS[who], reason });
    if (answer.status === 200) return;
    const { detail } = (await answer.json()) as { detail: string };
    told.set(who, [...(told.get(who) ?? []), detail]);
  };
  return {
    config: () => undefined,
    open: async () => undefined,
    ready: async (running) => void (gate = running),
    thread: () => undefined,
    shows: async ({ id }, words) =>
      void (await until(async () => {
        const view = (await (await gate.api(`/api/v1/approvals/${id}`)).json()) as ApprovalView;
        return words.test(stateLine(view)) ? true : undefined;
      })),
    approve: (who, approval) => vote(who, approval, 'approve', 'fine'),
    grip: async (approval) => (who) => vote(who, approval, 'approve', 'fine'),
    deny: (who, approval, reason) => vote(who, approval, 'deny', reason),
    told: async (who, words) => void (await until(() => told.get(who)?.find((each) => words.test(each)))),
    close: async () => undefined,
  };
}

const USERS: Readonly<Record<Who, string>> = {
  first: 'U0FIRST',
  second: 'U0SECOND',
  owner: 'U0OWNER',
  outsider: 'U0OUTSIDE',
};
const EMAILS: Readonly<Record<Who, string>> = {
  first: 'security-oncall@example.com',
  second: 'second-oncall@example.com',
  owner: 'platform-owner@example.com',
  outsider: 'outsider@example.com',
};
export const TEAM = 'T0TEAM';
export const CHANNEL = 'C0APPROVALS';

export function slackHands(mode: 'socket' | 'http'): Hands & { readonly slack: () => FakeSlack } {
  let slack: FakeSlack;
  const messageOf = (approval: ApprovalView): Promise<FakeMessage> =>
    until(() =>
      slack.messages.find((each) => each.thread === undefined && JSON.stringify(each.blocks).includes(approval.id)),
    );
  const shown = new Map<string, FakeMessage>();
  const message = async (approval: ApprovalView): Promise<FakeMessage> => {
    const found = shown.get(approval.id) ?? (await messageOf(approval));
    shown.set(approval.id, found);
    return found;
  };
  return {
    slack: () => slack,
    config: () => {
      const inbound = mode === 'socket' ? `app_token: ${slack.appToken}` : `signing_secret: ${slack.signingSecret}`;
      return {
        channel: `slack: {bot_token: ${slack.botToken}, ${inbound}, teams: [${TEAM}], link: email, api_url: "${slack.apiUrl}"}`,
        place: `slack:${CHANNEL}`,
      };
    },
    async open(clock) {
      shown.clear();
      slack = await startFakeSlack(clock);
      for (const who of Object.keys(USERS) as Who[])
        slack.users.set(USERS[who], { id: USERS[who], team_id: TEAM, email: EMAILS[who] });
    },
    async ready(...gates) {
      if (mode === 'http') slack.postTo = `http://127.0.0.1:${gates[0]?.running.console.port}/channels/slack`;
      else await until(() => (slack.sockets.size === 2 * gates.length ? true : undefined));
    },
    thread: ({ id }) =>
      slack.messages
        .filter(({ thread }) => thread !== undefined && thread === shown.get(id)?.ts)
        .map(({ text }) => text),
    shows: async (approval, words) => {
      const found = await message(approval);
      await until(() => (words.test(JSON.stringify(found.blocks)) ? true : undefined));
    },
    approve: async (who, approval) => slack.click(USERS[who], await message(approval), 'holdgate_approve'),
    async grip(approval) {
      const seen = { ...(await message(approval)) };
      return (who) => slack.click(USERS[who], seen, 'holdgate_approve');
    },
    async deny(who, approval, reason) {
      const before = slack.views.length;
      await slack.click(USERS[who], await message(approval), 'holdgate_deny');
      await until(() => (slack.views.length > before ? true : undefined));
      await slack.submit(USERS[who], reason);
    },
    told: async (who, words) =>
      void (await until(() => {
        const whispered = slack.whispers.filter(({ user }) => user === USERS[who]).map(({ text }) => text);
        const direct = slack.messages.filter(({ channel }) => channel === USERS[who]).map(({ text }) => text);
        return [...whispered, ...direct].find((each) => words.test(each));
      })),
    close: () => slack.close(),
  };
}

export const TEAMS_CHANNEL = '19:approvals@thread.tacv2';
const TEAMS_USERS: Readonly<Record<Who, string>> = {
  first: '29:first',
  second: '29:second',
  owner: '29:owner',
  outsider: '29:outsider',
};

export function teamsHands(): Hands & { readonly teams: () => FakeTeams } {
  let teams: FakeTeams;
  const shown = new Map<string, FakeTeamsMessage>();
  const message = async ({ id }: ApprovalView): Promise<FakeTeamsMessage> => {
    const found =
      shown.get(id) ??
      (await until(() =>
        teams.messages.find((each) => each.thread === undefined && JSON.stringify(each.card).includes(id)),
      ));
    shown.set(id, found);
    return found;
  };
  return {
    teams: () => teams,
    config: () => ({
      channel: `teams: {app_id: ${teams.appId}, app_secret: ${teams.appSecret}, tenants: [${teams.tenant}], link: email,
  service_url: "${teams.serviceUrl}", token_url: "${teams.tokenUrl}", openid_url: "${teams.openidUrl}"}`,
      place: `teams:${TEAMS_CHANNEL}`,
    }),
    async open(clock) {
      shown.clear();
      teams = await startFakeTeams(clock);
      for (const [i, who] of (Object.keys(TEAMS_USERS) as Who[]).entries())
        teams.users.set(TEAMS_USERS[who], {
          id: TEAMS_USERS[who],
          objectId: `00000000-0000-4000-8000-00000000000${i}`,
          principalName: EMAILS[who],
        });
    },
    async ready(gate) {
      teams.postTo = `http://127.0.0.1:${gate?.running.console.port}/channels/teams`;
    },
    thread: ({ id }) =>
      teams.messages
        .filter(({ thread }) => thread !== undefined && thread === shown.get(id)?.id)
        .map(({ text }) => text),
    shows: async (approval, words) => {
      const found = await message(approval);
      await until(() => (words.test(JSON.stringify(found.card)) ? true : undefined));
    },
    approve: async (who, approval) => void (await teams.click(TEAMS_USERS[who], await message(approval), 'approve')),
    async grip(approval) {
      const seen = { ...(await message(approval)) };
      return async (who) => void (await teams.click(TEAMS_USERS[who], seen, 'approve'));
    },
    deny: async (who, approval, reason) =>
      void (await teams.click(TEAMS_USERS[who], await message(approval), 'deny', reason)),
    told: async (who, words) =>
      void (await until(() =>
        teams.told.find(({ user, text }) => user === TEAMS_USERS[who] && words.test(text)) ? true : undefined,
      )),
    close: () => teams.close(),
  };
}
