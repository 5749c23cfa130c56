// One identity provider of people, for tests.
import type { SignInIssuer } from '../../src/core/sign-in-settings.ts';

export const IDP = 'https://idp.example.com';

export function idp(more: Partial<SignInIssuer> = {}): SignInIssuer {
  return {
    issuer: IDP,
    audience: 'holdgate-people',
    algorithms: ['ES256'],
    jwks_uri: `${IDP}/jwks`,
    jwks_file: undefined,
    allowPrivate: false,
    claims: { email: 'email', emailVerified: 'email_verified', groups: 'groups' },
    domains: [],
    groups: { 'idp-security': ['security'], 'idp-platform': ['platform', 'oncallers'] },
    provision: false,
    maxAge: 2 * 3_600_000,
    remember: 12 * 3_600_000,
    ...more,
  };
}
