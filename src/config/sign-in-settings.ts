// Identity providers of people as the gate uses them, and the groups that only they and channels know the members of.
import type { SignInIssuer } from '../core/sign-in-settings.ts';
import type { SignInSource } from './sign-in-schema.ts';
import type { Config } from './types.ts';

/** `keySet`: checks the file and gives its absolute path. */
export function signInSettings(
  { issuers }: SignInSource,
  keySet: (path: readonly (string | number)[], name: string) => string,
): readonly SignInIssuer[] {
  return issuers.map((source, i) => {
    const { jwks_file: file, jwks_uri: uri, allow_private: allowPrivate, max_age: maxAge, claims, ...rest } = source;
    return {
      ...rest,
      jwks_uri: uri,
      jwks_file: file === undefined ? undefined : keySet(['sign_in', 'issuers', i, 'jwks_file'], file),
      allowPrivate,
      claims: { email: claims.email, emailVerified: claims.email_verified, groups: claims.groups },
      maxAge,
    };
  });
}

/** Groups whose members are not all in the configuration. */
export function groupsElsewhere({
  sign_in: issuers,
  channels,
}: Pick<Config, 'sign_in' | 'channels'>): readonly string[] {
  const byToken = issuers.flatMap(({ groups }) => Object.values(groups).flat());
  const bySlack = channels.slack?.userGroups.map(({ name }) => name) ?? [];
  return [...new Set([...byToken, ...bySlack])];
}
