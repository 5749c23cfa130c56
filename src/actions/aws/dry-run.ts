// Calls of EC2 that are only tried out: with `DryRun` it checks rights and parameters and does nothing ("Actions", EC2 API Reference). INVARIANT: only
// for operations that are known to take it, and only where it is said once and plainly; anything else is carried out.
import { misspelling } from '../folded-keys.ts';
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

export function isDryRun({ service, name, parameters: { state, tree } }: Reading): boolean {
  return (
    service.id === 'ec2' &&
    TRIED.has(name) &&
    state === 'whole' &&
    tree.get('DryRun') === 'true' &&
    misspelt(tree) === undefined
  );
}
