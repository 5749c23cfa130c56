// Which bucket and object an S3 call names: in its path, in its host, or through an access point. INVARIANT: where the path can be read as
// more than one object, each of them is a target.
import type { ActionResource } from '../../../core/action.ts';
import { decodeStrict } from '../../../core/body/percent.ts';
import type { Endpoint } from '../endpoint.ts';

export interface S3Target {
  readonly level: 'service' | 'bucket' | 'object';
  /** Bucket, access point or alias; '' for the service. */
  readonly bucket: string;
  readonly key: string;
  readonly resource: ActionResource;
  /** IAM prefix of the calls that go this way. */
  readonly prefix: 's3' | 's3-object-lambda' | 's3-outposts' | 's3express';
}

export interface S3Targets {
  readonly list: readonly S3Target[];
  /** Sure for one target that every reading of the path leads to. */
  readonly sure: boolean;
}

interface Place {
  readonly prefix: S3Target['prefix'];
  /** '' where the path begins with the bucket. */
  readonly bucket: string;
  /** `name` and `account` where the host is an access point's. */
  readonly accessPoint: string | undefined;
  readonly account: string | undefined;
}

/** Signing names of what S3 is beside itself: behind a mount nothing else tells them apart. */
const SIGNED: Readonly<Record<string, S3Target['prefix']>> = {
  's3-object-lambda': 's3-object-lambda',
  's3-outposts': 's3-outposts',
  s3express: 's3express',
};

/** Is it the signing name of one of them? */
export function isRelativeOfS3(signedAs: string | undefined): boolean {
  return signedAs !== undefined && Object.hasOwn(SIGNED, signedAs);
}

function placeOf({ host, region, signedAs = '' }: Endpoint): Place {
  const { label = 's3', before = '' } = host ?? {};
  const prefix = (Object.hasOwn(SIGNED, signedAs) ? SIGNED[signedAs] : undefined) ?? 's3';
  const plain = { prefix, bucket: '', accessPoint: undefined, account: undefined };
  const [, name, account] = /^(.+?)-(\d{12})(?:\.|$)/.exec(before) ?? [];
  const point = region === undefined || account === undefined ? undefined : name;
  if (label.startsWith('s3express')) return { ...plain, prefix: 's3express', bucket: before };
  if (label === 's3-accesspoint') return { ...plain, bucket: before, accessPoint: point, account };
  if (label === 's3-object-lambda')
    return { ...plain, prefix: 's3-object-lambda', bucket: before, accessPoint: point, account };
  if (label.endsWith('s3-outposts')) return { ...plain, prefix: 's3-outposts', bucket: before, account };
  // The endpoints of a VPC say first what they are for.
  if (before === 'bucket' || before === 'accesspoint' || before === 'control') return plain;
  if (before.endsWith('.bucket')) return { ...plain, bucket: before.slice(0, -'.bucket'.length) };
  if (before.endsWith('.accesspoint')) return { ...plain, bucket: before, accessPoint: point, account };
  return { ...plain, bucket: before };
}

export function readTargets(path: string, endpoint: Endpoint): S3Targets {
  const place = placeOf(endpoint);
  const inHost = place.bucket !== '';
  // The first reading is the path as S3 takes it: decoded once, nothing resolved, nothing merged.
  const readings = new Set<string>();
  const once = decodeStrict(path, false);
  readings.add(once ?? path);
  // S3 has long taken a plus sign in a path for a blank.
  if (path.includes('+')) readings.add(decodeStrict(path, true) ?? path);
  // A front end that merges slashes finds the bucket behind them.
  if (!inHost && path.startsWith('//')) readings.add((once ?? path).replace(/^\/+/, '/'));
  // As it does where nothing but slashes stands behind it; and the client for JavaScript puts two behind a directory bucket.
  const [, bucket = '', slashes = '', rest = ''] =
    (inHost ? /^()(\/+)(.*)$/s : /^(\/[^/]+)(\/+)(.*)$/s).exec(once ?? path) ?? [];
  if (slashes.length > 1 && (rest === '' || (place.prefix === 's3express' && !inHost)))
    readings.add(`${bucket}/${rest}`);
  for (const reading of readings) if (DOTS.test(reading)) readings.add(resolveDots(reading));
  const list = [...readings].map((reading) => target(reading, inHost, place, endpoint.region));
  // An encoded slash in the first segment may or may not end the bucket.
  const first = path.slice(1).split('/')[0] ?? '';
  const odd = !inHost && /%2f/i.test(first);
  return { list, sure: once !== undefined && list.length === 1 && !odd && (inHost || !path.startsWith('//')) };
}

const DOTS = /\/\.{1,2}(?:\/|$)/;

function resolveDots(path: string): string {
  const out: string[] = [];
  for (const segment of path.split('/').slice(1)) {
    if (segment === '..') out.pop();
    else if (segment !== '.') out.push(segment);
  }
  return `/${out.join('/')}`;
}

function target(path: string, inHost: boolean, place: Place, region: string | undefined): S3Target {
  const rest = path.slice(1);
  const slash = rest.indexOf('/');
  const bucket = inHost ? place.bucket : slash < 0 ? rest : rest.slice(0, slash);
  const key = inHost ? rest : slash < 0 ? '' : rest.slice(slash + 1);
  const level = bucket === '' ? 'service' : key === '' ? 'bucket' : 'object';
  return { level, bucket, key, prefix: place.prefix, resource: resourceOf(place, bucket, key, region) };
}

/** The resource of a bucket or object as policy names it: `bucket`, `bucket/key`, with the ARN that IAM knows it by. */
export function bucketResource(bucket: string, key: string, region: string | undefined): ActionResource {
  return resourceOf({ prefix: 's3', bucket, accessPoint: undefined, account: undefined }, bucket, key, region);
}

function resourceOf(place: Place, bucket: string, key: string, region: string | undefined): ActionResource {
  const where = region === undefined ? {} : { region };
  if (bucket === '') return where;
  const partition = region?.startsWith('cn-') ? 'aws-cn' : region?.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  const { accessPoint, account } = place;
  const whose = account === undefined ? {} : { account };
  if (accessPoint !== undefined) {
    const service = place.prefix === 's3-object-lambda' ? 's3-object-lambda' : 's3';
    const arn = `arn:${partition}:${service}:${region ?? ''}:${account ?? ''}:accesspoint/${accessPoint}`;
    if (key === '') return { type: 'accesspoint', id: accessPoint, arn, ...where, ...whose };
    return { type: 'object', id: `${accessPoint}/${key}`, arn: `${arn}/object/${key}`, ...where, ...whose };
  }
  const id = key === '' ? bucket : `${bucket}/${key}`;
  const arn = place.prefix === 's3' ? { arn: `arn:${partition}:s3:::${id}` } : {};
  return { type: key === '' ? 'bucket' : 'object', id, ...arn, ...where, ...whose };
}
