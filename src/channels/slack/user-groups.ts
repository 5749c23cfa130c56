// User groups of Slack as groups of people: their members are mapped as clicks are, remembered, and asked for anew where a vote depends on it.
// INVARIANT: what Slack has not said within ten minutes is nobody. https://docs.slack.dev/reference/methods/usergroups.users.list
import { humanId } from '../../core/principal.ts';
import type { Accounts } from '../../ports/accounts.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GroupSource } from '../../ports/group-source.ts';
import { memberFault } from './full-member.ts';
import type { SlackApi, SlackFailure, SlackUser } from './slack-api.ts';

export interface UserGroupsDeps {
  readonly api: Pick<SlackApi, 'user' | 'usergroupMembers'>;
  readonly accounts: Pick<Accounts, 'person'>;
  /** Group of ours, and the id of the user group (S…). */
  readonly groups: readonly { readonly name: string; readonly id: string }[];
  readonly teamIds: readonly string[];
  readonly clock: Clock;
  /** Hears of a user group that cannot be asked for, and when it can again. */
  readonly onState: (name: string, why: string | undefined) => void;
}

export interface UserGroups extends GroupSource {
  /** Asks for all of them; never rejects. */
  refresh(): Promise<void>;
  close(): void;
}

/** ms. Tier 2 of Slack's rates is 20 a minute for all replicas together. */
const EVERY = 240_000;
const SOON = 60_000;
const BELIEVED = 600_000;
/** For which Slack's word about one user is taken again in the background. */
const USER_BELIEVED = 300_000;
const WITHIN = 2_500;
const MOST_MEMBERS = 500;
/** Accounts that a vote asks about which stood for nobody before. */
const MOST_NEW = 5;

type Asked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: string; readonly after?: number };

interface Members {
  /** E-mail addresses of people. */
  readonly emails: ReadonlySet<string>;
  readonly at: number;
}

export function startUserGroups(deps: UserGroupsDeps): UserGroups {
  const { api, accounts, groups, teamIds, clock, onState } = deps;
  const known = new Map<string, Members>();
  /** By user id: whom the account stands for; undefined for nobody. */
  const users = new Map<string, { readonly email: string | undefined; readonly at: number }>();
  let closed = false;
  let cancel = (): void => {};

  async function personOf(user: SlackUser): Promise<string | undefined> {
    if (!teamIds.includes(user.teamId) || memberFault(user, user.teamId) !== undefined) return undefined;
    const account = { channel: 'slack', realm: user.teamId, id: user.id };
    const person = await accounts.person(account, user.emailConfirmed ? user.email : undefined);
    return person && humanId(person.email);
  }
  async function emailOf(userId: string, fresh: boolean): Promise<Asked<string | undefined>> {
    const remembered = users.get(userId);
    if (!fresh && remembered && clock.monotonic() - remembered.at < USER_BELIEVED)
      return { ok: true, value: remembered.email };
    const asked = await api.user(userId);
    if (!asked.ok && asked.kind === 'later') return failed(asked);
    try {
      const email = asked.ok && asked.user.id === userId ? await personOf(asked.user) : undefined;
      users.set(userId, { email, at: clock.monotonic() });
      return { ok: true, value: email };
    } catch {
      return { ok: false, why: 'the gate cannot look up its people' };
    }
  }
  async function idsOf(id: string): Promise<Asked<readonly string[]>> {
    const listed = await api.usergroupMembers(id);
    if (!listed.ok) return failed(listed);
    if (listed.users.length > MOST_MEMBERS) return { ok: false, why: `it has more than ${MOST_MEMBERS} members` };
    return { ok: true, value: listed.users };
  }
  async function membersOf(id: string): Promise<Asked<ReadonlySet<string>>> {
    const ids = await idsOf(id);
    if (!ids.ok) return ids;
    const emails = new Set<string>();
    for (const userId of ids.value) {
      const email = await emailOf(userId, false);
      if (!email.ok) return email;
      if (email.value !== undefined) emails.add(email.value);
    }
    return { ok: true, value: emails };
  }

  let next = EVERY;
  async function refresh(): Promise<void> {
    next = EVERY;
    for (const { name, id } of groups) {
      const members = await membersOf(id);
      if (members.ok) known.set(name, { emails: members.value, at: clock.monotonic() });
      else next = Math.max(SOON, members.after ?? 0);
      onState(name, members.ok ? undefined : members.why);
    }
    // Of accounts that are in no group any more nothing is kept.
    for (const [id, { at }] of users) if (clock.monotonic() - at > BELIEVED) users.delete(id);
  }
  const tick = (): void => {
    if (closed) return;
    cancel = clock.after(next, () => void refresh().then(tick));
  };
  if (groups.length > 0) tick();

  const isIn = (email: string, name: string): boolean => {
    const members = known.get(name);
    return members !== undefined && clock.monotonic() - members.at < BELIEVED && members.emails.has(email);
  };

  /** Asks Slack now: the list, and the accounts in it that are, or may be, this human's. */
  async function isInNow(email: string, id: string): Promise<Asked<boolean>> {
    const ids = await idsOf(id);
    if (!ids.ok) return ids;
    const mine = ids.value.filter((each) => users.get(each)?.email === email);
    // New in the group, or linked since Slack was last asked about them.
    const others = ids.value.filter((each) => users.get(each)?.email === undefined).slice(0, MOST_NEW);
    for (const each of [...mine, ...others]) {
      const found = await emailOf(each, true);
      if (!found.ok) return found;
      if (found.value === email) return { ok: true, value: true };
    }
    return { ok: true, value: false };
  }
  async function confirmed(email: string, name: string, id: string): Promise<Asked<boolean>> {
    const { promise, resolve } = Promise.withResolvers<Asked<boolean>>();
    const stop = clock.after(WITHIN, () => resolve({ ok: false, why: 'Slack does not answer in time' }));
    const answer = await Promise.race([isInNow(email, id), promise]);
    stop();
    const members = known.get(name);
    if (answer.ok && members) {
      const emails = new Set(members.emails);
      if (answer.value) emails.add(email);
      else emails.delete(email);
      known.set(name, { ...members, emails });
    }
    return answer;
  }

  return {
    of: (email) => groups.filter(({ name }) => isIn(email, name)).map(({ name }) => name),
    async confirm(email, asked) {
      const looks = groups.map(async ({ name, id }) => {
        if (!asked.includes(name)) return { name, member: isIn(email, name), why: undefined };
        const answer = await confirmed(email, name, id);
        return { name, member: answer.ok && answer.value, why: answer.ok ? undefined : answer.why };
      });
      const looked = await Promise.all(looks);
      return {
        groups: looked.filter(({ member }) => member).map(({ name }) => name),
        unsure: looked.flatMap(({ name, why }) =>
          why === undefined
            ? []
            : [
                `Slack cannot be asked now whether you are in the group "${name}" (${why}), so it does not count; try again.`,
              ],
        ),
      };
    },
    refresh,
    close() {
      closed = true;
      cancel();
    },
  };
}

const failed = ({ why, ...failure }: SlackFailure): Asked<never> => ({
  ok: false,
  why,
  ...('after' in failure && failure.after !== undefined && { after: failure.after }),
});
