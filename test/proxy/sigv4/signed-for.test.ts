// The regions that calls are signed anew for.
import { expect, it } from 'vitest';
import { signedForOf } from '../../../src/proxy/sigv4/signed-for.ts';

it.each([
  ['eu-west-1', 's3', 'eu-west-1'],
  ['aws-global', 'iam', 'us-east-1'],
  ['aws-global', 'networkmanager', 'us-west-2'],
  ['aws-us-gov-global', 'route53', 'us-gov-west-1'],
  ['aws-cn-global', 'iam', 'cn-north-1'],
  ['aws-cn-global', 'route53', 'cn-northwest-1'],
  ['aws-other-global', 'iam', 'aws-other-global'],
  ['constructor', 's3', 'constructor'],
])('%s of %s is %s', (region, service, real) => {
  expect(signedForOf({ region, service })).toEqual({ service, region: real });
});
