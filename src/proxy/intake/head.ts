// One strict pass over the header section as it came off the wire. Node's parser leaves a residue that this file owns: two
// Hosts, `Content-Length: 010`, underscore twins, singleton headers sent twice, nominations of headers that must stay.
import type { RawHeaders } from '../../core/call.ts';
import { parseAuthority } from './target.ts';

export interface Head {
  /** `host[:port]`, lower-case. */
  readonly host: string;
  /** Bytes; undefined where there is no Content-Length. */
  readonly contentLength: number | undefined;
  readonly chunked: boolean;
  readonly expectContinue: boolean;
  /** Value of Upgrade, if the agent asks for one. */
  readonly upgrade: string | undefined;
  /** Lower-case names that `Connection` nominates. */
  readonly nominated: readonly string[];
  /** Raw values. */
  readonly prefer: readonly string[];
  readonly justification: string | undefined;
  readonly via: readonly string[];
}

export type HeadResult = { readonly ok: true; readonly head: Head } | { readonly ok: false; readonly why: string };

/** Headers that mean something to the gate or to routing at the upstream and that may come once only. */
const SINGLETONS: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'content-type',
  'transfer-encoding',
  'authorization',
  'proxy-authorization',
  'holdgate-agent',
  'holdgate-justification',
  'expect',
  'upgrade',
  'x-amz-target',
  'x-amz-content-sha256',
  'x-amz-date',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'content-encoding',
  'content-range',
  'range',
  'date',
  'user-agent',
  'referer',
  'from',
  'origin',
  'max-forwards',
  'idempotency-key',
]);

/** Never to be nominated by `Connection` (RFC 9110 §7.6.1 lets a sender strip hop-by-hop fields, not these). */
const NEVER_NOMINATED =
  /^(authorization|proxy-authorization|host|via|cookie|content-.*|x-amz-(?!meta-).*|x-http-method.*|x-method-override|holdgate-.*|transfer-encoding|if-.*|idempotency-key)$/;

/** Field names that some servers cannot tell from another one. */
const FOLDED = /[^a-z0-9-]/;
const FOLDED_ALL = /[^a-z0-9-]/g;
const OURS =
  /^(x-forwarded-.*|x-amz-(?!meta-).*|x-real-ip|x-original-ur[il]|x-rewrite-url|holdgate-.*|accept-encoding)$/;

const LENGTH = /^(?:0|[1-9]\d{0,15})$/;
const ASCII = /^[\t\x20-\x7e]*$/;

class Reader {
  host: string | undefined;
  contentLength: number | undefined;
  chunked = false;
  expectContinue = false;
  upgrade: string | undefined;
  nominated: string[] = [];
  prefer: string[] = [];
  justification: string | undefined;
  via: string[] = [];
  readonly #seen = new Set<string>();
  #folded: string[] | undefined;

  /** What is wrong with this field, or undefined. */
  take(name: string, value: string): string | undefined {
    if (FOLDED.test(name)) (this.#folded ??= []).push(name);
    if (SINGLETONS.has(name)) {
      if (this.#seen.has(name)) return `the header ${name} must come once`;
      if (!ASCII.test(value)) return `the header ${name} holds bytes that are not ASCII`;
    }
    this.#seen.add(name);
    switch (name) {
      case 'host':
        this.host = parseAuthority(value);
        return this.host === undefined ? 'Host is not a plain host[:port]' : undefined;
      case 'content-length':
        if (!LENGTH.test(value)) return 'Content-Length is not a plain decimal number';
        this.contentLength = Number(value);
        return undefined;
      case 'transfer-encoding':
        if (value.toLowerCase() !== 'chunked') return 'Transfer-Encoding has to be exactly "chunked"';
        this.chunked = true;
        return undefined;
      case 'expect':
        this.expectContinue = value.toLowerCase() === '100-continue';
        return undefined;
      case 'upgrade':
        this.upgrade = value;
        return undefined;
      case 'connection':
        return this.#nominate(value);
      case 'prefer':
        this.prefer.push(value);
        return undefined;
      case 'holdgate-justification':
        this.justification = value;
        return undefined;
      case 'via':
        this.via.push(value);
        return undefined;
      default:
        return undefined;
    }
  }

  #nominate(value: string): string | undefined {
    for (const part of value.split(',')) {
      const name = part.trim().toLowerCase();
      if (NEVER_NOMINATED.test(name)) return `Connection must not name ${name}`;
      if (name) this.nominated.push(name);
    }
    return undefined;
  }

  /** Faults that only the whole section shows. */
  whole(): string | undefined {
    if (this.host === undefined) return 'Host is missing';
    if (this.chunked && this.contentLength !== undefined) return 'Content-Length and Transfer-Encoding together';
    for (const name of this.#folded ?? []) {
      // CGI-like upstreams fold `-` and what else is no letter or digit to `_`: a twin would be read as the header that the
      // gate looked at, wrote itself or took out.
      const twin = name.replaceAll(FOLDED_ALL, '-');
      if (this.#seen.has(twin) || SINGLETONS.has(twin) || OURS.test(twin)) {
        return `the header ${name} would be read as ${twin} by some servers`;
      }
    }
    return undefined;
  }
}

/** Checks and reads the header section. `why` is fit for the agent. */
export function readHead(rawHeaders: RawHeaders): HeadResult {
  const reader = new Reader();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const why = reader.take((rawHeaders[i] ?? '').toLowerCase(), rawHeaders[i + 1] ?? '');
    if (why) return { ok: false, why };
  }
  const why = reader.whole();
  if (why) return { ok: false, why };
  const { host = '', contentLength, chunked, expectContinue, upgrade, nominated, prefer, justification, via } = reader;
  return {
    ok: true,
    head: { host, contentLength, chunked, expectContinue, upgrade, nominated, prefer, justification, via },
  };
}
