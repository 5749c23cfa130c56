// An account of an identity provider stands for one e-mail address at a time: people are told apart by their addresses, so an account that could
// change its own would be several of them. INVARIANT: what counts under one address has ended before the account counts under another one.
import type { SignInIssuer } from '../core/sign-in-settings.ts';
import type { Clock } from '../ports/clock.ts';
import type { SharedRecord, SharedRecords } from '../ports/shared-records.ts';

export interface OneAddressDeps {
  readonly records: Pick<SharedRecords, 'get' | 'put'>;
  readonly clock: Pick<Clock, 'now'>;
}

export interface AccountSignIn {
  readonly issuer: Pick<SignInIssuer, 'issuer' | 'remember' | 'maxAge'>;
  /** `sub`. */
  readonly account: string;
  /** Lower case. */
  readonly email: string;
  /** When the provider said so, epoch ms. */
  readonly at: number;
}

/** Undefined: the account stands for this address, and that is on record; else epoch ms until when it stands for another one. Rejects with
 *  StoreUnavailable. */
export type TakeAddress = (signIn: AccountSignIn) => Promise<number | undefined>;

interface Taken {
  readonly email: string;
  readonly at: number;
}

const KIND = 'idpaccount';
/** Clocks of providers may be ahead by as much, ms. */
const SKEW = 60_000;
const TRIES = 5;

export function createOneAddress({ records, clock }: OneAddressDeps): TakeAddress {
  return async ({ issuer: { issuer, remember, maxAge }, account, email, at }) => {
    const id = JSON.stringify([issuer, account]);
    /** The last moment at which a token of then, or what is remembered of it, counts. */
    const until = (then: number): number => then + Math.max(remember, maxAge) + SKEW;
    let stands: SharedRecord | undefined = await records.get(KIND, id);
    for (let tries = 0; tries < TRIES; tries++) {
      const before = stands && (JSON.parse(stands.value) as Taken);
      const now = clock.now();
      if (before && before.email !== email && now < until(before.at)) return until(before.at);
      if (before?.email === email && before.at >= at) return undefined;
      const taken: Taken = { email, at };
      const keepFor = Math.max(SKEW, until(at) - now);
      const put = await records.put(KIND, id, stands?.version ?? 0, JSON.stringify(taken), { keepFor });
      if (put.outcome === 'written') return undefined;
      stands = put.record;
    }
    throw new Error('too many sign-ins of one account at once');
  };
}
