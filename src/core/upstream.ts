// A configured API behind the gate: validated, with defaults filled in.
import type { BoundaryConfig } from './boundary/boundary.ts';
import type { Secret } from './secret.ts';
import type { DatasetRule } from './usage/datasets.ts';

/** API families whose calls are recognised and that one word names, and plain HTTP. */
export const UPSTREAM_KINDS = ['http', 'aws', 'kubernetes', 'github', 'git', 'gcp', 'azure', 'mcp', 'graphql'] as const;

/** Databases, and services in front of them, that take SQL inside HTTP calls. */
export const SQL_SERVICES = [
  'snowflake',
  'bigquery',
  'clickhouse',
  'neon',
  'postgrest',
  'databricks',
  'd1',
  'libsql',
  'trino',
  'spanner',
] as const;

export type SqlService = (typeof SQL_SERVICES)[number];

export type UpstreamKind = (typeof UPSTREAM_KINDS)[number] | 'openapi' | 'sql-over-http';

/** A header whose value is the same for every call. */
export interface HeaderCredential {
  readonly header: string;
  readonly value: Secret;
  readonly aws?: never;
}

/** Keys of an AWS account, or of a role's session. */
export interface AwsKeys {
  readonly accessKeyId: Secret;
  readonly secretAccessKey: Secret;
  readonly sessionToken: Secret | undefined;
}

/** Each call is signed with these when it is sent. */
export interface AwsCredential {
  readonly aws: AwsKeys;
  readonly header?: never;
  readonly value?: never;
}

/** Lower-case name of the header that carries the upstream's credential; undefined where the gate adds none. */
export function injectedHeader({ credential }: Pick<Upstream, 'credential'>): string | undefined {
  return credential && (credential.aws ? 'authorization' : credential.header.toLowerCase());
}

export interface PreviewTerms {
  /** One that only reads. */
  readonly credential: NonNullable<Upstream['credential']>;
  /** Whether writes may be sent as dry runs (Kubernetes, EC2). */
  readonly dryRun: boolean;
}

export interface Upstream {
  readonly id: string;
  /** Whose API its calls are read as; by their host if absent. */
  readonly kind?: UpstreamKind | undefined;
  /** Of `kind: openapi`: the document that describes the API, as text (JSON or YAML). */
  readonly openapi?: { readonly file: string; readonly text: string } | undefined;
  /** Of `kind: sql-over-http`. */
  readonly sqlService?: SqlService | undefined;
  /** What its calls are to stay in; absent: not bounded. */
  readonly boundary?: BoundaryConfig | undefined;
  readonly scheme: 'http' | 'https';
  /** Lower-case host name or address literal of `base`, without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** `Host` that the upstream sees: the port only where it is not the scheme's default. */
  readonly authority: string;
  /** Where `base` is `{service}.{region}.` and a domain: that domain. Host and port are then those of each call's own service, and
   *  `hostname` and `authority` name nothing that could be connected to. */
  readonly servicesBelow?: string | undefined;
  /** Path of `base` without a trailing slash; empty for none. */
  readonly basePath: string;
  /** `/billing`, without a trailing slash; undefined where calls come by host only. `/` mounts at the root. */
  readonly mount: string | undefined;
  readonly hosts: readonly string[];
  readonly credential: HeaderCredential | AwsCredential | undefined;
  /** With what approvers are shown beforehand what a held call would change; absent: they are not. */
  readonly preview?: PreviewTerms | undefined;
  /** Names for data whose way out is counted. */
  readonly datasets?: readonly DatasetRule[] | undefined;
  /** What happens to Authorization and Cookie that the agent sent for the upstream. */
  readonly agent_credentials: 'strip' | 'pass';
  readonly allow_private: boolean;
  /** PEM bundle that replaces the system's roots for this upstream. */
  readonly ca: string | undefined;
  /** ms; overrides the wait of rules, not that of the agent. */
  readonly wait: number | undefined;
  /** ms: connect + TLS; first byte of the response head; silence inside the body. */
  readonly timeouts: { readonly connect: number; readonly head: number; readonly idle: number };
}
