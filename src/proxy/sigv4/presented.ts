// Reads the signature that a request carries: `Authorization` of AWS4-HMAC-SHA256, or the parameters of a presigned URL. Strict:
// each part once and in its usual form, since whatever else reads the request may take another one of two.
import { headerValues, type RawHeaders } from '../../core/call.ts';
import { ALGORITHM, parseAmzDate, type Scope } from './signature.ts';

export interface Presented {
  readonly where: 'header' | 'query';
  readonly accessKeyId: string;
  readonly scope: Scope;
  /** `YYYYMMDDTHHMMSSZ`, and the same in epoch ms. */
  readonly at: string;
  readonly time: number;
  /** Seconds that a presigned URL is good for. */
  readonly expires: number | undefined;
  /** Lower-case, sorted, each once. */
  readonly signedHeaders: readonly string[];
  /** 64 lower-case hex digits. */
  readonly signature: string;
  /** Of a presigned URL: the query without the signature itself, and without everything that belongs to signing. */
  readonly signedQuery: string | undefined;
  readonly bareQuery: string | undefined;
}

export type PresentedResult =
  | { readonly state: 'none' }
  | { readonly state: 'one'; readonly presented: Presented }
  /** There is a signature of AWS, but not one that is understood here; `why` is fit for the agent. */
  | { readonly state: 'unsupported' | 'malformed'; readonly accessKeyId: string | undefined; readonly why: string };

/** The longest that AWS lets a presigned URL be good for, seconds. */
const MAX_EXPIRES = 7 * 24 * 3600;
const CREDENTIAL = /^([A-Za-z0-9]{4,128})\/(\d{8})\/([a-z0-9-]{1,64})\/([A-Za-z0-9._-]{1,64})\/aws4_request$/;
const HEADER_NAMES = /^[a-z0-9!#$%&'*+.^_`|~-]+(?:;[a-z0-9!#$%&'*+.^_`|~-]+)*$/;
const SIGNATURE = /^[0-9a-f]{64}$/;
const PARTS = new Set(['Credential', 'SignedHeaders', 'Signature']);
const QUERY_PARTS: ReadonlySet<string> = new Set([
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-SignedHeaders',
  'X-Amz-Signature',
  'X-Amz-Security-Token',
]);

const NONE: PresentedResult = { state: 'none' };

export function presentedSignature(headers: RawHeaders, query: string | undefined): PresentedResult {
  const values = headerValues(headers, 'authorization').filter((value) => /^aws4-/i.test(value));
  const inQuery = query !== undefined && /(?:^|&)x-amz-(?:algorithm|credential|signature)(?:=|&|$)/i.test(query);
  if (values.length === 0 && !inQuery) return older(headers, query);
  if (values.length + (inQuery ? 1 : 0) > 1) {
    return malformed(undefined, 'the call is signed twice: in Authorization and in its query');
  }
  return inQuery ? fromQuery(query) : fromHeader(values[0] ?? '', headers, query);
}

/** Version 2: boto3 makes presigned URLs of S3 with it where nobody tells it not to. */
function older(headers: RawHeaders, query = ''): PresentedResult {
  const inHeader = headerValues(headers, 'authorization').map((value) => /^AWS ([A-Za-z0-9]+):/.exec(value)?.[1]);
  const accessKeyId =
    inHeader.find((id) => id !== undefined) ?? /(?:^|&)AWSAccessKeyId=([A-Za-z0-9]+)(?:&|$)/.exec(query)?.[1];
  if (accessKeyId === undefined) return NONE;
  const why =
    'signatures of version 2 are not accepted: have the SDK sign with version 4 (boto3: signature_version="s3v4")';
  return { state: 'unsupported', accessKeyId, why };
}

function malformed(accessKeyId: string | undefined, why: string): PresentedResult {
  return { state: 'malformed', accessKeyId, why };
}

function fromHeader(value: string, headers: RawHeaders, query: string | undefined): PresentedResult {
  const accessKeyId = /Credential=([A-Za-z0-9]+)\//.exec(value)?.[1];
  if (!value.startsWith(`${ALGORITHM} `)) {
    const why = 'only signatures of AWS4-HMAC-SHA256 are accepted, not those of several regions (SigV4a)';
    return { state: 'unsupported', accessKeyId, why };
  }
  const parts = new Map<string, string>();
  for (const part of value.slice(ALGORITHM.length).split(',')) {
    const [, name = '', text = ''] = /^ *([A-Za-z]+)=([^ ]*) *$/.exec(part) ?? [];
    if (!PARTS.has(name) || parts.has(name))
      return malformed(accessKeyId, 'Authorization is not a signature of AWS4-HMAC-SHA256');
    parts.set(name, text);
  }
  if (query !== undefined && signsToo(query))
    return malformed(
      accessKeyId,
      'the call is signed in Authorization, and has parameters of a signature in its query',
    );
  const dates = headerValues(headers, 'x-amz-date');
  if (dates.length !== 1) return malformed(accessKeyId, 'a signed call needs the header X-Amz-Date, once');
  return understood('header', {
    credential: parts.get('Credential') ?? '',
    at: dates[0] ?? '',
    names: parts.get('SignedHeaders') ?? '',
    signature: parts.get('Signature') ?? '',
  });
}

/** Whether a parameter is one of those that sign, of any version and however it is spelled: the upstream might go by that one. */
function signsToo(query: string): boolean {
  if (!/amz|AWSAccessKeyId|%/i.test(query)) return false;
  return query.split('&').some((pair) => {
    const [written = ''] = pair.split('=', 1);
    const name = decoded(written) ?? written;
    return partNamed(name) !== undefined || /^AWSAccessKeyId$/i.test(name);
  });
}

interface Texts {
  readonly credential: string;
  readonly at: string;
  readonly names: string;
  readonly signature: string;
  readonly expires?: number;
  readonly signedQuery?: string;
  readonly bareQuery?: string | undefined;
}

function understood(where: Presented['where'], texts: Texts): PresentedResult {
  const [, accessKeyId, date = '', region = '', service = ''] = CREDENTIAL.exec(texts.credential) ?? [];
  if (accessKeyId === undefined)
    return malformed(undefined, 'the credential of the signature is not KEY/DATE/REGION/SERVICE/aws4_request');
  const time = parseAmzDate(texts.at);
  if (time === undefined) return malformed(accessKeyId, 'X-Amz-Date is not YYYYMMDDTHHMMSSZ');
  if (!texts.at.startsWith(date))
    return malformed(accessKeyId, 'X-Amz-Date and the credential of the signature name two days');
  const signedHeaders = texts.names.split(';');
  const ordered = signedHeaders.every((name, i) => i === 0 || (signedHeaders[i - 1] ?? '') < name);
  if (!HEADER_NAMES.test(texts.names) || !ordered) {
    return malformed(accessKeyId, 'SignedHeaders is not a sorted list of header names');
  }
  if (!SIGNATURE.test(texts.signature)) return malformed(accessKeyId, 'the signature is not 64 hexadecimal digits');
  return {
    state: 'one',
    presented: {
      where,
      accessKeyId,
      scope: { date, region, service },
      at: texts.at,
      time,
      expires: texts.expires,
      signedHeaders,
      signature: texts.signature,
      signedQuery: texts.signedQuery,
      bareQuery: texts.bareQuery,
    },
  };
}

function fromQuery(query: string): PresentedResult {
  const parts = new Map<string, string>();
  const signed: string[] = [];
  const bare: string[] = [];
  for (const pair of query.split('&')) {
    const at = pair.indexOf('=');
    const written = at < 0 ? pair : pair.slice(0, at);
    const name = decoded(written);
    const part = name === undefined ? undefined : partNamed(name);
    if (part === undefined) {
      bare.push(pair);
      signed.push(pair);
      continue;
    }
    const value = decoded(at < 0 ? '' : pair.slice(at + 1));
    if (written !== part || value === undefined || parts.has(part)) {
      return malformed(undefined, `the parameter ${part} of the presigned URL has to come once, and in its usual form`);
    }
    parts.set(part, value);
    if (part !== 'X-Amz-Signature') signed.push(pair);
  }
  const credential = parts.get('X-Amz-Credential') ?? '';
  const accessKeyId = /^([A-Za-z0-9]+)\//.exec(credential)?.[1];
  if (parts.get('X-Amz-Algorithm') !== ALGORITHM) {
    const why = 'only presigned URLs of AWS4-HMAC-SHA256 are accepted';
    return { state: 'unsupported', accessKeyId, why };
  }
  const expires = /^[1-9]\d{0,6}$/.test(parts.get('X-Amz-Expires') ?? '')
    ? Number(parts.get('X-Amz-Expires'))
    : Infinity;
  if (expires > MAX_EXPIRES) return malformed(accessKeyId, 'X-Amz-Expires is not a number of seconds up to seven days');
  return understood('query', {
    credential,
    at: parts.get('X-Amz-Date') ?? '',
    names: parts.get('X-Amz-SignedHeaders') ?? '',
    signature: parts.get('X-Amz-Signature') ?? '',
    expires,
    signedQuery: signed.join('&'),
    bareQuery: bare.length === 0 ? undefined : bare.join('&'),
  });
}

/** The part whose name this is, however it is spelled. */
function partNamed(name: string): string | undefined {
  if (!/^x-amz-/i.test(name)) return undefined;
  const lower = name.toLowerCase();
  for (const part of QUERY_PARTS) if (part.toLowerCase() === lower) return part;
  return undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
