// Who clicked. INVARIANT: a person comes out only for a full, present member of a workspace that is named, with an account that belongs to
// somebody in the directory; everybody else learns why not.
import type { Person } from '../../core/principal.ts';
import type { Accounts } from '../../ports/accounts.ts';
import type { Clock } from '../../ports/clock.ts';
import { memberFault } from './full-member.ts';
import type { Actor } from './interaction.ts';
import type { SlackApi, SlackUser } from './slack-api.ts';

export type Identity = { readonly ok: true; readonly person: Person } | { readonly ok: false; readonly why: string };

export interface IdentityDeps {
  readonly api: Pick<SlackApi, 'user'>;
  readonly accounts: Accounts;
  readonly teamIds: readonly string[];
  readonly clock: Pick<Clock, 'monotonic'>;
}

export interface Identities {
  /** `fresh`: as Slack said within five seconds, whatever is remembered. Never rejects. */
  of(actor: Actor, fresh: boolean): Promise<Identity>;
}

/** ms for which Slack's word about a user is taken again. */
const MEMORY = 300_000;
/** The same where it is to be asked anew: whoever clicks again and again does not use up the questions that Slack allows (100 a minute). */
const ANEW = 5_000;
const MOST = 1000;

const no = (why: string): Identity => ({ ok: false, why });

export function createIdentities({ api, accounts, teamIds, clock }: IdentityDeps): Identities {
  const known = new Map<string, { readonly user: SlackUser; readonly at: number }>();

  async function userOf({ userId }: Actor, fresh: boolean): Promise<SlackUser | undefined> {
    const found = known.get(userId);
    if (found && clock.monotonic() - found.at < (fresh ? ANEW : MEMORY)) return found.user;
    known.delete(userId);
    const asked = await api.user(userId);
    if (!asked.ok) return undefined;
    known.set(userId, { user: asked.user, at: clock.monotonic() });
    const [oldest] = known.keys();
    if (known.size > MOST && oldest !== undefined) known.delete(oldest);
    return asked.user;
  }

  return {
    async of(actor, fresh) {
      if (!teamIds.includes(actor.teamId)) return no('Your workspace is not one that may approve here.');
      const user = await userOf(actor, fresh);
      if (user?.id !== actor.userId) return no('Slack does not say who you are now; nothing was recorded. Try again.');
      const fault = memberFault(user, actor.teamId);
      if (fault !== undefined) return no(fault);
      const account = { channel: 'slack', realm: actor.teamId, id: actor.userId };
      try {
        const person = await accounts.person(account, user.emailConfirmed ? user.email : undefined);
        if (person) return { ok: true, person };
        const code = await accounts.begin(account);
        return no(
          `Your Slack account is not linked to a person of this gate. Run "holdgate link ${code}" with your own credential within ten minutes, then try again.`,
        );
      } catch {
        return no('The gate cannot look you up now; nothing was recorded. Try again.');
      }
    },
  };
}
