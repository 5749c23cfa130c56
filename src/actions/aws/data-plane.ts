// Hosts of AWS that are no service's API but something that a customer made with it: APIs, function URLs, search domains, registries.
// What goes there is one action of IAM, told by the host and the method.
import type { Action } from '../../core/action.ts';
import type { Call } from '../../core/call.ts';
import { toAction } from './actions-of.ts';
import type { AwsCatalogue } from './catalogue.ts';
import type { AwsHost } from './host.ts';

interface Plane {
  /** Matched against everything before the suffix but the region at its end; what it captures names the resource. */
  readonly host: RegExp;
  readonly prefix: string;
  readonly type: string;
  readonly name: (method: string, path: string) => string | undefined;
}

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const reads = (method: string): boolean => READS.has(method);

const PLANES: readonly Plane[] = [
  {
    host: /^([^.]+)\.execute-api$/,
    prefix: 'execute-api',
    type: 'api',
    // The way back to the clients of a WebSocket API is an API of AWS after all.
    name: (_method, path) => (path.includes('@connections') || path.includes('%40') ? undefined : 'Invoke'),
  },
  { host: /^([^.]+)\.lambda-url$/, prefix: 'lambda', type: 'function-url', name: () => 'InvokeFunctionUrl' },
  { host: /^([^.]+)\.appsync-api$/, prefix: 'appsync', type: 'graphqlapi', name: () => 'GraphQL' },
  { host: /^([^.]+)\.(?:[a-z0-9-]+\.)?aoss$/, prefix: 'aoss', type: 'collection', name: () => 'APIAccessAll' },
  {
    host: /^(?:search|vpc)-(.+?)-[a-z0-9]{20,30}\.(?:[a-z0-9-]+\.)?es$/,
    prefix: 'es',
    type: 'domain',
    name: (method) =>
      /^(?:GET|HEAD|POST|PUT|PATCH|DELETE)$/.test(method)
        ? `ESHttp${method.charAt(0)}${method.slice(1).toLowerCase()}`
        : undefined,
  },
  {
    host: /^\d{12}\.dkr\.ecr$/,
    prefix: 'ecr',
    type: 'repository',
    name(method, path) {
      if (reads(method)) return /\/blobs\//.test(path) ? 'GetDownloadUrlForLayer' : 'BatchGetImage';
      if (method === 'PUT' && /\/manifests\//.test(path)) return 'PutImage';
      if (method === 'DELETE') return 'BatchDeleteImage';
      return /\/blobs\/uploads\//.test(path) ? 'UploadLayerPart' : undefined;
    },
  },
  {
    host: /^(.+)-\d{12}\.d\.codeartifact$/,
    prefix: 'codeartifact',
    type: 'domain',
    name: (method) =>
      reads(method) ? 'ReadFromRepository' : method === 'DELETE' ? undefined : 'PublishPackageVersion',
  },
];

/** Undefined for a host that is none of these, or a call there that says something else. */
export function dataPlaneAction(call: Call, host: AwsHost, catalogue: AwsCatalogue): Action | undefined {
  const name = host.before === '' ? '' : `${host.before}${host.label === '' ? '' : '.'}${host.label}`;
  for (const plane of PLANES) {
    const match = plane.host.exec(name);
    const action = match ? plane.name(call.method, call.path) : undefined;
    const known = action === undefined ? undefined : catalogue.actions(plane.prefix).get(action);
    if (!known) continue;
    const repository = /^\/v2\/(.+?)\/(?:manifests|blobs|tags|referrers)\//.exec(call.path)?.[1];
    const id = plane.prefix === 'ecr' ? repository : match?.[1];
    const resource = {
      type: plane.type,
      id: id ?? '*',
      ...(host.region === undefined ? {} : { region: host.region }),
    };
    const operation = `${call.method} ${call.path}`.slice(0, 200);
    const params = { Method: call.method, Path: call.path.slice(0, 2_048) };
    return toAction(known.prefix, known.name, operation, known.level, 'rule', resource, params, 'exact');
  }
  return undefined;
}
