// `kind` of an upstream: a word, or a map with one key for families that have to be told more.
import { z } from 'zod';
import { closed, word } from '../core/policy/schema-leaves.ts';
import { SQL_SERVICES, type SqlService, UPSTREAM_KINDS, type UpstreamKind } from '../core/upstream.ts';
import { plainText } from './leaves.ts';

type Word = (typeof UPSTREAM_KINDS)[number];

interface Described {
  readonly openapi?: string | undefined;
  readonly 'sql-over-http'?: SqlService | undefined;
}

export type KindSource = Word | Described;

const described: z.ZodType<Described> = closed({
  openapi: plainText
    .optional()
    .describe('The OpenAPI 2 or 3 document, JSON or YAML, relative to the configuration file.'),
  'sql-over-http': word('service', SQL_SERVICES).optional().describe('What takes the SQL.'),
}).refine((map) => Object.keys(map).length === 1, 'name one of openapi and sql-over-http');

export const kind: z.ZodType<KindSource> = z.union([word('kind', UPSTREAM_KINDS), described]);

/** The family, whatever else the file says of it. */
export function kindName(source: KindSource | undefined): UpstreamKind | undefined {
  if (source === undefined || typeof source === 'string') return source;
  return source.openapi === undefined ? 'sql-over-http' : 'openapi';
}

/** What only the kinds with a map say. */
export function kindTerms(source: KindSource | undefined): Described {
  return typeof source === 'object' ? source : {};
}
