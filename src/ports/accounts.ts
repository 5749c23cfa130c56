// Which human stands behind an account of a channel, and which humans a group or a schedule means.
import type { Person } from '../core/principal.ts';

/** One human's account elsewhere: `slack`, team and user id; `teams`, tenant and object id. */
export interface Account {
  readonly channel: string;
  readonly realm: string;
  readonly id: string;
}

export interface Accounts {
  /** The person who linked this account, as the directory knows them now. `email`: verified by the channel; counts only where the
   *  configuration says so. Rejects with StoreUnavailable. */
  person(account: Account, email: string | undefined): Promise<Person | undefined>;
  /** A word that its holder has to say while signed in elsewhere, so that this account is theirs; good for ten minutes. */
  begin(account: Account): Promise<string>;
}
