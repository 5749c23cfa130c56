// S3: every style of address, every sub-resource, and what a call needs beside the action it is called after.
import { describe, expect, it } from 'vitest';
import { call, names, type Parts, recogniser, resources } from '../calls.ts';

const HOST = 'https://s3.us-east-1.amazonaws.com';
const VIRTUAL = 'https://data.s3.us-east-1.amazonaws.com';
const signed = (request: string, parts: Parts = {}): ReturnType<typeof call> =>
  call(request, { scope: 's3', ...parts });
const XML = ['Content-Type', 'application/xml'];

describe('addresses', () => {
  it.each([
    ['path style', `GET ${HOST}/data/a/b.txt`, 'object/data/a/b.txt'],
    ['virtual host', `GET ${VIRTUAL}/a/b.txt`, 'object/data/a/b.txt'],
    ['a bucket with dots', 'GET https://my.data.s3.amazonaws.com/k', 'object/my.data/k'],
    ['the old host with the region', 'GET https://data.s3-us-west-2.amazonaws.com/k', 'object/data/k'],
    ['dual stack', 'GET https://data.s3.dualstack.us-east-1.amazonaws.com/k', 'object/data/k'],
    ['acceleration', 'GET https://data.s3-accelerate.amazonaws.com/k', 'object/data/k'],
    ['an access point', 'GET https://pt-123456789012.s3-accesspoint.us-east-1.amazonaws.com/k', 'object/pt/k'],
    [
      'a multi-region access point',
      'GET https://mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com/k',
      'object/mfzwi23gnjvgw.mrap/k',
    ],
    [
      'an endpoint in a VPC, path style',
      'GET https://bucket.vpce-1a-2b.s3.us-east-1.vpce.amazonaws.com/data/k',
      'object/data/k',
    ],
    [
      'an endpoint in a VPC, virtual',
      'GET https://data.bucket.vpce-1a-2b.s3.us-east-1.vpce.amazonaws.com/k',
      'object/data/k',
    ],
    ['a mount', 'GET /data/k', 'object/data/k'],
    ['an encoded key', `GET ${HOST}/data/a%20b%2Fc%2B`, 'object/data/a b/c+'],
    ['doubled slashes, which are part of the key', `GET ${VIRTUAL}/a//b`, 'object/data/a//b'],
    ['a slash at the end, which is too', `GET ${VIRTUAL}/a/`, 'object/data/a/'],
    ['a semicolon, which is too', `GET ${VIRTUAL}/a;b=1`, 'object/data/a;b=1'],
  ])('%s', (_name, request, resource) => {
    expect(names(signed(request))).toEqual(['aws:s3:GetObject']);
    expect(resources(signed(request))).toEqual([`aws:s3:GetObject ${resource}`]);
  });

  it('give the ARN that IAM knows, in each partition', () => {
    const arn = (request: string): unknown => recogniser.recognise(signed(request))[0]?.resource.arn;
    expect(arn(`GET ${VIRTUAL}/k`)).toBe('arn:aws:s3:::data/k');
    expect(arn('GET https://data.s3.cn-north-1.amazonaws.com.cn/k')).toBe('arn:aws-cn:s3:::data/k');
    expect(arn('GET https://data.s3.us-gov-west-1.amazonaws.com/k')).toBe('arn:aws-us-gov:s3:::data/k');
    expect(arn('GET https://pt-123456789012.s3-accesspoint.us-east-1.amazonaws.com/k')).toBe(
      'arn:aws:s3:us-east-1:123456789012:accesspoint/pt/object/k',
    );
  });

  it.each([
    [
      'object lambda',
      'GET https://ol-123456789012.s3-object-lambda.us-east-1.amazonaws.com/k',
      'aws:s3-object-lambda:GetObject',
    ],
    [
      'a directory bucket',
      'GET https://b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com/?session',
      'aws:s3express:CreateSession',
    ],
    [
      'directory buckets',
      'GET https://s3express-control.us-east-1.amazonaws.com/',
      'aws:s3express:ListAllMyDirectoryBuckets',
    ],
    [
      'a directory bucket to be deleted',
      'DELETE https://s3express-control.us-east-1.amazonaws.com/b',
      'aws:s3express:DeleteBucket',
    ],
    [
      'outposts',
      'GET https://pt-123456789012.op-01.s3-outposts.us-east-1.amazonaws.com/k',
      'aws:s3-outposts:GetObject',
    ],
    [
      'the control plane',
      'GET https://123456789012.s3-control.us-east-1.amazonaws.com/v20180820/accesspoint/p/policy',
      'aws:s3:GetAccessPointPolicy',
    ],
    [
      'the control plane of Outposts',
      'DELETE https://s3-outposts.us-west-2.amazonaws.com/v20180820/bucket/b',
      'aws:s3-outposts:DeleteBucket',
    ],
    [
      'the control plane of directory buckets',
      'PUT https://s3express-control.us-west-2.amazonaws.com/v20180820/accesspoint/a--use1-az4--xa-s3/policy',
      'aws:s3express:PutAccessPointPolicy',
    ],
    [
      'the control plane in a VPC',
      'GET https://control.vpce-1a-2b.s3.us-east-1.vpce.amazonaws.com/v20180820/jobs',
      'aws:s3:ListJobs',
    ],
  ])('of %s have a prefix of their own', (_name, request, name) => {
    expect(names(call(request))).toEqual([name]);
  });

  it('have it at hosts of their own for certain', () => {
    expect(names(call('GET https://b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com/?session'))).toEqual([
      'aws:s3express:CreateSession',
    ]);
  });
});

it.each([['text/plain'], ['application/json'], ['application/xml'], ['']])(
  'reads the policy of a bucket as %s',
  (type) => {
    const headers = type === '' ? [] : ['Content-Type', type];
    const body = '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}';
    const found = recogniser.recognise(call(`PUT ${VIRTUAL}/?policy=`, { scope: 's3', headers, body }));
    const read = type !== 'application/xml';
    expect(found.map(({ name, confidence }) => `${name} ${confidence}`)).toEqual([
      `aws:s3:PutBucketPolicy ${read ? 'exact' : 'unknown'}`,
    ]);
    expect(JSON.stringify(found[0]?.params).includes('"Principal":"*"')).toBe(read);
    // Of another operation it stays a body that nobody can read.
    const acl = recogniser.recognise(
      call(`PUT ${VIRTUAL}/?acl`, { scope: 's3', headers: ['Content-Type', 'text/plain'], body }),
    );
    expect(acl[0]?.confidence).toBe('unknown');
  },
);

it('has the tags of S3 below the prefixes of its relatives', () => {
  const tags = (request: string): readonly string[] => recogniser.recognise(call(request))[0]?.tags ?? [];
  expect(tags('PUT https://pt-123456789012.op-01.s3-outposts.us-east-1.amazonaws.com/k?acl')).toContain(
    'external-sharing',
  );
  expect(tags('DELETE https://s3-outposts.us-west-2.amazonaws.com/v20180820/accesspoint/a')).toContain('destructive');
  expect(tags('PUT https://b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com/?lifecycle')).toEqual(
    tags(`PUT ${VIRTUAL}/?lifecycle`),
  );
});

it.each([
  ['DELETE /data//', 's3', ['aws:s3:DeleteObject?', 'aws:s3:DeleteBucket?']],
  [`DELETE ${VIRTUAL}//`, 's3', ['aws:s3:DeleteObject?', 'aws:s3:DeleteBucket?']],
  [
    'DELETE /b--x-s3//',
    's3express',
    ['aws:s3:DeleteObject?', 'aws:s3express:DeleteBucket?', 'aws:s3:DeleteObject?', 'aws:s3:DeleteBucket?'],
  ],
  ['DELETE /data//k', 's3', ['aws:s3:DeleteObject']],
])('%s for %s is what a front end that merges slashes makes of it too', (request, scope, found) => {
  expect(names(call(request, { scope }))).toEqual(found);
});

describe('operations', () => {
  it.each([
    ['GET /', 'ListAllMyBuckets'],
    ['GET /data', 'ListBucket'],
    ['GET /data/', 'ListBucket'],
    ['GET /data?list-type=2&prefix=a%2F&delimiter=%2F', 'ListBucket'],
    ['GET /data?versions', 'ListBucketVersions'],
    ['GET /data?uploads', 'ListBucketMultipartUploads'],
    ['GET /data?location', 'GetBucketLocation'],
    ['GET /data?policy', 'GetBucketPolicy'],
    ['GET /data?acl=', 'GetBucketAcl'],
    ['GET /data?analytics', 'GetAnalyticsConfiguration'],
    ['GET /data?analytics&id=x&x-id=GetBucketAnalyticsConfiguration', 'GetAnalyticsConfiguration'],
    ['HEAD /data', 'ListBucket'],
    ['PUT /data', 'CreateBucket'],
    ['DELETE /data', 'DeleteBucket'],
    ['PUT /data?policy', 'PutBucketPolicy'],
    ['DELETE /data?policy', 'DeleteBucketPolicy'],
    ['PUT /data?acl', 'PutBucketAcl'],
    ['PUT /data?publicAccessBlock', 'PutBucketPublicAccessBlock'],
    ['DELETE /data?publicAccessBlock', 'PutBucketPublicAccessBlock'],
    ['PUT /data?versioning', 'PutBucketVersioning'],
    ['PUT /data?lifecycle', 'PutLifecycleConfiguration'],
    ['DELETE /data?replication', 'PutReplicationConfiguration'],
    ['PUT /data?cors', 'PutBucketCORS'],
    ['GET /data/k', 'GetObject'],
    ['GET /data/k?x-id=DeleteObject', 'GetObject'],
    ['GET /data/k?partNumber=1&response-content-type=text%2Fplain', 'GetObject'],
    ['GET /data/k?versionId=1', 'GetObjectVersion'],
    ['HEAD /data/k', 'GetObject'],
    ['HEAD /data/k?versionId=1', 'GetObjectVersion'],
    ['GET /data/k?acl', 'GetObjectAcl'],
    ['GET /data/k?acl&versionId=1', 'GetObjectVersionAcl'],
    ['GET /data/k?tagging', 'GetObjectTagging'],
    ['GET /data/k?uploadId=1', 'ListMultipartUploadParts'],
    ['GET /data/k?torrent', 'GetObjectTorrent'],
    ['PUT /data/k', 'PutObject'],
    ['PUT /data/k?x-id=GetObject', 'PutObject'],
    ['PUT /data/k?partNumber=1&uploadId=2', 'PutObject'],
    ['PUT /data/k?acl', 'PutObjectAcl'],
    ['PUT /data/k?acl&versionId=1', 'PutObjectVersionAcl'],
    ['PUT /data/k?tagging', 'PutObjectTagging'],
    ['PUT /data/k?legal-hold', 'PutObjectLegalHold'],
    ['POST /data/k?uploads', 'PutObject'],
    ['POST /data/k?uploadId=1', 'PutObject'],
    ['POST /data/k?restore', 'RestoreObject'],
    ['POST /data/k?select&select-type=2', 'GetObject'],
    ['DELETE /data/k', 'DeleteObject'],
    ['DELETE /data/k?versionId=1', 'DeleteObjectVersion'],
    ['DELETE /data/k?uploadId=1', 'AbortMultipartUpload'],
    ['DELETE /data/k?tagging', 'DeleteObjectTagging'],
  ])('%s', (request, name) => {
    const [method, target = ''] = request.split(' ');
    const virtual = target === '/' ? `${HOST}/` : VIRTUAL + target.replace('/data', '').replace(/^(?=\?|$)/, '/');
    expect(names(signed(`${method} ${HOST}${target}`))).toEqual([`aws:s3:${name}`]);
    expect(names(signed(`${method} ${virtual}`))).toEqual([`aws:s3:${name}`]);
  });

  it('a presigned URL is the operation that it was made for', () => {
    const query =
      'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20260102%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=x&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=0';
    expect(names(call(`GET ${VIRTUAL}/k?${query}`))).toEqual(['aws:s3:GetObject']);
    expect(names(call(`PUT ${VIRTUAL}/k?${query}`))).toEqual(['aws:s3:PutObject']);
    expect(names(call(`PUT ${VIRTUAL}/k?${query}&x-amz-acl=public-read`))).toEqual([
      'aws:s3:PutObject',
      'aws:s3:PutObjectAcl',
    ]);
    expect(names(call(`DELETE ${VIRTUAL}/k?AWSAccessKeyId=AKID&Signature=x&Expires=1`))).toEqual([
      'aws:s3:DeleteObject',
    ]);
    const [{ params } = { params: {} }] = recogniser.recognise(
      call(`GET ${VIRTUAL}/k?${query}&X-Amz-Security-Token=secret`),
    );
    expect(JSON.stringify(params)).toBe('{"Bucket":"data","Key":"k"}');
  });
});

describe('further actions', () => {
  it.each([
    ['PUT /data/k', ['x-amz-acl', 'public-read'], ['PutObject', 'PutObjectAcl']],
    ['PUT /data/k', ['X-Amz-Grant-Read', 'uri=all'], ['PutObject', 'PutObjectAcl']],
    ['PUT /data/k', ['x-amz-tagging', 'a=b'], ['PutObject', 'PutObjectTagging']],
    ['PUT /data/k', ['x-amz-object-lock-mode', 'COMPLIANCE'], ['PutObject', 'PutObjectRetention']],
    ['PUT /data/k', ['x-amz-object-lock-legal-hold', 'ON'], ['PutObject', 'PutObjectLegalHold']],
    ['POST /data/k?uploads', ['x-amz-acl', 'public-read'], ['PutObject', 'PutObjectAcl']],
    ['DELETE /data/k', ['x-amz-bypass-governance-retention', 'true'], ['DeleteObject', 'BypassGovernanceRetention']],
    ['DELETE /data/k', ['x-amz-bypass-governance-retention', 'false'], ['DeleteObject']],
    ['PUT /data', ['x-amz-acl', 'public-read'], ['CreateBucket', 'PutBucketAcl']],
    ['PUT /data', ['x-amz-object-ownership', 'ObjectWriter'], ['CreateBucket', 'PutBucketOwnershipControls']],
    [
      'PUT /data',
      ['x-amz-bucket-object-lock-enabled', 'true'],
      ['CreateBucket', 'PutBucketObjectLockConfiguration', 'PutBucketVersioning'],
    ],
    ['GET /data/k?attributes', ['x-amz-object-attributes', 'ETag'], ['GetObjectAttributes', 'GetObject']],
  ])('%s with %j', (request, headers, expected) => {
    const [method, target] = request.split(' ');
    expect(names(signed(`${method} ${HOST}${target}`, { headers }))).toEqual(expected.map((name) => `aws:s3:${name}`));
  });

  it.each([
    ['other/a.txt', 'GetObject object/other/a.txt'],
    ['/other/a%20b.txt', 'GetObject object/other/a b.txt'],
    ['other/a.txt?versionId=7', 'GetObjectVersion object/other/a.txt'],
    ['arn:aws:s3:us-east-1:123456789012:accesspoint/pt/object/a', 'GetObject object/pt/object/a'],
    ['%zz', 'GetObject object/*'],
  ])('a copy reads %s', (source, read) => {
    const copied = signed(`PUT ${HOST}/data/k`, { headers: ['x-amz-copy-source', source] });
    expect(resources(copied)).toEqual([`aws:s3:${read}`, 'aws:s3:PutObject object/data/k']);
    const part = signed(`PUT ${HOST}/data/k?partNumber=1&uploadId=2`, { headers: ['x-amz-copy-source', source] });
    expect(resources(part)).toEqual([`aws:s3:${read}`, 'aws:s3:PutObject object/data/k']);
  });

  it('a replication hands its role over', () => {
    const body =
      '<ReplicationConfiguration><Role>arn:aws:iam::123456789012:role/copier</Role><Rule/></ReplicationConfiguration>';
    expect(resources(signed(`PUT ${HOST}/data?replication`, { headers: XML, body }))).toEqual([
      'aws:s3:PutReplicationConfiguration bucket/data',
      'aws:iam:PassRole role/copier',
    ]);
  });
});

describe('many objects deleted at once', () => {
  const remove = (body: string, headers: readonly string[] = XML): ReturnType<typeof call> =>
    signed(`POST ${HOST}/data?delete`, { headers, body });

  it('are one action each', () => {
    const body =
      '<?xml version="1.0"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a/1</Key></Object>' +
      '<Object><Key>b&amp;&#x32;</Key><VersionId>v</VersionId></Object><Quiet>true</Quiet></Delete>';
    expect(names(remove(body))).toEqual(['aws:s3:DeleteObject', 'aws:s3:DeleteObjectVersion']);
    expect(resources(remove(body))).toEqual([
      'aws:s3:DeleteObject object/data/a/1',
      'aws:s3:DeleteObjectVersion object/data/b&2',
    ]);
    expect(names(remove(body, [...XML, 'x-amz-bypass-governance-retention', 'true']))).toContain(
      'aws:s3:BypassGovernanceRetention',
    );
    expect(recogniser.recognise(remove(body))[0]?.summary).toBe('Delete object data/a/1');
  });

  it('up to the thousand that S3 takes', () => {
    const objects = (count: number): string => `<Delete>${'<Object><Key>k</Key></Object>'.repeat(count)}</Delete>`;
    expect(names(remove(objects(1_000)))).toHaveLength(1_000);
    expect(names(remove(objects(1_001)))).toEqual(['aws:s3:DeleteObject?', 'aws:s3:DeleteObjectVersion?']);
  });

  it.each([
    ['no object', '<Delete></Delete>', '?'],
    ['an object without a key', '<Delete><Object><VersionId>1</VersionId></Object></Delete>', '?'],
    ['two keys', '<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>', '?'],
    ['two keys in two name spaces', '<Delete><Object><Key>a</Key><x:Key xmlns:x="y">b</x:Key></Object></Delete>', '?'],
    ['a document type', '<!DOCTYPE d [<!ENTITY e "x">]><Delete><Object><Key>&e;</Key></Object></Delete>', '!'],
    ['an unknown entity', '<Delete><Object><Key>&e;</Key></Object></Delete>', '!'],
    ['an open element', '<Delete><Object><Key>a</Key></Object>', '!'],
    ['two documents', '<Delete/><Delete/>', '!'],
    ['another encoding', '<?xml version="1.0" encoding="utf-16"?><Delete/>', '!'],
    ['no XML', '{"Object":[{"Key":"a"}]}', '!'],
  ])('cannot be told from %s', (_name, body, mark) => {
    expect(names(remove(body))).toEqual([`aws:s3:DeleteObject${mark}`, `aws:s3:DeleteObjectVersion${mark}`]);
    expect(resources(remove(body))[0]).toBe('aws:s3:DeleteObject object/*');
  });
});

describe('the upload of an HTML form', () => {
  const upload = (fields: readonly (readonly [string, string])[], file = 'bytes'): ReturnType<typeof call> => {
    const parts = fields.map(
      ([name, value]) => `--B\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    );
    const last = `--B\r\nContent-Disposition: form-data; name="file"; filename="f"\r\nContent-Type: text/plain\r\n\r\n${file}\r\n--B--\r\n`;
    return call(`POST ${VIRTUAL}/`, {
      headers: ['Content-Type', 'multipart/form-data; boundary=B'],
      body: parts.join('') + last,
    });
  };

  it('writes the object that its field names', () => {
    expect(resources(upload([['key', 'a/b']]))).toEqual(['aws:s3:PutObject object/data/a/b']);
    expect(
      names(
        upload([
          ['key', 'a'],
          ['acl', 'public-read'],
          ['tagging', '<x/>'],
        ]),
      ),
    ).toEqual(['aws:s3:PutObject', 'aws:s3:PutObjectAcl', 'aws:s3:PutObjectTagging']);
    expect(recogniser.recognise(upload([['key', 'a']]))[0]?.operation).toBe('PostObject');
  });

  it.each([
    ['no key', upload([])],
    ['the name of the file', upload([['key', 'a/${filename}']])],
    [
      'a field twice',
      upload([
        ['key', 'a'],
        ['key', 'b'],
      ]),
    ],
    [
      'a field twice by case',
      upload([
        ['key', 'a'],
        ['Key', 'b'],
      ]),
    ],
    [
      'a boundary in the file',
      upload([['key', 'a']], 'x\r\n--B\r\nContent-Disposition: form-data; name="key"\r\n\r\nb'),
    ],
    ['an escaped name', upload([['k%65y', 'a']])],
    ['a body that nobody read', { ...upload([['key', 'a']]), body: { state: 'unread' } as const }],
  ])('cannot be told with %s', (_name, each) => {
    expect(names(each)).toEqual(['aws:s3:PutObject?', 'aws:s3:PutObjectAcl?', 'aws:s3:PutObjectTagging?']);
    expect(resources(each)[0]).toBe('aws:s3:PutObject object/*');
  });
});

describe('the body', () => {
  it.each([
    [`PUT ${VIRTUAL}/k`, false],
    [`PUT ${VIRTUAL}/k?partNumber=1&uploadId=2`, false],
    [`PUT ${VIRTUAL}/?policy`, true],
    [`PUT ${VIRTUAL}/k?acl`, true],
    [`POST ${VIRTUAL}/?delete`, true],
    [`POST ${VIRTUAL}/k?select&select-type=2`, true],
    [`PUT ${VIRTUAL}/k?newthing`, true],
  ])('of %s is needed: %s', (request, needed) => {
    const unread = { ...signed(request), body: { state: 'unread' } as const };
    expect(recogniser.needsBody(unread)).toBe(needed);
    if (!needed) expect(names(unread)).toEqual(['aws:s3:PutObject']);
  });
});
