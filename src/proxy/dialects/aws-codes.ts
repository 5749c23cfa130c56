// Which code and status an AWS client is given for each of our problems. INVARIANT: the codes that SDKs retry by themselves (throttling,
// unavailable) stand only where the same call, sent again, joins what is open or could not be decided; never where it would ask people anew.
import type { ErrorForm } from '../../actions/aws/error-form.ts';
import { type ProblemType, problems } from '../../core/problems.ts';

export interface AwsCode {
  readonly code: string;
  readonly status: number;
}

type Meaning =
  | 'denied'
  | 'throttled'
  | 'unavailable'
  | 'internal'
  | 'unknown-key'
  | 'unsigned'
  | 'signature'
  | 'expired'
  | 'other-body'
  | 'invalid'
  | 'own';

const MEANING: Partial<Readonly<Record<ProblemType, Meaning>>> = {
  'denied-by-policy': 'denied',
  'denied-by-person': 'denied',
  'approval-expired': 'denied',
  'approval-cancelled': 'denied',
  'method-refused': 'denied',
  'upgrade-refused': 'denied',
  'approval-pending': 'throttled',
  'approval-backpressure': 'throttled',
  'gate-unavailable': 'unavailable',
  'shutting-down': 'unavailable',
  'upstream-unreachable': 'unavailable',
  'upstream-timeout': 'unavailable',
  'internal-error': 'internal',
  unauthenticated: 'unknown-key',
  'proxy-unauthenticated': 'unknown-key',
  'signing-key-refused': 'unknown-key',
  'signature-missing': 'unsigned',
  'signature-mismatch': 'signature',
  'signature-expired': 'expired',
  'signed-body-mismatch': 'other-body',
  'signing-unsupported': 'invalid',
  'malformed-call': 'invalid',
  'body-too-large': 'invalid',
  'headers-too-large': 'invalid',
  'expectation-failed': 'invalid',
  'approval-void': 'own',
  'not-sent': 'own',
  'outcome-unknown': 'own',
  'already-executed': 'own',
};

/** Codes by meaning: of the XML protocols, of JSON and CBOR, of S3, of EC2. */
const CODES: Readonly<Record<Exclude<Meaning, 'own'>, readonly [string, string, string?, string?]>> = {
  denied: ['AccessDenied', 'AccessDeniedException'],
  throttled: ['Throttling', 'ThrottlingException', 'SlowDown', 'RequestLimitExceeded'],
  unavailable: ['ServiceUnavailable', 'ServiceUnavailableException'],
  internal: ['InternalFailure', 'InternalFailure', 'InternalError', 'InternalError'],
  'unknown-key': ['InvalidClientTokenId', 'UnrecognizedClientException', 'InvalidAccessKeyId', 'AuthFailure'],
  unsigned: ['MissingAuthenticationToken', 'MissingAuthenticationTokenException', 'AccessDenied', 'AuthFailure'],
  signature: ['SignatureDoesNotMatch', 'InvalidSignatureException'],
  expired: ['RequestExpired', 'InvalidSignatureException', 'RequestTimeTooSkewed'],
  'other-body': ['SignatureDoesNotMatch', 'InvalidSignatureException', 'XAmzContentSHA256Mismatch'],
  invalid: ['ValidationError', 'ValidationException', 'InvalidRequest', 'InvalidRequest'],
};

/** `head`: the answer to a HEAD has no body, so that only its status says anything. */
export function awsCode(type: ProblemType, { protocol, service }: ErrorForm, head: boolean): AwsCode {
  const meaning = MEANING[type] ?? 'own';
  return { code: codeOf(type, meaning, protocol), status: statusOf(type, meaning, protocol, service, head) };
}

/** The code that the same error has in the XML protocols. */
export function awsXmlCode(type: ProblemType): string {
  return codeOf(type, MEANING[type] ?? 'own', 'query');
}

function codeOf(type: ProblemType, meaning: Meaning, protocol: ErrorForm['protocol']): string {
  if (meaning === 'own') return type.replaceAll(/(?:^|-)([a-z])/g, (_all, letter: string) => letter.toUpperCase());
  const [xml, json, s3 = xml, ec2 = xml] = CODES[meaning];
  if (protocol === 's3') return s3;
  if (protocol === 'ec2') return ec2;
  return protocol === 'query' || protocol === 'rest-xml' ? xml : json;
}

function statusOf(
  type: ProblemType,
  meaning: Meaning,
  protocol: ErrorForm['protocol'],
  service: string | undefined,
  head: boolean,
): number {
  const { status } = problems[type];
  switch (meaning) {
    case 'denied':
      // As the services that speak it do.
      return protocol === 'json' ? 400 : 403;
    case 'throttled':
      // S3 and EC2 say so with this one, and without a body it is the only one that every mode of botocore retries.
      if (head || protocol === 's3' || protocol === 'ec2') return 503;
      // What botocore knows about this service replaces its rule for 429.
      return service === 'organizations' ? 400 : status;
    case 'unavailable':
      return status;
    case 'unknown-key':
    case 'unsigned':
    case 'signature':
    case 'expired':
      return protocol === 'json' ? 400 : 403;
    case 'own':
      // No 5xx: each of those is sent again unasked, and people would be asked about one intention several times. No 404: that says
      // that a thing is gone, and Terraform would forget it.
      return status >= 500 ? 409 : status === 404 ? 403 : status;
    default:
      return status;
  }
}
