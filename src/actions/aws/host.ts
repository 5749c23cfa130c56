// The service, region and further labels that a host of AWS names, in every partition: `fips`, `dualstack`, `vpce` and the older forms.
// INVARIANT: what is not surely the host of one service's API is never taken for it without saying so (`odd`).
import type { AwsCatalogue } from './catalogue.ts';
import type { ServiceHead } from './catalogue-text.ts';

export interface AwsHost {
  /** Services that answer there; empty where the name is one of AWS and nothing more is known. */
  readonly services: readonly ServiceHead[];
  /** What names the service: `s3`, `runtime.sagemaker`; '' where none is known. */
  readonly label: string;
  /** What stands before that: a bucket, an account, an API's id; `''` where nothing does. */
  readonly before: string;
  readonly region: string | undefined;
  /** True for labels before the service's that no endpoint of it has. */
  readonly odd: boolean;
}

/** DNS names of the partitions, and of the names that AWS gives to other things. The longest comes first. */
const SUFFIXES: readonly string[] = [
  'api.amazonwebservices.com.cn',
  'api.cloud-aws.adc-e.uk',
  'api.amazonwebservices.eu',
  'api.aws.hci.ic.gov',
  'amazonaws.com.cn',
  'api.aws.ic.gov',
  'api.aws.scloud',
  'cloud.adc-e.uk',
  'amazonaws.com',
  'csp.hci.ic.gov',
  'sc2s.sgov.gov',
  'amazonaws.eu',
  'c2s.ic.gov',
  'api.aws',
  'on.aws',
  'amazonaws-us-gov.com',
  'aws.amazon.com',
  'amazonaws.cn',
].toSorted((a, b) => b.length - a.length);

/** Of these suffixes only the sign-in service is an API; the rest are web pages. */
const SIGN_IN_ONLY: ReadonlySet<string> = new Set(['amazonaws-us-gov.com', 'aws.amazon.com', 'amazonaws.cn']);

/** Names below the suffixes that belong to customers' own machines and programs, or to other families. */
const NOT_AN_API =
  /(?:^|\.)(?:elb|compute|compute-1|vpce-svc-[0-9a-f]+|git-codecommit|s3-website(?:-[a-z0-9-]+)?)$|\.(?:eks|rds|cache|dax-clusters)$/;

const REGION = /^(?:[a-z]{2,4}(?:-[a-z]+)+-\d|us-gov)$/;
const FILLERS: ReadonlySet<string> = new Set(['dualstack', 'global']);

export const isRegion = (label: string): boolean => REGION.test(label);

/** Undefined for a host that is none of AWS. `host` is in lower case, with or without a port. */
export function readHost(host: string, catalogue: AwsCatalogue): AwsHost | undefined {
  const colon = host.indexOf(':');
  let name = colon < 0 ? host : host.slice(0, colon);
  if (name.endsWith('.')) name = name.slice(0, -1);
  const suffix = SUFFIXES.find((each) => name.endsWith(each) && name.at(-each.length - 1) === '.');
  if (suffix === undefined) return undefined;
  const labels = name.slice(0, -suffix.length - 1).split('.');
  if (SIGN_IN_ONLY.has(suffix) && labels.at(-1) !== 'signin') return undefined;
  return readLabels(labels, catalogue);
}

function readLabels(labels: string[], catalogue: AwsCatalogue): AwsHost | undefined {
  const inVpc = labels.at(-1) === 'vpce';
  if (inVpc) labels.pop();
  let region: string | undefined;
  const take = (label: string): boolean => {
    if (label !== 'us-gov' && isRegion(label)) region ??= label;
    return isRegion(label) || FILLERS.has(label);
  };
  while (take(labels.at(-1) ?? '')) labels.pop();
  const all = labels.join('.');
  if (NOT_AN_API.test(all) && !catalogue.byHost.has(all)) return undefined;
  // Older names of S3 join service and region.
  const [, name, its] = /^(s3|s3-fips)-([a-z]{2}(?:-[a-z]+)+-\d)$/.exec(labels.at(-1) ?? '') ?? [];
  if (name !== undefined) {
    labels[labels.length - 1] = name;
    region = its;
  }
  // An endpoint in a VPC stands before the service, and what would otherwise stand there before the endpoint.
  const at = inVpc ? labels.findIndex((label) => label.startsWith('vpce-')) : -1;
  const beforeEndpoint =
    at < 0
      ? ''
      : labels
          .splice(0, at + 1)
          .slice(0, -1)
          .join('.');
  const plain = labels.map((label) => label.replace(/-fips$|^fips-/, '').replace(/-fips-/, '-'));
  let found = findService(plain, catalogue);
  if (found.odd && take(plain[0] ?? '')) found = findService(plain.slice(1), catalogue);
  if (beforeEndpoint === '') return { ...found, region };
  return { ...found, before: beforeEndpoint, region, odd: found.odd || found.before !== '' || found.label !== 's3' };
}

function findService(labels: readonly string[], catalogue: AwsCatalogue): Omit<AwsHost, 'region'> {
  for (let from = 0; from < labels.length; from++) {
    const label = labels.slice(from).join('.');
    const before = labels.slice(0, from).join('.');
    const exact = catalogue.byHost.get(label);
    if (exact && before === '') return { services: exact, label, before, odd: false };
    const below = before === '' ? undefined : catalogue.byHost.get(`*${label}`);
    if (below) return { services: below, label, before, odd: false };
    if (exact) return { services: exact, label, before, odd: true };
    // One availability zone each.
    if (/^s3express-[a-z0-9-]+$/.test(label)) {
      return { services: catalogue.byHost.get('s3') ?? [], label: 's3express', before, odd: before === '' };
    }
  }
  return { services: [], label: '', before: labels.join('.'), odd: true };
}
