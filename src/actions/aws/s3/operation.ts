// Which operation an S3 call is: by method, by whether it names a bucket or an object, by its sub-resource (a name in the query), and by
// the few arguments that change what a method means. `x-id` is the client's decoration: S3 does not look at it, and neither do we.
import type { Service } from '../catalogue.ts';
import type { Operation } from '../catalogue-text.ts';
import type { S3Arguments } from './query.ts';
import type { S3Target } from './target.ts';

export interface S3Operations {
  readonly list: readonly Operation[];
  readonly sure: boolean;
  /** True where S3 may know something that is not in the list. */
  readonly unknown: boolean;
}

/** Arguments that are no sub-resource: they never change which operation it is. */
const PLAIN =
  /^(?:x-id|prefix|delimiter|marker|max-keys|encoding-type|continuation-token|start-after|fetch-owner|key-marker|version-id-marker|upload-id-marker|max-uploads|part-number-marker|max-parts|max-buckets|bucket-region|max-directory-buckets|id|versionId|uploadId|partNumber|list-type|response-[a-z-]+|AWSAccessKeyId|Signature|Expires|x-.*)$/;

/** Older names of operations that another one has replaced, byte for byte the same call. */
const REPLACED: ReadonlySet<string> = new Set([
  'GetBucketLifecycle',
  'PutBucketLifecycle',
  'GetBucketNotification',
  'PutBucketNotification',
]);

const LEVELS: Readonly<Record<string, S3Target['level']>> = {
  '/': 'service',
  '/{Bucket}': 'bucket',
  '/{Bucket}/{Key+}': 'object',
};

export function subresourcesOf(service: Service): ReadonlySet<string> {
  const names = [...service.operations.values()].flatMap(({ query }) => query.map(({ name }) => name));
  return new Set([...names, 'uploadId', 'partNumber', 'versionId']);
}

export function s3Operations(
  method: string,
  target: S3Target,
  given: S3Arguments,
  service: Service,
  subresources: ReadonlySet<string>,
): S3Operations {
  const own = service.operations;
  const here = [...own.values()].filter(
    (each) => each.method === method && LEVELS[each.template] === target.level && !REPLACED.has(each.name),
  );
  const named = [...given.query.keys()].filter((name) => subresources.has(name) && !PLAIN.test(name));
  const strange = [...given.query.keys()].some((name) => !subresources.has(name) && !PLAIN.test(name));
  const holding = here.filter(
    ({ query }) =>
      query.length > 0 &&
      query[0]?.name !== 'list-type' &&
      query.every(
        ({ name, value }) => given.query.has(name) && (value === undefined || given.query.get(name) === value),
      ),
  );
  const bySub = ofConfigurations(holding, given);
  const plain = plainOperation(method, target, given);
  const fallback = plain === undefined ? undefined : own.get(plain);
  if (bySub.length === 1 && named.length === bySub[0]?.query.length)
    return { list: bySub, sure: !strange, unknown: strange };
  if (named.length > 0) {
    // Several sub-resources, or one that this method does not have.
    return { list: fallback ? [...bySub, fallback] : bySub, sure: false, unknown: bySub.length === 0 };
  }
  return { list: fallback ? [fallback] : [], sure: !strange, unknown: strange || !fallback };
}

/** `?analytics` lists the configurations, `?analytics&id=x` is one of them. */
function ofConfigurations(holding: readonly Operation[], given: S3Arguments): readonly Operation[] {
  if (holding.length !== 2) return holding;
  const lists = holding.filter(({ name }) => name.startsWith('List'));
  const others = holding.filter(({ name }) => !name.startsWith('List'));
  if (lists.length !== 1) return holding;
  return given.query.has('id') ? others : lists;
}

/** What a method does where no sub-resource is named. */
function plainOperation(method: string, { level, prefix }: S3Target, { query, amz }: S3Arguments): string | undefined {
  if (level === 'service') {
    if (method !== 'GET') return undefined;
    return prefix === 's3express' ? 'ListDirectoryBuckets' : 'ListBuckets';
  }
  if (level === 'bucket') {
    if (method === 'GET') return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects';
    return { PUT: 'CreateBucket', DELETE: 'DeleteBucket', HEAD: 'HeadBucket' }[method];
  }
  const upload = query.has('uploadId');
  if (method === 'GET') return upload ? 'ListParts' : 'GetObject';
  if (method === 'HEAD') return 'HeadObject';
  if (method === 'DELETE') return upload ? 'AbortMultipartUpload' : 'DeleteObject';
  if (method === 'POST') return upload ? 'CompleteMultipartUpload' : undefined;
  if (method !== 'PUT') return undefined;
  const part = upload || query.has('partNumber');
  if (amz.has('x-amz-copy-source')) return part ? 'UploadPartCopy' : 'CopyObject';
  return part ? 'UploadPart' : 'PutObject';
}
