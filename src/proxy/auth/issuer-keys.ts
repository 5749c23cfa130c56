// The keys of an issuer that people sign in with, got by the gate's own door: the address judged, no redirect followed. INVARIANT: keys come
// from where the configuration says, or from where the issuer's own metadata says, and that has to name the same issuer.
// https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig
import type { HttpClient } from '../../ports/http-client.ts';
import type { FetchJwks } from './jwks-cache.ts';

export interface IssuerKeysSource {
  readonly issuer: string;
  /** Undefined: by the issuer's metadata. */
  readonly jwks_uri: string | undefined;
  readonly allowPrivate: boolean;
}

const TIMEOUT = 5_000;

/** Rejects on everything but a 200 with JSON, as {@link FetchJwks} has to. */
export function issuerKeys({ issuer, jwks_uri: uri, allowPrivate }: IssuerKeysSource, http: HttpClient): FetchJwks {
  /** The configuration lets http be at this machine only; whatever is elsewhere has to be public. */
  const local = issuer.startsWith('http:');
  const json = async (url: string, signal: AbortSignal): Promise<unknown> => {
    signal.throwIfAborted();
    const headers = { accept: 'application/json' };
    const answer = await http.request({
      method: 'GET',
      url,
      headers,
      timeout: TIMEOUT,
      allowPrivate: allowPrivate || local || (uri?.startsWith('http:') ?? false),
    });
    if (!answer.ok) throw new Error(answer.why);
    if (answer.status !== 200) throw new Error(`status ${answer.status}`);
    return JSON.parse(answer.body.toString('utf8')) as unknown;
  };
  return async (_uri, signal) => {
    if (uri !== undefined) return json(uri, signal);
    const metadata = await json(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, signal);
    const { issuer: says, jwks_uri: keys } = (metadata ?? {}) as {
      readonly issuer?: unknown;
      readonly jwks_uri?: unknown;
    };
    if (says !== issuer) throw new Error('the metadata is of another issuer');
    const safe = typeof keys === 'string' && (local ? /^https?:\/\// : /^https:\/\//).test(keys);
    if (!safe) throw new Error('the metadata names no https address of keys');
    return json(keys, signal);
  };
}
