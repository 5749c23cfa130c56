// `boundary` of an upstream: the regions, accounts, buckets, projects and namespaces that its calls are to stay in.
import type { z } from 'zod';
import type { BoundaryConfig } from '../core/boundary/boundary.ts';
import { closed, oneOrMany, textGlob } from '../core/policy/schema-leaves.ts';

const globs = (what: string): z.ZodExactOptional<z.ZodType<string[]>> =>
  oneOrMany(textGlob).exactOptional().describe(what);

export const boundary: z.ZodType<BoundaryConfig> = closed({
  regions: globs('Regions or locations: `eu-*`.'),
  accounts: globs(
    'Accounts of AWS, subscriptions of Azure. `self`: the account of the credential, where a call names none.',
  ),
  buckets: globs('Buckets of object stores.'),
  projects: globs('Projects of Google Cloud.'),
  namespaces: globs('Namespaces of Kubernetes, owners at GitHub, schemas of databases.'),
}).refine((map) => Object.keys(map).length > 0, '`boundary` must name something');
