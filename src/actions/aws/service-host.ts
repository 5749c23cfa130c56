// The host of AWS that a signed call goes to, where its upstream is all of AWS: from the service and region that it was signed for, and
// where several services sign alike, from what it asks for. INVARIANT: what is not one host for sure is none.
import type { Call } from '../../core/call.ts';
import { awsCatalogue, type AwsCatalogue } from './catalogue.ts';
import type { ServiceHead } from './catalogue-text.ts';
import { readHead } from './head.ts';
import { isRegion } from './host.ts';
import { readOperations } from './operations.ts';

export type ServiceHost =
  | { readonly ok: true; readonly host: string }
  /** `why` is fit for the agent. */
  | { readonly ok: false; readonly why: string };

/** What has no region in its host, in the partition that needs none (botocore, endpoints.json: `partitionEndpoint`). */
const GLOBAL: ReadonlySet<string> = new Set([
  'iam',
  'route53',
  'cloudfront',
  'budgets',
  'importexport',
  'savingsplans',
  'waf',
]);
/** Of services with several hosts, the one that their clients go to. */
const USUAL: Readonly<Record<string, string>> = {
  efs: 'elasticfilesystem',
  ecr: 'api.ecr',
  'ecr-public': 'api.ecr-public',
  dynamodbstreams: 'streams.dynamodb',
  iotsecuretunneling: 'api.tunneling.iot',
  'marketplace-entitlement': 'entitlement.marketplace',
  meteringmarketplace: 'metering.marketplace',
  'marketplace-catalog': 'catalog.marketplace',
  'pinpoint-sms-voice': 'sms-voice.pinpoint',
  detective: 'api.detective',
  mediatailor: 'api.mediatailor',
};

/** Signing names of what has hosts of another form: of an account, of a customer's API, of a cell that its clients ask for, or none. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  's3-outposts',
  's3-object-lambda',
  's3express',
  'execute-api',
  'health',
  'internetmonitor',
  'sdb',
  'timestream',
]);
/** Of what is below `api.aws` only (botocore's endpoint rules without dual stack). */
const API_AWS: ReadonlySet<string> = new Set(
  (
    'aidevops airflow-serverless application-signals arc-region-switch backup-search bcm-dashboards bcm-data-exports ' +
    'bcm-pricing-calculator bcm-recommended-actions billing codecatalyst datazone dsql eks-auth freetier gameliftstreams ' +
    'health-agent interconnect invoicing iotmanagedintegrations kendra-ranking mpa networkflowmonitor notifications ' +
    'notifications-contacts partnercentral-account partnercentral-benefits partnercentral-channel partnercentral-selling ' +
    'qbusiness route53globalresolver s3files s3vectors security-ir securityagent sustainability uxc workspaces-instances'
  ).split(' '),
);

const no = (why: string): ServiceHost => ({ ok: false, why });

/** `suffix`: what stands behind service and region: `amazonaws.com`. */
export function serviceHost(call: Call, suffix: string): ServiceHost {
  const { signedFor } = call;
  if (!signedFor) return no('The call is not signed, so that nobody knows which service it is for.');
  const { service, region } = signedFor;
  const catalogue = awsCatalogue();
  const heads = catalogue.bySigningName.get(service) ?? [];
  if (heads.length === 0) return no(`No service of AWS that is known here is signed for as "${service}".`);
  if (!isRegion(region)) return no(`"${region}" is not a region of AWS.`);
  if (ELSEWHERE.has(service) || API_AWS.has(service) || (service === 's3' && call.path.startsWith('/v20180820/'))) {
    return no(`What is signed for "${service}" here has a host of another form: it needs an upstream of its own.`);
  }
  const label = service === 's3' ? 's3' : (only(heads) ?? only(asked(call, heads, catalogue)));
  if (label === undefined) {
    return no(`Several hosts take calls that are signed for "${service}": this one needs an upstream of its own.`);
  }
  const host = GLOBAL.has(label) && suffix === 'amazonaws.com' ? `${label}.${suffix}` : `${label}.${region}.${suffix}`;
  return { ok: true, host };
}

/** The one label that all of them go to. */
function only(heads: readonly ServiceHead[]): string | undefined {
  const labels = new Set(heads.map(labelOf));
  const [label] = labels;
  return labels.size === 1 ? label : undefined;
}

function labelOf({ id, hosts, signingNames }: ServiceHead): string | undefined {
  const usual = USUAL[id];
  if (usual !== undefined) return usual;
  const plain = hosts.filter((host) => !host.startsWith('*'));
  return plain.length === 1 ? plain[0] : plain.find((host) => host === id || signingNames.includes(host));
}

/** Which of the services know what the call asks for. */
function asked(call: Call, services: readonly ServiceHead[], catalogue: AwsCatalogue): readonly ServiceHead[] {
  const endpoint = {
    services,
    region: call.signedFor?.region,
    host: undefined,
    signedAs: call.signedFor?.service,
    doubt: false,
  };
  const { readings } = readOperations(call, readHead(call.headers), endpoint, catalogue);
  return [...new Set(readings.flatMap(({ operation }) => operation?.service ?? []))];
}
