// What the fake API server says about itself: versions, groups and resources, in the notation that every kubectl understands.
import type { FakeAnswer, RecordedRequest } from './fake-api-server.ts';

interface FakeResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames?: readonly string[];
  readonly subresources?: readonly string[];
}

const GROUPS: Readonly<Record<string, readonly FakeResource[]>> = {
  v1: [
    {
      name: 'pods',
      kind: 'Pod',
      namespaced: true,
      shortNames: ['po'],
      subresources: ['exec', 'attach', 'portforward', 'log', 'eviction', 'status', 'ephemeralcontainers', 'proxy'],
    },
    { name: 'namespaces', kind: 'Namespace', namespaced: false, shortNames: ['ns'] },
    { name: 'nodes', kind: 'Node', namespaced: false, shortNames: ['no'] },
    { name: 'secrets', kind: 'Secret', namespaced: true },
    { name: 'configmaps', kind: 'ConfigMap', namespaced: true, shortNames: ['cm'] },
    { name: 'services', kind: 'Service', namespaced: true, shortNames: ['svc'] },
    { name: 'serviceaccounts', kind: 'ServiceAccount', namespaced: true, shortNames: ['sa'], subresources: ['token'] },
  ],
  'apps/v1': [
    { name: 'deployments', kind: 'Deployment', namespaced: true, shortNames: ['deploy'], subresources: ['scale'] },
    { name: 'daemonsets', kind: 'DaemonSet', namespaced: true, shortNames: ['ds'] },
    { name: 'statefulsets', kind: 'StatefulSet', namespaced: true, shortNames: ['sts'], subresources: ['scale'] },
    { name: 'replicasets', kind: 'ReplicaSet', namespaced: true, shortNames: ['rs'] },
  ],
  'batch/v1': [
    { name: 'jobs', kind: 'Job', namespaced: true },
    { name: 'cronjobs', kind: 'CronJob', namespaced: true, shortNames: ['cj'] },
  ],
  'policy/v1': [{ name: 'poddisruptionbudgets', kind: 'PodDisruptionBudget', namespaced: true, shortNames: ['pdb'] }],
  'networking.k8s.io/v1': [{ name: 'ingresses', kind: 'Ingress', namespaced: true, shortNames: ['ing'] }],
  'rbac.authorization.k8s.io/v1': [
    { name: 'clusterrolebindings', kind: 'ClusterRoleBinding', namespaced: false },
    { name: 'clusterroles', kind: 'ClusterRole', namespaced: false },
    { name: 'rolebindings', kind: 'RoleBinding', namespaced: true },
    { name: 'roles', kind: 'Role', namespaced: true },
  ],
  'authorization.k8s.io/v1': [
    { name: 'selfsubjectaccessreviews', kind: 'SelfSubjectAccessReview', namespaced: false },
    { name: 'selfsubjectrulesreviews', kind: 'SelfSubjectRulesReview', namespaced: false },
  ],
  'certificates.k8s.io/v1': [
    { name: 'certificatesigningrequests', kind: 'CertificateSigningRequest', namespaced: false, shortNames: ['csr'] },
  ],
};

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
/** Kinds of subresources that are not those of their resource. */
const OTHER_KINDS: Readonly<
  Record<string, { readonly group: string; readonly version: string; readonly kind: string }>
> = {
  eviction: { group: 'policy', version: 'v1', kind: 'Eviction' },
  scale: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
  token: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
};

/** Undefined where the path is not one of discovery. */
export function discovery({ method, target }: RecordedRequest): FakeAnswer | undefined {
  const path = (target.split('?', 1)[0] ?? '').replace(/\/$/, '');
  if (method !== 'GET') return undefined;
  if (/^\/(?:healthz|livez|readyz)$/.test(path))
    return { status: 200, headers: ['Content-Type', 'text/plain'], body: 'ok' };
  const body = document(path);
  return body && { status: 200, body };
}

function document(path: string): object | undefined {
  if (path === '/version') return { major: '1', minor: '32', gitVersion: 'v1.32.0', platform: 'linux/amd64' };
  if (path === '/api') {
    return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  }
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups() };
  // Clients only look whether the parameter `fieldValidation` is there, and then leave validation to the server.
  if (path === '/openapi/v3') return { paths: Object.fromEntries(Object.keys(GROUPS).map(schemaEntry)) };
  if (path.startsWith('/openapi/v3/')) return schema(path.slice('/openapi/v3/'.length));
  const groupVersion = /^\/(?:api|apis)\/((?:[^/]+\/)?[^/]+)$/.exec(path)?.[1];
  const resources = groupVersion === undefined ? undefined : GROUPS[groupVersion];
  return (
    resources && { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: resources.flatMap(entries) }
  );
}

function groups(): readonly object[] {
  return Object.keys(GROUPS).flatMap((groupVersion) => {
    const [name, version] = groupVersion.split('/');
    if (version === undefined) return [];
    return [{ name, versions: [{ groupVersion, version }], preferredVersion: { groupVersion, version } }];
  });
}

function entries(resource: FakeResource): readonly object[] {
  const { name, kind, namespaced, shortNames, subresources = [] } = resource;
  return [
    { name, singularName: kind.toLowerCase(), kind, namespaced, shortNames, verbs: VERBS },
    ...subresources.map((each) => ({
      name: `${name}/${each}`,
      singularName: '',
      namespaced,
      verbs: VERBS,
      ...(OTHER_KINDS[each] ?? { kind }),
    })),
  ];
}

function schemaEntry(groupVersion: string): readonly [string, object] {
  const path = groupVersion.includes('/') ? `apis/${groupVersion}` : `api/${groupVersion}`;
  return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=1` }];
}

function schema(path: string): object {
  const [, group = '', version = ''] = /^apis\/([^/]+)\/([^/]+)$/.exec(path) ?? ['', '', path.replace('api/', '')];
  const resources = GROUPS[group === '' ? version : `${group}/${version}`] ?? [];
  const parameters = ['fieldValidation', 'dryRun', 'fieldManager'].map((name) => ({
    name,
    in: 'query',
    schema: { type: 'string' },
  }));
  const paths = resources.map(({ name, kind, namespaced }) => {
    const at = `/${path}/${namespaced ? 'namespaces/{namespace}/' : ''}${name}/{name}`;
    const operation = {
      parameters,
      responses: {},
      'x-kubernetes-group-version-kind': { group, version, kind },
    };
    return [at, { patch: operation, put: operation }] as const;
  });
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version: 'v1.32.0' }, paths: Object.fromEntries(paths) };
}

export interface PathKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly resource: string;
  readonly isCollection: boolean;
}

/** What is served at a path. */
export function kindOf(path: string): PathKind | undefined {
  const match =
    /^\/(?:api|apis)\/((?:[^/]+\.[^/]+\/|apps\/|batch\/|policy\/)?v\d)\/(?:namespaces\/[^/]+\/)?(\w+)(\/[^/]+)?$/.exec(
      path,
    );
  const [, apiVersion = '', resource = '', name] = match ?? [];
  const found = GROUPS[apiVersion]?.find((each) => each.name === resource);
  return found && { apiVersion, kind: found.kind, resource, isCollection: name === undefined };
}
