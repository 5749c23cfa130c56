// `datasets` of an upstream: names for data whose way out is counted.
import { z } from 'zod';
import { closed, oneOrMany, pathGlob, text, textGlob } from '../core/policy/schema-leaves.ts';
import type { DatasetRule } from '../core/usage/datasets.ts';
import { upstreamId } from './leaves.ts';

const globs = (item: z.ZodType<string, string>, what: string): z.ZodOptional<z.ZodType<string[]>> =>
  oneOrMany(item).optional().describe(what);

export const datasets: z.ZodType<readonly DatasetRule[]> = z.array(
  closed({
    label: text(upstreamId).describe(
      'Its name: `customer-data`. Several upstreams, and several entries, may share one.',
    ),
    actions: globs(textGlob, 'Names of actions that read it: `aws:s3:GetObject`.'),
    resources: globs(textGlob, 'Ids of the resources of those actions: `customer-*`.'),
    paths: globs(pathGlob, 'Paths, for APIs that are not recognised: `/customers/**`.'),
  }),
);
