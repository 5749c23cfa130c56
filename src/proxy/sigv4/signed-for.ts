// What a scope says that a call is for, with the region that AWS itself signs for where SDKs say none: Java signs IAM for `aws-global`.
import type { SignedFor } from '../../core/call.ts';
import type { Scope } from './signature.ts';

/** The credential scopes of partition endpoints (botocore, endpoints.json). */
const REAL: ReadonlyMap<string, string> = new Map([
  ['aws-global', 'us-east-1'],
  ['aws-us-gov-global', 'us-gov-west-1'],
  ['aws-cn-global', 'cn-northwest-1'],
  ['aws-iso-global', 'us-iso-east-1'],
  ['aws-iso-b-global', 'us-isob-east-1'],
]);
/** Where a service has another one. */
const OWN: ReadonlyMap<string, string> = new Map([
  ['aws-cn-global iam', 'cn-north-1'],
  ['aws-global networkmanager', 'us-west-2'],
  ['aws-global route53-recovery-control-config', 'us-west-2'],
]);

export function signedForOf({ region, service }: Pick<Scope, 'region' | 'service'>): SignedFor {
  return { service, region: OWN.get(`${region} ${service}`) ?? REAL.get(region) ?? region };
}
