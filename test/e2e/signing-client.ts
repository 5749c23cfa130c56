// A client of AWS that signs as SDKs do, on a raw socket: what it sends is exactly what a test says, also where no SDK would.
import { sha256Hex, type Spelling } from '../../src/proxy/sigv4/canonical-request.ts';
import { authorization } from '../../src/proxy/sigv4/sign.ts';
import {
  amzDate,
  type Scope,
  scopeText,
  signature,
  signingKey,
  stringToSign,
} from '../../src/proxy/sigv4/signature.ts';
import { canonicalRequest } from '../../src/proxy/sigv4/canonical-request.ts';
import type { AgentKey } from './agent-key.ts';

export interface SignedRequest {
  readonly method: string;
  /** With the query. */
  readonly target: string;
  /** Name, value, …; with Host and all that signs. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

export interface SigningOptions {
  readonly method?: string;
  readonly target?: string;
  readonly host?: string;
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
  readonly service?: string;
  readonly region?: string;
  /** Epoch ms. */
  readonly now?: number;
  /** What X-Amz-Content-Sha256 says; `body`: the hash of the body; `none`: no such header, the body is signed. */
  readonly payload?: string;
  readonly spelling?: Spelling;
}

const split = (target: string): { readonly path: string; readonly query: string | undefined } => {
  const mark = target.indexOf('?');
  return mark < 0 ? { path: target, query: undefined } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
};

/** Signed in `Authorization`. */
export function signed(key: AgentKey, options: SigningOptions = {}): SignedRequest {
  const { method = 'GET', target = '/api/', host = 'gate.test', service = 's3', region = 'us-east-1' } = options;
  const { now = Date.now(), payload = 'body', spelling = 'sent' } = options;
  const body = Buffer.from(options.body ?? '');
  const said = payload === 'body' || payload === 'none' ? sha256Hex(body) : payload;
  const headers = ['Host', host, ...(options.headers ?? []), 'X-Amz-Date', amzDate(now)];
  if (payload !== 'none') headers.push('X-Amz-Content-Sha256', said);
  const request = { method, ...split(target), headers };
  const terms = {
    accessKeyId: key.access_key_id,
    keyOf: (scope: Scope) => signingKey(key.secret_access_key, scope),
    region,
    service,
    now,
  };
  const alsoSigned = new Set(headers.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()));
  const value = authorization(request, { ...terms, payload: said, spelling, alsoSigned });
  return { method, target, headers: [...headers, 'Authorization', value], body };
}

/** A presigned URL. */
export function presigned(key: AgentKey, options: SigningOptions & { readonly expires?: number } = {}): SignedRequest {
  const { method = 'GET', target = '/api/', host = 'gate.test', service = 's3', region = 'us-east-1' } = options;
  const { now = Date.now(), payload = 'UNSIGNED-PAYLOAD', expires = 900 } = options;
  const at = amzDate(now);
  const scope = { date: at.slice(0, 8), region, service };
  const parts = [
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${key.access_key_id}/${scopeText(scope)}`],
    ['X-Amz-Date', at],
    ['X-Amz-Expires', String(expires)],
    ['X-Amz-SignedHeaders', 'host'],
  ].map(([name = '', value = '']) => `${name}=${encodeURIComponent(value)}`);
  const unsigned = `${target}${target.includes('?') ? '&' : '?'}${parts.join('&')}`;
  const headers = ['Host', host, ...(options.headers ?? [])];
  const terms = { service, signedHeaders: ['host'], payload, spelling: 'sent' as const };
  const canonical = canonicalRequest({ method, ...split(unsigned), headers }, terms);
  const value = signature(signingKey(key.secret_access_key, scope), stringToSign(at, scope, canonical));
  return { method, target: `${unsigned}&X-Amz-Signature=${value}`, headers, body: Buffer.from(options.body ?? '') };
}

/** As bytes of the wire. `length`: what Content-Length says, if not the truth. */
export function wire({ method, target, headers, body }: SignedRequest, length: number = body.length): Buffer {
  let head = `${method} ${target} HTTP/1.1\r\n`;
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
  if (length > 0) head += `Content-Length: ${length}\r\n`;
  return Buffer.concat([Buffer.from(`${head}Connection: close\r\n\r\n`, 'latin1'), body]);
}

/** The same request with one header's value replaced, or taken out. */
export function altered(request: SignedRequest, name: string, value: string | undefined): SignedRequest {
  const headers: string[] = [];
  for (let i = 0; i < request.headers.length; i += 2) {
    if (request.headers[i]?.toLowerCase() !== name.toLowerCase()) {
      headers.push(request.headers[i] ?? '', request.headers[i + 1] ?? '');
    } else if (value !== undefined) headers.push(request.headers[i] ?? '', value);
  }
  return { ...request, headers };
}
