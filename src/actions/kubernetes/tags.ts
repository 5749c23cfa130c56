// What a deed to a resource is marked with, from verb, resource and subresource alone; what its body adds is found elsewhere, and
// `possibleTags` is all of that for a body that cannot be read.
import type { ActionLevel } from '../../core/action.ts';
import { isConnect, type ResourceRequest, type Verb } from './request-info.ts';

const RBAC = 'rbac.authorization.k8s.io';
const READS: ReadonlySet<Verb> = new Set(['get', 'list', 'watch']);
const DELETES: ReadonlySet<Verb> = new Set(['delete', 'deletecollection']);

export const isRead = (verb: Verb): boolean => READS.has(verb);

/** `<group>/<resource>` → tags of creating or changing it. */
const CHANGES: ReadonlyMap<string, readonly string[]> = new Map([
  ['/pods', ['code-execution']],
  ['/podtemplates', ['code-execution']],
  ['/replicationcontrollers', ['deployment']],
  ['apps/daemonsets', ['deployment']],
  ['apps/deployments', ['deployment']],
  ['apps/replicasets', ['deployment']],
  ['apps/statefulsets', ['deployment']],
  ['apps/controllerrevisions', ['deployment']],
  // What they scale, and to how much, is theirs to say.
  ['autoscaling/horizontalpodautoscalers', ['deployment']],
  ['autoscaling.k8s.io/verticalpodautoscalers', ['deployment']],
  ['keda.sh/scaledobjects', ['deployment']],
  ['extensions/daemonsets', ['deployment']],
  ['extensions/deployments', ['deployment']],
  ['extensions/replicasets', ['deployment']],
  ['batch/jobs', ['code-execution']],
  ['batch/cronjobs', ['code-execution']],
  ['argoproj.io/rollouts', ['deployment']],
  ['argoproj.io/applications', ['deployment']],
  ['argoproj.io/applicationsets', ['deployment']],
  ['argoproj.io/workflows', ['code-execution']],
  ['argoproj.io/cronworkflows', ['code-execution']],
  ['argoproj.io/workflowtemplates', ['code-execution']],
  ['helm.toolkit.fluxcd.io/helmreleases', ['deployment']],
  ['kustomize.toolkit.fluxcd.io/kustomizations', ['deployment']],
  ['helm.cattle.io/helmcharts', ['deployment']],
  ['serving.knative.dev/services', ['deployment']],
  ['tekton.dev/pipelineruns', ['code-execution']],
  ['tekton.dev/taskruns', ['code-execution']],
  ['kubevirt.io/virtualmachines', ['code-execution']],
  ['kubevirt.io/virtualmachineinstances', ['code-execution']],
  ['networking.k8s.io/ingresses', ['network-exposure']],
  ['extensions/ingresses', ['network-exposure']],
  ['networking.k8s.io/networkpolicies', ['network-exposure']],
  ['extensions/networkpolicies', ['network-exposure']],
  ['/endpoints', ['network-exposure']],
  ['discovery.k8s.io/endpointslices', ['network-exposure']],
  ['route.openshift.io/routes', ['network-exposure']],
  ['/nodes', ['infrastructure']],
  ['/persistentvolumes', ['infrastructure']],
  ['/bindings', ['infrastructure']],
  ['apiextensions.k8s.io/customresourcedefinitions', ['infrastructure']],
  ['apiregistration.k8s.io/apiservices', ['infrastructure', 'privilege-escalation']],
  ['policy/podsecuritypolicies', ['infrastructure', 'privilege-escalation']],
  ['extensions/podsecuritypolicies', ['infrastructure', 'privilege-escalation']],
  ['certificates.k8s.io/podcertificaterequests', ['credential-issue']],
  ['certificates.k8s.io/clustertrustbundles', ['infrastructure', 'privilege-escalation']],
  ['snapshot.storage.k8s.io/volumesnapshots', ['data-export']],
  ['/events', ['audit-tamper']],
  ['events.k8s.io/events', ['audit-tamper']],
  ['auditregistration.k8s.io/auditsinks', ['audit-tamper', 'infrastructure']],
]);

/** Groups all of whose resources are marked so when they are created or changed. */
const GROUP_CHANGES: ReadonlyMap<string, readonly string[]> = new Map([
  [RBAC, ['privilege-escalation']],
  // Mutating ones put what they want into any object; without the validating ones anything goes.
  ['admissionregistration.k8s.io', ['infrastructure', 'privilege-escalation']],
  ['gateway.networking.k8s.io', ['network-exposure']],
  ['networking.istio.io', ['network-exposure']],
  ['security.istio.io', ['network-exposure']],
  ['cilium.io', ['network-exposure']],
  ['projectcalico.org', ['network-exposure']],
  ['crd.projectcalico.org', ['network-exposure']],
  ['flowcontrol.apiserver.k8s.io', ['infrastructure']],
  ['internal.apiserver.k8s.io', ['infrastructure']],
  ['node.k8s.io', ['infrastructure']],
  ['scheduling.k8s.io', ['infrastructure']],
  ['storage.k8s.io', ['infrastructure']],
  ['storagemigration.k8s.io', ['infrastructure']],
]);

/** Subresource → tags of anything but reading it, alone or as `<resource>/<subresource>`. */
const SUBRESOURCES: ReadonlyMap<string, readonly string[]> = new Map([
  ['exec', ['code-execution']],
  ['attach', ['code-execution']],
  ['console', ['code-execution']],
  ['vnc', ['code-execution']],
  ['usbredir', ['code-execution']],
  ['vsock', ['network-exposure']],
  ['portforward', ['network-exposure']],
  ['proxy', ['network-exposure']],
  // The kubelet runs commands in every pod of its node, unseen by the audit log.
  ['nodes/proxy', ['code-execution', 'network-exposure', 'privilege-escalation']],
  ['ephemeralcontainers', ['code-execution']],
  ['eviction', ['destructive']],
  ['finalize', ['destructive']],
  ['binding', ['infrastructure']],
  ['scale', ['deployment']],
  ['rollback', ['deployment']],
  ['token', ['credential-issue', 'secret-read']],
  ['approval', ['credential-issue', 'privilege-escalation']],
  ['nodes/status', ['infrastructure']],
  ['certificatesigningrequests/status', ['credential-issue', 'privilege-escalation']],
  ['services/status', ['network-exposure']],
]);

/** Reads of other APIs' own that answer with credentials, as `<group>/<resource>[/<subresource>]`. */
const SECRET_READS: ReadonlySet<string> = new Set([
  // The pull secrets of the namespace, as they are.
  'image.openshift.io/imagestreams/secrets',
  'management.cattle.io/tokens',
  'oauth.openshift.io/oauthaccesstokens',
  'oauth.openshift.io/oauthauthorizetokens',
  'oauth.openshift.io/oauthclients',
]);

/** Taking these away opens what they closed, or takes away what keeps the cluster standing. */
const UNGUARDS: ReadonlySet<string> = new Set(['network-exposure', 'infrastructure', 'audit-tamper']);
/** Deleting these opens nothing. */
const OPENINGS: ReadonlySet<string> = new Set(['ingresses', 'routes', 'endpoints', 'endpointslices', 'httproutes']);

/** Config maps of kube-system that say who may do what. */
const POWERFUL_CONFIG: ReadonlySet<string> = new Set(['aws-auth', 'extension-apiserver-authentication']);

/** `<group>/<resource>` of what is marked when it is created or changed, custom resources among them. */
export function markedResources(): Iterable<string> {
  return CHANGES.keys();
}

/** `name`: of the object, undefined where it may be any. */
export function tagsOf(request: ResourceRequest, name: string | undefined): readonly string[] {
  const { verb, group, resource, subresource, namespace } = request;
  const tags: string[] = [];
  const key = `${group}/${resource}`;
  // A patch, and the deletion of what is not gone at once, answer with the whole secret.
  if (key === '/secrets' && verb !== 'create' && verb !== 'update') tags.push('secret-read');
  if (SECRET_READS.has(subresource === '' ? key : `${key}/${subresource}`)) tags.push('secret-read');
  if (isRead(verb)) return tags;
  if (subresource !== '') {
    tags.push(...(SUBRESOURCES.get(`${resource}/${subresource}`) ?? SUBRESOURCES.get(subresource) ?? []));
    return DELETES.has(verb) ? [...tags, 'destructive'] : tags;
  }
  const changes = [...(CHANGES.get(key) ?? []), ...(GROUP_CHANGES.get(group) ?? [])];
  if (DELETES.has(verb)) {
    const unguards = OPENINGS.has(resource) ? [] : changes.filter((tag) => UNGUARDS.has(tag));
    return [...tags, 'destructive', ...unguards];
  }
  tags.push(...(key === '/events' || key === 'events.k8s.io/events' ? eventTags(verb) : changes));
  if (key === '/configmaps' && namespace === 'kube-system') {
    tags.push('infrastructure');
    if (name === undefined || POWERFUL_CONFIG.has(name)) tags.push('privilege-escalation');
  }
  // Helm keeps its releases in secrets of this name.
  if (key === '/secrets' && (name === undefined || name.startsWith('sh.helm.release.'))) tags.push('deployment');
  // Replaced as a whole, a namespace loses the labels that keep privileged pods out of it.
  if (key === '/namespaces' && (verb === 'update' || verb === 'apply')) tags.push('privilege-escalation');
  return tags;
}

/** Writing events is what components do all day; changing them is not. */
function eventTags(verb: Verb): readonly string[] {
  return verb === 'create' ? [] : ['audit-tamper'];
}

/** Everything that a body could add to {@link tagsOf}. */
export function possibleTags({ verb, group, resource, subresource }: ResourceRequest): readonly string[] {
  if (isRead(verb) || DELETES.has(verb)) return [];
  if (subresource === 'scale') return ['destructive'];
  if (subresource !== '' && subresource !== 'ephemeralcontainers') return [];
  switch (`${group}/${resource}`) {
    case '/services':
      return ['network-exposure'];
    case '/secrets':
      return ['credential-issue', 'deployment'];
    case '/configmaps':
    case `${RBAC}/clusterroles`:
    case `${RBAC}/roles`:
      return [];
    case '/namespaces':
    case '/persistentvolumes':
      return ['privilege-escalation'];
    default:
      return ['destructive', 'network-exposure', 'privilege-escalation'];
  }
}

export function levelOf(request: ResourceRequest): ActionLevel {
  const { verb, group, resource, subresource } = request;
  if (verb === 'get') return 'read';
  if (verb === 'list' || verb === 'watch') return 'list';
  if (isReview(request)) return 'read';
  const signs = resource === 'certificatesigningrequests' && (subresource === 'approval' || subresource === 'status');
  return (group === RBAC && !isConnect(request)) || signs ? 'permissions-management' : 'write';
}

/** Created to be answered, and kept nowhere: "may I", "who am I", "whose token is this". */
export function isReview({ verb, group, resource }: ResourceRequest): boolean {
  if (verb !== 'create') return false;
  return (
    (group === 'authorization.k8s.io' && resource.endsWith('reviews')) ||
    (group === 'authentication.k8s.io' && (resource === 'tokenreviews' || resource === 'selfsubjectreviews'))
  );
}
