// One reading of a call to a resource, as actions. Most are one; a server-side apply patches and may create, and a PUT may create
// where the API has it so: the API server asks for each of these rights, so a rule about any of them meets the call.
import type { Action } from '../../core/action.ts';
import type { Call } from '../../core/call.ts';
import { type BodyFindings, bodyFindings, isBodyTold } from './body-findings.ts';
import { type KubernetesBody, patchType } from './body-reading.ts';
import type { GoQuery } from './go-query.ts';
import type { KubernetesParams } from './params.ts';
import type { ResourceRequest, Verb } from './request-info.ts';
import { requestParams } from './request-params.ts';
import { isBuiltInGroup, isMadeByPut, resourceKind } from './resource-kinds.ts';
import { summaryOf } from './summary.ts';
import { levelOf, tagsOf } from './tags.ts';

export interface ReadingContext {
  readonly call: Call;
  readonly query: GoQuery;
  readonly body: () => KubernetesBody;
  /** False where there are other readings of the call. */
  readonly sure: boolean;
}

const NO_BODY: KubernetesBody = { state: 'none' };
const WORD = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;

export function resourceActions(request: ResourceRequest, context: ReadingContext): readonly Action[] {
  const { call, query } = context;
  const patch = request.verb === 'patch' ? patchType(call) : undefined;
  const body = isBodyTold(request) ? context.body() : NO_BODY;
  const found = bodyFindings(request, query, body, patch === 'json');
  const asked = requestParams(request, call.method, query);
  const params: KubernetesParams = {
    ...asked.params,
    ...found.params,
    ...(patch !== undefined && { patch_type: patch }),
    ...(found.generateName !== undefined && { generate_name: found.generateName }),
    ...(found.dryRun && { dry_run: true }),
  };
  const isPatchUntyped = request.verb === 'patch' && patch === undefined;
  const stray = request.subresource !== 'proxy' && request.rest.length > 0;
  const sure = context.sure && asked.sure && found.sure && !isPatchUntyped && !stray;
  const whole = { ...found, params, sure };
  const verbs = verbsOf(request, patch === 'apply' || isPatchUntyped);
  const actions = verbs.map((verb) => action({ ...request, verb }, whole, verb !== verbs[0]));
  if (!found.otherwise) return actions;
  const otherwise = verbsOf(found.otherwise, verbs[0] === 'apply');
  return [
    ...actions,
    ...otherwise.map((verb) => action({ ...found.otherwise, verb } as ResourceRequest, whole, false)),
  ];
}

function verbsOf({ verb, group, resource, subresource }: ResourceRequest, applies: boolean): readonly Verb[] {
  if (verb === 'patch' && applies) return subresource === '' ? ['apply', 'patch', 'create'] : ['apply', 'patch'];
  return verb === 'update' && subresource === '' && isMadeByPut(group, resource) ? ['update', 'create'] : [verb];
}

function action(request: ResourceRequest, found: BodyFindings, implied: boolean): Action {
  const { verb, group, resource, subresource } = request;
  const type = group === '' ? resource : `${group}/${resource}`;
  const name = request.name ?? found.name;
  const all = [...tagsOf(request, name), ...found.tags];
  const tags = [...new Set(found.dryRun ? all.filter((tag) => tag === 'secret-read') : all)].toSorted();
  const namespace = namespaceOf(request);
  const summary = summaryOf(
    { ...request, namespace },
    { name, generateName: found.generateName, params: found.params },
  );
  const known = isKnown(request);
  return {
    provider: 'k8s',
    // Unknown to which group it belongs, it may be of any.
    service: !known ? '' : group === '' ? 'core' : group,
    operation: verb,
    name: `k8s:${verb}:${type}${subresource === '' ? '' : `/${subresource}`}`,
    level: !known ? 'unknown' : found.dryRun ? 'read' : levelOf(request),
    levelSource: 'rule',
    tags,
    resource: { type, id: name ?? '*', ...(namespace !== undefined && { namespace }) },
    params: { ...found.params },
    summary: implied && verb === 'create' ? `${summary}, where there is none of that name` : summary,
    confidence: !known ? 'unknown' : found.sure ? 'exact' : 'ambiguous',
  };
}

/** `*` for all namespaces, or for one that the request does not tell. */
function namespaceOf({ group, resource, namespace, name, verb }: ResourceRequest): string | undefined {
  if (namespace !== undefined) return namespace;
  const kind = resourceKind(group, resource);
  if (kind) return kind.namespaced ? '*' : undefined;
  // A custom resource: only collections are ever asked for over all namespaces.
  return name === undefined && verb !== 'create' ? '*' : undefined;
}

/** Words that the API has; the groups that have no dot are all of Kubernetes itself, and another one reads like a core resource. */
function isKnown({ group, version, resource, subresource }: ResourceRequest): boolean {
  if (group !== '' && !group.includes('.') && !isBuiltInGroup(group)) return false;
  const words = [version, resource, ...(group === '' ? [] : [group]), ...(subresource === '' ? [] : [subresource])];
  return words.every((word) => word.length < 254 && WORD.test(word));
}
