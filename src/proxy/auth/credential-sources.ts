// Where a call may carry Holdgate's own credential, and which header fields have to go before anything is forwarded.
// An `Authorization` that is not ours belongs to the upstream and is left alone.
import type { RawHeaders } from '../../core/call.ts';
import { CREDENTIAL_PREFIX } from '../../core/credential-index.ts';

export type CredentialHeader = 'authorization' | 'proxy-authorization' | 'holdgate-agent';

export interface PresentedCredential {
  readonly header: CredentialHeader;
  readonly scheme: 'bearer' | 'basic';
  /** An `hg_…` credential or a compact JWT. */
  readonly token: string;
  /** The user-id of Basic; it has to be the agent's. */
  readonly claimedId: string | undefined;
}

export type PresentedCredentials =
  | { readonly ok: true; readonly credentials: readonly PresentedCredential[] }
  /** A header that is only ours cannot be read, or stands there twice. */
  | { readonly ok: false; readonly why: 'malformed' };

/** Longest field value that is looked at: a JWT with room to spare. */
const MAX_VALUE = 16 * 1024;
const BEARER = /^bearer +([A-Za-z0-9._~+/=-]+) *$/i;
/** What clients of GitHub say in `Authorization`: ours only where the credential is. */
const GITHUB = /^token +(hg_[A-Za-z0-9_-]+) *$/i;
const BASIC = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i;
const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;
const MALFORMED: PresentedCredentials = { ok: false, why: 'malformed' };

/**
 * Reads the three sources: `Authorization: Bearer` (RFC 6750; `token` of GitHub's clients), only where `isOurs` says so; `Proxy-Authorization` Bearer or Basic
 * id:credential (RFC 7617); `Holdgate-Agent`, the bare credential.
 */
export function presentedCredentials(headers: RawHeaders, isOurs: (jwt: string) => boolean): PresentedCredentials {
  const credentials: PresentedCredential[] = [];
  let seen = 0;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const header = credentialHeader(headers[i] ?? '');
    if (header === undefined) continue;
    // One bit a header: each is a singleton, a second one is an attempt to be two agents.
    const bit = header === 'authorization' ? 1 : header === 'proxy-authorization' ? 2 : 4;
    if ((seen & bit) !== 0) return MALFORMED;
    seen |= bit;
    const value = headers[i + 1] ?? '';
    const credential = value.length <= MAX_VALUE ? read(header, value) : undefined;
    if (header === 'authorization') {
      if (credential && (credential.token.startsWith(CREDENTIAL_PREFIX) || isOurs(credential.token))) {
        credentials.push(credential);
      }
    } else if (credential) {
      credentials.push(credential);
    } else {
      return MALFORMED;
    }
  }
  return { ok: true, credentials };
}

/** Whether the token has the shape of a signed compact JWT (RFC 7515 §7.1). */
export function looksLikeJwt(token: string): boolean {
  return COMPACT_JWS.test(token);
}

function credentialHeader(name: string): CredentialHeader | undefined {
  // Lengths first: this runs over every header of every call.
  if (name.length !== 13 && name.length !== 14 && name.length !== 19) return undefined;
  const lower = name.toLowerCase();
  return lower === 'authorization' || lower === 'holdgate-agent' || lower === 'proxy-authorization' ? lower : undefined;
}

function read(header: CredentialHeader, value: string): PresentedCredential | undefined {
  if (header === 'holdgate-agent') {
    const token = value.trim();
    const readable = token.startsWith(CREDENTIAL_PREFIX) || looksLikeJwt(token);
    return readable ? { header, scheme: 'bearer', token, claimedId: undefined } : undefined;
  }
  const bearer = BEARER.exec(value)?.[1];
  if (bearer !== undefined) return { header, scheme: 'bearer', token: bearer, claimedId: undefined };
  const github = header === 'authorization' ? GITHUB.exec(value)?.[1] : undefined;
  if (github !== undefined) return { header, scheme: 'bearer', token: github, claimedId: undefined };
  const basic = header === 'proxy-authorization' ? BASIC.exec(value)?.[1] : undefined;
  if (basic === undefined) return undefined;
  const pair = Buffer.from(basic, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0
    ? undefined
    : { header, scheme: 'basic', token: pair.slice(colon + 1), claimedId: pair.slice(0, colon) };
}
