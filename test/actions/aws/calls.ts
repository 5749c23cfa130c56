// Calls for the tests of the AWS recogniser, and what is made of them.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { createAwsRecogniser } from '../../../src/actions/aws/recogniser.ts';
import type { Action } from '../../../src/core/action.ts';
import type { Call, CallBody } from '../../../src/core/call.ts';

export interface Recorded {
  /** Where it is not botocore: `js`, `go`. */
  readonly client?: string;
  readonly service: string;
  readonly operation: string;
  readonly protocol: string;
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | null;
}

/** What the real botocore sent: scripts/catalogue/aws/sample.py. `path` of another file, for the whole set. */
export function recorded(path: string | URL = new URL('data/botocore.jsonl.gz', import.meta.url)): readonly Recorded[] {
  const bytes = readFileSync(path);
  const text = (String(path).endsWith('.jsonl') ? bytes : gunzipSync(bytes)).toString();
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Recorded);
}

const FRAMING = /^(?:host|content-length|transfer-encoding|expect)$/i;

export function callOf({ method, url, headers, body }: Pick<Recorded, 'method' | 'url' | 'headers' | 'body'>): Call {
  const [, scheme = 'https', host = '', path = '', query] =
    /^(https?):\/\/([^/?]+)([^?]*)(?:\?(.*))?$/s.exec(url) ?? [];
  return {
    method,
    upstream: 'aws',
    scheme: scheme as 'https',
    host: host.toLowerCase(),
    path: path === '' ? '/' : path,
    query,
    headers: headers.filter(([name]) => !FRAMING.test(name)).flat(),
    body: body === null || body === '' ? { state: 'none' } : whole(Buffer.from(body, 'base64')),
  };
}

export function whole(bytes: Uint8Array, decoded: Uint8Array = bytes): CallBody {
  return { state: 'whole', bytes, decoded };
}

export interface Parts {
  readonly headers?: readonly string[];
  readonly body?: string | Uint8Array | CallBody;
  /** Signed for `service` or `service/region`. */
  readonly scope?: string;
}

/** `request` is `METHOD https://host/path?query`, or without scheme and host for a mount. */
export function call(request: string, { headers = [], body, scope }: Parts = {}): Call {
  const [method = '', target = ''] = request.split(' ');
  const url = target.startsWith('/') ? `http://gate.internal:8080${target}` : target;
  const [service, region = 'us-east-1'] = scope?.split('/') ?? [];
  const signed = scope === undefined ? [] : ['Authorization', authorization(service ?? '', region)];
  const plain = callOf({ method, url, headers: [], body: null });
  return { ...plain, headers: [...headers, ...signed], body: bodyOf(body) };
}

function bodyOf(body: Parts['body']): CallBody {
  if (body === undefined) return { state: 'none' };
  if (typeof body === 'string') return whole(new TextEncoder().encode(body));
  return body instanceof Uint8Array ? whole(body) : body;
}

export function authorization(service: string, region = 'us-east-1'): string {
  return `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/${region}/${service}/aws4_request, SignedHeaders=host, Signature=00`;
}

export const FORM: readonly string[] = ['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8'];

/** A call of the query protocol with its parameters in a form. */
export function form(service: string, fields: string, parts: Parts = {}): Call {
  const host =
    service === 'iam' || service === 'sts' ? `${service}.amazonaws.com` : `${service}.us-east-1.amazonaws.com`;
  return call(`POST https://${host}/`, {
    scope: service,
    ...parts,
    headers: parts.headers ?? FORM,
    body: parts.body ?? fields,
  });
}

/** A call of a JSON protocol. */
export function json(service: string, target: string, body: unknown, parts: Parts = {}): Call {
  return call(`POST https://${service}.us-east-1.amazonaws.com/`, {
    scope: service,
    ...parts,
    headers: ['X-Amz-Target', target, 'Content-Type', 'application/x-amz-json-1.1', ...(parts.headers ?? [])],
    body: parts.body ?? (typeof body === 'string' ? body : JSON.stringify(body)),
  });
}

export const recogniser: ReturnType<typeof createAwsRecogniser> = createAwsRecogniser();

export const recognise = (each: Call): readonly Action[] => recogniser.recognise(each);

/** Those in the words of IAM: what SQL in a call does has its own test (sql-carriers.test.ts). */
const own = (each: Call): readonly Action[] => recognise(each).filter(({ provider }) => provider === 'aws');

/** `name`, with `?` for ambiguous and `!` for unknown ones. */
export function names(each: Call): string[] {
  const marks = { exact: '', ambiguous: '?', unknown: '!' };
  return own(each).map(({ name, confidence }) => name + marks[confidence]);
}

/** As names, with the resource behind it. */
export function resources(each: Call): string[] {
  return own(each).map(({ name, resource }) => `${name} ${resource.type ?? '-'}/${resource.id ?? '-'}`);
}
