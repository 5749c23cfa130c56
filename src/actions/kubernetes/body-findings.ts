// What the body of one resource request adds to it: the object's name, parameters, tags, whether it is only a dry run, and other
// requests that the body would fit better. INVARIANT: a body that cannot be read may hold anything that the request could bring.
import type { JsonObject } from '../../core/body/json.ts';
import type { KubernetesBody } from './body-reading.ts';
import { isDryRun } from './dry-run.ts';
import type { GoQuery } from './go-query.ts';
import { objectFacts } from './object-facts.ts';
import { objectIdentity } from './object-identity.ts';
import { ObjectReader } from './object-reader.ts';
import type { KubernetesParams } from './params.ts';
import { isConnect, type ResourceRequest } from './request-info.ts';
import { isRead, isReview, possibleTags } from './tags.ts';

export interface BodyFindings {
  /** Of the object that the request names, or that the body of a create names. */
  readonly name: string | undefined;
  readonly generateName: string | undefined;
  readonly params: KubernetesParams;
  readonly tags: readonly string[];
  readonly dryRun: boolean;
  readonly sure: boolean;
  readonly otherwise: ResourceRequest | undefined;
}

/** False where the body changes nothing about what the request does: it has none, or what it says goes on to somebody else. */
export function isBodyTold(request: ResourceRequest): boolean {
  return !isRead(request.verb) && !isConnect(request) && !isReview(request);
}

/** `json`: the body is a JSON patch, whose parts say nothing of the object's identity. */
export function bodyFindings(
  request: ResourceRequest,
  query: GoQuery,
  body: KubernetesBody,
  isJsonPatch: boolean,
): BodyFindings {
  const dryRun = isDryRun(request, query, body);
  const bare = { name: request.name, generateName: undefined, params: {}, otherwise: undefined, dryRun };
  if (body.state === 'opaque') return { ...bare, tags: possibleTags(request), sure: false };
  if (body.state === 'none') return { ...bare, tags: [], sure: true };
  const [object] = body.objects;
  if (request.verb === 'delete' || request.verb === 'deletecollection') {
    return { ...bare, ...deleteOptions(object), sure: body.sure && isOptions(object) };
  }
  const facts = objectFacts(request, body.objects, body.pointers);
  const tags = body.sure ? facts.tags : [...facts.tags, ...possibleTags(request)];
  if (isJsonPatch || !object) return { ...bare, params: facts.params, tags, sure: body.sure && facts.sure };
  const identity = objectIdentity(request, object);
  return {
    name: request.name ?? (request.verb === 'create' ? identity.name : undefined),
    generateName: identity.name === undefined ? identity.generateName : undefined,
    params: facts.params,
    tags,
    dryRun,
    sure: body.sure && facts.sure && identity.sure && identity.otherwise === undefined,
    otherwise: identity.otherwise,
  };
}

function isOptions(object: JsonObject | undefined): boolean {
  const kind = object?.get('kind') ?? '';
  return kind === '' || kind === 'DeleteOptions';
}

function deleteOptions(object: JsonObject | undefined): Pick<BodyFindings, 'params' | 'tags'> {
  const reader = new ObjectReader();
  const policy = reader.text(object, 'propagationPolicy');
  const grace = reader.number(object, 'gracePeriodSeconds');
  return {
    params: {
      ...(policy !== undefined && { propagation_policy: policy }),
      ...(grace !== undefined && { grace_period_seconds: grace }),
    },
    tags: [],
  };
}
