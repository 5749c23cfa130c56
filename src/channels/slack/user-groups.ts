// User groups of Slack as groups of people: their members are mapped as clicks are, remembered, and asked for anew where a vote depends on it.
// INVARIANT: what Slack has not said within ten minutes is nobody. https://docs.slack.dev/reference/methods/usergroups.users.list
import type { Accounts } from '../../ports/accounts.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GroupSource } from '../../ports/group-source.ts';
import { type Asked, BELIEVED, createAccountMemory, failed } from './account-memory.ts';
import type { SlackApi } from './slack-api.ts';

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
/** After which Slack is asked about an account again. */
const USER_FRESH = 300_000;
const WITHIN = 2_500;
/** One click may be votes on many similar calls, which are not as many questions. */
const ONE_CLICK = 5_000;
const MOST_MEMBERS = 500;
/** Accounts that a vote asks about which stood for nobody before. */
const MOST_NEW = 5;

interface Members {
  /** E-mail addresses of people, and when Slack was last asked about each, monotonic ms. */
  readonly emails: ReadonlyMap<string, number>;
  readonly at: number;
}

interface Listed {
  readonly emails: Members['emails'];
  /** Slack did not answer about everybody; who is missing was remembered. */
  readonly refusal: Extract<Asked<never>, { readonly ok: false }> | undefined;
}

export function startUserGroups(deps: UserGroupsDeps): UserGroups {
  const { api, groups, clock, onState } = deps;
  const memory = createAccountMemory(deps);
  const known = new Map<string, Members>();
  let closed = false;
  let cancel = (): void => {};

  async function idsOf(id: string): Promise<Asked<readonly string[]>> {
    const listed = await api.usergroupMembers(id);
    if (!listed.ok) return failed(listed);
    if (listed.users.length > MOST_MEMBERS) return { ok: false, why: `it has more than ${MOST_MEMBERS} members` };
    return { ok: true, value: listed.users };
  }
  /** Where Slack wants to be left alone, what is remembered does; so a large group is known after some minutes. */
  async function membersOf(id: string): Promise<Asked<Listed>> {
    const ids = await idsOf(id);
    if (!ids.ok) return ids;
    const emails = new Map<string, number>();
    let refusal: Listed['refusal'];
    for (const userId of ids.value) {
      let account = memory.known(userId);
      if (!refusal && (!account || clock.monotonic() - account.at >= USER_FRESH)) {
        const asked = await memory.ask(userId);
        if (asked.ok) account = asked.value;
        else refusal = asked;
      }
      if (!account && refusal) return refusal;
      if (account?.email !== undefined) emails.set(account.email, account.at);
    }
    return { ok: true, value: { emails, refusal } };
  }

  async function refresh(): Promise<void> {
    let next = EVERY;
    for (const { name, id } of groups) {
      const members = await membersOf(id);
      if (members.ok) known.set(name, { emails: members.value.emails, at: clock.monotonic() });
      const refusal = members.ok ? members.value.refusal : members;
      // Who was not asked about this time soon is.
      if (refusal) next = Math.max(SOON, refusal.after ?? 0);
      onState(name, members.ok ? undefined : members.why);
    }
    memory.prune();
    schedule(next);
  }
  function schedule(ms: number): void {
    cancel();
    if (!closed && groups.length > 0) cancel = clock.after(ms, () => void refresh());
  }
  schedule(EVERY);

  const isIn = (email: string, name: string): boolean => {
    const members = known.get(name);
    const oldest = Math.min(members?.at ?? 0, members?.emails.get(email) ?? Number.NEGATIVE_INFINITY);
    return clock.monotonic() - oldest < BELIEVED;
  };

  /** Asks Slack now: the list, and the accounts in it that are, or may be, this human's. */
  async function isInNow(email: string, id: string): Promise<Asked<boolean>> {
    const ids = await idsOf(id);
    if (!ids.ok) return ids;
    const mine = ids.value.filter((each) => memory.known(each)?.email === email);
    // New in the group first, then those who may have linked their account since Slack was last asked about them.
    const others = ids.value
      .flatMap((each) => {
        const account = memory.known(each);
        return account?.email === undefined ? [{ each, at: account?.at ?? Number.NEGATIVE_INFINITY }] : [];
      })
      .toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
      .slice(0, MOST_NEW)
      .map(({ each }) => each);
    for (const each of [...mine, ...others]) {
      const found = await memory.ask(each);
      if (!found.ok) return found;
      if (found.value.email === email) return { ok: true, value: true };
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
      const emails = new Map(members.emails);
      if (answer.value) emails.set(email, clock.monotonic());
      else emails.delete(email);
      known.set(name, { ...members, emails });
    }
    return answer;
  }

  const lately = new Map<string, { readonly answer: Promise<Asked<boolean>>; readonly at: number }>();
  function confirmedLately(email: string, name: string, id: string): Promise<Asked<boolean>> {
    const now = clock.monotonic();
    for (const [key, { at }] of lately) if (now - at >= ONE_CLICK) lately.delete(key);
    const key = JSON.stringify([email, name]);
    const found = lately.get(key);
    if (found) return found.answer;
    const answer = confirmed(email, name, id);
    lately.set(key, { answer, at: now });
    void answer.then(({ ok }) => {
      if (!ok && lately.get(key)?.answer === answer) lately.delete(key);
    });
    return answer;
  }

  return {
    of: (email) => groups.filter(({ name }) => isIn(email, name)).map(({ name }) => name),
    async confirm(email, asked) {
      const looks = groups.map(async ({ name, id }) => {
        if (!asked.includes(name)) return { name, member: isIn(email, name), why: undefined };
        const answer = await confirmedLately(email, name, id);
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
