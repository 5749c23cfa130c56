// µs per recognised call, by family and protocol, once what the catalogue says about the service is loaded. Run: node bench/actions.ts
import { createAwsRecogniser } from '../src/actions/aws/recogniser.ts';
import type { Recogniser } from '../src/actions/recogniser.ts';
import type { Call } from '../src/core/call.ts';

const WARM_UP = 20_000;
const ROUNDS = 5;
const CALLS = 20_000;

function call(request: string, service: string, headers: readonly string[], text?: string): Call {
  const [method = '', target = ''] = request.split(' ');
  const url = new URL(target);
  const bytes = new TextEncoder().encode(text ?? '');
  const scope = `AKIDEXAMPLE/20260102/us-east-1/${service}/aws4_request`;
  return {
    method,
    upstream: 'aws',
    scheme: 'https',
    host: url.host,
    path: url.pathname,
    query: url.search === '' ? undefined : url.search.slice(1),
    headers: [
      'User-Agent',
      'Botocore/1.43.11',
      'X-Amz-Date',
      '20260102T030405Z',
      'amz-sdk-invocation-id',
      '11111111-2222-3333-4444-555555555555',
      'amz-sdk-request',
      'attempt=1',
      'Authorization',
      `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=content-type;host;x-amz-date, Signature=${'0'.repeat(64)}`,
      ...headers,
    ],
    body: text === undefined ? { state: 'none' } : { state: 'whole', bytes, decoded: bytes },
  };
}

const FORM = ['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8'];
const JSON_1_0 = ['Content-Type', 'application/x-amz-json-1.0'];

const CASES: readonly (readonly [name: string, family: Recogniser, call: Call])[] = ((): [
  string,
  Recogniser,
  Call,
][] => {
  const aws = createAwsRecogniser();
  return [
    [
      'AWS JSON: dynamodb GetItem',
      aws,
      call(
        'POST https://dynamodb.us-east-1.amazonaws.com/',
        'dynamodb',
        ['X-Amz-Target', 'DynamoDB_20120810.GetItem', ...JSON_1_0],
        '{"TableName":"orders","Key":{"id":{"S":"o-1"}},"ConsistentRead":true}',
      ),
    ],
    [
      'AWS query: iam AttachRolePolicy',
      aws,
      call(
        'POST https://iam.amazonaws.com/',
        'iam',
        FORM,
        'Action=AttachRolePolicy&Version=2010-05-08&RoleName=ci-runner&PolicyArn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FAdministratorAccess',
      ),
    ],
    [
      'AWS query: ec2 DescribeInstances',
      aws,
      call(
        'POST https://ec2.us-east-1.amazonaws.com/',
        'ec2',
        FORM,
        'Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=tag%3Aenv&Filter.1.Value.1=prod&MaxResults=100',
      ),
    ],
    [
      'AWS REST: lambda Invoke',
      aws,
      call('POST https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/f/invocations', 'lambda', [], '{"a":1}'),
    ],
    ['AWS REST: eks DescribeCluster', aws, call('GET https://eks.us-east-1.amazonaws.com/clusters/prod', 'eks', [])],
    [
      'AWS REST: tags by ARN',
      aws,
      call(
        'GET https://eks.us-east-1.amazonaws.com/tags/arn%3Aaws%3Aeks%3Aus-east-1%3A123456789012%3Acluster%2Fprod',
        'eks',
        [],
      ),
    ],
    ['AWS S3: GetObject', aws, call('GET https://data.s3.us-east-1.amazonaws.com/reports/2026/01.csv', 's3', [])],
    ['AWS S3: list', aws, call('GET https://data.s3.us-east-1.amazonaws.com/?list-type=2&prefix=reports%2F', 's3', [])],
  ];
})();

function measure(family: Recogniser, each: Call): number {
  const began = performance.now();
  for (let i = 0; i < CALLS; i++) family.recognise(each);
  return ((performance.now() - began) * 1_000) / CALLS;
}

console.log('µs per recognised call, the best of some rounds');
for (const [name, family, each] of CASES) {
  const [action] = family.recognise(each);
  if (action?.confidence !== 'exact') throw new Error(`${name} is not recognised`);
  for (let i = 0; i < WARM_UP; i++) family.recognise(each);
  const best = Math.min(...Array.from({ length: ROUNDS }, () => measure(family, each)));
  console.log(`${name.padEnd(36)} ${best.toFixed(2).padStart(7)}`);
}
