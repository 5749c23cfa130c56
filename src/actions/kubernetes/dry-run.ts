// Whether the API server is asked to do nothing but tell what would happen. INVARIANT: true only where that is certain: one value,
// `All`, in the place from which the server takes it, of a resource that is known to honour it.
import type { JsonObject } from '../../core/body/json.ts';
import type { KubernetesBody } from './body-reading.ts';
import type { GoQuery } from './go-query.ts';
import type { ResourceRequest } from './request-info.ts';
import { isBuiltInGroup } from './resource-kinds.ts';
import { isRead } from './tags.ts';

const HONOURED: ReadonlySet<string> = new Set([
  '',
  'approval',
  'binding',
  'ephemeralcontainers',
  'eviction',
  'finalize',
  'resize',
  'scale',
  'status',
]);

/** `body` of a request that may have one. */
export function isDryRun(request: ResourceRequest, query: GoQuery, body: KubernetesBody): boolean {
  const { verb, group, subresource } = request;
  if (isRead(verb) || !HONOURED.has(subresource) || !isBuiltInGroup(group)) return false;
  const asked = query.certain('dryRun') === 'All';
  if (subresource === 'eviction')
    return body.state === 'read' && body.sure && body.typed && inEviction(body.objects[0], query, asked);
  if (verb !== 'delete' && verb !== 'deletecollection') return asked;
  // Options in a body replace those of the query.
  if (body.state === 'none') return asked;
  return body.state === 'read' && body.sure && body.typed && isAll(body.objects[0]);
}

/** An eviction takes the options from either place; different ones it refuses. */
function inEviction(object: JsonObject | undefined, query: GoQuery, asked: boolean): boolean {
  const options = object?.get('deleteOptions');
  const inside = options instanceof Map && isAll(options as JsonObject);
  const silent = !(options instanceof Map) || !(options as JsonObject).has('dryRun');
  return (asked && (inside || silent)) || (inside && !query.mentions('dryRun'));
}

function isAll(options: JsonObject | undefined): boolean {
  const twins = [...(options?.keys() ?? [])].filter((name) => name.toLowerCase() === 'dryrun');
  const values = options?.get('dryRun');
  return twins.length === 1 && Array.isArray(values) && values.length === 1 && values[0] === 'All';
}
