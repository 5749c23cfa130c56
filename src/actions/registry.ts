// Which family reads a call: the one its upstream is configured as, else one that knows the host, else plain HTTP.
import type { Action } from '../core/action.ts';
import { type Boundary, compileBoundary, withPlace } from '../core/boundary/boundary.ts';
import type { Call } from '../core/call.ts';
import type { Upstream, UpstreamKind } from '../core/upstream.ts';
import { createAwsRecogniser } from './aws/recogniser.ts';
import { createAzureRecogniser } from './azure/recogniser.ts';
import type { Envelope } from './envelope.ts';
import { createGcpRecogniser } from './gcp/recogniser.ts';
import { createGitRecogniser } from './git/recogniser.ts';
import { createGithubRecogniser } from './github/recogniser.ts';
import { createGraphqlRecogniser } from './graphql/recogniser.ts';
import { recogniseHttp } from './http.ts';
import { createKubernetesRecogniser } from './kubernetes/recogniser.ts';
import { createMcpRecogniser } from './mcp/recogniser.ts';
import { createOpenapiRecogniser } from './openapi/recogniser.ts';
import type { Recogniser } from './recogniser.ts';
import { createSqlRecogniser } from './sql/http/recogniser.ts';

export interface Actions {
  /** Everything that the call does; at least one action. */
  recognise(call: Call): readonly Action[];
  /** True while that can be told only with the body, which is still to come. */
  needsBody(call: Call): boolean;
  /** Whose API the call goes to. */
  family(call: Call): UpstreamKind;
  /** What the gate itself needs of the message that a call is wrapped in. */
  envelope(call: Call): Envelope | 'needs-body' | undefined;
}

/** What of an upstream decides how its calls are read. */
export type ReadUpstream = Pick<Upstream, 'id' | 'kind' | 'basePath' | 'openapi' | 'sqlService' | 'boundary'> &
  Partial<Pick<Upstream, 'authority' | 'servicesBelow'>>;

interface Family {
  readonly kind: UpstreamKind;
  readonly recogniser: Recogniser;
}

const HTTP: Family = {
  kind: 'http',
  recogniser: { claims: () => true, needsBody: () => false, recognise: recogniseHttp },
};

/** `upstreams`: those of the configuration; calls to others are read by their host. */
export function createActions(upstreams: readonly ReadUpstream[]): Actions {
  const aws: Family = { kind: 'aws', recogniser: createAwsRecogniser() };
  const azure: Family = { kind: 'azure', recogniser: createAzureRecogniser() };
  const gcp: Family = { kind: 'gcp', recogniser: createGcpRecogniser() };
  const github: Family = { kind: 'github', recogniser: createGithubRecogniser() };
  const sql: Family = { kind: 'sql-over-http', recogniser: createSqlRecogniser() };
  // Knows no host, only what a path of git looks like: asked last.
  const git: Family = { kind: 'git', recogniser: createGitRecogniser(false) };
  /** Families that know their hosts, in the order in which they are asked. */
  const byHost: readonly Family[] = [aws, azure, gcp, github, sql, git];
  const configured = new Map<string, Family>();
  const boundaries = new Map<string, Boundary>();
  for (const upstream of upstreams) {
    const family = configuredFamily(upstream, byHost);
    if (family) configured.set(upstream.id, family);
    if (upstream.boundary) boundaries.set(upstream.id, compileBoundary(upstream.boundary));
  }
  // Of one call several things are asked in turn; whose it is needs to be found out once.
  let last: { readonly call: Call; readonly family: Family } | undefined;
  const familyOf = (call: Call): Family => {
    const known = configured.get(call.upstream);
    if (known) return known;
    if (last?.call !== call) {
      last = { call, family: byHost.find(({ recogniser }) => recogniser.claims(call)) ?? HTTP };
    }
    return last.family;
  };
  return {
    recognise(call) {
      const actions = unseen(call, familyOf(call).recogniser.recognise(call));
      const boundary = boundaries.get(call.upstream);
      return boundary ? actions.map((action) => withPlace(action, boundary)) : actions;
    },
    needsBody: (call) => familyOf(call).recogniser.needsBody(call),
    family: (call) => familyOf(call).kind,
    envelope: (call) => familyOf(call).recogniser.envelope?.(call),
  };
}

/** Whoever reads the sentence has to know that what flows in a tunnel is not reviewed. */
function unseen({ upgrade }: Call, actions: readonly Action[]): readonly Action[] {
  if (upgrade === undefined) return actions;
  return actions.map((action) => ({
    ...action,
    summary: `${action.summary} (opens a WebSocket; what flows in it is not reviewed)`,
  }));
}

/** Undefined where the file does not say a kind: the host decides, call by call. */
function configuredFamily(
  { id, kind, authority, servicesBelow, basePath, openapi, sqlService }: ReadUpstream,
  byHost: readonly Family[],
): Family | undefined {
  switch (kind) {
    case undefined:
      return undefined;
    case 'aws':
      return { kind, recogniser: createAwsRecogniser({ authority, basePath, servicesBelow }) };
    case 'azure':
      return { kind, recogniser: createAzureRecogniser(basePath) };
    case 'gcp':
      return { kind, recogniser: createGcpRecogniser(basePath) };
    case 'git':
      return { kind, recogniser: createGitRecogniser(true, basePath) };
    case 'github':
      return { kind, recogniser: createGithubRecogniser(basePath) };
    case 'openapi':
      // Without its document nothing of the API is known.
      return { kind, recogniser: createOpenapiRecogniser(id, openapi ?? { file: '', text: '' }, basePath) };
    case 'kubernetes':
      return { kind, recogniser: createKubernetesRecogniser(basePath) };
    case 'graphql':
      return { kind, recogniser: createGraphqlRecogniser(basePath) };
    case 'sql-over-http':
      return { kind, recogniser: createSqlRecogniser(sqlService, basePath) };
    case 'mcp':
      return { kind, recogniser: createMcpRecogniser(id, basePath) };
    default:
      return byHost.find((family) => family.kind === kind) ?? HTTP;
  }
}
