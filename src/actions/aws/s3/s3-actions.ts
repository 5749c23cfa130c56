// S3: from a call to what it may be, and from that to the actions of IAM, one for each object that is deleted or read.
import type { Action, ActionResource } from '../../../core/action.ts';
import type { JsonObject, JsonValue } from '../../../core/body/json.ts';
import type { Call } from '../../../core/call.ts';
import { actionsOf, type Confidence, strictest, toAction } from '../actions-of.ts';
import { restBody } from '../body/body-tree.ts';
import { plainParams, type Params } from '../body/plain.ts';
import type { AwsCatalogue, Service } from '../catalogue.ts';
import type { IamAction, Operation } from '../catalogue-text.ts';
import type { Endpoint } from '../endpoint.ts';
import type { Head } from '../head.ts';
import type { Parameters } from '../reading.ts';
import { deletedObjects } from './delete-objects.ts';
import { argumentNeeds, type Need, needsOf } from './needs.ts';
import { s3Operations, subresourcesOf } from './operation.ts';
import { formFields, isFormUpload } from './post-form.ts';
import { readArguments, type S3Arguments } from './query.ts';
import { bucketResource, readTargets, type S3Target } from './target.ts';

export interface S3Reading {
  readonly operation: Operation;
  readonly target: S3Target;
  readonly given: S3Arguments;
  /** The upload of an HTML form: what it is called stands in the body. */
  readonly form: boolean;
}

export interface S3Finding {
  readonly readings: readonly S3Reading[];
  readonly sure: boolean;
  readonly unknown: boolean;
  /** True where the body is an object's bytes. */
  readonly streams: boolean;
}

let subresources: ReadonlySet<string> | undefined;

export function readS3(call: Call, { targets: rpcTargets }: Head, endpoint: Endpoint, service: Service): S3Finding {
  subresources ??= subresourcesOf(service);
  const given = readArguments(call, subresources);
  const targets = readTargets(call.path, endpoint);
  const readings: S3Reading[] = [];
  // What S3 does not look at, an emulator of all of AWS may look at first.
  let sure = targets.sure && given.clean && rpcTargets.length === 0;
  let unknown = !given.clean || rpcTargets.length > 0;
  for (const target of targets.list) {
    const form = call.method === 'POST' && target.level === 'bucket' && isFormUpload(call);
    const put = service.operations.get(
      call.path === '/WriteGetObjectResponse' ? 'WriteGetObjectResponse' : 'PutObject',
    );
    if (put && call.path === '/WriteGetObjectResponse' && target.prefix === 's3-object-lambda') {
      readings.push({ operation: put, target, given, form: false });
      continue;
    }
    const found = s3Operations(call.method, target, given, service, subresources);
    for (const operation of found.list) readings.push({ operation, target, given, form: false });
    if (form && put && found.list.length === 0) readings.push({ operation: put, target, given, form: true });
    if (!found.sure && !form) sure = false;
    if (found.unknown && !(form && found.list.length === 0)) unknown = true;
  }
  const streams = sure && !unknown && readings.every(({ operation, form }) => operation.streams && !form);
  return { readings, sure: sure && readings.length === 1, unknown, streams };
}

const PRIVATE =
  /-customer-key(?:-md5)?$|^x-amz-(?:date|expires|signature|signedheaders|algorithm|credential|security-token|content-sha256|checksum-.*|sdk-.*|user-agent)$/;

export function s3ActionsOf(
  reading: S3Reading,
  call: Call,
  confidence: Confidence,
  { region }: Endpoint,
  catalogue: AwsCatalogue,
): Action[] {
  const { operation, target } = reading;
  const parameters = parametersOf(reading, call);
  const own = strictest(
    confidence,
    parameters.state === 'broken' ? 'unknown' : parameters.state === 'closed' ? 'ambiguous' : 'exact',
  );
  const params = plainParams(parameters.tree);
  const needs = reading.form
    ? formNeeds(reading, call, region)
    : operation.name === 'DeleteObjects'
      ? deleteNeeds(reading, parameters, region)
      : { list: needsOf(operation, target, reading.given, region), certain: true };
  const sure = needs.certain ? own : strictest(own, 'ambiguous');
  const name = reading.form ? 'PostObject' : operation.name;
  const found = needs.list.map((need) => actionFor(need, reading, name, params, sure, catalogue));
  // A role that replication shall act as.
  const roles =
    operation.roles.length === 0
      ? []
      : actionsOf({ service: operation.service, operation, name, parameters, sure: true }, own, region, catalogue);
  return [...found, ...roles.filter((each) => each.name === 'aws:iam:PassRole')];
}

function actionFor(
  need: Need,
  { operation, target }: S3Reading,
  name: string,
  params: Params,
  confidence: Confidence,
  catalogue: AwsCatalogue,
): Action {
  const stated = operation.actions.find((each) => each.name === need.name && each.prefix !== 's3');
  const special = target.prefix === 's3' ? undefined : catalogue.actions(target.prefix).get(need.name);
  const iam: IamAction | undefined = stated ?? special ?? catalogue.actions('s3').get(need.name);
  const { prefix = 's3', level = 'unknown' } = iam ?? {};
  return toAction(prefix, need.name, name, level, operation.levelSource, need.resource, params, confidence);
}

function parametersOf({ operation, target, given, form }: S3Reading, call: Call): Parameters {
  const tree = new Map<string, JsonValue>();
  let state: Parameters['state'] = 'whole';
  if (!operation.streams && !form) {
    // A policy is a text to S3, and newer clients say so.
    const body = restBody(call, operation.name === 'PutBucketPolicy' ? 'text' : undefined);
    if (body.state === 'closed' || body.state === 'broken') state = body.state;
    else if (body.state === 'tree' && body.tree instanceof Map) {
      if (operation.name === 'PutBucketPolicy') tree.set('Policy', body.tree);
      else for (const [name, value] of body.tree as JsonObject) tree.set(name, value);
    }
  }
  for (const [name, value] of given.amz) if (!PRIVATE.test(name)) tree.set(name, value);
  for (const [name, value] of given.query)
    if (!/^(?:x-id|AWSAccessKeyId|Signature|Policy)$/.test(name)) tree.set(name, value);
  if (target.bucket !== '') tree.set('Bucket', target.bucket);
  if (target.key !== '') tree.set('Key', target.key);
  return { tree, state };
}

interface Needs {
  readonly list: readonly Need[];
  readonly certain: boolean;
}

function deleteNeeds({ target, given }: S3Reading, { tree, state }: Parameters, region: string | undefined): Needs {
  const objects = state === 'whole' ? deletedObjects(tree) : undefined;
  const further = argumentNeeds('DeleteObjects', given.amz).map((name) => ({ name, resource: target.resource }));
  if (!objects) {
    const resource: ActionResource = { type: 'object', id: '*', ...(region === undefined ? {} : { region }) };
    const list = ['DeleteObject', 'DeleteObjectVersion'].map((name) => ({ name, resource }));
    return { list: [...list, ...further], certain: false };
  }
  const list = objects.map(({ key, version }) => ({
    name: version ? 'DeleteObjectVersion' : 'DeleteObject',
    resource: objectIn(target, key, region),
  }));
  return { list: [...list, ...further], certain: true };
}

/** An object beside the one, or in the bucket, that the call names. */
function objectIn({ bucket, resource }: S3Target, key: string, region: string | undefined): ActionResource {
  if (resource.type !== 'accesspoint') return { ...resource, ...bucketResource(bucket, key, region) };
  return { ...resource, type: 'object', id: `${resource.id ?? ''}/${key}`, arn: `${resource.arn ?? ''}/object/${key}` };
}

function formNeeds({ target }: S3Reading, call: Call, region: string | undefined): Needs {
  const fields = call.body.state === 'whole' ? formFields(call, call.body.decoded) : undefined;
  const key = fields?.get('key');
  // The browser's name of the file stands for `${filename}`.
  if (!fields || key === undefined || key.includes('${')) {
    const list = ['PutObject', 'PutObjectAcl', 'PutObjectTagging'].map((name) => ({
      name,
      resource: { type: 'object', id: '*' },
    }));
    return { list, certain: false };
  }
  const resource = objectIn(target, key, region);
  const amz = new Map(
    [...fields].map(([name, value]) => [name === 'acl' || name === 'tagging' ? `x-amz-${name}` : name, value]),
  );
  return {
    list: ['PutObject', ...argumentNeeds('PostObject', amz)].map((name) => ({ name, resource })),
    certain: true,
  };
}
