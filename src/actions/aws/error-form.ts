// In which of the protocols of AWS an error has to be said so that the client that made this call understands it. Told by the head alone,
// for a call may be refused before its body is read.
import { contentType, isFormType } from '../../core/body/content-type.ts';
import { type Call, headerValues } from '../../core/call.ts';
import { awsCatalogue } from './catalogue.ts';
import type { ServiceHead } from './catalogue-text.ts';
import { type Endpoint, readEndpoint } from './endpoint.ts';
import { type Head, readHead } from './head.ts';

export interface ErrorForm {
  /** `registry`: of container images, which is not AWS's own. */
  readonly protocol: 'query' | 'ec2' | 'json' | 'rest-json' | 'rest-xml' | 's3' | 'cbor' | 'registry';
  /** Of JSON: the media type of the call, which says the version of the protocol. */
  readonly contentType?: string;
  /** The service had the query protocol before, and this client wants the codes of that too. */
  readonly queryCodes: boolean;
  /** Id of the service; undefined where neither host nor signature say exactly one. */
  readonly service: string | undefined;
}

const REST_XML: ReadonlySet<string> = new Set(['cloudfront', 'route53', 's3control']);
const JSON_TYPE = /^application\/x-amz-json-1\.[01]$/;

export function errorFormOf(call: Call): ErrorForm {
  const catalogue = awsCatalogue();
  const head = readHead(call.headers);
  const endpoint = readEndpoint(call, head, catalogue);
  const services = servicesOf(call, endpoint);
  const [only, ...others] = services;
  const service = others.length === 0 ? only?.id : undefined;
  const queryCodes = headerValues(call.headers, 'x-amzn-query-mode')[0] === 'true';
  const type = contentType(call.headers);
  const said = type.state === 'known' ? type.type : '';
  const protocol = protocolOf(call, head, services, said);
  return {
    protocol,
    queryCodes,
    service,
    ...(protocol === 'json' && JSON_TYPE.test(said) ? { contentType: said } : {}),
  };
}

/** What manages S3, and S3 on Outposts, has the name and the signature of S3 itself, and paths of its own. */
function servicesOf({ path }: Call, { services, host }: Endpoint): readonly ServiceHead[] {
  if (!services.some(({ id }) => id === 's3')) return services;
  const control = path.startsWith('/v20180820/') || host?.before === 'control';
  const meant = path.startsWith('/S3Outposts/') ? 's3outposts' : control ? 's3control' : 's3';
  return services.filter(({ id }) => id === meant);
}

function protocolOf(call: Call, head: Head, services: readonly ServiceHead[], type: string): ErrorForm['protocol'] {
  if (/\.dkr\.ecr[.-]/.test(call.host)) return 'registry';
  if (head.cbor) return 'cbor';
  if (head.targets.length > 0) return 'json';
  const asks = isFormType(type) || /(?:^|&)Action=/.test(call.query ?? '');
  const has = (test: (head: ServiceHead) => boolean): boolean => services.some(test);
  if (has(({ id }) => id === 's3')) return 's3';
  if (has(({ id }) => id === 'ec2')) return 'ec2';
  if (asks && (services.length === 0 || has(({ version }) => version !== undefined))) return 'query';
  if (has(({ id }) => REST_XML.has(id))) return 'rest-xml';
  if (services.length === 0 && isSignedAsOld(call)) return 's3';
  if (services.length === 0 && xmlPath(call.path)) return 'rest-xml';
  return 'rest-json';
}

/** Versions that only services with XML have in front of their paths. */
const xmlPath = (path: string): boolean => /^\/(?:2013-04-01\/|20\d\d-\d\d-\d\d\/(?:distribution|tagging))/.test(path);

/** Presigned with version 2, which only S3 has in use. */
const isSignedAsOld = ({ query = '' }: Call): boolean => /(?:^|&)AWSAccessKeyId=/.test(query);
