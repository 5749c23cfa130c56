// Hosts of AWS in every partition and style, and names that only look like them.
import { describe, expect, it } from 'vitest';
import { awsCatalogue } from '../../../src/actions/aws/catalogue.ts';
import { readHost } from '../../../src/actions/aws/host.ts';
import { call, recogniser } from './calls.ts';

const catalogue = awsCatalogue();

function read(host: string): string {
  const found = readHost(host, catalogue);
  if (!found) return 'none';
  const services = found.services.map(({ id }) => id).join('+');
  return [services || '-', found.region ?? '-', found.before || '-', ...(found.odd ? ['odd'] : [])].join(' ');
}

describe('hosts of AWS', () => {
  it.each([
    ['iam.amazonaws.com', 'iam - -'],
    ['iam.us-gov.amazonaws.com', 'iam - -'],
    ['iam.global.api.aws', 'iam - -'],
    ['iam.cn-north-1.amazonaws.com.cn', 'iam cn-north-1 -'],
    ['sts.us-iso-east-1.c2s.ic.gov', 'sts us-iso-east-1 -'],
    ['sts.us-isob-east-1.sc2s.sgov.gov', 'sts us-isob-east-1 -'],
    ['sts.eu-isoe-west-1.cloud.adc-e.uk', 'sts eu-isoe-west-1 -'],
    ['lambda.us-isof-south-1.csp.hci.ic.gov', 'lambda us-isof-south-1 -'],
    ['dynamodb.eusc-de-east-1.api.amazonwebservices.eu', 'dynamodb eusc-de-east-1 -'],
    ['lambda.us-east-1.amazonaws.com', 'lambda us-east-1 -'],
    ['lambda.us-east-1.amazonaws.com:443', 'lambda us-east-1 -'],
    ['lambda.us-east-1.amazonaws.com.', 'lambda us-east-1 -'],
    ['lambda-fips.us-gov-west-1.api.aws', 'lambda us-gov-west-1 -'],
    ['fips.batch.us-east-1.amazonaws.com', 'batch us-east-1 -'],
    ['fips.eks.us-east-1.amazonaws.com', 'eks us-east-1 -'],
    ['runtime-fips.sagemaker.us-east-1.amazonaws.com', 'sagemaker-runtime us-east-1 -'],
    ['api.ecr.eu-west-1.amazonaws.com', 'ecr eu-west-1 -'],
    ['us-east-1.queue.amazonaws.com', 'sqs us-east-1 -'],
    ['sync-states.us-east-1.amazonaws.com', 'stepfunctions us-east-1 -'],
    ['data-servicediscovery.us-east-1.amazonaws.com', 'servicediscovery us-east-1 -'],
    ['123456789012.ddb.us-east-1.amazonaws.com', 'dynamodb us-east-1 123456789012'],
    ['rds.us-east-1.amazonaws.com', 'docdb+neptune+rds us-east-1 -'],
    ['vpce-1a2b-3c4d.ec2.us-east-1.vpce.amazonaws.com', 'ec2 us-east-1 -'],
    ['vpce-1a2b-3c4d-us-east-1a.sts.us-east-1.vpce.amazonaws.com', 'sts us-east-1 -'],
    ['us-east-1.signin.aws.amazon.com', 'signin us-east-1 -'],
    ['s3.amazonaws.com', 's3 - -'],
    ['s3-us-west-2.amazonaws.com', 's3 us-west-2 -'],
    ['s3.dualstack.us-west-2.amazonaws.com', 's3 us-west-2 -'],
    ['my.bucket.s3.us-west-2.amazonaws.com', 's3 us-west-2 my.bucket'],
    ['logs.us-west-2.s3.eu-west-1.amazonaws.com', 's3 eu-west-1 logs.us-west-2'],
    ['b.s3-fips.dualstack.us-east-1.amazonaws.com', 's3 us-east-1 b'],
    ['b.s3-accelerate.amazonaws.com', 's3 - b'],
    ['point-123456789012.s3-accesspoint.us-east-1.amazonaws.com', 's3 us-east-1 point-123456789012'],
    ['b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com', 's3 us-east-1 b--use1-az4--x-s3'],
    ['b.bucket.vpce-1a-2b.s3.us-east-1.vpce.amazonaws.com', 's3 us-east-1 b.bucket'],
    ['123456789012.s3-control.us-east-1.amazonaws.com', 's3control us-east-1 123456789012'],
    // Of AWS, but not the endpoint of an API that is known.
    ['foo.lambda.us-east-1.amazonaws.com', 'lambda us-east-1 foo odd'],
    ['x.vpce-1a-2b.sts.us-east-1.vpce.amazonaws.com', 'sts us-east-1 x odd'],
    ['newservice.us-east-1.amazonaws.com', '- us-east-1 newservice odd'],
    // Not of AWS, or not an API of AWS.
    ['amazonaws.com', 'none'],
    ['evilamazonaws.com', 'none'],
    ['iam.amazonaws.com.evil.example', 'none'],
    ['console.aws.amazon.com', 'none'],
    ['lb-1.us-east-1.elb.amazonaws.com', 'none'],
    ['ec2-1-2-3-4.compute-1.amazonaws.com', 'none'],
    ['x.gr7.us-east-1.eks.amazonaws.com', 'none'],
    ['x.fips.eks.amazonaws.com', 'none'],
    ['db.abc.us-east-1.rds.amazonaws.com', 'none'],
    ['git-codecommit.us-east-1.amazonaws.com', 'none'],
    ['vpce-1a.vpce-svc-0a1b.us-east-1.vpce.amazonaws.com', 'none'],
    ['b.s3-website-us-east-1.amazonaws.com', 'none'],
    ['127.0.0.1:8080', 'none'],
  ])('%s', (host, what) => {
    expect(read(host)).toBe(what);
    expect(recogniser.claims(call(`GET https://${host}/`))).toBe(what !== 'none');
  });
});

it('knows every host that the catalogue names', () => {
  const named = [...catalogue.byHost.keys()].filter((host) => !host.startsWith('*'));
  const lost = named.filter((host) => !readHost(`${host}.us-east-1.amazonaws.com`, catalogue)?.services.length);
  expect(named.length).toBeGreaterThan(400);
  expect(lost).toEqual([]);
});
