// User groups: members are mapped as clicks are, believed for ten minutes, and asked for anew where a vote depends on it.
import { afterEach, describe, expect, it } from 'vitest';
import type { SlackFailure, SlackUser } from '../../../src/channels/slack/slack-api.ts';
import { startUserGroups, type UserGroups } from '../../../src/channels/slack/user-groups.ts';
import type { Account } from '../../../src/ports/accounts.ts';
import { createManualClock } from '../../ports/manual-clock.ts';

const MINUTE = 60_000;
const TEAM = 'T0TEAM';
const LATER: SlackFailure = { ok: false, kind: 'later', why: 'rate limited', after: 90_000 };

const user = (id: string, more: Partial<SlackUser> = {}): SlackUser => ({
  id,
  teamId: TEAM,
  deleted: false,
  bot: false,
  restricted: false,
  stranger: false,
  email: `${id.toLowerCase()}@example.com`,
  emailConfirmed: true,
  ...more,
});

function world(): {
  readonly members: Map<string, readonly string[]>;
  readonly users: Map<string, SlackUser>;
  readonly links: Map<string, string>;
  readonly states: (string | undefined)[];
  readonly asked: string[];
  readonly clock: ReturnType<typeof createManualClock>;
  fault: SlackFailure | 'never' | undefined;
  /** Accounts that may be asked about in a minute. */
  perMinute: number;
  start(): UserGroups;
} {
  const clock = createManualClock();
  const here = {
    members: new Map([['S0PLATFORM', ['U0ANN', 'U0BOB']]]),
    users: new Map(['U0ANN', 'U0BOB', 'U0CID'].map((id) => [id, user(id)])),
    links: new Map<string, string>(),
    states: [] as (string | undefined)[],
    asked: [] as string[],
    clock,
    fault: undefined as SlackFailure | 'never' | undefined,
    perMinute: 1_000,
    questions: [] as number[],
    start: () =>
      startUserGroups({
        api: {
          async usergroupMembers(id) {
            here.asked.push(id);
            if (here.fault === 'never') return new Promise(() => undefined);
            const users = here.members.get(id);
            return here.fault ?? (users ? { ok: true, users } : { ok: false, kind: 'refused', why: 'no_such_subteam' });
          },
          async user(id) {
            here.asked.push(id);
            here.questions = [...here.questions.filter((at) => at > clock.now() - MINUTE), clock.now()];
            if (here.questions.length > here.perMinute) return LATER;
            const found = here.users.get(id);
            return found ? { ok: true, user: found } : { ok: false, kind: 'refused', why: 'user_not_found' };
          },
        },
        accounts: {
          async person({ id }: Account, email) {
            const linked = here.links.get(id) ?? email;
            return linked !== undefined && linked.endsWith('@example.com') ? { email: linked, groups: [] } : undefined;
          },
        },
        groups: [{ name: 'platform', id: 'S0PLATFORM' }],
        teamIds: [TEAM],
        clock,
        onState: (_name, why) => here.states.push(why),
      }),
  };
  return here;
}
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a user group of Slack', () => {
  const open: UserGroups[] = [];
  const started = async (here: ReturnType<typeof world>): Promise<UserGroups> => {
    const groups = here.start();
    open.push(groups);
    await groups.refresh();
    return groups;
  };
  afterEach(() => {
    for (const groups of open.splice(0)) groups.close();
  });

  it('is nobody before Slack said who is in it', () => {
    const here = world();
    const groups = here.start();
    open.push(groups);
    expect(groups.of('u0ann@example.com')).toEqual([]);
  });

  it('has its members, by verified address or by link, asked for again within five minutes', async () => {
    const here = world();
    here.links.set('U0BOB', 'robert@example.com');
    const groups = await started(here);
    expect(['u0ann', 'robert', 'u0bob', 'u0cid'].map((name) => groups.of(`${name}@example.com`))).toEqual([
      ['platform'],
      ['platform'],
      [],
      [],
    ]);
    here.members.set('S0PLATFORM', ['U0CID']);
    here.clock.advance(5 * MINUTE);
    await settle();
    expect([groups.of('u0cid@example.com'), groups.of('u0ann@example.com')]).toEqual([['platform'], []]);
  });

  it.each<[string, Partial<SlackUser>]>([
    ['a bot', { bot: true }],
    ['a guest', { restricted: true }],
    ['a deactivated account', { deleted: true }],
    ['a stranger of a shared channel', { stranger: true }],
    ['a member of another workspace', { teamId: 'T0OTHER' }],
    ['an address that nobody confirmed', { emailConfirmed: false }],
    ['another user than was asked for', { id: 'U0BOB' }],
    ['an address of nobody here', { email: 'ann@elsewhere.example.org' }],
  ])('does not count %s', async (_name, more) => {
    const here = world();
    here.users.set('U0ANN', user('U0ANN', { email: 'ann@example.com', ...more }));
    const groups = await started(here);
    expect(groups.of('ann@example.com')).toEqual([]);
    expect(groups.of('u0bob@example.com')).toEqual(['platform']);
  });

  it('is believed for ten minutes while Slack does not answer, then it is nobody', async () => {
    const here = world();
    const groups = await started(here);
    here.fault = LATER;
    for (let minute = 0; minute < 9; minute++) {
      here.clock.advance(MINUTE);
      await settle();
    }
    expect(groups.of('u0ann@example.com')).toEqual(['platform']);
    here.clock.advance(MINUTE);
    await settle();
    expect(groups.of('u0ann@example.com')).toEqual([]);
    expect(here.states).toContain('rate limited');
    here.fault = undefined;
    here.clock.advance(2 * MINUTE);
    await settle();
    await settle();
    expect(groups.of('u0ann@example.com')).toEqual(['platform']);
    expect(here.states.at(-1)).toBeUndefined();
  });

  it('waits as long as Slack says before it asks again', async () => {
    const here = world();
    here.fault = LATER;
    await started(here);
    const after = here.asked.length;
    here.clock.advance(89_000);
    await settle();
    expect(here.asked).toHaveLength(after);
    here.clock.advance(1_000);
    await settle();
    expect(here.asked).toHaveLength(after + 1);
  });

  it('is told to be away where there is no such group, or it is too large', async () => {
    const here = world();
    here.members.delete('S0PLATFORM');
    await started(here);
    expect(here.states).toEqual(['no_such_subteam']);
    const large = world();
    large.members.set(
      'S0PLATFORM',
      Array.from({ length: 501 }, (_, i) => `U${i}`),
    );
    await started(large);
    expect(large.states).toEqual(['it has more than 500 members']);
  });

  it('of more members than Slack lets one ask about in a minute is known after some', async () => {
    const here = world();
    const ids = Array.from({ length: 250 }, (_, i) => `U0MANY${i}`);
    for (const id of ids) here.users.set(id, user(id));
    here.members.set('S0PLATFORM', ids);
    here.perMinute = 100;
    const groups = await started(here);
    expect(groups.of('u0many0@example.com')).toEqual([]);
    for (let minute = 0; minute < 3; minute++) {
      here.clock.advance(90_000);
      for (let turn = 0; turn < 50; turn++) await settle();
    }
    for (const id of [ids[0], ids[249]]) expect(groups.of(`${id?.toLowerCase()}@example.com`)).toEqual(['platform']);
    // And stays so, round after round.
    for (let round = 0; round < 60; round++) {
      here.clock.advance(30_000);
      for (let turn = 0; turn < 50; turn++) await settle();
      expect(groups.of('u0many249@example.com')).toEqual(['platform']);
    }
  });

  it('does not count an account that Slack has said nothing about for ten minutes, whatever it says of the group', async () => {
    const here = world();
    const groups = await started(here);
    here.perMinute = 0;
    for (let minute = 0; minute < 11; minute++) {
      here.clock.advance(MINUTE);
      await settle();
    }
    expect(groups.of('u0ann@example.com')).toEqual([]);
  });

  describe('at a vote that depends on it', () => {
    it('is asked for now: who left does not count, who came does', async () => {
      const here = world();
      const groups = await started(here);
      here.members.set('S0PLATFORM', ['U0BOB', 'U0CID']);
      expect(await groups.confirm('u0ann@example.com', ['platform'])).toEqual({ groups: [], unsure: [] });
      expect(await groups.confirm('u0cid@example.com', ['platform'])).toEqual({ groups: ['platform'], unsure: [] });
      // And is remembered so.
      expect([groups.of('u0ann@example.com'), groups.of('u0cid@example.com')]).toEqual([[], ['platform']]);
    });

    it('is asked for once for all that one click votes on, and anew a moment later', async () => {
      const here = world();
      const groups = await started(here);
      const lists = (): number => here.asked.filter((each) => each === 'S0PLATFORM').length;
      const before = lists();
      const ann = ['u0ann@example.com', ['platform']] as const;
      const answers = await Promise.all(Array.from({ length: 50 }, () => groups.confirm(...ann)));
      expect(answers).toEqual(Array.from({ length: 50 }, () => ({ groups: ['platform'], unsure: [] })));
      await groups.confirm(...ann);
      expect(lists() - before).toBe(1);
      here.members.set('S0PLATFORM', ['U0BOB']);
      here.clock.advance(5_000);
      expect((await groups.confirm(...ann)).groups).toEqual([]);
      // What Slack could not say is asked again at once.
      here.clock.advance(5_000);
      here.fault = LATER;
      expect((await groups.confirm('u0bob@example.com', ['platform'])).unsure).toHaveLength(1);
      here.fault = undefined;
      expect((await groups.confirm('u0bob@example.com', ['platform'])).groups).toEqual(['platform']);
    });

    it('sees who was made a guest since', async () => {
      const here = world();
      const groups = await started(here);
      here.users.set('U0ANN', user('U0ANN', { restricted: true }));
      expect(await groups.confirm('u0ann@example.com', ['platform'])).toEqual({ groups: [], unsure: [] });
    });

    it('sees who linked their account since', async () => {
      const here = world();
      here.users.set('U0ANN', user('U0ANN', { emailConfirmed: false }));
      const groups = await started(here);
      here.links.set('U0ANN', 'ann@example.com');
      expect(await groups.confirm('ann@example.com', ['platform'])).toEqual({ groups: ['platform'], unsure: [] });
    });

    it('sees who came, however many of the group stand for nobody', async () => {
      const here = world();
      const bots = Array.from({ length: 20 }, (_, i) => `U0BOT${i}`);
      for (const bot of bots) here.users.set(bot, user(bot, { bot: true }));
      here.members.set('S0PLATFORM', bots);
      const groups = await started(here);
      here.members.set('S0PLATFORM', [...bots, 'U0CID']);
      expect(await groups.confirm('u0cid@example.com', ['platform'])).toEqual({ groups: ['platform'], unsure: [] });
      expect(here.asked.filter((each) => bots.includes(each)).length).toBeLessThanOrEqual(20 + 4);
    });

    it('does not count where Slack refuses to say, and says so', async () => {
      const here = world();
      const groups = await started(here);
      here.fault = LATER;
      const answer = await groups.confirm('u0ann@example.com', ['platform']);
      expect(answer.groups).toEqual([]);
      expect(answer.unsure).toEqual([expect.stringMatching(/"platform" \(rate limited\), so it does not count/)]);
      // For what does not depend on it, the last word is believed.
      expect(await groups.confirm('u0ann@example.com', [])).toEqual({ groups: ['platform'], unsure: [] });
    });

    it('does not count where Slack says nothing within three seconds', async () => {
      const here = world();
      const groups = await started(here);
      here.fault = 'never';
      const answer = groups.confirm('u0ann@example.com', ['platform']);
      here.clock.advance(3_000);
      expect(await answer).toEqual({ groups: [], unsure: [expect.stringMatching(/does not answer in time/)] });
    });
  });
});
