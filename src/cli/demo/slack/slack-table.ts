// The approvers of the demo at a local Slack: what they see there, as text, and their clicks.
import { soon } from '../soon.ts';
import type { FakeMessage, FakeSlack } from './fake-slack.ts';

export const TEAM = 'T0DEMO';
export const CHANNEL = 'C0APPROVALS';
const PEOPLE = { owner: 'U0OWNER', approver: 'U0ONCALL', colleague: 'U0COLLEAGUE' } as const;

type Json = Readonly<Record<string, unknown>>;

export interface SlackTable {
  /** YAML for the configuration of the gate. */
  readonly config: string;
  /** The message about the held call, as text, once it is there. */
  shown(): Promise<string>;
  /** From now on it is about the call that is held next. */
  next(): void;
  /** Clicks *Approve* and gives what this person alone was told; empty if the vote counts. */
  approve(who: keyof typeof PEOPLE): Promise<string>;
  /** The message once it says this. */
  becomes(words: RegExp): Promise<string>;
}

export function slackTable(slack: FakeSlack): SlackTable {
  slack.users.set(PEOPLE.owner, { id: PEOPLE.owner, team_id: TEAM, email: 'platform-owner@example.com' });
  slack.users.set(PEOPLE.approver, { id: PEOPLE.approver, team_id: TEAM, email: 'security-oncall@example.com' });
  slack.users.set(PEOPLE.colleague, { id: PEOPLE.colleague, team_id: TEAM, email: 'colleague@example.com' });
  let about = 0;
  const message = (): Promise<FakeMessage> =>
    soon(() => slack.messages.filter(({ channel, thread }) => channel === CHANNEL && thread === undefined)[about]);
  return {
    config: `channels:
  slack: {bot_token: ${slack.botToken}, app_token: ${slack.appToken}, teams: [${TEAM}], link: email, approve_up_to: high, api_url: "${slack.apiUrl}"}
notify: {default: "slack:${CHANNEL}"}
`,
    next: () => void about++,
    shown: async () => textOf((await message()).blocks),
    async approve(who) {
      // A gate that was started a moment ago shows before it listens.
      await soon(() => (slack.sockets.size > 0 ? true : undefined));
      const before = slack.whispers.length;
      const { edits } = await message();
      await slack.click(PEOPLE[who], await message(), 'holdgate_approve');
      return soon(async () => {
        const told = slack.whispers[before];
        if (told) return told.text;
        return (await message()).edits > edits ? '' : undefined;
      });
    },
    becomes: (words) =>
      soon(async () => {
        const text = textOf((await message()).blocks);
        return words.test(text) ? text : undefined;
      }),
  };
}

/** Blocks as a terminal can show them. */
function textOf(blocks: readonly Json[]): string {
  return blocks
    .map(blockText)
    .filter((text) => text !== '')
    .join('\n');
}

function blockText(block: Json): string {
  if (block['type'] === 'actions') return buttonsText(block['elements']);
  if (block['type'] === 'rich_text') return richText(block['elements']);
  if (Array.isArray(block['fields'])) return block['fields'].map((each) => inner(each).replace('\n', ': ')).join('\n');
  if (Array.isArray(block['elements'])) return block['elements'].map(inner).join(' ');
  return inner(block['text']);
}

function buttonsText(elements: unknown): string {
  return Array.isArray(elements) ? elements.map((each: Json) => `[ ${inner(each['text'])} ]`).join('  ') : '';
}

function richText(elements: unknown): string {
  if (!Array.isArray(elements)) return '';
  return (elements as readonly Json[])
    .map(({ type, elements: parts }) => {
      const text = Array.isArray(parts) ? parts.map(inner).join('') : '';
      return type === 'rich_text_preformatted' ? text.replaceAll(/^/gm, '  │ ') : `${text}:`;
    })
    .join('\n');
}

function inner(value: unknown): string {
  const text = typeof value === 'object' && value !== null && 'text' in value ? value.text : undefined;
  return typeof text === 'string' ? text : '';
}
