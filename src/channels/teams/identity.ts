// Who clicked. INVARIANT: a person comes out only for a full member of a tenant that is named, as the connector says now, with an account that
// belongs to somebody in the directory; everybody else learns why not.
import type { Person } from '../../core/principal.ts';
import type { Accounts } from '../../ports/accounts.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Actor } from './activity.ts';
import type { Connector, Member } from './connector.ts';
import type { Conversations } from './conversations.ts';

export type Identity = { readonly ok: true; readonly person: Person } | { readonly ok: false; readonly why: string };

export interface IdentityDeps {
  readonly connector: Pick<Connector, 'member'>;
  readonly conversations: Pick<Conversations, 'get'>;
  readonly accounts: Accounts;
  readonly tenants: readonly string[];
  readonly clock: Pick<Clock, 'monotonic'>;
}

export interface Identities {
  /** For a vote: the connector is asked now, and whoever is not linked learns how. Never rejects. */
  voter(actor: Actor, conversation: string): Promise<Identity>;
  /** For a look at a card: undefined for nobody that is known. Never rejects. */
  viewer(actor: Actor, conversation: string): Promise<Person | undefined>;
}

/** ms for which the connector's word about a viewer is taken again. */
const MEMORY = 300_000;
const MOST = 1000;
/** What the connector calls full members. */
const MEMBERS: ReadonlySet<string> = new Set(['user', 'owner']);

const no = (why: string): Identity => ({ ok: false, why });

export function createIdentities({ connector, conversations, accounts, tenants, clock }: IdentityDeps): Identities {
  const known = new Map<string, { readonly member: Member; readonly until: number }>();

  async function ask({ userId }: Actor, conversation: string): Promise<Member | undefined> {
    const key = JSON.stringify([conversation, userId]);
    known.delete(key);
    const { serviceUrl } = await conversations.get(conversation);
    const asked = await connector.member(serviceUrl, conversation, userId);
    if (!asked.ok) return undefined;
    known.set(key, { member: asked.member, until: clock.monotonic() + MEMORY });
    const [oldest] = known.keys();
    if (known.size > MOST && oldest !== undefined) known.delete(oldest);
    return asked.member;
  }

  /** Why this is not a full member who is who the activity says. */
  function fault(actor: Actor, member: Member | undefined): string | undefined {
    if (member?.userId !== actor.userId) return 'Teams does not say who you are now; nothing was recorded. Try again.';
    if (member.tenantId !== actor.tenantId) return 'Only members of this organisation may approve.';
    if (member.objectId !== actor.objectId)
      return 'Teams does not say who you are now; nothing was recorded. Try again.';
    if (!MEMBERS.has(member.role) || /#ext#/i.test(member.principalName ?? '')) return 'Guests may not approve.';
    return undefined;
  }

  const accountOf = ({ tenantId: realm, objectId: id }: Actor): Parameters<Accounts['begin']>[0] => ({
    channel: 'teams',
    realm,
    id,
  });

  return {
    async voter(actor, conversation) {
      if (!tenants.includes(actor.tenantId)) return no('Your organisation is not one that may approve here.');
      try {
        const member = await ask(actor, conversation);
        const why = fault(actor, member);
        if (why !== undefined) return no(why);
        const person = await accounts.person(accountOf(actor), member?.principalName);
        if (person) return { ok: true, person };
        const code = await accounts.begin(accountOf(actor));
        return no(
          `Your Teams account is not linked to a person of this gate. Run "holdgate link ${code}" with your own credential within ten minutes, then try again.`,
        );
      } catch {
        return no('The gate cannot look you up now; nothing was recorded. Try again.');
      }
    },
    async viewer(actor, conversation) {
      if (!tenants.includes(actor.tenantId)) return undefined;
      try {
        const remembered = known.get(JSON.stringify([conversation, actor.userId]));
        const usable = remembered && clock.monotonic() < remembered.until;
        const member = usable ? remembered.member : await ask(actor, conversation);
        if (fault(actor, member) !== undefined) return undefined;
        return await accounts.person(accountOf(actor), member?.principalName);
      } catch {
        return undefined;
      }
    },
  };
}
