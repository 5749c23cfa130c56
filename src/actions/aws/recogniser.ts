// AWS, every service: from a call to the actions of IAM that it needs. The host and the signature's scope say the service; the target, the
// path or the parameter `Action` says the operation. INVARIANT: what could be read in two ways gives both, what nobody knows is `unknown`.
import type { Action } from '../../core/action.ts';
import type { Call } from '../../core/call.ts';
import type { Recogniser } from '../recogniser.ts';
import { actionsOf, type Confidence, unknownAction } from './actions-of.ts';
import { type AwsCatalogue, awsCatalogue } from './catalogue.ts';
import { dataPlaneAction } from './data-plane.ts';
import { isDryRun } from './dry-run.ts';
import { type Endpoint, hostOf, readEndpoint } from './endpoint.ts';
import { type Head, readHead } from './head.ts';
import { type Operations, readOperations } from './operations.ts';
import { readS3, s3ActionsOf, type S3Finding } from './s3/s3-actions.ts';
import { isRelativeOfS3 } from './s3/target.ts';

/** What is known of the upstream that calls go to. */
export interface AwsBase {
  /** Its `Host`. */
  readonly authority?: string | undefined;
  /** Path of its base, without a trailing slash, that every call has in front of its own. */
  readonly basePath?: string;
  /** Where it stands for all of AWS, below a domain of its own: that domain. */
  readonly servicesBelow?: string | undefined;
}

export function createAwsRecogniser({ authority, basePath = '', servicesBelow }: AwsBase = {}): Recogniser {
  const below = (call: Call): Call => {
    const path = basePath === '' ? call.path : withoutBase(call.path, basePath);
    const host = servicesBelow === undefined ? call.host : asAtAws(call, servicesBelow);
    return path === call.path && host === call.host ? call : { ...call, path, host };
  };
  return {
    claims: (call) => hostOf(call, awsCatalogue()) !== undefined,
    needsBody(full) {
      const call = below(full);
      return !dataPlane(call) && read(call, authority).some(readNeedsBody);
    },
    recognise(full) {
      const call = below(full);
      const plane = dataPlane(call);
      if (plane) return [plane];
      const [first, ...others] = read(call, authority).map((each) => actionsIn(each, call));
      const further = others.flat().filter((action) => !first?.some((each) => isSame(each, action)));
      if (further.length === 0) return first ?? [];
      return [...(first ?? []), ...further].map((action) =>
        action.confidence === 'exact' ? { ...action, confidence: 'ambiguous' } : action,
      );
    },
  };
}

function readNeedsBody({ s3, operations: { readings, unknown } }: Read): boolean {
  if (s3 && readings.length === 0) return !s3.streams;
  return s3 !== undefined || unknown || !readings.every(({ operation }) => operation?.streams);
}

function actionsIn({ endpoint, s3, operations, catalogue }: Read, call: Call): Action[] {
  const { readings } = operations;
  // S3 knows no such call where none of its readings stands and another service has one.
  const strange = s3 ? s3.unknown && (s3.readings.length > 0 || readings.length === 0) : operations.unknown;
  const unknown = endpoint.doubt || strange;
  const one = readings.length + (s3?.readings.length ?? 0) === 1;
  const sure =
    one && !unknown && (!s3 || s3.sure || s3.readings.length === 0) && readings.every((reading) => reading.sure);
  const confidence: Confidence = sure ? 'exact' : 'ambiguous';
  const found = [
    ...readings.flatMap((reading) =>
      actionsOf(reading, confidence, endpoint.region, catalogue, isDryRun(call, endpoint, reading)),
    ),
    ...(s3?.readings ?? []).flatMap((reading) => s3ActionsOf(reading, call, confidence, endpoint, catalogue)),
  ];
  return unknown || found.length === 0 ? [...found, ...unknownActions(call, endpoint)] : found;
}

function isSame(a: Action, b: Action): boolean {
  return a.name === b.name && a.resource.id === b.resource.id && a.resource.arn === b.resource.arn;
}

/** A path that is not below the base stays what it is. */
function withoutBase(path: string, basePath: string): string {
  if (path === basePath) return '/';
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : path;
}

/** The host as it would be at AWS: below another domain, hosts have the same names. */
function asAtAws(call: Call, domain: string): string {
  const name = call.host.replace(/:\d+$/, '');
  const known = hostOf(call, awsCatalogue()) !== undefined || !name.endsWith(`.${domain}`);
  return known ? call.host : `${name.slice(0, -domain.length)}amazonaws.com`;
}

function dataPlane(call: Call): Action | undefined {
  const host = hostOf(call, awsCatalogue());
  return host && dataPlaneAction(call, host, awsCatalogue());
}

interface Read {
  readonly catalogue: AwsCatalogue;
  readonly endpoint: Endpoint;
  readonly operations: Operations;
  /** Present where the call may go to S3, which has rules of its own. */
  readonly s3: S3Finding | undefined;
}

/** Every way that the upstream may take the call: where only a signature says that it is for a relative of S3, a store that speaks S3 may know
 *  no relatives, and take it for its own. */
function read(call: Call, base: string | undefined): readonly Read[] {
  const catalogue = awsCatalogue();
  const head = readHead(call.headers);
  const endpoint = readEndpoint(call, head, catalogue, base);
  const as = (each: Endpoint): Read => readAt(call, head, each, catalogue);
  if (!isRelativeOfS3(endpoint.signedAs)) return [as(endpoint)];
  const services = catalogue.bySigningName.get('s3') ?? [];
  return [as(endpoint), as({ ...endpoint, services, signedAs: 's3' })];
}

function readAt(call: Call, head: Head, endpoint: Endpoint, catalogue: AwsCatalogue): Read {
  const s3 = endpoint.services.find(({ id }) => id === 's3');
  if (!s3) {
    const operations = ofRelative(readOperations(call, head, endpoint, catalogue), endpoint, catalogue);
    return { catalogue, endpoint, operations, s3: undefined };
  }
  // Where its control plane answers beside it, their paths tell them apart; without a known host, only the signature's word is there.
  const control = call.path.startsWith('/v20180820/') || endpoint.host?.before === 'control';
  const others = endpoint.services.filter(({ id }) => id !== 's3' && (control || id !== 's3control' || !endpoint.host));
  if (control && endpoint.host && !endpoint.doubt) {
    const to = { ...endpoint, services: catalogue.heads.filter(({ id }) => id === 's3control') };
    const operations = ofRelative(readOperations(call, head, to, catalogue), endpoint, catalogue);
    return { catalogue, endpoint, operations, s3: undefined };
  }
  const operations: Operations =
    others.length === 0
      ? { readings: [], unknown: false }
      : readOperations(call, head, { ...endpoint, services: others }, catalogue);
  return { catalogue, endpoint, operations, s3: readS3(call, head, endpoint, catalogue.service(s3)) };
}

/** What manages Outposts and directory buckets has the operations of S3's control plane, and where IAM knows them actions of its own. */
function ofRelative(operations: Operations, { host }: Endpoint, catalogue: AwsCatalogue): Operations {
  const prefix = /^s3(?:-outposts|express)/.exec(host?.label ?? '')?.[0];
  const own = prefix === undefined ? undefined : catalogue.actions(prefix);
  if (!own) return operations;
  const readings = operations.readings.map((reading) => {
    const { operation } = reading;
    if (!operation) return reading;
    return {
      ...reading,
      operation: { ...operation, actions: operation.actions.map((each) => own.get(each.name) ?? each) },
    };
  });
  return { ...operations, readings };
}

function unknownActions(call: Call, { services, region }: Endpoint): Action[] {
  const prefixes = new Set(services.flatMap((head) => head.prefixes));
  const resource = region === undefined ? {} : { region };
  return (prefixes.size === 0 ? [''] : [...prefixes]).map((prefix) => unknownAction(prefix, call, resource));
}
