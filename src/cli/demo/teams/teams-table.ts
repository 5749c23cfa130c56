// The approvers of the demo at a local Teams: what they see there, as text, and their clicks.
import { soon } from '../soon.ts';
import type { FakeTeams, FakeTeamsMessage } from './fake-teams.ts';

const CHANNEL = '19:approvals@thread.tacv2';
const PEOPLE = { owner: '29:owner', approver: '29:oncall', colleague: '29:colleague' } as const;

type Json = Readonly<Record<string, unknown>>;

export interface TeamsTable {
  /** YAML for the configuration of the gate. */
  readonly config: string;
  /** Tells Teams where the gate listens, once that is known. */
  ready(consoleUrl: string): void;
  /** The message about the held call, as text, once it is there. */
  shown(): Promise<string>;
  /** From now on it is about the call that is held next. */
  next(): void;
  /** Clicks *Approve* and gives what this person alone was told; empty if the vote counts. */
  approve(who: keyof typeof PEOPLE): Promise<string>;
  /** The message once it says this. */
  becomes(words: RegExp): Promise<string>;
}

export function teamsTable(teams: FakeTeams): TeamsTable {
  teams.users.set(PEOPLE.owner, {
    id: PEOPLE.owner,
    objectId: '00000000-0000-4000-8000-000000000001',
    principalName: 'platform-owner@example.com',
  });
  teams.users.set(PEOPLE.approver, {
    id: PEOPLE.approver,
    objectId: '00000000-0000-4000-8000-000000000002',
    principalName: 'security-oncall@example.com',
  });
  teams.users.set(PEOPLE.colleague, {
    id: PEOPLE.colleague,
    objectId: '00000000-0000-4000-8000-000000000003',
    principalName: 'colleague@example.com',
  });
  let about = 0;
  const message = (): Promise<FakeTeamsMessage> =>
    soon(() => teams.messages.filter(({ thread }) => thread === undefined)[about]);
  return {
    config: `channels:
  teams: {app_id: ${teams.appId}, app_secret: ${teams.appSecret}, tenants: [${teams.tenant}], link: email, approve_up_to: high,
    service_url: "${teams.serviceUrl}", token_url: "${teams.tokenUrl}", openid_url: "${teams.openidUrl}"}
notify: {default: "teams:${CHANNEL}"}
`,
    ready: (consoleUrl) => void (teams.postTo = `${consoleUrl}/channels/teams`),
    next: () => void about++,
    shown: async () => textOf((await message()).card),
    async approve(who) {
      const said = await teams.click(PEOPLE[who], await message(), 'approve');
      return typeof said.value === 'string' ? said.value : '';
    },
    becomes: (words) =>
      soon(async () => {
        const text = textOf((await message()).card);
        return words.test(text) ? text : undefined;
      }),
  };
}

const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);

/** A card as a terminal can show it. */
function textOf(card: Json): string {
  const actions = list(card['actions']).map((each) => `[ ${String(each['title'])} ]`);
  return [...list(card['body']).map(elementText), ...(actions.length > 0 ? [actions.join('  ')] : [])].join('\n');
}

function elementText(element: Json): string {
  switch (element['type']) {
    case 'RichTextBlock':
      return list(element['inlines'])
        .map(({ text }) => String(text))
        .join('');
    case 'CodeBlock':
      return String(element['codeSnippet']).replaceAll(/^/gm, '  │ ');
    case 'FactSet':
      return list(element['facts'])
        .map(({ title, value }) => `${String(title)}: ${String(value)}`)
        .join('\n');
    default:
      return typeof element['text'] === 'string' ? element['text'] : '';
  }
}
