// The services behind the tables, as tests make them fail: the same words for Slack and for Teams.
import type { ApprovalView } from '../../src/core/approval/view.ts';
import type { FakeSlack } from '../../src/cli/demo/slack/fake-slack.ts';
import type { FakeTeams } from '../../src/cli/demo/teams/fake-teams.ts';
import { type Hands, slackHands, teamsHands } from './channel-hands.ts';

/** What is asked of the service: a new message, one in a thread, another text for a message, who somebody is, or the rest (a token, a
 *  socket, the latest messages). */
export type Asked = 'post' | 'thread' | 'rewrite' | 'who' | 'rest';

export interface Refusal {
  readonly status: number;
  /** s. */
  readonly retryAfter?: number;
}

export interface Side extends Hands {
  /** The service answers so from now on; undefined as usual. */
  answers(how: (asked: Asked) => Refusal | undefined): void;
  /** Nothing of the service works, what stands is cut; until `answers`. */
  away(): void;
  /** Texts of all messages about approvals, without their threads. */
  posts(): readonly string[];
}

/** How often an approval was posted; `words` stand in it and in no other. */
export const postsOf = (side: Side, words: string): number =>
  side.posts().filter((each) => each.includes(words)).length;

export function slackSide(mode: 'socket' | 'http'): Side & { readonly slack: () => FakeSlack } {
  const hands = slackHands(mode);
  const kinds: Readonly<Record<string, Asked>> = { 'chat.update': 'rewrite', 'users.info': 'who' };
  const side: Side = {
    ...hands,
    answers(how) {
      hands.slack().intercept = (method, input) => {
        const posted = input['thread_ts'] === undefined ? 'post' : 'thread';
        return how(method === 'chat.postMessage' ? posted : (kinds[method] ?? 'rest'));
      };
    },
    away() {
      side.answers(() => ({ status: 503 }));
      for (const socket of hands.slack().sockets) socket.destroy();
    },
    posts: () =>
      hands
        .slack()
        // What only one person is told is a message to them.
        .messages.filter(({ channel, thread }) => channel.startsWith('C') && thread === undefined)
        .map(({ blocks }) => JSON.stringify(blocks)),
  };
  return { ...side, slack: hands.slack };
}

/** `gone`: what of Microsoft is away; with the tokens, those that were given out are refused as well. */
export function teamsSide(gone: 'connector' | 'tokens'): Side & { readonly teams: () => FakeTeams } {
  const hands = teamsHands();
  const askedOf = (method: string, path: string): Asked => {
    if (path.includes('/members/')) return 'who';
    if (!path.includes('/activities')) return 'rest';
    if (method === 'PUT') return 'rewrite';
    return /messageid(?:=|%3D)/i.test(path) ? 'thread' : 'post';
  };
  const side: Side = {
    ...hands,
    answers(how) {
      hands.teams().intercept = (method, path) => how(askedOf(method, path));
    },
    away() {
      hands.teams().intercept = (_method, path) => {
        if (gone === 'connector') return path === '/token' ? undefined : { status: 502 };
        return path === '/token' ? { status: 503 } : { status: 401 };
      };
    },
    posts: () =>
      hands
        .teams()
        .messages.filter(({ thread }) => thread === undefined)
        .map(({ card }) => JSON.stringify(card)),
  };
  return { ...side, teams: hands.teams };
}

/** At how many gates on one store, and whether all stories are told there: where calls come in makes no difference to most. */
export const SIDES: readonly (readonly [name: string, gates: number, make: () => Side, whole: boolean])[] = [
  ['Slack over sockets', 2, () => slackSide('socket'), true],
  ['Slack over HTTP', 1, () => slackSide('http'), false],
  ['Teams', 2, () => teamsSide('connector'), true],
  ['Teams without tokens', 1, () => teamsSide('tokens'), false],
];

/** An approval by the name that its call's URL ends with. */
export const named = (approvals: readonly ApprovalView[], name: string): ApprovalView => {
  const found = approvals.find(({ url }) => url.endsWith(`=${name}`));
  if (!found) throw new Error(`no approval is called ${name}`);
  return found;
};
