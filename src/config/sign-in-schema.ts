// `sign_in`: identity providers whose tokens people sign in with, and what their groups are here.
import { z } from 'zod';
import { closed, duration, oneOrMany, text, word } from '../core/policy/schema-leaves.ts';
import { groupName, plainText, trustedUrl } from './leaves.ts';
import { JWT_ALGORITHMS } from './jwt-algorithms.ts';

interface IssuerSource {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly string[];
  readonly jwks_uri?: string | undefined;
  readonly jwks_file?: string | undefined;
  readonly allow_private: boolean;
  readonly claims: { readonly email: string; readonly email_verified: string; readonly groups: string };
  readonly domains: readonly string[];
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly provision: boolean;
  readonly max_age: number;
  readonly remember: number;
}

export interface SignInSource {
  readonly issuers: readonly IssuerSource[];
}

const MINUTE = 60_000;
const DAY = 86_400_000;

const domain = text((value) =>
  /^(?=.{1,253}$)(?:[a-z0-9-]{1,63}\.)*[a-z0-9-]{1,63}$/.test(value)
    ? undefined
    : `"${value}" is not a domain; expected example.com, in lower case`,
);

const bounded = (least: number, most: number, words: string): z.ZodType<number, string> =>
  duration.refine((ms) => ms >= least && ms <= most, { message: `expected ${words}` });

const issuer: z.ZodType<IssuerSource> = closed({
  issuer: trustedUrl.describe('Exact `iss` of the tokens.'),
  audience: plainText.describe('What `aud` has to be, alone; never one that agents’ tokens of the same issuer have.'),
  algorithms: z
    .array(word('algorithm', JWT_ALGORITHMS))
    .min(1, 'name at least one algorithm')
    .describe('Accepted signature algorithms, as of `issuers`.'),
  jwks_uri: trustedUrl
    .optional()
    .describe('Where its keys are. Without this and `jwks_file`, its metadata (OpenID Connect Discovery) says so.'),
  jwks_file: plainText.optional().describe('A file with its keys (JWK set), relative to the configuration file.'),
  allow_private: z.boolean().default(false).describe('Lets its keys be at a private address.'),
  claims: closed({
    email: plainText
      .default('email')
      .describe('Claim with the e-mail address: a name, a dotted path or a JSON pointer.'),
    email_verified: plainText
      .default('email_verified')
      .describe('Claim that has to be `true` for the address to count (Microsoft Entra: `xms_edov`).'),
    groups: plainText.default('groups').describe('Claim with the list of groups.'),
  })
    .prefault({})
    .describe('Where the claims stand.'),
  domains: oneOrMany(domain).default([]).describe('Domains whose addresses it may speak for. Without them, all.'),
  groups: z
    .record(z.string(), oneOrMany(groupName))
    .default({})
    .describe(
      'What the provider calls a group (name or id) → group here, one or a list. What is not named here is nothing.',
    ),
  provision: z
    .boolean()
    .default(false)
    .describe('Whoever it puts into one of these groups is a person, without an entry in `people`.'),
  max_age: bounded(MINUTE, DAY, '1m to 24h')
    .prefault('2h')
    .describe('How old a token may be, by its `iat`, 24h at most.'),
  remember: bounded(MINUTE, DAY, '1m to 24h')
    .prefault('12h')
    .describe('How long its word about somebody’s groups counts, everywhere, from `iat` on; 24h at most.'),
}).refine((value) => value.jwks_uri === undefined || value.jwks_file === undefined, {
  message: 'name jwks_uri or jwks_file, not both',
});

export const signIn: z.ZodType<SignInSource> = closed({
  issuers: z.array(issuer).default([]).describe('Identity providers whose tokens (JWT) people sign in with.'),
});
