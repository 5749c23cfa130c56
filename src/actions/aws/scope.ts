// The credential scope of a signature (SigV4, SigV4a, presigned URLs): the region and service that the client signed for.
// INVARIANT: it is what the client claims, a second opinion beside the host; contradictory scopes are never reconciled.
import { decodeStrict } from '../../core/body/percent.ts';

export interface CredentialScope {
  /** `AKIA…`, as the client gave it. */
  readonly accessKeyId: string;
  readonly region: string | undefined;
  readonly service: string;
}

export type ScopeReading =
  /** Not signed, or in a way that names no service (SigV2, a bearer token). */
  | { readonly state: 'none' }
  | { readonly state: 'one'; readonly scope: CredentialScope }
  /** Several that differ, or one that cannot be read. */
  | { readonly state: 'contradictory' };

const NONE: ScopeReading = { state: 'none' };
const CONTRADICTORY: ScopeReading = { state: 'contradictory' };

/** `authorization`: every value of that header; `query` raw. */
export function readScope(authorization: readonly string[], query: string | undefined): ScopeReading {
  const credentials: string[] = [];
  for (const value of authorization) {
    if (!/^AWS4-/i.test(value)) continue;
    const found = /^AWS4-(?:HMAC-SHA256|ECDSA-P256-SHA256)[ ,]+(?:[^ ,]+, *)*?Credential=([^\s,]+)/.exec(value);
    if (!found?.[1]) return CONTRADICTORY;
    credentials.push(found[1]);
  }
  if (query !== undefined && /x-amz-credential/i.test(query)) {
    for (const pair of query.split('&')) {
      if (!/^x-amz-credential=/i.test(pair)) continue;
      const value = decodeStrict(pair.slice(pair.indexOf('=') + 1), false);
      if (value === undefined) return CONTRADICTORY;
      credentials.push(value);
    }
  }
  const [first, ...others] = credentials.map(parseScope);
  if (credentials.length === 0) return NONE;
  if (!first || others.some((other) => other?.service !== first.service || other.region !== first.region)) {
    return CONTRADICTORY;
  }
  return { state: 'one', scope: first };
}

/** `<key>/<date>/<region>/<service>/aws4_request`; SigV4a has no region there. */
function parseScope(credential: string): CredentialScope | undefined {
  const parts = credential.split('/');
  if (parts.pop() !== 'aws4_request' || parts.length < 3) return undefined;
  const service = parts.pop() ?? '';
  const before = parts.pop() ?? '';
  const region = /^\d{8}$/.test(before) ? undefined : before;
  const date = region === undefined ? before : (parts.pop() ?? '');
  const accessKeyId = parts.join('/');
  if (!/^\d{8}$/.test(date) || accessKeyId === '' || !/^[A-Za-z0-9._-]+$/.test(service)) return undefined;
  if (region !== undefined && !/^[a-z0-9-]+$/.test(region)) return undefined;
  return { accessKeyId, region, service };
}
