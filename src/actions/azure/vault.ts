// Key Vault and Managed HSM (learn.microsoft.com/rest/api/keyvault): what a call does, as data actions of role definitions say it.
import type { Finding } from './request.ts';

type Verbs = Readonly<Record<string, string>>;

const KEY_ACTIONS: Verbs = {
  create: 'create',
  encrypt: 'encrypt',
  decrypt: 'decrypt',
  wrapkey: 'wrap',
  unwrapkey: 'unwrap',
  sign: 'sign',
  verify: 'verify',
  rotate: 'rotate',
  release: 'release',
  backup: 'backup',
};
const READS: ReadonlySet<string> = new Set([
  'encrypt',
  'decrypt',
  'wrap',
  'unwrap',
  'verify',
  'release',
  'backup',
  'getSecret',
  'readMetadata',
]);

/** `segments`: decoded, not empty. `plane`: where its names begin. */
export function vaultFinding(
  method: string,
  segments: readonly string[],
  hsm: boolean,
  account: string | undefined,
): Finding | undefined {
  const [first = '', name, second, third] = segments.map((text, i) => (i === 1 ? text : text.toLowerCase()));
  const base = `Microsoft.KeyVault/${hsm ? 'managedHSMs' : 'vaults'}`;
  if (first === 'certificates' && (name === 'issuers' || name === 'contacts'))
    return authorityFinding(method, base, segments, account);
  const deleted = first.startsWith('deleted');
  const kind = deleted ? first.slice('deleted'.length) : first;
  const verb =
    kind === 'secrets'
      ? secretVerb(method, deleted, name, second)
      : kind === 'keys'
        ? keyVerb(method, deleted, name, second, third)
        : kind === 'certificates'
          ? certificateVerb(method, deleted, name, second, third)
          : undefined;
  if (verb === undefined || segments.length > 4) return undefined;
  const word = verb.replace('/action', '');
  return {
    name: `${base}/${kind}/${verb}`,
    level:
      verb === 'read' || verb === 'readMetadata/action'
        ? name === undefined
          ? 'list'
          : 'read'
        : READS.has(word)
          ? 'read'
          : 'write',
    resource: {
      type: `${base}/${kind}`,
      id: name === undefined || (name === 'restore' && method === 'POST') ? '*' : name.toLowerCase(),
      ...(account === undefined ? {} : { namespace: account }),
    },
    params: account === undefined ? {} : { vault: account },
    known: true,
    sure: true,
    body: false,
  };
}

const CHANGES: Readonly<Record<string, string>> = { GET: 'read', PUT: 'write', PATCH: 'write', DELETE: 'delete' };

/** `certificates/issuers`: who signs the certificates of a vault; `certificates/contacts`: who hears of them. */
function authorityFinding(
  method: string,
  base: string,
  segments: readonly string[],
  account: string | undefined,
): Finding | undefined {
  const issuers = segments[1]?.toLowerCase() === 'issuers';
  const issuer = issuers ? segments[2] : undefined;
  const verb = CHANGES[method];
  if (verb === undefined || segments.length > (issuers ? 3 : 2)) return undefined;
  if (issuers && issuer === undefined && verb !== 'read') return undefined;
  const type = `${base}/${issuers ? 'certificatecas' : 'certificatecontacts'}`;
  return {
    name: `${type}/${verb}`,
    level: verb !== 'read' ? 'write' : issuers && issuer === undefined ? 'list' : 'read',
    resource: { type, id: issuer?.toLowerCase() ?? '*', ...(account === undefined ? {} : { namespace: account }) },
    params: account === undefined ? {} : { vault: account },
    known: true,
    sure: true,
    body: false,
  };
}

function common(
  method: string,
  deleted: boolean,
  name: string | undefined,
  second: string | undefined,
): string | undefined {
  if (deleted) {
    if (method === 'GET') return 'readMetadata/action';
    if (name === undefined) return undefined;
    if (method === 'DELETE') return 'purge/action';
    return method === 'POST' && second === 'recover' ? 'recover/action' : undefined;
  }
  if (method === 'POST' && name === 'restore' && second === undefined) return 'restore/action';
  if (method === 'POST' && second === 'backup') return 'backup/action';
  if (name !== undefined && method === 'PATCH') return 'update/action';
  return name !== undefined && method === 'DELETE' && second === undefined ? 'delete' : undefined;
}

function secretVerb(
  method: string,
  deleted: boolean,
  name: string | undefined,
  second: string | undefined,
): string | undefined {
  if (!deleted && method === 'GET')
    return name === undefined || second === 'versions' ? 'readMetadata/action' : 'getSecret/action';
  if (!deleted && method === 'PUT' && name !== undefined && second === undefined) return 'setSecret/action';
  return common(method, deleted, name, second);
}

function keyVerb(
  method: string,
  deleted: boolean,
  name: string | undefined,
  second: string | undefined,
  third: string | undefined,
): string | undefined {
  if (method === 'GET') return 'read';
  if (!deleted && method === 'PUT' && name !== undefined)
    return second === 'rotationpolicy' ? 'update/action' : second === undefined ? 'import/action' : undefined;
  if (!deleted && method === 'POST' && name !== undefined && name !== 'restore') {
    const action = KEY_ACTIONS[third ?? second ?? ''];
    return action === undefined ? undefined : `${action}/action`;
  }
  return common(method, deleted, name, second);
}

function certificateVerb(
  method: string,
  deleted: boolean,
  name: string | undefined,
  second: string | undefined,
  third: string | undefined,
): string | undefined {
  if (method === 'GET') return 'read';
  if (!deleted && method === 'POST' && second === 'create') return 'create/action';
  if (!deleted && method === 'POST' && second === 'import') return 'import/action';
  if (!deleted && method === 'POST' && second === 'pending' && third === 'merge') return 'update/action';
  if (!deleted && method === 'DELETE' && second === 'pending') return 'update/action';
  return common(method, deleted, name, second);
}
