// What is signed for a relative of S3 (S3 Express, Outposts, Object Lambda) at a host that is none of AWS: it may know no relatives.
import { describe, expect, it } from 'vitest';
import { call, names, recogniser } from '../calls.ts';

describe('relatives of S3', () => {
  it.each([
    ['GET /', 's3', ['aws:s3:ListAllMyBuckets']],
    ['GET /', 's3express', ['aws:s3express:ListAllMyDirectoryBuckets?', 'aws:s3:ListAllMyBuckets?']],
    ['DELETE /b--use1-az4--x-s3', 's3express', ['aws:s3express:DeleteBucket?', 'aws:s3:DeleteBucket?']],
    ['GET /b--use1-az4--x-s3?session', 's3express', ['aws:s3express:CreateSession?', 'aws:s3express:CreateSession?']],
    ['GET /pt/k', 's3-outposts', ['aws:s3-outposts:GetObject?', 'aws:s3:GetObject?']],
    ['DELETE /pt/k', 's3-object-lambda', ['aws:s3-object-lambda:DeleteObject?', 'aws:s3:DeleteObject?']],
    ['PUT /pt?policy', 's3-outposts', ['aws:s3-outposts:PutBucketPolicy?', 'aws:s3:PutBucketPolicy?']],
  ])('behind a mount are what their signature says, or what S3 itself would do: %s for %s', (request, scope, found) => {
    expect(names(call(request, { scope }))).toEqual(found);
  });

  it('have their names at S3 for rules about an ARN, too', () => {
    const found = recogniser.recognise(call('DELETE /pt/k', { scope: 's3express' }));
    expect(found.map(({ name, resource }) => `${name} ${resource.arn ?? '-'}`)).toContain(
      'aws:s3:DeleteObject arn:aws:s3:::pt/k',
    );
    expect(found.every(({ confidence }) => confidence === 'ambiguous')).toBe(true);
  });
});
