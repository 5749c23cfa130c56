// Refusals as AWS says them, in the protocol of the call: boto3, the aws CLI and the other SDKs raise their typed error with our words in
// it, and wait and ask again by themselves where an approval is pending.
import { crc32 } from 'node:zlib';
import { type ErrorForm, errorFormOf } from '../../actions/aws/error-form.ts';
import { type Call, headerValues } from '../../core/call.ts';
import { awsCode, awsXmlCode } from './aws-codes.ts';
import type { NativeRefusal, RefusalWords } from './refusal-words.ts';

interface Fault {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  readonly requestId: string | undefined;
}

export function awsRefusal({ type, message, retryAfter, decisionId }: RefusalWords, call: Call): NativeRefusal {
  const form = errorFormOf(call);
  const { code, status } = awsCode(type, form, call.method === 'HEAD');
  const { contentType, body } = said(form, { code, status, message, requestId: decisionId });
  const headers: string[] = [];
  if (form.protocol === 'cbor') headers.push('smithy-protocol', 'rpc-v2-cbor');
  if (form.protocol === 'rest-json' || form.protocol === 'json') headers.push('x-amzn-ErrorType', code);
  // Clients of DynamoDB compare it, and complain where it is not there.
  if (headerValues(call.headers, 'x-amz-target')[0]?.startsWith('DynamoDB'))
    headers.push('x-amz-crc32', String(crc32(body)));
  if (decisionId !== undefined) {
    headers.push(form.protocol === 's3' ? 'x-amz-request-id' : 'x-amzn-RequestId', decisionId);
  }
  if (form.queryCodes)
    headers.push('x-amzn-query-error', `${awsXmlCode(type)};${status < 500 ? 'Sender' : 'Receiver'}`);
  // Milliseconds; the newest retry modes read this one instead of Retry-After.
  if (retryAfter !== undefined) headers.push('x-amz-retry-after', String(retryAfter * 1000));
  return { status, contentType, headers, body, ...(form.protocol === 'cbor' && { encoding: 'latin1' as const }) };
}

/** The error codes of the OCI distribution specification, §Error Codes. */
const REGISTRY_CODES: Readonly<Record<string, string>> = {
  AccessDeniedException: 'DENIED',
  ThrottlingException: 'TOOMANYREQUESTS',
  UnrecognizedClientException: 'UNAUTHORIZED',
};

function said(form: ErrorForm, fault: Fault): { readonly contentType: string; readonly body: string } {
  const { code, message } = fault;
  switch (form.protocol) {
    case 'json':
      return {
        contentType: form.contentType ?? 'application/x-amz-json-1.1',
        body: JSON.stringify({ __type: code, message }),
      };
    case 'rest-json':
      return { contentType: 'application/json', body: JSON.stringify({ message }) };
    case 'registry':
      return {
        contentType: 'application/json',
        body: JSON.stringify({ errors: [{ code: REGISTRY_CODES[code] ?? 'UNKNOWN', message }] }),
      };
    case 'cbor':
      return { contentType: 'application/cbor', body: cborMap({ __type: code, message }) };
    default:
      return {
        contentType: form.protocol === 's3' ? 'application/xml' : 'text/xml',
        body: `<?xml version="1.0" encoding="UTF-8"?>\n${xml(form.protocol, fault)}`,
      };
  }
}

function xml(protocol: ErrorForm['protocol'], { code, status, message, requestId }: Fault): string {
  const what = element('Code', code) + element('Message', message);
  const id = requestId ?? '';
  if (protocol === 's3') return `<Error>${what}${element('RequestId', id)}</Error>`;
  if (protocol === 'ec2') {
    return `<Response><Errors><Error>${what}</Error></Errors>${element('RequestID', id)}</Response>`;
  }
  const type = element('Type', status < 500 ? 'Sender' : 'Receiver');
  return `<ErrorResponse><Error>${type}${what}</Error>${element('RequestId', id)}</ErrorResponse>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
/** What XML 1.0 (§2.2) has no way to say at all. */
// oxlint-disable-next-line no-control-regex -- controls are what is looked for
const UNSAYABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

function element(name: string, text: string): string {
  const safe = text.toWellFormed().replaceAll(UNSAYABLE, '\ufffd');
  return `<${name}>${safe.replaceAll(/[&<>]/g, (each) => ENTITIES[each] ?? each)}</${name}>`;
}

/** RFC 8949 §3: a map of texts, each byte a character. */
function cborMap(members: Readonly<Record<string, string>>): string {
  const entries = Object.entries(members);
  const items = entries.flat().map((text) => {
    const bytes = Buffer.from(text);
    return cborHead(3, bytes.length) + bytes.toString('latin1');
  });
  return cborHead(5, entries.length) + items.join('');
}

function cborHead(major: number, count: number): string {
  const head = Buffer.alloc(5, (major << 5) | 26);
  head.writeUInt32BE(count, 1);
  return head.toString('latin1');
}
