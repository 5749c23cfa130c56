// Paths of the API server that are no resources: discovery, health, metrics, schemas. Clients read them before anything else, so
// they are plainly reads; any other path is unknown, for the API may stand below it.
import type { Action } from '../../core/action.ts';
import { shortenedText } from '../../core/visible-text.ts';
import type { NonResourceRequest } from './request-info.ts';

const READABLE =
  /^\/(?:$|api(?:\/[a-z0-9]+)?$|apis(?:\/[a-z0-9.-]+){0,2}$|version$|(?:healthz|livez|readyz)(?:\/[\w.-]+)*$|openapi\/v[23](?:\/[\w.-]+)*$|swagger(?:-2\.0\.0\.json|\.json|api(?:\/[\w.-]+)*)$|metrics(?:\/[\w.-]+)*$|\.well-known\/openid-configuration$|openid\/v1\/jwks$|(?:statusz|flagz)$)/;

export function nonResourceAction({ verb, path }: NonResourceRequest, sure: boolean): Action {
  const reads = verb === 'get' || verb === 'head';
  const bare = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  const known = reads && READABLE.test(bare);
  return {
    provider: 'k8s',
    service: '',
    operation: reads ? 'get' : verb,
    name: `k8s:${reads ? 'get' : verb}:${path}`,
    level: known ? 'read' : 'unknown',
    levelSource: 'rule',
    tags: [],
    resource: { type: 'nonresource', id: path },
    params: {},
    summary: `${reads ? 'Read' : verb.toUpperCase()} ${shortenedText(path, 200)}`,
    confidence: !known ? 'unknown' : sure ? 'exact' : 'ambiguous',
  };
}
