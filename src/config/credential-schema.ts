// `credential` of an upstream: a header with a fixed value, or keys of AWS that every call is signed with.
import type { z } from 'zod';
import { closed } from '../core/policy/schema-leaves.ts';
import { headerName, plainText } from './leaves.ts';

export interface AwsKeysSource {
  readonly access_key_id: string;
  readonly secret_access_key: string;
  readonly session_token?: string | undefined;
}

export interface CredentialSource {
  readonly header?: string | undefined;
  readonly value?: string | undefined;
  readonly aws?: AwsKeysSource | undefined;
}

const aws = closed({
  access_key_id: plainText.describe('`${env:NAME}` and `${file:PATH}` are replaced, as in `value`.'),
  secret_access_key: plainText.describe('As `access_key_id`.'),
  session_token: plainText.optional().describe('As `access_key_id`; of keys that are good for a while only.'),
});

export const credential: z.ZodType<CredentialSource> = closed({
  header: headerName.optional().describe('Header that carries the credential to the upstream.'),
  value: plainText
    .optional()
    .describe(
      'Its value. `${env:NAME}` and `${file:PATH}` are replaced here and in `aws`, and nowhere else; a trailing line break of the file is dropped.',
    ),
  aws: aws
    .optional()
    .describe(
      'Instead of a header: keys that calls to AWS are signed with when they are sent. Agents sign with keys of this gate (`holdgate agents aws-key`).',
    ),
}).refine(
  ({ header, value, aws: keys }) =>
    keys ? header === undefined && value === undefined : header !== undefined && value !== undefined,
  'name header and value, or aws',
);
