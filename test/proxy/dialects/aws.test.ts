// Refusals in the protocols of AWS, told by the head of the call. What botocore makes of them is tested with botocore (aws-botocore.test.ts).
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseCbor } from '../../../src/actions/cbor.ts';
import { parseXml } from '../../../src/actions/aws/body/xml.ts';
import type { Call } from '../../../src/core/call.ts';
import { type ProblemType, problems } from '../../../src/core/problems.ts';
import { awsRefusal } from '../../../src/proxy/dialects/aws.ts';
import { nativeRefusal } from '../../../src/proxy/dialects/native-refusal.ts';
import type { NativeRefusal } from '../../../src/proxy/dialects/refusal-words.ts';
import { call } from '../../actions/aws/calls.ts';

const FORM = ['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8'];
const unread = { state: 'unread' } as const;
const CALLS = {
  query: call('POST /', { scope: 'iam', headers: FORM, body: unread }),
  ec2: call('POST /', { scope: 'ec2', headers: FORM, body: unread }),
  json: call('POST /', {
    scope: 'dynamodb',
    headers: ['X-Amz-Target', 'DynamoDB_20120810.ListTables', 'Content-Type', 'application/x-amz-json-1.0'],
    body: unread,
  }),
  restJson: call('GET /2015-03-31/functions', { scope: 'lambda' }),
  restXml: call('GET /2013-04-01/hostedzone', { scope: 'route53' }),
  s3: call('PUT /bucket/key', { scope: 's3', body: unread }),
  cbor: call('POST /service/GraniteServiceVersion20100801/operation/ListMetrics', {
    scope: 'monitoring',
    headers: ['smithy-protocol', 'rpc-v2-cbor', 'Content-Type', 'application/cbor', 'x-amzn-query-mode', 'true'],
    body: unread,
  }),
};

function refusal(to: Call, type: ProblemType, detail = 'no', retryAfter?: number): NativeRefusal {
  const words = { detail, decisionId: 'dec_1', ...(retryAfter === undefined ? {} : { retryAfter }) };
  const native = nativeRefusal('aws', to, type, words);
  if (!native) throw new Error('AWS has a form of its own');
  return native;
}

function plain(value: unknown): unknown {
  if (!(value instanceof Map)) return value;
  return Object.fromEntries([...value].map(([name, inner]) => [String(name), plain(inner)]));
}

/** The body, read with our own strict readers. */
function read({ contentType, body, encoding }: NativeRefusal): unknown {
  const bytes = Buffer.from(body, encoding);
  if (contentType === 'application/cbor') {
    const cbor = parseCbor(bytes);
    return cbor.ok ? plain(cbor.value) : cbor;
  }
  if (/json/.test(contentType)) return JSON.parse(body);
  const xml = parseXml(bytes);
  return xml && { [xml.name]: plain(xml.value) };
}

const header = ({ headers = [] }: NativeRefusal, name: string): string | undefined =>
  headers[headers.findIndex((each, i) => i % 2 === 0 && each.toLowerCase() === name) + 1];

describe('a denial', () => {
  const message = 'no [denied-by-person]';
  it.each([
    [
      'query',
      403,
      'text/xml',
      { ErrorResponse: { Error: { Type: 'Sender', Code: 'AccessDenied', Message: message }, RequestId: 'dec_1' } },
    ],
    [
      'ec2',
      403,
      'text/xml',
      { Response: { Errors: { Error: { Code: 'AccessDenied', Message: message } }, RequestID: 'dec_1' } },
    ],
    ['json', 400, 'application/x-amz-json-1.0', { __type: 'AccessDeniedException', message }],
    ['restJson', 403, 'application/json', { message }],
    [
      'restXml',
      403,
      'text/xml',
      { ErrorResponse: { Error: { Type: 'Sender', Code: 'AccessDenied', Message: message }, RequestId: 'dec_1' } },
    ],
    ['s3', 403, 'application/xml', { Error: { Code: 'AccessDenied', Message: message, RequestId: 'dec_1' } }],
    ['cbor', 403, 'application/cbor', { __type: 'AccessDeniedException', message }],
  ] as const)('in %s', (which, status, contentType, body) => {
    const native = refusal(CALLS[which], 'denied-by-person');
    expect(native).toMatchObject({ status, contentType });
    expect(read(native)).toEqual(body);
    expect(header(native, which === 's3' ? 'x-amz-request-id' : 'x-amzn-requestid')).toBe('dec_1');
  });

  it('has its code in a header where REST clients look for it', () => {
    expect(header(refusal(CALLS.restJson, 'denied-by-policy'), 'x-amzn-errortype')).toBe('AccessDeniedException');
  });

  it('has the old code too where the client asks for it', () => {
    expect(header(refusal(CALLS.cbor, 'denied-by-policy'), 'x-amzn-query-error')).toBe('AccessDenied;Sender');
    expect(header(refusal(CALLS.cbor, 'denied-by-policy'), 'smithy-protocol')).toBe('rpc-v2-cbor');
  });

  it('has the checksum that clients of DynamoDB compare', () => {
    const denied = refusal(CALLS.json, 'denied-by-person', 'né');
    expect(header(denied, 'x-amz-crc32')).toBe(String(crc32(denied.body)));
    const queue = call('POST /', {
      scope: 'sqs',
      headers: ['X-Amz-Target', 'AmazonSQS.ListQueues', 'Content-Type', 'application/x-amz-json-1.0'],
    });
    expect(refusal(queue, 'denied-by-person').headers).not.toContain('x-amz-crc32');
  });

  it('says whatever the approver wrote', () => {
    const hostile = '</Message><Code>OK</Code> & "quotes" \u0000\u001b[2J\ud800 日本';
    for (const to of Object.values(CALLS)) {
      const said = JSON.stringify(read(refusal(to, 'denied-by-person', hostile)));
      expect(said).toContain('</Message><Code>OK</Code> & \\"quotes\\"');
      expect(said).toContain('日本');
    }
    expect(refusal(CALLS.s3, 'denied-by-person', hostile).body).not.toContain('\u0000');
  });
});

it('never says that a thing is gone: clients that keep a state would forget it', () => {
  for (const type of Object.keys(problems) as ProblemType[])
    for (const to of Object.values(CALLS)) expect([404, 410]).not.toContain(refusal(to, type).status);
});

describe('which protocol', () => {
  const said = (to: Call): string => Object.keys(read(refusal(to, 'denied-by-policy')) as object).join();
  it.each([
    ['the action of a query', call('GET /?Action=ListUsers&Version=2010-05-08', { scope: 'iam' }), 'ErrorResponse'],
    ['a form that nobody has signed', call('POST /', { headers: FORM, body: unread }), 'ErrorResponse'],
    ['a host alone', call('POST https://ec2.us-east-1.amazonaws.com/', { headers: FORM, body: unread }), 'Response'],
    ['a bucket in the host', call('GET https://b.s3.us-east-1.amazonaws.com/k'), 'Error'],
    [
      'the control plane of S3',
      call('GET https://111122223333.s3-control.us-east-1.amazonaws.com/v20180820/jobs'),
      'ErrorResponse',
    ],
    ['the same behind a mount', call('GET /v20180820/jobs', { scope: 's3' }), 'ErrorResponse'],
    ['S3 on Outposts', call('GET /S3Outposts/ListEndpoints', { scope: 's3-outposts' }), 'message'],
    [
      'a registry of images',
      call('GET https://111122223333.dkr.ecr.us-east-1.amazonaws.com/v2/r/manifests/latest'),
      'errors',
    ],
    ['CloudFront', call('GET https://cloudfront.amazonaws.com/2020-05-31/distribution'), 'ErrorResponse'],
    ['nothing that says which service', call('GET /2013-04-01/hostedzone'), 'ErrorResponse'],
    ['a URL that is presigned with version 2', call('GET /b/k?AWSAccessKeyId=A&Signature=b&Expires=1'), 'Error'],
    ['nothing at all', call('GET /clusters'), 'message'],
    ['an API that a customer made', call('GET https://a1.execute-api.us-east-1.amazonaws.com/prod/x'), 'message'],
  ] as const)('%s', (_name, to, keys) => {
    expect(said(to)).toBe(keys);
  });
});

it('tells docker and containerd in the words of their registry', () => {
  const registry = call('PUT https://111122223333.dkr.ecr.us-east-1.amazonaws.com/v2/r/manifests/latest', {
    body: unread,
  });
  const denied = refusal(registry, 'denied-by-person');
  expect([denied.status, read(denied)]).toEqual([
    403,
    { errors: [{ code: 'DENIED', message: 'no [denied-by-person]' }] },
  ]);
  const pending = refusal(registry, 'approval-pending');
  expect([pending.status, read(pending)]).toMatchObject([429, { errors: [{ code: 'TOOMANYREQUESTS' }] }]);
});

describe('what is pending', () => {
  it.each([
    ['query', 429, 'Throttling'],
    ['ec2', 503, 'RequestLimitExceeded'],
    ['json', 429, 'ThrottlingException'],
    ['restJson', 429, undefined],
    ['restXml', 429, 'Throttling'],
    ['s3', 503, 'SlowDown'],
    ['cbor', 429, 'ThrottlingException'],
  ] as const)('is throttled in %s', (which, status, code) => {
    const native = refusal(CALLS[which], 'approval-pending', 'wait', 2);
    expect(native.status).toBe(status);
    expect(JSON.stringify(read(native))).toContain(code ?? 'wait');
    expect(header(native, 'x-amz-retry-after')).toBe('2000');
  });

  it('has the status of S3 also where there is no body to say so', () => {
    expect(refusal(call('HEAD /b/k', { scope: 's3' }), 'approval-pending').status).toBe(503);
    expect(refusal(call('HEAD /x', { scope: 'lambda' }), 'approval-pending').status).toBe(503);
  });

  it('has another status for Organizations, whose clients do not retry the usual one', () => {
    const headers = [
      'X-Amz-Target',
      'AWSOrganizationsV20161128.ListRoots',
      'Content-Type',
      'application/x-amz-json-1.1',
    ];
    expect(refusal(call('POST /', { scope: 'organizations', headers, body: unread }), 'approval-pending').status).toBe(
      400,
    );
  });
});

/** Problems after which SDKs may send the call again unasked: it joins what is open, or nothing was decided. */
const RETRIED: ReadonlySet<ProblemType> = new Set([
  'approval-pending',
  'approval-backpressure',
  'gate-unavailable',
  'shutting-down',
  'internal-error',
  'upstream-unreachable',
  'upstream-timeout',
  'body-timeout',
] as const);

it.each(Object.keys(problems) as ProblemType[])('%s is retried unasked only where that helps', (type) => {
  for (const to of Object.values(CALLS)) {
    const { status = 0, body } = awsRefusal({ type, status: problems[type].status, message: 'm' }, to);
    const retried = status === 429 || status >= 500 || /Throttling|SlowDown|RequestLimitExceeded/.test(body);
    if (!RETRIED.has(type)) expect(retried && type !== 'too-many-sign-ins').toBe(false);
    else if (type !== 'body-timeout') expect(retried).toBe(true);
  }
});
