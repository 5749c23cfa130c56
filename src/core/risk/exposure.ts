// What lets strangers in: public ACLs and members, networks open to every address, endpoints on the outside, protection of data that is
// taken off.
import type { Action } from '../action.ts';
import { type Call, headerValues } from '../call.ts';
import type { FlagList } from './flag.ts';
import type { Leaf, Material } from './material.ts';

const EVERYONE = /^(?:0{1,3}(?:\.0{1,3}){3}\/0+|::\/0+|0:0:0:0:0:0:0:0\/0+)$/;
const PUBLIC_ACL =
  /^(?:public-read|public-read-write|authenticated-read|publicRead|publicReadWrite|authenticatedRead)$/;
const PUBLIC_GROUP = /\/groups\/global\/(?:AllUsers|AuthenticatedUsers)\b/;
const PUBLIC_MEMBER = /^(?:allUsers|allAuthenticatedUsers)$/;
/** What keeps an S3 bucket from being public, as long as it is true. */
const BLOCKS = new Set(['blockpublicacls', 'ignorepublicacls', 'blockpublicpolicy', 'restrictpublicbuckets']);
const PUBLIC_SWITCHES = new Set([
  'publiclyaccessible',
  'associatepublicipaddress',
  'mappublicipaddressonlaunch',
  'endpointpublicaccess',
]);

export function flagExposure(call: Call, material: Material, actions: readonly Action[], flags: FlagList): void {
  if (actions.every(isHarmless)) return;
  const egress = actions.length > 0 && actions.every(({ name }) => /egress/i.test(name));
  const operations = actions.map((action) => action.operation).join(' ');
  for (const leaf of material.leaves) {
    flagOpen(leaf, egress, flags);
    flagSwitch(leaf, operations, flags);
    if (actions.some(({ provider }) => provider === 'github')) flagRepository(leaf, flags);
    if (actions.some(({ provider }) => provider === 'azure')) flagAzure(leaf, flags);
  }
  for (const name of ['x-amz-acl', 'x-goog-acl', 'x-ms-blob-public-access']) {
    for (const value of headerValues(call.headers, name)) {
      if (PUBLIC_ACL.test(value) || name.startsWith('x-ms')) flags.add('public-access', name, value);
    }
  }
  for (let i = 0; i + 1 < call.headers.length; i += 2) {
    const name = (call.headers[i] ?? '').toLowerCase();
    const value = call.headers[i + 1] ?? '';
    if (name.startsWith('x-amz-grant-') && PUBLIC_GROUP.test(value)) flags.add('public-access', name, value);
  }
  for (const { name, operation, params } of actions) {
    if (/(?:Delete|Remove)\w*PublicAccessBlock/.test(operation)) flags.add('public-block-removed', '', name);
    const { type, externalIPs } = params as { type?: unknown; externalIPs?: unknown };
    if (name.startsWith('k8s:') && (type === 'LoadBalancer' || type === 'NodePort')) {
      flags.add('public-endpoint', 'params.type', type);
    }
    if (name.startsWith('k8s:') && Array.isArray(externalIPs)) {
      flags.add('public-endpoint', 'params.externalIPs', externalIPs.join(', '));
    }
  }
}

function isHarmless({ level, confidence }: Action): boolean {
  return confidence === 'exact' && (level === 'read' || level === 'list');
}

function flagOpen({ where, name, value }: Leaf, egress: boolean, flags: FlagList): void {
  if (typeof value !== 'string') return;
  if (EVERYONE.test(value.trim()) && !egress && !/destination|egress|nexthop|route/.test(name)) {
    flags.add('open-ingress', where, value);
  }
  if (PUBLIC_ACL.test(value) || PUBLIC_GROUP.test(value) || PUBLIC_MEMBER.test(value)) {
    flags.add('public-access', where, value);
  }
}

function flagSwitch({ where, name, value }: Leaf, operations: string, flags: FlagList): void {
  const on = value === true || value === 'true' || value === 'True' || value === 'Enabled';
  const off = value === false || value === 'false' || value === 'False';
  if (BLOCKS.has(name) && off) flags.add('public-block-removed', where, `${name}=${String(value)}`);
  if (name === 'allowblobpublicaccess' && on) flags.add('public-block-removed', where, 'true');
  if (PUBLIC_SWITCHES.has(name) && on) flags.add('public-endpoint', where, String(value));
  if (name === 'authtype' && value === 'NONE') flags.add('public-access', where, 'AuthType NONE');
  // Images and snapshots are shared with a group of one name: everybody.
  if (/ModifyImageAttribute|ModifySnapshotAttribute|ModifyFpgaImageAttribute/.test(operations)) {
    if ((name === 'group' || name === 'usergroup' || name === 'groupname') && value === 'all')
      flags.add('public-access', where, 'all');
  }
  if (/ModifyDB(?:Cluster)?SnapshotAttribute/.test(operations) && value === 'all')
    flags.add('public-access', where, 'all');
  if (/AddPermission|AddLayerVersionPermission/.test(operations) && name === 'principal' && value === '*') {
    flags.add('public-access', where, 'Principal *');
  }
}

function flagRepository({ where, name, value }: Leaf, flags: FlagList): void {
  if (name === 'visibility' && value === 'public') flags.add('public-access', where, 'visibility public');
  if (name === 'private' && value === false) flags.add('public-access', where, 'private false');
}

function flagAzure({ where, name, value }: Leaf, flags: FlagList): void {
  if (name === 'publicaccess' && (value === 'Blob' || value === 'Container')) flags.add('public-access', where, value);
  if (name === 'sourceaddressprefix' && (value === '*' || value === 'Internet' || value === 'Any')) {
    flags.add('open-ingress', where, value);
  }
  if (name === 'publicnetworkaccess' && value === 'Enabled') flags.add('public-endpoint', where, value);
}
