// One plain sentence for the approver. Names come from the agent, so they are made visible and cut; numbers and words are ours.
import { shortenedText } from '../../core/visible-text.ts';
import type { KubernetesParams, Subject } from './params.ts';
import { isConnect, type ResourceRequest, type Verb } from './request-info.ts';
import { type ResourceWords, resourceWords } from './resource-words.ts';
import { isReview } from './tags.ts';

export interface SummaryFacts {
  /** Of the object, where it is known. */
  readonly name: string | undefined;
  readonly generateName: string | undefined;
  readonly params: KubernetesParams;
}

const MAX_SHOWN = 120;

const VERBS: Readonly<Record<Verb, string>> = {
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

export function summaryOf(request: ResourceRequest, facts: SummaryFacts): string {
  const sentence = special(request, facts) ?? plain(request, facts);
  return facts.params.dry_run === true ? `${sentence} (dry run)` : sentence;
}

function plain(request: ResourceRequest, facts: SummaryFacts): string {
  const { verb, subresource } = request;
  const words = resourceWords(request.group, request.resource);
  const of = subresource === '' ? '' : `${show(subresource)} of `;
  if (facts.name === undefined && verb !== 'create') {
    const all = verb === 'delete' ? 'all ' : '';
    return `${VERBS[verb]} ${of}${all}${show(words.many)}${place(request)}${selection(facts)}`;
  }
  const { replicas, images, privileges, serviceAccounts, cloudIdentities, taints, type, subjects, wildcard } =
    facts.params;
  const details = [
    ...(replicas === undefined ? [] : [`${replicas} replicas`]),
    ...(images === undefined ? [] : [`images ${list(images)}`]),
    ...(privileges === undefined ? [] : [list(privileges)]),
    ...(serviceAccounts === undefined ? [] : [`as service account ${list(serviceAccounts)}`]),
    ...(cloudIdentities === undefined ? [] : [list(cloudIdentities)]),
    ...(taints === undefined ? [] : [`taints ${list(taints)}`]),
    ...(type === undefined ? [] : [`type ${show(type)}`]),
    ...(subjects === undefined ? [] : [`subjects ${people(subjects)}`]),
    ...(wildcard === true ? ['rules with *'] : []),
  ];
  const more = details.length === 0 ? '' : ` (${details.join(', ')})`;
  return `${VERBS[verb]} ${of}${thing(words, facts)}${place(request)}${more}`;
}

function special(request: ResourceRequest, facts: SummaryFacts): string | undefined {
  const { subresource, verb, resource } = request;
  const { params } = facts;
  const words = resourceWords(request.group, resource);
  const target = thing(words, facts);
  const where = place(request);
  if (isReview(request)) return `Ask the API server for a ${show(words.one)}${where}`;
  if (isConnect(request)) return connect(request, facts, target, where);
  if (verb === 'patch' && params.restart === true) return `Restart ${target}${where}`;
  if (verb === 'get' || verb === 'list' || verb === 'watch') {
    return subresource === 'log' ? `Read the log of ${target}${container(params)}${where}` : undefined;
  }
  switch (subresource) {
    case '':
      return verb === 'patch' ? undefined : bind(request, facts);
    case 'eviction':
      return `Evict ${target}${where}`;
    case 'token':
      return `Issue a token for ${target}${where}`;
    case 'scale':
      return `Scale ${target}${where}${params.replicas === undefined ? '' : ` to ${params.replicas} replicas`}`;
    case 'approval':
      return `Approve or deny ${target}`;
    case 'binding':
      return `Place ${target}${where} on node ${show(params.target ?? '?')}`;
    case 'ephemeralcontainers':
      return `Add a debug container to ${target}${where}${params.images ? ` (images ${list(params.images)})` : ''}`;
    default:
      return undefined;
  }
}

function connect({ subresource }: ResourceRequest, { params }: SummaryFacts, target: string, where: string): string {
  const told = params.command === undefined ? '' : `: ${shortenedText(params.command.join(' '), 200)}`;
  switch (subresource) {
    case 'exec':
      return `Run a command in ${target}${container(params)}${where}${told}`;
    case 'attach':
      return `Attach to ${target}${container(params)}${where}`;
    case 'portforward':
      return `Forward ports of ${target}${where}`;
    case 'proxy':
      return `Send ${show(params.method ?? '')} ${show(params.path ?? '/')} to ${target}${where} through the API server`;
    default:
      return `Open the ${show(subresource)} of ${target}${where}`;
  }
}

function bind(request: ResourceRequest, { name, params }: SummaryFacts): string | undefined {
  const { resource, verb } = request;
  if (!params.roleRef || (resource !== 'clusterrolebindings' && resource !== 'rolebindings')) return undefined;
  const { kind, name: role } = params.roleRef;
  const what = kind === 'ClusterRole' ? 'cluster role' : kind === 'Role' ? 'role' : show(kind);
  const by = verb === 'create' ? '' : ` (${verb} of ${show(name ?? '?')})`;
  return `Bind ${what} ${show(role)} to ${people(params.subjects ?? [])}${place(request)}${by}`;
}

function people(subjects: readonly Subject[]): string {
  if (subjects.length === 0) return 'nobody';
  const shown = subjects.slice(0, 3).map(({ kind, name, namespace }) => {
    const what = kind === 'ServiceAccount' ? 'service account' : show(kind.toLowerCase());
    return `${what} ${namespace === undefined ? '' : `${show(namespace)}/`}${show(name)}`;
  });
  const more = subjects.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function thing(words: ResourceWords, { name, generateName }: SummaryFacts): string {
  if (name !== undefined) return `${show(words.one)} ${show(name)}`;
  return generateName === undefined ? `a ${show(words.one)}` : `${show(words.one)} ${show(generateName)}*`;
}

function place({ namespace, resource, name }: ResourceRequest): string {
  if (namespace === undefined || (resource === 'namespaces' && name === namespace)) return '';
  return namespace === '*' ? ' in all namespaces' : ` in namespace ${show(namespace)}`;
}

function selection({ params: { label_selector, field_selector } }: SummaryFacts): string {
  const labels = label_selector === undefined ? '' : ` with labels ${show(label_selector)}`;
  return field_selector === undefined ? labels : `${labels} with fields ${show(field_selector)}`;
}

function container({ container: name }: KubernetesParams): string {
  return name === undefined ? '' : ` (container ${show(name)})`;
}

function list(values: readonly string[]): string {
  const items = values.slice(0, 4).map(show).join(', ');
  return values.length > 4 ? `${items} and ${values.length - 4} more` : items;
}

/** Nearly every name is of a few plain letters. */
function show(text: string): string {
  return text.length <= MAX_SHOWN && /^[ -~]*$/.test(text) ? text : shortenedText(text, MAX_SHOWN);
}
