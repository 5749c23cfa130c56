// What Kubernetes' own resources, and the custom ones that tags.ts knows, can be asked for: for people who write policies. Not complete:
// every cluster has resources of its own, whose names come from the path of a call.
import type { Catalogue, CatalogueEntry } from '../catalogue.ts';
import { type ResourceRequest, type Verb } from './request-info.ts';
import { isMadeByPut, resourceKinds } from './resource-kinds.ts';
import { resourceWords } from './resource-words.ts';
import { levelOf, markedResources, possibleTags, tagsOf } from './tags.ts';

const VERBS: readonly Verb[] = [
  'apply',
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];
const CHANGES: readonly Verb[] = ['apply', 'get', 'patch', 'update'];

/** Resources that are only answered, bound or looked at. */
const FEW_VERBS: ReadonlyMap<string, readonly Verb[]> = new Map([
  ['/bindings', ['create']],
  ['/componentstatuses', ['get', 'list']],
  ['authentication.k8s.io/selfsubjectreviews', ['create']],
  ['authentication.k8s.io/tokenreviews', ['create']],
  ['authorization.k8s.io/localsubjectaccessreviews', ['create']],
  ['authorization.k8s.io/selfsubjectaccessreviews', ['create']],
  ['authorization.k8s.io/selfsubjectrulesreviews', ['create']],
  ['authorization.k8s.io/subjectaccessreviews', ['create']],
]);

/** Subresources with the verbs that they take: of the Kubernetes API reference, and what the virtual machines of KubeVirt open. */
const SUBRESOURCES: ReadonlyMap<string, Readonly<Record<string, readonly Verb[]>>> = new Map([
  [
    '/pods',
    {
      attach: ['create'],
      binding: ['create'],
      ephemeralcontainers: CHANGES,
      eviction: ['create'],
      exec: ['create'],
      log: ['get'],
      portforward: ['create'],
      proxy: ['create'],
      resize: CHANGES,
    },
  ],
  ['/services', { proxy: ['create'] }],
  ['/nodes', { proxy: ['create'] }],
  ['/namespaces', { finalize: ['update'] }],
  ['/serviceaccounts', { token: ['create'] }],
  ['/replicationcontrollers', { scale: CHANGES }],
  ['apps/deployments', { scale: CHANGES }],
  ['apps/replicasets', { scale: CHANGES }],
  ['apps/statefulsets', { scale: CHANGES }],
  ['extensions/deployments', { rollback: ['create'], scale: CHANGES }],
  ['certificates.k8s.io/certificatesigningrequests', { approval: CHANGES }],
  ['argoproj.io/rollouts', { scale: CHANGES }],
]);
const NO_SUBRESOURCES: Readonly<Record<string, readonly Verb[]>> = {};

/** Resources without a status of their own. */
const STATELESS: ReadonlySet<string> = new Set([
  ...FEW_VERBS.keys(),
  '/configmaps',
  '/endpoints',
  '/events',
  '/limitranges',
  '/podtemplates',
  '/secrets',
  '/serviceaccounts',
  'apps/controllerrevisions',
  'coordination.k8s.io/leases',
  'discovery.k8s.io/endpointslices',
  'events.k8s.io/events',
]);

const WORDS: Readonly<Record<Verb, string>> = {
  get: 'Get',
  list: 'List',
  watch: 'Watch',
  create: 'Create',
  update: 'Replace',
  patch: 'Patch',
  apply: 'Apply',
  delete: 'Delete',
  deletecollection: 'Delete all',
};
const TOLD_BY_BODY: ReadonlySet<string> = new Set(['/namespaces', '/persistentvolumes', '/secrets', '/services']);
/** What a subresource does, where its name alone does not say it. */
const DEEDS: Readonly<Record<string, string>> = {
  approval: 'Approve or deny',
  attach: 'Attach to',
  ephemeralcontainers: 'Add a debug container to',
  eviction: 'Evict',
  exec: 'Run commands in',
  log: 'Read the logs of',
  portforward: 'Forward ports of',
  proxy: 'Send requests through the API server to',
  token: 'Issue tokens for',
};
const IMPERSONATED: readonly string[] = [
  'authentication.k8s.io/uids',
  'authentication.k8s.io/userextras/*',
  'groups',
  'serviceaccounts',
  'users',
];

let known: readonly CatalogueEntry[] | undefined;

export function kubernetesCatalogue(): Catalogue {
  return { provider: 'k8s', complete: false, entries: () => (known ??= list()) };
}

function list(): readonly CatalogueEntry[] {
  const resources = new Set(markedResources());
  for (const { group, resource } of resourceKinds()) resources.add(`${group}/${resource}`);
  const entries = [...[...resources].flatMap(resourceEntries), ...impersonation(), ...open()];
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function resourceEntries(key: string): CatalogueEntry[] {
  const [group = '', resource = ''] = key.split('/');
  const own = (FEW_VERBS.get(key) ?? VERBS).map((verb) => entry(group, resource, '', verb));
  const below = { ...SUBRESOURCES.get(key), ...(STATELESS.has(key) ? NO_SUBRESOURCES : { status: CHANGES }) };
  const subs = Object.entries(below).flatMap(([subresource, verbs]) =>
    verbs.map((verb) => entry(group, resource, subresource, verb)),
  );
  return [...own, ...subs];
}

function entry(group: string, resource: string, subresource: string, verb: Verb): CatalogueEntry {
  const request: ResourceRequest = {
    kind: 'resource',
    verb,
    group,
    version: 'v1',
    namespace: undefined,
    resource,
    subresource,
    name: undefined,
    rest: [],
  };
  const type = group === '' ? resource : `${group}/${resource}`;
  const named = tagsOf({ ...request, namespace: 'kube-system' }, undefined);
  // Of an object of no particular name, in no particular namespace.
  const certain = tagsOf({ ...request, namespace: 'default' }, 'any');
  const told = isTold(request, named) ? possibleTags(request) : [];
  const words = resourceWords(group, resource);
  const reads = verb === 'get' && subresource !== 'log';
  const deed = reads ? undefined : DEEDS[subresource];
  const what = subresource === '' || deed ? words.many : `${subresource} of ${words.many}`;
  const created = verb === 'update' && subresource === '' && isMadeByPut(group, resource);
  return {
    name: `k8s:${verb}:${type}${subresource === '' ? '' : `/${subresource}`}`,
    level: levelOf(request),
    tags: [...new Set([...named, ...told])].toSorted(),
    sometimes: [...new Set([...told, ...named])].filter((tag) => !certain.includes(tag)).toSorted(),
    summary: `${deed ?? WORDS[verb]} ${what}${created ? ', or create them' : ''}`,
  };
}

/** Where a body adds to the tags: objects of their own kind, and whatever has a template of pods. */
function isTold({ subresource, group, resource }: ResourceRequest, tags: readonly string[]): boolean {
  if (subresource === 'scale' || subresource === 'ephemeralcontainers') return true;
  if (subresource !== '') return false;
  const own = `${group}/${resource}`;
  return TOLD_BY_BODY.has(own) || tags.includes('code-execution') || tags.includes('deployment');
}

function impersonation(): CatalogueEntry[] {
  return IMPERSONATED.map((what) => ({
    name: `k8s:impersonate:${what}`,
    level: 'permissions-management',
    tags: ['privilege-escalation'],
    summary: 'Act as somebody else',
  }));
}

/** Custom resources, whose group always has a dot, and paths that are no resources. */
function open(): CatalogueEntry[] {
  const custom = VERBS.map(
    (verb): CatalogueEntry => ({
      name: `k8s:${verb}:*.*/*`,
      level: verb === 'get' ? 'read' : verb === 'list' || verb === 'watch' ? 'list' : 'write',
      tags: verb === 'delete' || verb === 'deletecollection' ? ['destructive'] : [],
      summary: `${WORDS[verb]} custom resources`,
    }),
  );
  const paths = ['delete', 'get', 'patch', 'post', 'put'].map(
    (verb): CatalogueEntry => ({
      name: `k8s:${verb}:/*`,
      level: verb === 'get' ? 'read' : 'unknown',
      tags: [],
      summary: 'Paths that are no resources: discovery, health, metrics, schemas',
    }),
  );
  return [...custom, ...paths];
}
