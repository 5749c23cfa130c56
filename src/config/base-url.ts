// The `base` of an upstream, by an own strict parser: `new URL` decodes, folds and repairs, and what it repairs is not what
// was reviewed.
import { type Authority, formatAuthority, parseAuthority } from '../core/host.ts';

export interface BaseUrl {
  readonly scheme: 'http' | 'https';
  /** Without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** `Host`: the port only where it is not the scheme's default. */
  readonly authority: string;
  /** Without a trailing slash; empty for none. */
  readonly path: string;
  /** Of `{service}.{region}.amazonaws.com`: what stands behind. `hostname` and `authority` are then no host at all. */
  readonly servicesBelow?: string;
}

export type BaseUrlResult =
  | { readonly ok: true; readonly base: BaseUrl }
  | { readonly ok: false; readonly message: string };

const DEFAULT_PORTS = { http: 80, https: 443 } as const;
/** RFC 3986 pchar. */
const SEGMENT = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})+$/;
const DOTS = /^(?:\.|%2e){1,2}$/i;

/** `http(s)://host[:port][/path]`, nothing else. The message says what is wrong without repeating a password. */
export function parseBaseUrl(text: string): BaseUrlResult {
  const match = /^(https?):\/\/([^/?#\\]*)(.*)$/s.exec(text);
  if (!match) return wrong('expected http://host[:port][/path] or https://…, in lower case');
  const scheme = match[1] === 'http' ? 'http' : 'https';
  const [, , host = '', rest = ''] = match;
  if (host.includes('@')) return wrong('a user or password is not allowed here; use "credential"');
  if (rest.includes('?')) return wrong('a query is not allowed here');
  if (rest.includes('#')) return wrong('a fragment is not allowed here');
  if (host.startsWith(PER_SERVICE)) return perService(scheme, host, rest);
  const authority = parseAuthority(host);
  if (!authority) return wrong(`"${host}" is not a host: ${HOST_GRAMMAR}`);
  const path = rest.endsWith('/') ? rest.slice(0, -1) : rest;
  const segments = path.split('/').slice(1);
  const bad = segments.find((segment) => !SEGMENT.test(segment) || DOTS.test(segment));
  if (bad !== undefined || !/^(?:\/|$)/.test(rest)) {
    return wrong(`the path "${rest}" must be plain segments: no empty ones, no dot segments, no backslashes or blanks`);
  }
  return { ok: true, base: toBase(scheme, authority, path) };
}

const PER_SERVICE = '{service}.{region}.';

/** All of AWS: each call goes to the host of the service and region that it was signed for. */
function perService(scheme: 'http' | 'https', host: string, rest: string): BaseUrlResult {
  const below = parseAuthority(host.slice(PER_SERVICE.length));
  if (!below || below.kind !== 'name' || !below.text.includes('.')) {
    return wrong(`"${host}" is not {service}.{region}. and a domain: ${HOST_GRAMMAR}`);
  }
  if (rest !== '' && rest !== '/') return wrong('behind {service}.{region}. there is no path');
  const base = toBase(scheme, { ...below, text: PER_SERVICE + below.text }, '');
  return { ok: true, base: { ...base, servicesBelow: below.text } };
}

/** For messages: what a host has to look like. */
export const HOST_GRAMMAR =
  'expected lower-case letters, digits, "-" and ".", an IPv4 address or [IPv6], and an optional :port';

function toBase(scheme: 'http' | 'https', authority: Authority, path: string): BaseUrl {
  const fallback = DEFAULT_PORTS[scheme];
  const port = authority.port ?? fallback;
  return { scheme, hostname: authority.text, port, authority: formatAuthority(authority, port, fallback), path };
}

function wrong(message: string): BaseUrlResult {
  return { ok: false, message };
}
