// What the object in a body says about the deed: parameters for rules and approvers, and what makes it dangerous. Values of secrets
// and config maps are never among them.
import type { JsonObject, JsonValue } from '../../core/body/json.ts';
import { ObjectReader } from './object-reader.ts';
import type { ObjectParams } from './params.ts';
import { podFindings } from './pod-template.ts';
import type { ResourceRequest } from './request-info.ts';

export interface ObjectFacts {
  readonly params: ObjectParams;
  readonly tags: readonly string[];
  readonly sure: boolean;
}

type Write = (object: JsonObject, reader: ObjectReader, facts: Facts) => void;

interface Facts {
  /** Of an object that is put as a whole, what is not there is nothing. */
  readonly whole: boolean;
  readonly params: ObjectParams;
  readonly tags: Set<string>;
}

/** JSON pointers to Pod Security labels, or to all labels at once. */
const SECURITY_LABELS = /^(?:\/metadata(?:\/labels(?:\/pod-security.*)?)?)?$/;
const REPLICAS = /^(?:\/spec(?:\/replicas)?)?$/;
const ESCALATION = 'privilege-escalation';
const RBAC = 'rbac.authorization.k8s.io';

/** What lets pods of a service account act in a cloud: AWS (IRSA), Google Cloud and Azure (workload identity). */
const CLOUD_IDENTITIES: ReadonlySet<string> = new Set([
  'eks.amazonaws.com/role-arn',
  'iam.gke.io/gcp-service-account',
  'azure.workload.identity/client-id',
  'azure.workload.identity/tenant-id',
]);

/** By `group/resource` or `/subresource`; everything else may hold a template of pods. */
const READERS: ReadonlyMap<string, Write> = new Map([
  [`${RBAC}/clusterrolebindings`, readBinding],
  [`${RBAC}/rolebindings`, readBinding],
  [`${RBAC}/clusterroles`, readRole],
  [`${RBAC}/roles`, readRole],
  ['/services', readService],
  ['/secrets', readSecret],
  ['/configmaps', () => {}],
  ['/namespaces', readNamespace],
  ['/nodes', readNode],
  ['/serviceaccounts', readServiceAccount],
  ['/persistentvolumes', readVolume],
  ['certificates.k8s.io/certificatesigningrequests', readSigningRequest],
  ['/scale', readScale],
  ['/token', readTokenRequest],
  ['/eviction', () => {}],
  ['/binding', readPodBinding],
]);

/** `objects`: the one of the body, or what each operation of a JSON patch puts, which is at `pointers`. */
export function objectFacts(
  request: ResourceRequest,
  objects: readonly JsonObject[],
  pointers: readonly string[] = [],
): ObjectFacts {
  const reader = new ObjectReader();
  const whole = request.verb === 'create' || request.verb === 'update';
  const facts: Facts = { whole, params: {}, tags: new Set() };
  const bySubresource = request.subresource === '' ? undefined : READERS.get(`/${request.subresource}`);
  const write = bySubresource ?? READERS.get(`${request.group}/${request.resource}`) ?? readWorkload;
  for (const object of objects) {
    write(object, reader, facts);
    const annotations = reader.object(object, 'spec', 'template', 'metadata', 'annotations');
    if (annotations?.has('kubectl.kubernetes.io/restartedAt')) facts.params.restart = true;
  }
  if (write === readNamespace && pointers.some((pointer) => SECURITY_LABELS.test(pointer))) facts.tags.add(ESCALATION);
  // Taken away, the number of replicas is none.
  if (write === readScale && pointers.some((pointer) => REPLICAS.test(pointer)) && !facts.params.replicas)
    facts.tags.add('destructive');
  return { params: facts.params, tags: [...facts.tags], sure: reader.sure };
}

/** Operations of a patch add to the lists that those before them made. */
function put<K extends keyof ObjectParams>(facts: Facts, name: K, value: ObjectParams[K]): void {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return;
  const before: unknown = facts.params[name];
  const both =
    Array.isArray(before) && Array.isArray(value) ? [...(before as unknown[]), ...(value as unknown[])] : value;
  facts.params[name] = both as ObjectParams[K];
}

function readBinding(object: JsonObject, reader: ObjectReader, facts: Facts): void {
  const ref = reader.object(object, 'roleRef');
  if (ref) put(facts, 'roleRef', { kind: reader.text(ref, 'kind') ?? '', name: reader.text(ref, 'name') ?? '' });
  const subjects = reader.some(reader.objects(object, 'subjects')).map((subject) => {
    const namespace = reader.text(subject, 'namespace');
    const [kind, name] = [reader.text(subject, 'kind') ?? '', reader.text(subject, 'name') ?? ''];
    return namespace === undefined ? { kind, name } : { kind, name, namespace };
  });
  put(facts, 'subjects', subjects);
}

function readRole(object: JsonObject, reader: ObjectReader, facts: Facts): void {
  const names = ['verbs', 'apiGroups', 'resources', 'resourceNames', 'nonResourceURLs'] as const;
  const rules = reader.some(reader.objects(object, 'rules')).map((rule) => {
    const lists = names.map((name) => [name, reader.some(reader.texts(rule, name))] as const);
    return Object.fromEntries(lists.filter(([, items]) => items.length > 0));
  });
  put(facts, 'rules', rules);
  if (rules.some((rule) => Object.values(rule).some((items) => items.includes('*')))) put(facts, 'wildcard', true);
}

function readService(object: JsonObject, reader: ObjectReader, facts: Facts): void {
  const spec = reader.object(object, 'spec');
  const type = reader.text(spec, 'type');
  const externalIPs = reader.some(reader.texts(spec, 'externalIPs'));
  put(facts, 'type', type);
  put(facts, 'externalIPs', externalIPs);
  if ((type !== undefined && type !== 'ClusterIP') || externalIPs.length > 0) facts.tags.add('network-exposure');
}

function readSecret(object: JsonObject, reader: ObjectReader, facts: Facts): void {
  const type = reader.text(object, 'type');
  put(facts, 'type', type);
  // The controller fills such a secret with a token that never expires.
  if (type === 'kubernetes.io/service-account-token') facts.tags.add('credential-issue');
  if (type?.startsWith('helm.sh/') === true) facts.tags.add('deployment');
}

/** Labels that are taken away may be those that keep privileged pods out. */
function readNamespace(object: JsonObject, reader: ObjectReader, facts: Facts): void {
  const metadata = reader.object(object, 'metadata');
  const labels = reader.member(metadata, 'labels');
  const replaces = [object, metadata, labels].some((each) => each instanceof Map && each.has('$patch'));
  if (replaces || metadata?.get('labels') === null) facts.tags.add(ESCALATION);
  const names = labels instanceof Map ? [...(labels as JsonObject).keys()] : [];
  const security = names.filter((name) => name.startsWith('pod-security.kubernetes.io/'));
  if (security.length === 0) return;
  facts.tags.add(ESCALATION);
  put(
    facts,
    'podSecurity',
    reader.some(security.map((name) => `${name}=${plainText((labels as JsonObject).get(name))}`)),
  );
}

function plainText(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value.slice(0, 64) : String(value === null ? null : typeof value);
}

function readVolume(object: JsonObject, reader: ObjectReader, facts: Facts): void {
  const hostPath = reader.object(object, 'spec', 'hostPath') ?? reader.object(object, 'spec', 'local');
  if (!hostPath) return;
  facts.tags.add(ESCALATION);
  put(facts, 'privileges', [`hostPath:${reader.text(hostPath, 'path') ?? ''}`]);
}

function readServiceAccount(object: JsonObject, reader: ObjectReader, facts: Facts): void {
  const annotations = reader.object(object, 'metadata', 'annotations');
  const identities = [...(annotations ?? [])].filter(([name, value]) => CLOUD_IDENTITIES.has(name) && value !== null);
  if (identities.length === 0) return;
  facts.tags.add(ESCALATION);
  const shown = identities.map(([name, value]) => `${name}=${typeof value === 'string' ? reader.cut(value) : ''}`);
  put(facts, 'cloudIdentities', reader.some(shown));
}

/** A taint of `NoExecute` throws out every pod that does not tolerate it. */
function readNode(object: JsonObject, reader: ObjectReader, facts: Facts): void {
  const taints = reader.objects(reader.object(object, 'spec'), 'taints').map((taint) => {
    const effect = reader.text(taint, 'effect') ?? '';
    if (effect === 'NoExecute') facts.tags.add('destructive');
    return `${reader.text(taint, 'key') ?? ''}=${effect}`;
  });
  put(facts, 'taints', reader.some(taints));
}

function readSigningRequest(object: JsonObject, reader: ObjectReader, facts: Facts): void {
  put(facts, 'signerName', reader.text(reader.object(object, 'spec'), 'signerName'));
}

function readScale(object: JsonObject, reader: ObjectReader, facts: Facts): void {
  // Clients of Go leave a zero out.
  const replicas = reader.number(reader.object(object, 'spec'), 'replicas') ?? (facts.whole ? 0 : undefined);
  put(facts, 'replicas', replicas);
  // Absent in a whole object means none at all.
  if (replicas === undefined || replicas === 0) facts.tags.add('destructive');
}

function readTokenRequest(object: JsonObject, reader: ObjectReader, facts: Facts): void {
  const spec = reader.object(object, 'spec');
  put(facts, 'audiences', reader.some(reader.texts(spec, 'audiences')));
  put(facts, 'expirationSeconds', reader.number(spec, 'expirationSeconds'));
}

function readPodBinding(object: JsonObject, reader: ObjectReader, facts: Facts): void {
  put(facts, 'target', reader.text(reader.object(object, 'target'), 'name'));
}

function readWorkload(object: JsonObject, reader: ObjectReader, facts: Facts): void {
  const spec = reader.member(object, 'spec');
  const replicas = spec instanceof Map ? reader.member(spec as JsonObject, 'replicas') : undefined;
  if (typeof replicas === 'number') {
    put(facts, 'replicas', replicas);
    if (replicas === 0) facts.tags.add('destructive');
  }
  const pods = podFindings(object, reader);
  put(facts, 'images', pods.images);
  put(facts, 'commands', pods.commands);
  put(facts, 'privileges', pods.privileges);
  put(facts, 'serviceAccounts', pods.serviceAccounts);
  put(facts, 'hostPorts', pods.hostPorts);
  if (pods.privileges.length > 0 || pods.serviceAccounts.length > 0) facts.tags.add(ESCALATION);
  if (pods.hostPorts.length > 0) facts.tags.add('network-exposure');
}
