// Calls of EC2 that are only tried out: with `DryRun` it checks rights and parameters and does nothing ("Actions", EC2 API Reference). INVARIANT: only
// for operations that are known to take it, and only where it is said once and plainly; anything else is carried out.
import { parseForm } from '../../core/body/form.ts';
import type { Call } from '../../core/call.ts';
import { misspelling } from '../folded-keys.ts';
import type { Endpoint } from './endpoint.ts';
import type { Reading } from './reading.ts';

const TRIED: ReadonlySet<string> = new Set(
  (
    'RunInstances StartInstances StopInstances RebootInstances TerminateInstances ModifyInstanceAttribute CreateImage CopyImage DeregisterImage ' +
    'CreateVolume AttachVolume DetachVolume DeleteVolume ModifyVolume CreateSnapshot CreateSnapshots CopySnapshot DeleteSnapshot CreateTags DeleteTags ' +
    'CreateSecurityGroup DeleteSecurityGroup AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress ' +
    'RevokeSecurityGroupEgress ModifySecurityGroupRules CreateVpc DeleteVpc CreateSubnet DeleteSubnet CreateRouteTable DeleteRouteTable CreateRoute ' +
    'ReplaceRoute DeleteRoute CreateInternetGateway AttachInternetGateway CreateNatGateway DeleteNatGateway CreateVpcEndpoint DeleteVpcEndpoints ' +
    'AllocateAddress AssociateAddress DisassociateAddress ReleaseAddress CreateKeyPair ImportKeyPair DeleteKeyPair CreateLaunchTemplate ' +
    'CreateLaunchTemplateVersion DeleteLaunchTemplate CreateNetworkInterface DeleteNetworkInterface RequestSpotInstances CreateFleet'
  ).split(' '),
);
const misspelt = misspelling(['DryRun']);

/** `reading` of this call, which goes to `host`. */
export function isDryRun(
  call: Call,
  { host }: Endpoint,
  { service, name, parameters: { state, tree } }: Reading,
): boolean {
  return (
    service.id === 'ec2' &&
    TRIED.has(name) &&
    state === 'whole' &&
    tree.get('DryRun') === 'true' &&
    misspelt(tree) === undefined &&
    // What else speaks like EC2 may not know it.
    host?.services.some(({ id }) => id === 'ec2') === true &&
    isInOnePlace(call, service.version)
  );
}

/** All in the form of a POST, or all in the query of a GET: what counts where there is something in both is the server's to say. Older
 *  versions of the API do not know trial runs. */
function isInOnePlace({ method, query = '', body }: Call, version: string | undefined): boolean {
  const posted = body.state === 'whole' ? body.decoded : new Uint8Array();
  if (body.state !== 'none' && body.state !== 'whole') return false;
  if (method === 'POST' ? query !== '' : method !== 'GET' || posted.length > 0) return false;
  const form = parseForm(method === 'POST' ? posted : new TextEncoder().encode(query));
  if (!form.ok || version === undefined) return false;
  const said = form.fields.filter((field) => field.name === 'Version');
  return said.length === 1 && said[0]?.value === version;
}
