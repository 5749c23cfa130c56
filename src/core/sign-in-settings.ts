// Identity providers that people sign in with, as the configuration names them.

export interface SignInIssuer {
  /** Exact `iss`. */
  readonly issuer: string;
  /** The one `aud`. */
  readonly audience: string;
  readonly algorithms: readonly string[];
  /** Without either, the issuer's metadata says where its keys are. */
  readonly jwks_uri: string | undefined;
  readonly jwks_file: string | undefined;
  readonly allowPrivate: boolean;
  /** Each a claim's name, a dotted path or a JSON pointer. */
  readonly claims: { readonly email: string; readonly emailVerified: string; readonly groups: string };
  /** Domains whose addresses it may speak for, lower case; empty: all. */
  readonly domains: readonly string[];
  /** What it calls a group → groups of ours. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** Whoever it puts into one of our groups is a person, without an entry in `people`. */
  readonly provision: boolean;
  /** ms from `iat`. */
  readonly maxAge: number;
  /** ms from `iat` for which the groups of a token are remembered. */
  readonly remember: number;
}
