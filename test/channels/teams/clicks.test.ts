// What people and those who pose as them click in Teams, over posts that are real: guests, bots, people who left, kept and foreign buttons, cards that are stale.
// None of them votes.
import { describe, expect, it } from 'vitest';
import { buttonValue } from '../../../src/channels/card/button-value.ts';
import { lookOf } from '../../../src/core/approval/look.ts';
import { fold } from '../../../src/core/approval/transition.ts';
import { approvalView } from '../../../src/core/approval/view.ts';
import { opened } from '../../conformance/approval-events.ts';
import { secrets } from '../slack/slack-fixture.ts';
import { activityOf, answered, claims, MEMBER, NOW, OBJECT, PLACE, post, SERVICE, USER } from './teams-fixture.ts';
import { approval, bearer, type Json, look, OTHER, useTable, value, valueFor } from './table.ts';

const table = useTable();

describe('a click', () => {
  it('of the right person on the right button votes, and shows the card as it is then', async () => {
    const answer = await table.click();
    expect(table.world.votes).toEqual([
      expect.objectContaining({
        approvalId: approval.id,
        vote: 'approve',
        digest: approval.opened.digest,
        channel: 'teams',
        person: { email: 'ann@example.com', groups: ['security'] },
      }),
    ]);
    expect(answer['type']).toBe('application/vnd.microsoft.card.adaptive');
  });

  it.each<[string, Json | undefined, RegExp]>([
    ['a guest', { userRole: 'guest' }, /Guests/],
    ['somebody anonymous', { userRole: 'anonymous' }, /Guests/],
    ['somebody of no role', { userRole: undefined }, /Guests/],
    ['a bot', { userRole: 'bot' }, /Guests/],
    ['a guest by name', { userPrincipalName: 'ann_example.com#EXT#@contoso.onmicrosoft.com' }, /Guests/],
    ['a member of another tenant', { tenantId: OTHER }, /Only members/],
    ['a member of no tenant', { tenantId: undefined }, /Only members/],
    ['another object', { objectId: OTHER }, /does not say who you are/],
    ['two objects', { aadObjectId: OTHER }, /does not say who you are/],
    ['no object', { objectId: undefined }, /does not say who you are/],
    ['another user than the one who clicked', { id: '29:eve' }, /does not say who you are/],
    ['somebody else by name', { userPrincipalName: 'eve@example.com' }, /holdgate link CODE0123456789ABCDEF/],
    [
      'somebody by their e-mail address alone',
      { userPrincipalName: 'x@example.com', email: 'ann@example.com' },
      /holdgate link/,
    ],
    ['somebody without a name', { userPrincipalName: undefined, email: 'ann@example.com' }, /holdgate link/],
    ['somebody who left', undefined, /does not say who you are/],
  ])('of %s does not', async (_name, more, words) => {
    table.world.member = more && { ...MEMBER, ...more };
    const answer = await table.click();
    expect(table.world.votes).toEqual([]);
    expect(String(answer['value'])).toMatch(words);
  });

  it.each<[string, Json]>([
    ['another object id', { from: { id: USER, aadObjectId: OTHER } }],
    ['another user id', { from: { id: '29:eve', aadObjectId: OBJECT } }],
  ])('that claims %s does not', async (_name, over) => {
    const answer = await table.click({ value }, over);
    expect(table.world.votes).toEqual([]);
    expect(String(answer['value'])).toMatch(/does not say who you are/);
  });

  it('is looked up anew each time, with a token of the bot, where the conversation is', async () => {
    await table.click();
    table.world.member = { ...MEMBER, userRole: 'guest' };
    expect(String((await table.click())['value'])).toMatch(/Guests/);
    expect(table.world.votes).toHaveLength(1);
    const lookups = table.world.requests.filter(({ method, url }) => method === 'GET' && url.includes('/members/'));
    expect(lookups.map(({ url }) => url)).toEqual(
      Array.from({ length: 2 }, () => `${SERVICE}v3/conversations/${encodeURIComponent(PLACE)}/members/29%3Aann`),
    );
    expect(lookups.every(({ headers }) => /^Bearer t\d+$/.test(headers['authorization'] ?? ''))).toBe(true);
    expect(table.world.requests.filter(({ url }) => url.includes('oauth2'))).toHaveLength(1);
  });

  it.each([401, 403, 429, 500, 503])('does not while the connector answers %s', async (status) => {
    table.world.intercept = ({ url }) => (url.includes('/members/') ? answered(status, {}) : undefined);
    expect(String((await table.click())['value'])).toMatch(/does not say who you are/);
    expect(table.world.votes).toEqual([]);
  });

  const mac = value.split('.').at(-1) ?? '';
  const values: readonly unknown[] = [
    '',
    approval.id,
    value.slice(0, -1),
    `${value}x`,
    value.replace('v1', 'v2'),
    value.replace('.1.', '.2.'),
    value.replace(look, '0'.repeat(16)),
    value.replace(approval.id, 'apr_01J000000000000000000000XX'),
    value.replace(mac, 'A'.repeat(22)),
    ` ${value}`,
    value.toUpperCase(),
    valueFor('deny'),
    valueFor('refresh'),
    valueFor('approve', { look: 'f'.repeat(16) }),
    valueFor('approve', { approvalId: 'apr_other' }),
    buttonValue(secrets, 'holdgate_approve', { approvalId: approval.id, look }),
    null,
    7,
    [value],
  ];
  it.each(values.map((each) => [JSON.stringify(each).slice(0, 60), each] as const))(
    'on a button that carries %s does not',
    async (_name, each) => {
      await table.click({ value: each });
      expect(table.world.votes).toEqual([]);
    },
  );

  it.each(['', 'Approve', 'approve ', 'teams_approve', 'holdgate_approve', 'constructor', 'refresh'])(
    'with the verb %j does not, whatever the value',
    async (verb) => {
      await table.click({ value }, {}, verb);
      await table.click({ value: verb === '' ? value : valueFor(verb) }, {}, verb);
      expect(table.world.votes).toEqual([]);
    },
  );

  it('on a button of somebody else is told so', async () => {
    expect(String((await table.click({ value: valueFor('deny') }))['value'])).toMatch(/not one of this gate/);
  });

  it('on a card that shows something else than the approval is now does not', async () => {
    const flags = [{ id: 'wildcard-admin' as const, severity: 'critical' as const, title: 't', evidence: 'e' }];
    table.world.stands = fold([opened(NOW, { ...approval.opened, flags })]);
    expect(String((await table.click())['value'])).toMatch(/changed since you looked/);
    expect(table.world.votes).toEqual([]);
  });

  it('on what is decided does not, and says what became of it', async () => {
    table.world.stands = fold([approval.opened, { type: 'cancelled', at: NOW, why: 'the agent left' }]);
    expect(String((await table.click())['value'])).toMatch(/Decided already.*Cancelled/);
    expect(table.world.votes).toEqual([]);
  });

  it('on what is of too high a risk does not, whatever button was kept', async () => {
    table.world.stands = fold([opened(NOW, { ...approval.opened, risk: 'critical' })]);
    const kept = lookOf(approvalView(table.world.stands, NOW));
    await table.click({ value: valueFor('approve', { look: kept }) });
    expect(table.world.votes).toEqual([]);
  });

  it('denies with a reason, and not without one', async () => {
    for (const reason of [undefined, '', '  ', 7, ['x']]) {
      const answer = await table.click({ value: valueFor('deny'), reason }, {}, 'deny');
      expect(String(answer['value'])).toMatch(/Say why/);
    }
    expect(table.world.votes).toEqual([]);
    await table.click({ value: valueFor('deny'), reason: ' too much ' }, {}, 'deny');
    expect(table.world.votes).toEqual([expect.objectContaining({ vote: 'deny', reason: 'too much' })]);
  });

  it('of a token that was signed for nobody is never remembered', async () => {
    const token = await table.signers.other.sign(claims());
    await post(table.world, activityOf({ value }, { from: { id: '29:eve', aadObjectId: OBJECT } }), bearer(token));
    const card = JSON.stringify(await table.click());
    expect(card).toContain(USER);
    expect(card).not.toContain('29:eve');
  });
});
