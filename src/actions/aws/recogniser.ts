// AWS, every service: from a call to the actions of IAM that it needs. The host and the signature's scope say the service; the target, the
// path or the parameter `Action` says the operation. INVARIANT: what could be read in two ways gives both, what nobody knows is `unknown`.
import type { Action } from '../../core/action.ts';
import type { Call } from '../../core/call.ts';
import type { Recogniser } from '../recogniser.ts';
import { actionsOf, type Confidence, unknownAction } from './actions-of.ts';
import { type AwsCatalogue, awsCatalogue } from './catalogue.ts';
import { dataPlaneAction } from './data-plane.ts';
import { type Endpoint, hostOf, readEndpoint, type Surroundings } from './endpoint.ts';
import { readHead } from './head.ts';
import { type Operations, readOperations } from './operations.ts';
import { readS3, s3ActionsOf, type S3Finding } from './s3/s3-actions.ts';

export function createAwsRecogniser(surroundings: Surroundings = {}): Recogniser {
  return {
    claims: (call) => hostOf(call, awsCatalogue()) !== undefined,
    needsBody(call) {
      if (dataPlane(call)) return false;
      const { s3, operations } = read(call, surroundings);
      if (s3 && operations.readings.length === 0) return !s3.streams;
      const { readings, unknown } = operations;
      return s3 !== undefined || unknown || !readings.every(({ operation }) => operation?.streams);
    },
    recognise(call) {
      const plane = dataPlane(call);
      if (plane) return [plane];
      const { endpoint, s3, operations, catalogue } = read(call, surroundings);
      const { readings } = operations;
      // S3 knows no such call where none of its readings stands and another service has one.
      const strange = s3 ? s3.unknown && (s3.readings.length > 0 || readings.length === 0) : operations.unknown;
      const unknown = endpoint.doubt || strange;
      const one = readings.length + (s3?.readings.length ?? 0) === 1;
      const sure =
        one && !unknown && (!s3 || s3.sure || s3.readings.length === 0) && readings.every((reading) => reading.sure);
      const confidence: Confidence = sure ? 'exact' : 'ambiguous';
      const found = [
        ...readings.flatMap((reading) => actionsOf(reading, confidence, endpoint.region, catalogue)),
        ...(s3?.readings ?? []).flatMap((reading) => s3ActionsOf(reading, call, confidence, endpoint, catalogue)),
      ];
      return unknown || found.length === 0 ? [...found, ...unknownActions(call, endpoint)] : found;
    },
  };
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

function read(call: Call, surroundings: Surroundings): Read {
  const catalogue = awsCatalogue();
  const head = readHead(call.headers);
  const endpoint = readEndpoint(call, head, catalogue, surroundings);
  const s3 = endpoint.services.find(({ id }) => id === 's3');
  if (!s3) return { catalogue, endpoint, operations: readOperations(call, head, endpoint, catalogue), s3: undefined };
  // Where its control plane answers beside it, their paths tell them apart; without a known host, only the signature's word is there.
  const control = call.path.startsWith('/v20180820/') || endpoint.host?.before === 'control';
  const others = endpoint.services.filter(({ id }) => id !== 's3' && (control || id !== 's3control' || !endpoint.host));
  if (control && endpoint.host && !endpoint.doubt) {
    const to = { ...endpoint, services: catalogue.heads.filter(({ id }) => id === 's3control') };
    return { catalogue, endpoint, operations: readOperations(call, head, to, catalogue), s3: undefined };
  }
  const operations: Operations =
    others.length === 0
      ? { readings: [], unknown: false }
      : readOperations(call, head, { ...endpoint, services: others }, catalogue);
  return { catalogue, endpoint, operations, s3: readS3(call, head, endpoint, catalogue.service(s3)) };
}

function unknownActions(call: Call, { services, region }: Endpoint): Action[] {
  const prefixes = new Set(services.flatMap((head) => head.prefixes));
  const resource = region === undefined ? {} : { region };
  return (prefixes.size === 0 ? [''] : [...prefixes]).map((prefix) => unknownAction(prefix, call, resource));
}
