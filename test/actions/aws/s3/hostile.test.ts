// S3 calls that could be read in two ways: sub-resources, keys, and arguments that stand in two places.
import { describe, expect, it } from 'vitest';
import { call, names, type Parts, resources } from '../calls.ts';

type Call = ReturnType<typeof call>;
const s3 = (request: string, parts: Parts = {}): Call =>
  call(request.replace(' ', ' https://s3.us-east-1.amazonaws.com'), { scope: 's3', ...parts });

describe('S3', () => {
  it.each<[string, Call, string]>([
    [
      'GET /data/k?acl&tagging',
      s3('GET /data/k?acl&tagging'),
      'aws:s3:GetObjectAcl? aws:s3:GetObjectTagging? aws:s3:GetObject?',
    ],
    ['GET /data/k?ACL', s3('GET /data/k?ACL'), 'aws:s3:GetObject? aws:s3:Unknown!'],
    ['GET /data/k?%61cl', s3('GET /data/k?%61cl'), 'aws:s3:GetObjectAcl'],
    ['GET /data/k?newthing', s3('GET /data/k?newthing'), 'aws:s3:GetObject? aws:s3:Unknown!'],
    ['GET /data/k?x-newthing', s3('GET /data/k?x-newthing'), 'aws:s3:GetObject'],
    ['PUT /data?versions', s3('PUT /data?versions'), 'aws:s3:CreateBucket? aws:s3:Unknown!'],
    ['PUT /data/k?delete', s3('PUT /data/k?delete'), 'aws:s3:PutObject? aws:s3:Unknown!'],
    [
      'DELETE /data/k?versionId=1&versionId=2',
      s3('DELETE /data/k?versionId=1&versionId=2'),
      'aws:s3:DeleteObjectVersion? aws:s3:Unknown!',
    ],
    ['POST /data/k', s3('POST /data/k'), 'aws:s3:Unknown!'],
    ['POST /data', s3('POST /data'), 'aws:s3:Unknown!'],
    ['GET /data/a/../../other/k', s3('GET /data/a/../../other/k'), 'aws:s3:GetObject? aws:s3:GetObject?'],
    ['GET /data/%2e%2e/other/k', s3('GET /data/%2e%2e/other/k'), 'aws:s3:GetObject? aws:s3:GetObject?'],
    ['GET //data/k', s3('GET //data/k'), 'aws:s3:ListAllMyBuckets? aws:s3:GetObject?'],
    ['GET /data%2Fk', s3('GET /data%2Fk'), 'aws:s3:GetObject?'],
    ['GET /data/a+b', s3('GET /data/a+b'), 'aws:s3:GetObject? aws:s3:GetObject?'],
    ['GET /data/%zz', s3('GET /data/%zz'), 'aws:s3:GetObject?'],
    ['GET /data/%ff', s3('GET /data/%ff'), 'aws:s3:GetObject?'],
    ['GET /data/k?acl;tagging', s3('GET /data/k?acl;tagging'), 'aws:s3:GetObject? aws:s3:Unknown!'],
    ['PATCH /data/k', s3('PATCH /data/k'), 'aws:s3:Unknown!'],
    ['PUT /data/k?uploadId=', s3('PUT /data/k?uploadId='), 'aws:s3:PutObject'],
    ['PUT /data/k?partNumber=1', s3('PUT /data/k?partNumber=1'), 'aws:s3:PutObject'],
    [
      'GET /data?list-type=2&list-type=1',
      s3('GET /data?list-type=2&list-type=1'),
      'aws:s3:ListBucket? aws:s3:Unknown!',
    ],
    ['GET /data?versions&list-type=2', s3('GET /data?versions&list-type=2'), 'aws:s3:ListBucketVersions'],
    ['GET /data?policy&x-id=GetObject', s3('GET /data?policy&x-id=GetObject'), 'aws:s3:GetBucketPolicy'],
    [
      'DELETE /data?policy&website',
      s3('DELETE /data?policy&website'),
      'aws:s3:DeleteBucketPolicy? aws:s3:DeleteBucketWebsite? aws:s3:DeleteBucket?',
    ],
    [
      'GET /data/k?response-content-type=a&response-content-type=b',
      s3('GET /data/k?response-content-type=a&response-content-type=b'),
      'aws:s3:GetObject? aws:s3:Unknown!',
    ],
    ['OPTIONS /data/k', s3('OPTIONS /data/k'), 'aws:s3:Unknown!'],
    ['DELETE /', s3('DELETE /'), 'aws:s3:Unknown!'],
    ['HEAD /', s3('HEAD /'), 'aws:s3:Unknown!'],
    ['GET /data/k%3Facl', s3('GET /data/k%3Facl'), 'aws:s3:GetObject'],
    ['GET /data/k?acl=x%zz', s3('GET /data/k?acl=x%zz'), 'aws:s3:GetObject? aws:s3:Unknown!'],
    ['DELETE /data/k?Action=GetObject', s3('DELETE /data/k?Action=GetObject'), 'aws:s3:DeleteObject? aws:s3:Unknown!'],
    ['PUT /data?Policy', s3('PUT /data?Policy'), 'aws:s3:CreateBucket? aws:s3:Unknown!'],
    ['GET /data?delete', s3('GET /data?delete'), 'aws:s3:ListBucket? aws:s3:Unknown!'],
    ['POST /data?delete&uploads', s3('POST /data?delete&uploads'), 'aws:s3:DeleteObject? aws:s3:DeleteObjectVersion?'],
    ['GET /data/.', s3('GET /data/.'), 'aws:s3:GetObject? aws:s3:ListBucket?'],
    ['GET /data/..', s3('GET /data/..'), 'aws:s3:GetObject? aws:s3:ListAllMyBuckets?'],
    [
      'two sources of a copy',
      s3('PUT /data/k', { headers: ['x-amz-copy-source', 'a/b', 'x-amz-copy-source', 'c/d'] }),
      'aws:s3:GetObject? aws:s3:PutObject? aws:s3:Unknown!',
    ],
    [
      'an access list in header and query',
      s3('PUT /data/k?x-amz-acl=private', { headers: ['x-amz-acl', 'public-read'] }),
      'aws:s3:PutObject? aws:s3:PutObjectAcl? aws:s3:Unknown!',
    ],
    [
      'the source of a copy in the query',
      s3('PUT /data/k?x-amz-copy-source=a%2Fb'),
      'aws:s3:GetObject aws:s3:PutObject',
    ],
    [
      'a target',
      s3('GET /data/k', { headers: ['X-Amz-Target', 'X.DeleteObject'] }),
      'aws:s3:GetObject? aws:s3:Unknown!',
    ],
    ['a policy with a key twice', s3('PUT /data?policy', { body: '{"a":1,"a":2}' }), 'aws:s3:PutBucketPolicy!'],
    ['an access list that nobody read', s3('PUT /data?acl', { body: { state: 'unread' } }), 'aws:s3:PutBucketAcl?'],
    [
      'a signature for another service',
      s3('GET /data/k', { scope: 'iam' }),
      'aws:s3:GetObject? aws:s3:Unknown! aws:iam:Unknown!',
    ],
    [
      'a broken replication',
      s3('PUT /data?replication', { body: '<a' }),
      'aws:s3:PutReplicationConfiguration! aws:iam:PassRole!',
    ],
    [
      'a replication that nobody read',
      s3('PUT /data?replication', { body: { state: 'unread' } }),
      'aws:s3:PutReplicationConfiguration? aws:iam:PassRole?',
    ],
  ])('%s', (_name, each, expected) => {
    expect(names(each).join(' ')).toBe(expected);
  });

  it.each([
    ['GET /data/a/../../other/k', ['object/data/a/../../other/k', 'object/other/k']],
    ['GET /data/%2e%2e/other/k', ['object/data/../other/k', 'object/other/k']],
    ['GET /data/a+b', ['object/data/a+b', 'object/data/a b']],
    ['DELETE //data/k', ['object/data/k']],
    ['GET /data%2Fk', ['object/data/k']],
  ])('%s may be about each of %j', (request, expected) => {
    expect(resources(s3(request)).map((text) => text.split(' ').slice(1).join(' '))).toEqual(
      expect.arrayContaining(expected),
    );
  });
});
