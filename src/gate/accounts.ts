// Accounts of channels and the humans behind them. INVARIANT: an account is linked by somebody who holds both: the account, by which the code
// was asked for, and the credential of a person, by which it is given back; or by an e-mail address that the channel has verified, where the
// configuration lets that count.
import { type Directory, humanId, type Person } from '../core/principal.ts';
import type { Account, Accounts } from '../ports/accounts.ts';
import type { SharedRecords } from '../ports/shared-records.ts';

export interface AccountsDeps {
  readonly records: SharedRecords;
  readonly people: Directory;
  /** Channels whose verified e-mail addresses count. */
  readonly byEmail: ReadonlySet<string>;
  /** A word that nobody guesses, fit for typing. */
  readonly newCode: () => string;
}

export type LinkOutcome =
  | { readonly outcome: 'linked'; readonly account: Account }
  /** The code is unknown, used or over. */
  | { readonly outcome: 'unknown' }
  /** The account belongs to somebody else already. */
  | { readonly outcome: 'taken' };

export interface AccountLinks extends Accounts {
  /** Links the account that asked for this code to the person who gives it back. Rejects with StoreUnavailable. */
  link(person: Person, code: string): Promise<LinkOutcome>;
  /** Undoes what `link` did; the accounts that were linked. */
  unlink(person: Person): Promise<readonly Account[]>;
}

const LINK = 'link';
const CODE = 'linkcode';
/** ms. */
const CODE_KEPT = 600_000;
/** Links stay until they are undone; records have to have an end. */
const LINK_KEPT = 10 * 365 * 86_400_000;
/** Codes have 80 random bits: more than one that is taken means that they are not random. */
const TRIES = 4;
const FORM = /^[A-Z0-9]{16,40}$/;

const idOf = ({ channel, realm, id }: Account): string => JSON.stringify([channel, realm, id]);

function accountOf(id: string): Account {
  const [channel = '', realm = '', of = ''] = JSON.parse(id) as string[];
  return { channel, realm, id: of };
}

export function createAccounts({ records, people, byEmail, newCode }: AccountsDeps): AccountLinks {
  return {
    async person(account, email) {
      const linked = await records.get(LINK, idOf(account));
      if (linked) return people.person(linked.value);
      return email !== undefined && byEmail.has(account.channel) ? people.person(humanId(email)) : undefined;
    },
    async begin(account) {
      for (let attempt = 0; attempt < TRIES; attempt++) {
        const code = newCode();
        // A code that somebody else was given would link their account, whoever gives it back.
        const put = await records.put(CODE, code, 0, idOf(account), { keepFor: CODE_KEPT });
        if (put.outcome === 'written') return code;
      }
      throw new Error(`${TRIES} new codes in a row were taken`);
    },
    async link(person, code) {
      const asked = FORM.test(code) ? await records.get(CODE, code) : undefined;
      // Used once, whatever comes of it.
      if (!asked || !(await records.drop(CODE, code, asked.version))) return { outcome: 'unknown' };
      const linked = await records.get(LINK, asked.value);
      const email = humanId(person.email);
      if (linked && linked.value !== email) return { outcome: 'taken' };
      const put = await records.put(LINK, asked.value, linked?.version ?? 0, email, { keepFor: LINK_KEPT });
      if (put.outcome !== 'written') return { outcome: 'taken' };
      return { outcome: 'linked', account: accountOf(asked.value) };
    },
    async unlink(person) {
      const email = humanId(person.email);
      const mine = (await records.list(LINK)).filter(({ value }) => value === email);
      for (const { id, version } of mine) await records.drop(LINK, id, version);
      return mine.map(({ id }) => accountOf(id));
    },
  };
}
