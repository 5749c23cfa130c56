// The IAM actions of an S3 call beyond the one that its operation is called after: versions, access lists, tags, locks, copied objects.
import type { ActionResource } from '../../../core/action.ts';
import { decodeStrict } from '../../../core/body/percent.ts';
import { parseArn } from '../arn.ts';
import type { Operation } from '../catalogue-text.ts';
import type { S3Arguments } from './query.ts';
import { bucketResource, type S3Target } from './target.ts';

export interface Need {
  readonly name: string;
  readonly resource: ActionResource;
}

/** Actions that are others for one version of an object. */
const OF_VERSION: Readonly<Record<string, string>> = {
  GetObject: 'GetObjectVersion',
  GetObjectAcl: 'GetObjectVersionAcl',
  GetObjectTagging: 'GetObjectVersionTagging',
  GetObjectTorrent: 'GetObjectVersionTorrent',
  GetObjectAttributes: 'GetObjectVersionAttributes',
  DeleteObject: 'DeleteObjectVersion',
  DeleteObjectTagging: 'DeleteObjectVersionTagging',
  PutObjectAcl: 'PutObjectVersionAcl',
  PutObjectTagging: 'PutObjectVersionTagging',
};

const WRITES: ReadonlySet<string> = new Set(['PutObject', 'CopyObject', 'CreateMultipartUpload', 'PostObject']);
const BYPASSES: ReadonlySet<string> = new Set(['DeleteObject', 'DeleteObjects', 'PutObjectRetention']);

export function needsOf(
  operation: Operation,
  target: S3Target,
  given: S3Arguments,
  region: string | undefined,
): Need[] {
  const { resource } = target;
  const version = given.query.has('versionId');
  const needs: Need[] = [];
  for (const { name } of operation.actions) {
    if (name === 'GetObject' && operation.name !== 'GetObject' && operation.name !== 'HeadObject') {
      needs.push(...sourceNeeds(operation.name, target, given, region));
    } else needs.push({ name: (version && OF_VERSION[name]) || name, resource });
  }
  if (operation.name === 'GetObjectAttributes') {
    needs.push({ name: version ? 'GetObjectVersion' : 'GetObject', resource });
  }
  for (const name of argumentNeeds(operation.name, given.amz)) needs.push({ name, resource });
  return needs;
}

/** What the `x-amz-` arguments ask for beside the operation itself. */
export function argumentNeeds(operation: string, amz: S3Arguments['amz']): string[] {
  const needs: string[] = [];
  const names = [...amz.keys()];
  const grants = names.some((name) => name === 'x-amz-acl' || name.startsWith('x-amz-grant-'));
  if (WRITES.has(operation)) {
    if (grants) needs.push('PutObjectAcl');
    if (amz.has('x-amz-tagging')) needs.push('PutObjectTagging');
    if (amz.has('x-amz-object-lock-mode') || amz.has('x-amz-object-lock-retain-until-date'))
      needs.push('PutObjectRetention');
    if (amz.has('x-amz-object-lock-legal-hold')) needs.push('PutObjectLegalHold');
  }
  if (operation === 'CreateBucket') {
    if (grants) needs.push('PutBucketAcl');
    if (amz.has('x-amz-object-ownership')) needs.push('PutBucketOwnershipControls');
    if (isOn(amz.get('x-amz-bucket-object-lock-enabled')))
      needs.push('PutBucketObjectLockConfiguration', 'PutBucketVersioning');
  }
  if (BYPASSES.has(operation) && isOn(amz.get('x-amz-bypass-governance-retention')))
    needs.push('BypassGovernanceRetention');
  return needs;
}

const isOn = (value: string | undefined): boolean => value !== undefined && value.trim().toLowerCase() !== 'false';

/** The object that is read: the source of a copy, or the object itself where something is selected from it. */
function sourceNeeds(operation: string, target: S3Target, given: S3Arguments, region: string | undefined): Need[] {
  const header = operation === 'RenameObject' ? 'x-amz-rename-source' : 'x-amz-copy-source';
  const copies = operation === 'CopyObject' || operation === 'UploadPartCopy' || operation === 'RenameObject';
  if (!copies) return [{ name: 'GetObject', resource: target.resource }];
  const text = given.amz.get(header) ?? '';
  const query = text.indexOf('?');
  const name = query >= 0 && /[?&]versionId=/i.test(text.slice(query)) ? 'GetObjectVersion' : 'GetObject';
  const path = decodeStrict(query < 0 ? text : text.slice(0, query), false)?.replace(/^\//, '');
  // An object in the same directory bucket is named by its key.
  if (operation === 'RenameObject') {
    return [{ name, resource: bucketResource(target.bucket, path ?? '', region) }];
  }
  const arn = path === undefined ? undefined : parseArn(path);
  if (arn)
    return [{ name, resource: { type: 'object', id: arn.resource.replace(/^accesspoint\//, ''), arn: arn.text } }];
  const slash = path?.indexOf('/') ?? -1;
  if (path === undefined || slash <= 0) return [{ name, resource: { type: 'object', id: '*' } }];
  return [{ name, resource: bucketResource(path.slice(0, slash), path.slice(slash + 1), region) }];
}
