// Whether the object in a body is the one that the path names. The API server refuses most contradictions; one that is left is
// another reading of the call, and then none is sure.
import type { JsonObject } from '../../core/body/json.ts';
import { ObjectReader } from './object-reader.ts';
import type { ResourceRequest } from './request-info.ts';
import { kindResource, resourceKind } from './resource-kinds.ts';

export interface ObjectIdentity {
  /** Name of the object; undefined where the server makes one up or the body does not say. */
  readonly name: string | undefined;
  readonly generateName: string | undefined;
  /** What the body speaks of, where that is something else than the path. */
  readonly otherwise: ResourceRequest | undefined;
  readonly sure: boolean;
}

/** Kinds of what is put to a subresource, where they are not those of the resource itself; any version of the group. */
const OF_SUBRESOURCES: ReadonlyMap<string, readonly string[]> = new Map([
  ['binding', ['/Binding']],
  ['eviction', ['policy/Eviction']],
  ['token', ['authentication.k8s.io/TokenRequest']],
  ['scale', ['autoscaling/Scale', 'extensions/Scale', 'apps/Scale']],
  ['rollback', ['apps/DeploymentRollback', 'extensions/DeploymentRollback']],
]);

/** apiVersion and kind of a body that says neither. */
export function expectedType(request: ResourceRequest): { readonly apiVersion: string; readonly kind: string } {
  const special = OF_SUBRESOURCES.get(request.subresource)?.[0];
  if (special !== undefined) {
    const [group = '', kind = ''] = special.split('/');
    return { apiVersion: group === '' ? 'v1' : `${group}/v1`, kind };
  }
  const { group, version, resource } = request;
  return {
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind: resourceKind(group, resource)?.kind ?? '',
  };
}

export function objectIdentity(request: ResourceRequest, object: JsonObject): ObjectIdentity {
  const reader = new ObjectReader();
  const metadata = reader.object(object, 'metadata');
  const name = reader.text(metadata, 'name');
  const namespace = reader.text(metadata, 'namespace');
  let otherwise = typeOtherwise(request, reader.text(object, 'apiVersion'), reader.text(object, 'kind'));
  if (namespace !== undefined && namespace !== request.namespace) otherwise = { ...(otherwise ?? request), namespace };
  if (name !== undefined && request.name !== undefined && name !== request.name) {
    otherwise = { ...(otherwise ?? request), name };
  }
  return { name, generateName: reader.text(metadata, 'generateName'), otherwise, sure: reader.sure };
}

function typeOtherwise(
  request: ResourceRequest,
  apiVersion: string | undefined,
  kind: string | undefined,
): ResourceRequest | undefined {
  const slash = apiVersion?.indexOf('/') ?? -1;
  const group = apiVersion === undefined ? undefined : slash < 0 ? '' : apiVersion.slice(0, slash);
  const version = apiVersion?.slice(slash + 1);
  const special = OF_SUBRESOURCES.get(request.subresource);
  if (special) {
    const fits = special.some((each) => {
      const [ofGroup = '', ofKind] = each.split('/');
      return (group ?? ofGroup) === ofGroup && (kind ?? ofKind) === ofKind;
    });
    return fits ? undefined : elsewhere(request, group ?? request.group, version, kind);
  }
  const known = resourceKind(request.group, request.resource);
  const agrees =
    (group ?? request.group) === request.group &&
    (version ?? request.version) === request.version &&
    (kind === undefined || known === undefined || kind === known.kind);
  return agrees ? undefined : elsewhere(request, group ?? request.group, version, kind);
}

/** The same deed to what the body calls itself. */
function elsewhere(
  request: ResourceRequest,
  group: string,
  version: string | undefined,
  kind: string | undefined,
): ResourceRequest {
  const resource = kind === undefined ? request.resource : (kindResource(group, kind)?.resource ?? request.resource);
  return { ...request, group, version: version ?? request.version, resource };
}
