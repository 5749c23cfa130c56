import { describe, expect, it } from 'vitest';
import { readHead } from '../../../src/proxy/intake/head.ts';

const withHost = (...headers: string[]): string[] => ['Host', 'api.example.com', ...headers];

describe('readHead', () => {
  it('reads what the request path needs', () => {
    const head = readHead(
      withHost(
        'Content-Length',
        '12',
        'Expect',
        '100-Continue',
        'Connection',
        'keep-alive, X-Hop',
        'Prefer',
        'wait=5',
        'Holdgate-Justification',
        'why',
      ),
    );
    expect(head).toEqual({
      ok: true,
      head: {
        host: 'api.example.com',
        contentLength: 12,
        chunked: false,
        expectContinue: true,
        upgrade: undefined,
        nominated: ['keep-alive', 'x-hop'],
        prefer: ['wait=5'],
        justification: 'why',
        via: [],
      },
    });
  });

  it.each([
    ['no Host', []],
    ['two Hosts', withHost('host', 'other.example.com')],
    ['two equal Hosts', withHost('HOST', 'api.example.com')],
    ['userinfo in Host', ['Host', 'a@b']],
    ['a path in Host', ['Host', 'a/b?c']],
    ['a trailing dot in Host', ['Host', 'example.com.']],
    ['an octal-looking length', withHost('Content-Length', '010')],
    ['a signed length', withHost('Content-Length', '+5')],
    ['a length list', withHost('Content-Length', '5, 5')],
    ['two lengths', withHost('Content-Length', '5', 'content-length', '5')],
    ['an empty length', withHost('Content-Length', '')],
    ['length and chunked', withHost('Content-Length', '5', 'Transfer-Encoding', 'chunked')],
    ['gzip, chunked', withHost('Transfer-Encoding', 'gzip, chunked')],
    ['an obfuscated coding', withHost('Transfer-Encoding', ',chunked')],
    ['xchunked', withHost('Transfer-Encoding', 'xchunked')],
    ['two Transfer-Encodings', withHost('Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked')],
    ['an underscore twin of framing', withHost('Transfer_Encoding', 'chunked')],
    ['an underscore twin of a target', withHost('X_Amz_Target', 'x')],
    ['an underscore twin of a header that is there', withHost('X-Tenant', 'a', 'X_Tenant', 'b')],
    ['two X-Amz-Targets', withHost('X-Amz-Target', 'a', 'x-amz-target', 'a')],
    ['two content types', withHost('Content-Type', 'a/b', 'Content-Type', 'a/c')],
    ['two authorizations', withHost('Authorization', 'Bearer a', 'authorization', 'Bearer b')],
    ['two method overrides', withHost('X-HTTP-Method-Override', 'GET', 'X-HTTP-Method-Override', 'DELETE')],
    ['obs-text in a singleton', withHost('X-Amz-Target', 'a\u00ff')],
    ['a nomination of Authorization', withHost('Connection', 'Authorization')],
    ['a nomination of a content header', withHost('Connection', 'close, Content-Type')],
    ['a nomination of our own headers', withHost('Connection', 'Holdgate-Agent')],
  ])('refuses %s', (_what, headers) => {
    expect(readHead(headers).ok).toBe(false);
  });

  it('lets an underscore pass that nothing could be confused with', () => {
    expect(readHead(withHost('Stripe_Thing', 'x')).ok).toBe(true);
  });
});
