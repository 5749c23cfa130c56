// Where the keys of people's identity providers come from: the configuration, or metadata that names the same issuer.
import { describe, expect, it } from 'vitest';
import type { HttpClient, OutboundAnswer, OutboundRequest } from '../../../src/ports/http-client.ts';
import { type IssuerKeysSource, issuerKeys } from '../../../src/proxy/auth/issuer-keys.ts';

const ISSUER = 'https://idp.example.com/realm/';
const METADATA = 'https://idp.example.com/realm/.well-known/openid-configuration';
const KEYS = { keys: [] };

const says = (value: unknown, status = 200): OutboundAnswer => ({
  ok: true,
  status,
  headers: {},
  body: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
});

function client(answers: Readonly<Record<string, OutboundAnswer>>): {
  readonly http: HttpClient;
  readonly asked: OutboundRequest[];
} {
  const asked: OutboundRequest[] = [];
  return {
    asked,
    http: {
      async request(request) {
        asked.push(request);
        return answers[request.url] ?? { ok: false, why: 'nobody there', sent: false };
      },
    },
  };
}
const source = (more: Partial<IssuerKeysSource> = {}): IssuerKeysSource => ({
  issuer: ISSUER,
  jwks_uri: undefined,
  allowPrivate: false,
  ...more,
});
const go = new AbortController().signal;

describe('the keys of an issuer', () => {
  it('come from where the configuration says', async () => {
    const { http, asked } = client({ 'https://keys.example.com/k': says(KEYS) });
    const fetch = issuerKeys(source({ jwks_uri: 'https://keys.example.com/k' }), http);
    expect(await fetch('', go)).toEqual(KEYS);
    expect(asked).toMatchObject([{ method: 'GET', allowPrivate: false }]);
  });

  it('come from where its metadata says, be it another host', async () => {
    const keys = 'https://www.keys.example.net/v3/certs';
    const { http, asked } = client({ [METADATA]: says({ issuer: ISSUER, jwks_uri: keys }), [keys]: says(KEYS) });
    expect(await issuerKeys(source(), http)('', go)).toEqual(KEYS);
    expect(asked.map(({ url }) => url)).toEqual([METADATA, keys]);
  });

  it.each<[string, OutboundAnswer]>([
    ['of another issuer', says({ issuer: 'https://idp.example.com/realm', jwks_uri: 'https://k.example.com' })],
    ['without an issuer', says({ jwks_uri: 'https://k.example.com' })],
    ['without keys', says({ issuer: ISSUER })],
    ['with keys in the clear', says({ issuer: ISSUER, jwks_uri: 'http://k.example.com' })],
    ['with keys in a file', says({ issuer: ISSUER, jwks_uri: 'file:///etc/passwd' })],
    ['that is no object', says('null')],
    ['that is no JSON', says('<html>')],
    ['that is not there', says({}, 404)],
    ['that cannot be reached', { ok: false, why: 'refused', sent: false }],
  ])('are none by metadata %s', async (_name, answer) => {
    const { http, asked } = client({ [METADATA]: answer, 'https://k.example.com': says(KEYS) });
    await expect(issuerKeys(source(), http)('', go)).rejects.toThrow();
    expect(asked).toHaveLength(1);
  });

  it('may be at a private address only where that is said, or on this machine', async () => {
    const url = 'https://idp.internal/k';
    const local = 'http://127.0.0.1:9/k';
    const { http, asked } = client({ [url]: says(KEYS), [local]: says(KEYS) });
    await issuerKeys(source({ jwks_uri: url, allowPrivate: true }), http)('', go);
    await issuerKeys(source({ jwks_uri: local }), http)('', go);
    expect(asked.map(({ allowPrivate }) => allowPrivate)).toEqual([true, true]);
  });

  it('are not asked for once that is given up', async () => {
    const { http, asked } = client({});
    await expect(issuerKeys(source(), http)('', AbortSignal.abort())).rejects.toThrow();
    expect(asked).toEqual([]);
  });
});
