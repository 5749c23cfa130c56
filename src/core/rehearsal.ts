// A write that the API itself promises to check and not to carry out. INVARIANT: only made here, from calls in which the switch stands
// exactly once, where the API reads it; a call that says anything of its own about it is not rehearsed.
import { parseForm } from './body/form.ts';
import { type JsonObject, parseJson } from './body/json.ts';
import type { Call } from './call.ts';

const MINT: unique symbol = Symbol('rehearsal');

export class Rehearsal {
  readonly call: Call;

  constructor(mint: typeof MINT, call: Call) {
    if (mint !== MINT) throw new Error('rehearsals are made from calls');
    this.call = call;
  }
}

const encoder = new TextEncoder();
/** What a server may take for the switch, however it is spelled. */
const SWITCH = /dry[^a-z]*run/i;

/** An object or a collection, and of subresources those that the API server keeps itself: what others do (`exec`, `proxy`, `eviction`, `stop` of
 *  KubeVirt) is done by those that need not know dry runs. Escapes, which the server undoes, are in no name of Kubernetes. */
const OBJECT =
  /^\/(?:api\/[\w.-]+|apis\/[\w.-]+\/[\w.-]+)(?:\/namespaces\/[\w.-]+)?\/[\w.-]+(?:\/[\w.:-]+(?:\/(?:status|scale|approval|finalize|resize))?)?$/;

/** `dryRun=All` (Kubernetes API concepts, "Dry-run"): admission and validation run, nothing is persisted. */
export function kubernetesRehearsal(call: Call, basePath = ''): Rehearsal | undefined {
  const { method, query = '' } = call;
  const path = call.path.startsWith(basePath) ? call.path.slice(basePath.length) : '';
  if (!/^(?:POST|PUT|PATCH)$/.test(method) || !OBJECT.test(path)) return undefined;
  if (SWITCH.test(query) || query.includes('%')) return undefined;
  return new Rehearsal(MINT, { ...call, query: query === '' ? 'dryRun=All' : `${query}&dryRun=All` });
}

const EC2_VERSION = '2016-11-15';

/** Operations of EC2 that have no `DryRun`, by its model (botocore 1.43): nobody has promised that they are not carried out. */
export const EC2_WITHOUT_DRY_RUN: ReadonlySet<string> = new Set(
  `
    AllocateHosts AssignIpv6Addresses AssignPrivateIpAddresses AssociateIamInstanceProfile AssociateSubnetCidrBlock
    AssociateVpcCidrBlock CancelExportTask CancelReservedInstancesListing CreateInstanceExportTask
    CreateReservedInstancesListing CreateVpnConnectionRoute DeleteVpnConnectionRoute DescribeExportTasks
    DescribeHostReservationOfferings DescribeHostReservations DescribeHosts DescribeIamInstanceProfileAssociations
    DescribeIdFormat DescribeIdentityIdFormat DescribeMacHosts DescribeNetworkInterfacePermissions DescribePublicIpv4Pools
    DescribeReservedInstancesListings DescribeReservedInstancesModifications DescribeVpcClassicLinkDnsSupport
    DisableVpcClassicLinkDnsSupport DisassociateIamInstanceProfile DisassociateSubnetCidrBlock DisassociateVpcCidrBlock
    EnableVpcClassicLinkDnsSupport GetHostReservationPurchasePreview ModifyHosts ModifyIdFormat ModifyIdentityIdFormat
    ModifyInstancePlacement ModifyReservedInstances ModifySpotFleetRequest ModifySubnetAttribute ModifyVpcAttribute
    PurchaseHostReservation ReleaseHosts ReplaceIamInstanceProfileAssociation UnassignIpv6Addresses
    UnassignPrivateIpAddresses
  `
    .trim()
    .split(/\s+/),
);

/** `DryRun=true` of EC2 (API reference, common parameters): permissions are checked, nothing is done. */
export function ec2Rehearsal(call: Call): Rehearsal | undefined {
  if (call.method !== 'POST' || call.path !== '/' || (call.query ?? '') !== '' || call.body.state !== 'whole')
    return undefined;
  if (call.body.bytes !== call.body.decoded) return undefined;
  const form = parseForm(call.body.bytes);
  if (!form.ok || form.fields.some(({ name }) => SWITCH.test(name))) return undefined;
  const all = (wanted: string): string[] => form.fields.flatMap(({ name, value }) => (name === wanted ? [value] : []));
  if (all('Version').join() !== EC2_VERSION || all('Version').length !== 1) return undefined;
  const [action = '', ...others] = all('Action');
  if (action === '' || others.length > 0 || EC2_WITHOUT_DRY_RUN.has(action)) return undefined;
  const bytes = encoder.encode(`${form.text}&DryRun=true`);
  return new Rehearsal(MINT, { ...call, body: { state: 'whole', bytes, decoded: bytes } });
}

/** Statements that PostgreSQL plans; anything else has no plan, or is told to run by its first word. */
const PLANNED = /^(?:select|insert|update|delete|merge|with|values)\b/i;

/** `EXPLAIN` of PostgreSQL (SQL command reference) for a statement in the form of Neon's `/sql`: it is planned and not run. */
export function explainRehearsal(call: Call): Rehearsal | undefined {
  if (call.method !== 'POST' || call.path !== '/sql' || call.body.state !== 'whole') return undefined;
  if (call.body.bytes !== call.body.decoded) return undefined;
  const json = parseJson(call.body.decoded);
  if (!json.ok || !(json.value instanceof Map)) return undefined;
  const map: JsonObject = json.value;
  const query = map.get('query');
  const params = map.get('params') ?? [];
  if (typeof query !== 'string' || [...map.keys()].some((name) => !SQL_MEMBERS.has(name))) return undefined;
  if (!Array.isArray(params) || params.some((param) => typeof param === 'object' && param !== null)) return undefined;
  const statement = query.trim().replace(/;$/, '');
  // A second statement would run: one semicolon, even in a text, is one too many.
  if (!PLANNED.test(statement) || statement.includes(';')) return undefined;
  const bytes = encoder.encode(JSON.stringify({ query: `EXPLAIN (FORMAT JSON) ${statement}`, params }));
  return new Rehearsal(MINT, { ...call, body: { state: 'whole', bytes, decoded: bytes } });
}

const SQL_MEMBERS: ReadonlySet<string> = new Set(['query', 'params', 'arrayMode', 'fullResults']);
