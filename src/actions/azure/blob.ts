// Blob Storage (learn.microsoft.com/rest/api/storageservices): container and blob in the path, the operation in method, `restype`, `comp` and
// headers; named as data actions of role definitions are.
import { headerValues } from '../../core/call.ts';
import { lookUp } from '../../core/policy/pairs.ts';
import type { AzureRequest, Finding } from './request.ts';

const BASE = 'Microsoft.Storage/storageAccounts/blobServices';
const CONTAINER = `${BASE}/containers`;
const BLOB = `${CONTAINER}/blobs`;

interface Named {
  readonly name: string;
  readonly level: Finding['level'];
  readonly tags?: readonly string[];
}

const CONTAINER_WRITES: Readonly<Record<string, string>> = {
  '': 'write',
  metadata: 'write',
  lease: 'lease/action',
  undelete: 'restore/action',
  rename: 'write',
};
const BLOB_WRITES: ReadonlySet<string> = new Set([
  '',
  'metadata',
  'properties',
  'lease',
  'snapshot',
  'block',
  'blocklist',
  'page',
  'appendblock',
  'tier',
  'undelete',
  'expiry',
  'seal',
  'incrementalcopy',
  'copy',
  'immutabilitypolicies',
  'legalhold',
]);

/** `POST /?comp=batch` and `POST /container?restype=container&comp=batch`: deletions and changes of tier, each a part with a path of its own. */
export function isBlobBatch({ method, path, query = '' }: Pick<AzureRequest, 'method' | 'path' | 'query'>): boolean {
  const is = (name: string, value: string): boolean => {
    const found = lookUp(query, name).certain;
    return found?.length === 1 && found[0]?.toLowerCase() === value;
  };
  const inContainer = /^\/[a-z0-9$-]+$/.test(path) && is('restype', 'container');
  return method === 'POST' && is('comp', 'batch') && (path === '/' || inContainer);
}

/** Nothing else goes into a batch of blobs. */
export const isInBlobBatch = (name: string): boolean =>
  name.endsWith(`${BLOB}/delete`) || name.endsWith(`${BLOB}/write`);

/** Empty where nothing of the service looks so. `path`: decoded once. */
export function blobFindings(request: AzureRequest, path: string, account: string | undefined): readonly Finding[] {
  const { method, query = '', headers } = request;
  const rest = path.slice(1);
  const slash = rest.indexOf('/');
  const container = slash < 0 ? rest : rest.slice(0, slash);
  const blob = slash < 0 ? '' : rest.slice(slash + 1);
  const comps = lookUp(query, 'comp');
  const types = lookUp(query, 'restype');
  const sure = [comps, types].every(({ possible, certain }) => possible.length === 0 || certain !== undefined);
  const copies = headerValues(headers, 'x-ms-copy-source');
  const access = headerValues(headers, 'x-ms-blob-public-access');
  const signed = lookUp(query, 'sig').possible.length > 0;
  const found = new Map<string, Finding>();
  for (const comp of alternatives(comps.possible)) {
    for (const type of alternatives(types.possible)) {
      for (const each of named(method, container, blob, comp, type, copies.length > 0, access.length > 0)) {
        const onBlob = each.name.startsWith(`${BLOB}/`);
        const id = onBlob ? (blob === '' ? '*' : `${container}/${blob}`) : container === '' ? '*' : container;
        found.set(each.name, {
          name: each.name,
          level: each.level,
          resource: {
            type: onBlob ? BLOB : container === '' ? BASE : CONTAINER,
            id,
            ...(account === undefined ? {} : { namespace: account }),
          },
          params: {
            ...(account === undefined ? {} : { account }),
            ...(access.length === 0 ? {} : { publicAccess: access.join(', ') }),
            ...(copies.length === 0 ? {} : { copySource: (copies[0] ?? '').split('?')[0] }),
            ...(signed ? { sharedAccessSignature: true } : {}),
          },
          known: true,
          sure: sure && access.length <= 1 && copies.length <= 1,
          body: false,
          ...(each.tags === undefined ? {} : { tags: each.tags }),
        });
      }
    }
  }
  return [...found.values()];
}

const alternatives = (possible: readonly string[]): readonly string[] =>
  possible.length === 0 ? [''] : [...new Set(possible.map((text) => text.toLowerCase()))];

function named(
  method: string,
  container: string,
  blob: string,
  comp: string,
  type: string,
  copies: boolean,
  opens: boolean,
): readonly Named[] {
  if (blob !== '') return blobNamed(method, comp, copies);
  // A blob of the root container has no slash before it.
  if (container !== '' && type !== 'container' && !(method === 'GET' && comp === 'list'))
    return blobNamed(method, comp, copies);
  if (container === '') return serviceNamed(method, comp, type);
  return containerNamed(method, comp, opens);
}

const OF_SERVICE: readonly string[] = ['audit-tamper', 'destructive', 'external-sharing'];
/** What keeps a blob from being changed or deleted before its time. */
const LOCKS: ReadonlySet<string> = new Set(['immutabilitypolicies', 'legalhold']);

function serviceNamed(method: string, comp: string, type: string): readonly Named[] {
  if (method === 'GET' && comp === 'list') return [{ name: `${CONTAINER}/read`, level: 'list' }];
  if (method === 'GET' && comp === 'blobs') return [{ name: `${BLOB}/filter/action`, level: 'list' }];
  if (method === 'POST' && comp === 'userdelegationkey')
    return [{ name: `${BASE}/generateUserDelegationKey/action`, level: 'write' }];
  if (method === 'POST' && comp === 'batch') return batchNamed();
  if (type === 'service' || type === 'account') {
    if (method === 'GET' || method === 'HEAD') return [{ name: `${BASE}/read`, level: 'read' }];
    // The body is XML, which nobody reads: it may switch off logs and what keeps deleted blobs, and make a web site of the account.
    if (method === 'PUT') return [{ name: `${BASE}/write`, level: 'write', tags: OF_SERVICE }];
  }
  return [];
}

/** Of a batch whose parts cannot be read. */
const batchNamed = (): readonly Named[] => [
  { name: `${BLOB}/delete`, level: 'write' },
  { name: `${BLOB}/write`, level: 'write' },
];

function containerNamed(method: string, comp: string, opens: boolean): readonly Named[] {
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (comp === 'list') return [{ name: `${BLOB}/read`, level: 'list' }];
      if (comp === 'blobs') return [{ name: `${BLOB}/filter/action`, level: 'list' }];
      return comp === 'acl'
        ? [{ name: `${CONTAINER}/getAcl/action`, level: 'read' }]
        : comp === '' || comp === 'metadata'
          ? [{ name: `${CONTAINER}/read`, level: 'read' }]
          : [];
    case 'PUT': {
      if (comp === 'acl')
        return [
          {
            name: `${CONTAINER}/setAcl/action`,
            level: 'permissions-management',
            tags: opens ? ['external-sharing'] : [],
          },
        ];
      const verb = CONTAINER_WRITES[comp];
      return verb === undefined
        ? []
        : [{ name: `${CONTAINER}/${verb}`, level: 'write', tags: opens ? ['external-sharing'] : [] }];
    }
    case 'DELETE':
      return comp === '' ? [{ name: `${CONTAINER}/delete`, level: 'write' }] : [];
    case 'POST':
      return comp === 'batch' ? batchNamed() : [];
    default:
      return [];
  }
}

function blobNamed(method: string, comp: string, copies: boolean): readonly Named[] {
  switch (method) {
    case 'GET':
    case 'HEAD':
      return [{ name: comp === 'tags' ? `${BLOB}/tags/read` : `${BLOB}/read`, level: 'read' }];
    case 'PUT': {
      if (comp === 'tags') return [{ name: `${BLOB}/tags/write`, level: 'tagging' }];
      if (!BLOB_WRITES.has(comp)) return [];
      const write: Named = { name: `${BLOB}/write`, level: 'write' };
      if (LOCKS.has(comp)) return [{ ...write, tags: ['audit-tamper'] }];
      return copies ? [{ ...write, tags: ['data-export'] }] : [write];
    }
    case 'POST':
      return comp === 'query' ? [{ name: `${BLOB}/read`, level: 'read' }] : [];
    case 'DELETE':
      if (LOCKS.has(comp)) return [{ name: `${BLOB}/delete`, level: 'write', tags: ['audit-tamper', 'destructive'] }];
      return comp === '' ? [{ name: `${BLOB}/delete`, level: 'write' }] : [];
    default:
      return [];
  }
}
