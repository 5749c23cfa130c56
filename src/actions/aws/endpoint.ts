// Which services a call may go to: what the host names and what the client signed for, each checked against the other.
import type { Call } from '../../core/call.ts';
import type { AwsCatalogue } from './catalogue.ts';
import type { ServiceHead } from './catalogue-text.ts';
import type { Head } from './head.ts';
import { type AwsHost, readHost } from './host.ts';
import { readScope, type ScopeReading } from './scope.ts';

export interface Endpoint {
  readonly services: readonly ServiceHead[];
  readonly region: string | undefined;
  /** Undefined for hosts that are none of AWS: a mount, an emulator. */
  readonly host: AwsHost | undefined;
  /** Where no host of AWS says it: the signing name that the call is signed for. */
  readonly signedAs: string | undefined;
  /** Host and signature disagree, or one of them says something that no client says. */
  readonly doubt: boolean;
}

const MAX_KNOWN = 512;
const hosts = new Map<string, AwsHost | undefined>();

/** As readHost, remembered: calls go to a few hosts. */
export function hostOf(call: Pick<Call, 'host'>, catalogue: AwsCatalogue): AwsHost | undefined {
  if (hosts.has(call.host)) return hosts.get(call.host);
  if (hosts.size >= MAX_KNOWN) hosts.clear();
  const read = readHost(call.host, catalogue);
  hosts.set(call.host, read);
  return read;
}

/** A bucket in front of a host that is none of AWS: an emulator, a store that speaks S3. */
function bucketHost(call: Call, catalogue: AwsCatalogue, base: string | undefined): AwsHost | undefined {
  if (base === undefined || !call.host.endsWith(`.${base}`)) return undefined;
  const before = call.host.slice(0, -base.length - 1);
  return { services: catalogue.byHost.get('s3') ?? [], label: 's3', before, region: undefined, odd: false };
}

/** `base`: the host of the upstream's own base, which a bucket may stand in front of. */
export function readEndpoint(call: Call, head: Head, catalogue: AwsCatalogue, base?: string): Endpoint {
  const named = hostOf(call, catalogue);
  const host = named ?? bucketHost(call, catalogue, base);
  const told = call.signedFor;
  const read: ScopeReading = readScope(head.authorization, call.query);
  const scope = told ?? (read.state === 'one' ? read.scope : undefined);
  const region = host?.region ?? scope?.region;
  const signedAs = named ? undefined : scope?.service;
  const signed = scope ? (catalogue.bySigningName.get(scope.service) ?? []) : [];
  const contradictory =
    read.state === 'contradictory' ||
    (told !== undefined && read.state === 'one' && read.scope.service !== told.service);
  if (!host || host.services.length === 0) {
    return {
      services: contradictory ? [] : signed,
      region,
      host,
      signedAs,
      doubt: contradictory || host !== undefined,
    };
  }
  if (!scope) return { services: host.services, region, host, signedAs, doubt: contradictory || host.odd };
  const both = signed.length === 0 ? [] : host.services.filter((each) => signed.includes(each));
  if (both.length > 0) return { services: both, region, host, signedAs, doubt: contradictory || host.odd };
  return { services: [...new Set([...host.services, ...signed])], region, host, signedAs, doubt: true };
}
