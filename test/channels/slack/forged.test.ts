// What claims to come from Slack and from people: over 120 posts and clicks that are forged, old, early, replayed, encoded anew, of other workspaces, of guests,
// bots and people who left. None of them votes.
import { createHmac } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { buttonValue } from '../../../src/channels/card/button-value.ts';
import { createSlackHttp, type SlackPost } from '../../../src/channels/slack/http.ts';
import { createIdentities } from '../../../src/channels/slack/identity.ts';
import { readInteraction } from '../../../src/channels/slack/interaction.ts';
import { createResponder, type Responder } from '../../../src/channels/slack/respond.ts';
import type { SlackApi, SlackUser } from '../../../src/channels/slack/slack-api.ts';
import { lookOf } from '../../../src/core/approval/look.ts';
import { fold } from '../../../src/core/approval/transition.ts';
import { approvalView } from '../../../src/core/approval/view.ts';
import { alone } from '../../../src/core/similar/shown.ts';
import { opened } from '../../conformance/approval-events.ts';
import { createManualClock } from '../../ports/manual-clock.ts';
import { secrets, terms } from './slack-fixture.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const SECRET = 'the signing secret';
const approval = fold([opened(NOW)]);
const look = lookOf(approvalView(approval, NOW));
const value = buttonValue(secrets, 'holdgate_approve', { approvalId: approval.id, look });

const click = (over: Record<string, unknown> = {}): Record<string, unknown> => ({
  type: 'block_actions',
  user: { id: 'U1', team_id: 'T1' },
  team: { id: 'T1' },
  trigger_id: 't',
  channel: { id: 'C1' },
  actions: [{ action_id: 'holdgate_approve', value }],
  ...over,
});
const form = (payload: unknown): string => new URLSearchParams({ payload: JSON.stringify(payload) }).toString();

interface Sent {
  readonly at?: number | string;
  readonly signature?: string | readonly string[];
  readonly body?: string;
  readonly signedBody?: string;
  readonly secret?: string;
  readonly type?: string;
  readonly version?: string;
}

function post({
  at = NOW / 1000,
  body = form(click()),
  signedBody = body,
  secret = SECRET,
  type,
  version = 'v0',
  signature,
}: Sent = {}): SlackPost {
  const mac = createHmac('sha256', secret).update(`${version}:${at}:${signedBody}`).digest('hex');
  const signatures = signature === undefined ? [`${version}=${mac}`] : [signature].flat();
  return {
    rawHeaders: [
      'Content-Type',
      type ?? 'application/x-www-form-urlencoded',
      'X-Slack-Request-Timestamp',
      String(at),
      ...signatures.flatMap((each) => ['X-Slack-Signature', each]),
    ],
    body: Buffer.from(body),
  };
}

describe('a post', () => {
  let taken: unknown[];
  let slack: (post: SlackPost) => { readonly status: number };
  beforeEach(() => {
    taken = [];
    slack = createSlackHttp({
      signingSecret: SECRET,
      now: () => NOW,
      onPayload: (payload) => taken.push(payload),
      onRefused: () => undefined,
    });
  });

  it('of Slack is taken, once', () => {
    expect(slack(post()).status).toBe(200);
    expect(taken).toEqual([click()]);
    expect(slack(post()).status).toBe(401);
    expect(taken).toHaveLength(1);
  });

  const s = NOW / 1000;
  const good = createHmac('sha256', SECRET)
    .update(`v0:${s}:${form(click())}`)
    .digest('hex');
  const forged: readonly (readonly [string, SlackPost])[] = [
    ...[-301, -302, -3600, 301, 302, 3600, 86_400].map((off) => [`${off} s off`, post({ at: s + off })] as const),
    ...[
      '',
      ' ',
      'now',
      `${s}.5`,
      `0${s}`,
      `+${s}`,
      ` ${s}`,
      `${s} `,
      `${s}000`,
      '1e9',
      '-1',
      '0x5',
      'NaN',
      `${s},${s}`,
    ].map((at) => [`at ${JSON.stringify(at)}`, post({ at })] as const),
    ...[
      '',
      'v0=',
      'v0',
      good,
      `v1=${good}`,
      `V0=${good}`,
      `v0=${good.toUpperCase()}`,
      `v0=${good.slice(1)}`,
      `v0=${good}0`,
      ` v0=${good}`,
      `v0=${good} `,
      `v0=${'0'.repeat(64)}`,
      `v0=${good},v0=${good}`,
      `v0:${good}`,
    ].map((signature) => [`signed ${JSON.stringify(signature.slice(0, 12))}`, post({ signature })] as const),
    ['signed twice', post({ signature: [`v0=${good}`, `v0=${good}`] })],
    ['signed by another secret', post({ secret: 'another' })],
    ['signed by no secret', post({ secret: '' })],
    ['signed as another version', post({ version: 'v1' })],
    ['with one byte more', post({ body: `${form(click())} `, signedBody: form(click()) })],
    ['with one byte less', post({ body: form(click()).slice(0, -1), signedBody: form(click()) })],
    ['encoded anew', post({ body: form(click()).replaceAll('%22', '"'), signedBody: form(click()) })],
    [
      'as JSON, signed as a form',
      post({ body: JSON.stringify(click()), signedBody: form(click()), type: 'application/json' }),
    ],
    ['without anything', { rawHeaders: [], body: Buffer.from(form(click())) }],
    ['with a time alone', { rawHeaders: ['x-slack-request-timestamp', String(s)], body: Buffer.alloc(0) }],
  ];

  it.each(forged)('%s is refused', (_name, each) => {
    expect(slack(each).status).toBe(401);
    expect(taken).toEqual([]);
  });

  it.each([
    ['no payload', 'a=b'],
    ['two payloads', `${form(click())}&${form(click())}`],
    ['a payload that is no JSON', 'payload=%7B'],
    ['nothing', ''],
  ])('with %s is nothing, though it is signed', (_name, body) => {
    expect(slack(post({ body })).status).toBe(400);
    expect(taken).toEqual([]);
  });

  it('that asks whether the certificate is good is answered, and nothing of it is read', () => {
    for (const body of ['ssl_check=1', `ssl_check=1&${form(click())}`, `token=x&ssl_check=1&${form(click())}`]) {
      expect(slack(post({ body, secret: 'another' })).status).toBe(200);
      expect(taken).toEqual([]);
    }
  });

  it('that proves the address is answered with its challenge, only if it is signed', () => {
    const body = JSON.stringify({ type: 'url_verification', challenge: 'abc' });
    expect(slack(post({ body, type: 'application/json' }))).toMatchObject({ status: 200, body: 'abc' });
    expect(slack(post({ body, type: 'application/json', secret: 'x' })).status).toBe(401);
  });
});

describe('a click', () => {
  const USER: SlackUser = {
    id: 'U1',
    teamId: 'T1',
    deleted: false,
    bot: false,
    restricted: false,
    stranger: false,
    email: 'ann@example.com',
    emailConfirmed: true,
  };
  let user: SlackUser | undefined;
  let votes: unknown[];
  let said: string[];
  let responder: Responder;
  let stands = approval;

  beforeEach(() => {
    user = USER;
    votes = [];
    said = [];
    stands = approval;
    const ok = { ok: true } as const;
    const api: SlackApi = {
      post: async (_channel, { text }) => {
        said.push(String(text));
        return { ...ok, channel: 'C1', ts: '1' };
      },
      update: async () => ok,
      whisper: async (_channel, _user, text) => {
        said.push(text);
        return ok;
      },
      isShared: async () => ({ ...ok, shared: false }),
      openView: async () => ok,
      publishHome: async () => ok,
      user: async () => (user ? { ...ok, user } : { ok: false, kind: 'refused', why: 'user_not_found' }),
      usergroupMembers: async () => ({ ...ok, users: [] }),
      history: async () => ({ ...ok, messages: [] }),
    };
    responder = createResponder({
      api,
      terms,
      identities: createIdentities({
        api,
        clock: createManualClock(),
        teamIds: ['T1'],
        accounts: {
          person: async ({ id }, email) =>
            id === 'U1' && email === 'ann@example.com' ? { email: 'ann@example.com', groups: [] } : undefined,
          begin: async () => 'CODE0123456789ABCDEF',
        },
      }),
      votes: {
        vote: async (input) => {
          votes.push(input);
          return { outcome: 'recorded', approval };
        },
        shown: async (id) => (id === stands.id ? alone(approvalView(stands, NOW), null) : undefined),
        list: async () => ({ items: [] }),
        now: async () => NOW,
      },
    });
  });

  async function act(payload: unknown): Promise<void> {
    const read = readInteraction(payload);
    if (read) await responder.respond(read);
  }

  it('of the right person on the right button votes', async () => {
    await act(click());
    expect(votes).toEqual([
      expect.objectContaining({
        approvalId: approval.id,
        vote: 'approve',
        digest: approval.opened.digest,
        channel: 'slack',
      }),
    ]);
    expect(said).toEqual([]);
  });

  it.each<[string, Partial<SlackUser> | undefined, RegExp]>([
    ['a guest', { restricted: true }, /Guests/],
    ['a bot', { bot: true }, /Only people/],
    ['somebody who left', { deleted: true }, /deactivated/],
    ['a stranger of a shared channel', { stranger: true }, /members of this workspace/],
    ['a member of another workspace', { teamId: 'T2' }, /members of this workspace/],
    ['another user than the one who clicked', { id: 'U2' }, /does not say who you are/],
    ['somebody whose address is not confirmed', { emailConfirmed: false }, /holdgate link CODE0123456789ABCDEF/],
    ['somebody without an address', { email: undefined }, /holdgate link/],
    ['somebody else by address', { email: 'eve@example.com' }, /holdgate link/],
    ['nobody that Slack knows', undefined, /does not say who you are/],
  ])('of %s does not', async (_name, more, words) => {
    user = more && { ...USER, ...more };
    await act(click());
    expect(votes).toEqual([]);
    expect(said.join()).toMatch(words);
  });

  it.each(['T2', 'T', 't1', 'T11', ''])('in workspace %j does not', async (team) => {
    await act(click({ user: { id: 'U1', team_id: team }, team: { id: team } }));
    await act(click({ user: { id: 'U1', team_id: team } }));
    expect(votes).toEqual([]);
  });

  const mac = value.split('.').at(-1) ?? '';
  const values: readonly unknown[] = [
    '',
    approval.id,
    value.slice(0, -1),
    `${value}x`,
    value.replace('v1', 'v2'),
    value.replace('.1.', '.2.'),
    value.replace('.1.', '.01.'),
    value.replace(look, '0'.repeat(16)),
    value.replace(approval.id, 'apr_01J000000000000000000000XX'),
    value.replace(mac, 'A'.repeat(22)),
    value.replaceAll('.', ':'),
    ` ${value}`,
    `${value}\n`,
    value.toUpperCase(),
    buttonValue(secrets, 'holdgate_deny', { approvalId: approval.id, look }),
    buttonValue(secrets, 'holdgate_submit_approve', { approvalId: approval.id, look }),
    buttonValue(secrets, 'holdgate_approve', { approvalId: approval.id, look: 'f'.repeat(16) }),
    buttonValue(secrets, 'holdgate_approve', { approvalId: 'apr_other', look }),
    null,
    7,
    [value],
    { value },
  ];
  it.each(values.map((each) => [JSON.stringify(each).slice(0, 60), each] as const))(
    'on a button that carries %s does not',
    async (_name, each) => {
      await act(click({ actions: [{ action_id: 'holdgate_approve', value: each }] }));
      expect(votes).toEqual([]);
    },
  );

  it.each([
    ['another action', { actions: [{ action_id: 'holdgate_other', value }] }],
    ['two actions', { actions: [0, 1].map(() => ({ action_id: 'holdgate_approve', value })) }],
    ['no action', { actions: [] }],
    ['another type', { type: 'message_action' }],
    ['no user', { user: undefined }],
    ['a user by name', { user: { id: 'ann', team_id: 'T1' } }],
    ['no trigger', { trigger_id: '' }],
    ['no team', { team: undefined, user: { id: 'U1' } }],
    ['a list', []],
  ])('with %s does not', async (_name, over) => {
    await act(Array.isArray(over) ? over : click(over));
    expect(votes).toEqual([]);
  });

  it('on a message that shows something else than the approval is now does not', async () => {
    const flags = [{ id: 'wildcard-admin' as const, severity: 'critical' as const, title: 't', evidence: 'e' }];
    stands = fold([opened(NOW, { ...approval.opened, flags })]);
    await act(click());
    expect(votes).toEqual([]);
    expect(said.join()).toMatch(/changed since you looked/);
  });

  it('on what is decided does not, and says what became of it', async () => {
    stands = fold([approval.opened, { type: 'cancelled', at: NOW, why: 'the agent left' }]);
    await act(click());
    expect(votes).toEqual([]);
    expect(said.join()).toMatch(/Decided already.*Cancelled/);
  });

  it('on what is of too high a risk does not, whatever button was kept', async () => {
    stands = fold([opened(NOW, { ...approval.opened, risk: 'critical' })]);
    const kept = lookOf(approvalView(stands, NOW));
    const forged = buttonValue(secrets, 'holdgate_approve', { approvalId: stands.id, look: kept });
    await act(click({ actions: [{ action_id: 'holdgate_approve', value: forged }] }));
    const dialog = {
      callback_id: 'holdgate_submit_approve',
      private_metadata: buttonValue(secrets, 'holdgate_submit_approve', { approvalId: stands.id, look: kept }),
      state: {},
    };
    await act({ type: 'view_submission', user: { id: 'U1', team_id: 'T1' }, team: { id: 'T1' }, view: dialog });
    expect(votes).toEqual([]);
  });

  it('in a dialog denies with the reason, and with the value of another dialog does nothing', async () => {
    const dialog = (callback: string, made: string): unknown => ({
      type: 'view_submission',
      user: { id: 'U1', team_id: 'T1' },
      team: { id: 'T1' },
      view: {
        callback_id: callback,
        private_metadata: buttonValue(secrets, made, { approvalId: approval.id, look }),
        state: { values: { holdgate_reason: { reason: { value: ' too much ' } } } },
      },
    });
    await act(dialog('holdgate_submit_approve', 'holdgate_submit_deny'));
    await act(dialog('holdgate_submit_deny', 'holdgate_submit_approve'));
    await act(dialog('other', 'other'));
    expect(votes).toEqual([]);
    await act(dialog('holdgate_submit_deny', 'holdgate_submit_deny'));
    expect(votes).toEqual([expect.objectContaining({ vote: 'deny', reason: 'too much' })]);
  });
});
