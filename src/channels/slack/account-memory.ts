// Whom accounts of Slack stand for, remembered for a while: Slack allows few questions. INVARIANT: an account stands for somebody by the same
// rules as at a click, and what Slack has not said for ten minutes is not known.
import { humanId } from '../../core/principal.ts';
import type { Accounts } from '../../ports/accounts.ts';
import type { Clock } from '../../ports/clock.ts';
import { memberFault } from './full-member.ts';
import type { SlackApi, SlackFailure, SlackUser } from './slack-api.ts';

export interface AccountMemoryDeps {
  readonly api: Pick<SlackApi, 'user'>;
  readonly accounts: Pick<Accounts, 'person'>;
  readonly teamIds: readonly string[];
  readonly clock: Pick<Clock, 'monotonic'>;
}

export type Asked<T> =
  | { readonly ok: true; readonly value: T }
  /** `after`: ms that Slack wants to be left alone. */
  | { readonly ok: false; readonly why: string; readonly after?: number };

/** `email` undefined: the account stands for nobody. `at`: when Slack said so, monotonic ms. */
export interface Known {
  readonly email: string | undefined;
  readonly at: number;
}

export interface AccountMemory {
  /** What is remembered, not older than ten minutes. */
  known(userId: string): Known | undefined;
  /** Asks Slack. Never rejects. */
  ask(userId: string): Promise<Asked<Known>>;
  /** Forgets what is too old. */
  prune(): void;
}

/** ms. */
export const BELIEVED = 600_000;

export function createAccountMemory({ api, accounts, teamIds, clock }: AccountMemoryDeps): AccountMemory {
  const users = new Map<string, Known>();
  const isOld = ({ at }: Known): boolean => clock.monotonic() - at >= BELIEVED;

  async function personOf(user: SlackUser): Promise<string | undefined> {
    if (!teamIds.includes(user.teamId) || memberFault(user, user.teamId) !== undefined) return undefined;
    const account = { channel: 'slack', realm: user.teamId, id: user.id };
    const person = await accounts.person(account, user.emailConfirmed ? user.email : undefined);
    return person && humanId(person.email);
  }

  return {
    known(userId) {
      const found = users.get(userId);
      return found && !isOld(found) ? found : undefined;
    },
    async ask(userId) {
      const asked = await api.user(userId);
      if (!asked.ok && asked.kind === 'later') return failed(asked);
      try {
        const email = asked.ok && asked.user.id === userId ? await personOf(asked.user) : undefined;
        const value = { email, at: clock.monotonic() };
        users.set(userId, value);
        return { ok: true, value };
      } catch {
        return { ok: false, why: 'the gate cannot look up its people' };
      }
    },
    prune() {
      for (const [id, known] of users) if (isOld(known)) users.delete(id);
    },
  };
}

export const failed = ({ why, ...failure }: SlackFailure): Asked<never> => ({
  ok: false,
  why,
  ...('after' in failure && failure.after !== undefined && { after: failure.after }),
});
