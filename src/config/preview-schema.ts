// `preview` of an upstream: with what approvers are shown beforehand what a held call would change.
import { z } from 'zod';
import { closed } from '../core/policy/schema-leaves.ts';
import { type CredentialSource, credential } from './credential-schema.ts';

export interface PreviewSource {
  readonly credential: CredentialSource;
  readonly enabled: boolean;
  readonly dry_run: boolean;
}

export const preview: z.ZodType<PreviewSource> = closed({
  credential: credential.describe('As `credential`, of a principal that may only read: never that of calls.'),
  enabled: z.boolean().default(true).describe('False asks for none.'),
  dry_run: z
    .boolean()
    .default(false)
    .describe(
      'Also sends writes as dry runs, which the API checks and does not carry out: `dryRun=All` of Kubernetes, `DryRun` of EC2, `EXPLAIN` of Neon.',
    ),
});
