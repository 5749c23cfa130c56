// `store:` of holdgate.yaml: a word, an address, or a map with the address and its terms.
import { z } from 'zod';
import { closed, duration, nonEmpty, text } from '../core/policy/schema-leaves.ts';
import { parseStoreAddress } from './store-address.ts';

export interface SharedStoreSource {
  readonly url: string;
  readonly cluster: boolean;
  readonly sentinel?: { readonly master: string; readonly password?: string | undefined } | undefined;
  readonly ca?: string | undefined;
  readonly prefix: string;
  readonly ack_replicas: number;
  readonly timeout: number;
  readonly retention: number;
}

export type StoreSource = 'sqlite' | SharedStoreSource;

const DAY = 86_400_000;

const address = text((value) => {
  const parsed = parseStoreAddress(value);
  return typeof parsed === 'string' ? parsed : undefined;
});

const shared = closed({
  url: address.describe(
    '`redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS; several hosts with commas for a cluster or for sentinels. The password may be `${env:NAME}` or `${file:PATH}`.',
  ),
  cluster: z.boolean().default(false).describe('The hosts are nodes of a Redis Cluster.'),
  sentinel: closed({
    master: text(nonEmpty).describe('Name of the primary that the sentinels watch.'),
    password: text(nonEmpty).optional().describe('Password of the sentinels themselves; references as in `url`.'),
  })
    .optional()
    .describe('The hosts are sentinels, which say where the primary is.'),
  ca: text(nonEmpty).optional().describe('PEM file that replaces the system’s roots for `rediss://`.'),
  prefix: text((value) =>
    /^[A-Za-z0-9._-]{1,64}$/.test(value)
      ? undefined
      : `"${value}" is not a prefix; expected 1 to 64 letters, digits, ".", "-" and "_"`,
  )
    .default('holdgate')
    .describe('First part of every key, so that several gates can share a server.'),
  ack_replicas: z
    .int()
    .min(0, 'must be at least 0')
    .max(10, 'must be at most 10')
    .default(0)
    .describe(
      'Redis replicas that must have a write before it counts: before a vote is confirmed, and before the first byte of an approved call.',
    ),
  timeout: duration
    .refine((ms) => ms >= 50 && ms <= 5_000, 'must be from 50ms to 5s')
    .prefault('400ms')
    .describe('How long Redis may take over one command; then the call is refused, to be tried again.'),
  retention: duration
    .refine((ms) => ms >= DAY, 'must be at least 1d')
    .prefault('30d')
    .describe(
      'How long an approval and its receipt stay in Redis after its expiry; the audit log keeps them for good.',
    ),
}).superRefine((value, context) => {
  const parsed = parseStoreAddress(value.url);
  if (typeof parsed === 'string') return;
  const say = (path: string, message: string): void => context.addIssue({ code: 'custom', message, path: [path] });
  if (value.cluster && value.sentinel) say('sentinel', 'the hosts are either nodes of a cluster or sentinels');
  if (!value.cluster && !value.sentinel && parsed.nodes.length > 1)
    say('url', 'several hosts need `cluster: true` or `sentinel: {master: …}`');
  if (value.cluster && parsed.database !== 0) say('url', 'a cluster has no database but 0');
});

/** Read with every default filled in; durations in ms. */
export const store: z.ZodType<StoreSource> = z.union([
  text((value) => {
    if (value === 'sqlite') return undefined;
    if (!value.includes(':')) return `unknown store "${value}"; expected sqlite, or an address: redis://host:6379`;
    const parsed = parseStoreAddress(value);
    if (typeof parsed === 'string') return parsed;
    return parsed.nodes.length > 1
      ? 'several hosts need a map: store: {url: …, cluster: true} or {url: …, sentinel: {master: …}}'
      : undefined;
  })
    .meta({ pattern: '^(sqlite$|rediss?://)', examples: ['sqlite', 'redis://localhost:6379'] })
    .transform((value): StoreSource => (value === 'sqlite' ? value : shared.parse({ url: value }))),
  shared,
]);
