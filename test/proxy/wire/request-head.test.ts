import { describe, expect, it } from 'vitest';
import { serialiseRequestHead } from '../../../src/proxy/wire/request-head.ts';
import { UnsendableRequest } from '../../../src/proxy/wire/unsendable-request.ts';
import type { WireRequest } from '../../../src/proxy/wire/wire-request.ts';

const base: WireRequest = { method: 'GET', target: '/a?b', host: 'h.example:8443', headers: [], body: undefined };
const of = (change: Partial<WireRequest>): string => serialiseRequestHead({ ...base, ...change });

describe('the request head', () => {
  it('is the request line, Host, the headers as given, and an empty line', () => {
    expect(of({ headers: ['X-a', '1', 'x-A', '', 'Accept', 'caf\xe9'] })).toBe(
      'GET /a?b HTTP/1.1\r\nHost: h.example:8443\r\nX-a: 1\r\nx-A: \r\nAccept: caf\xe9\r\n\r\n',
    );
  });

  it.each([
    [{ body: undefined }, undefined],
    [{ body: undefined, method: 'DELETE' }, undefined],
    [{ body: undefined, method: 'POST' }, 'Content-Length: 0'],
    [{ body: undefined, method: 'PATCH' }, 'Content-Length: 0'],
    [{ body: new Uint8Array(0), method: 'DELETE' }, 'Content-Length: 0'],
    [{ body: new Uint8Array(12), method: 'POST' }, 'Content-Length: 12'],
    [{ body: { length: 7 }, method: 'PUT' }, 'Content-Length: 7'],
    [{ body: { length: undefined }, method: 'PUT' }, 'Transfer-Encoding: chunked'],
  ] as const)('frames %j with %s', (change, framing) => {
    const lines = of(change).split('\r\n').slice(2, -2);
    expect(lines).toEqual(framing === undefined ? [] : [framing]);
  });

  it('puts injected lines, Connection and Upgrade after the headers', () => {
    expect(
      serialiseRequestHead(
        { ...base, headers: ['A', 'b'], injected: 'Authorization: Bearer x\r\n' },
        'Upgrade',
        'websocket',
      ),
    ).toBe(
      'GET /a?b HTTP/1.1\r\nHost: h.example:8443\r\nA: b\r\nAuthorization: Bearer x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
  });

  it('takes * for OPTIONS alone', () => {
    expect(of({ method: 'OPTIONS', target: '*' })).toMatch(/^OPTIONS \* HTTP/);
    expect(() => of({ target: '*' })).toThrow(UnsendableRequest);
  });

  it.each([
    ['a method with a space', { method: 'GET /' }],
    ['an empty method', { method: '' }],
    ['CONNECT', { method: 'CONNECT' }],
    ['an absolute target', { target: 'http://evil/' }],
    ['an empty target', { target: '' }],
    ['a target with a space', { target: '/a b' }],
    ['a target with CRLF', { target: '/a\r\nX: y' }],
    ['a target that ends in LF', { target: '/a\n' }],
    ['a target with a fragment', { target: '/a#b' }],
    ['a target with obs-text', { target: '/\xe9' }],
    ['a target with NUL', { target: '/\0' }],
    ['an empty host', { host: '' }],
    ['a host with userinfo', { host: 'a@b' }],
    ['a host with a path', { host: 'a/b' }],
    ['a host with CRLF', { host: 'a\r\nX: y' }],
    ['a host that ends in LF', { host: 'a\n' }],
    ['an odd number of header strings', { headers: ['A'] }],
    ['an empty name', { headers: ['', 'b'] }],
    ['a name with a colon', { headers: ['A:', 'b'] }],
    ['a name with a space', { headers: ['A ', 'b'] }],
    ['a name that ends in LF', { headers: ['A\n', 'b'] }],
    ['a value with CR', { headers: ['A', 'b\rc'] }],
    ['a value with LF', { headers: ['A', 'b\nc'] }],
    ['a value that ends in LF', { headers: ['A', 'b\n'] }],
    ['a value with NUL', { headers: ['A', '\0'] }],
    ['a value with DEL', { headers: ['A', '\x7f'] }],
    ['a value that latin1 would cut to CR LF', { headers: ['A', 'b\u010d\u010a'] }],
    ['Host', { headers: ['hOsT', 'b'] }],
    ['Content-Length', { headers: ['Content-Length', '1'] }],
    ['Transfer-Encoding', { headers: ['transfer-encoding', 'chunked'] }],
    ['Connection', { headers: ['Connection', 'x'] }],
    ['Proxy-Connection', { headers: ['Proxy-Connection', 'x'] }],
    ['Keep-Alive', { headers: ['Keep-Alive', 'x'] }],
    ['TE', { headers: ['TE', 'trailers'] }],
    ['Trailer', { headers: ['Trailer', 'x'] }],
    ['Upgrade', { headers: ['Upgrade', 'h2c'] }],
    ['Expect', { headers: ['Expect', '100-continue'] }],
    ['injected framing', { injected: 'Content-Length: 1\r\n' }],
    ['an injected line without CRLF', { injected: 'A: b' }],
    ['an injected line with a bare LF', { injected: 'A: b\nC: d\r\n' }],
    ['an injected empty line', { injected: 'A: b\r\n\r\n' }],
    ['injected text after the lines', { injected: 'A: b\r\nC' }],
    ['a negative length', { method: 'PUT', body: { length: -1 } }],
    ['a length that is no number', { method: 'PUT', body: { length: Number.NaN } }],
  ] as const)('refuses %s', (_what, change) => {
    expect(() => of(change)).toThrow(UnsendableRequest);
  });

  it('names no value in its refusals', () => {
    expect(() => of({ headers: ['Authorization', 'hunter2\n'] })).toThrow(/^(?!.*hunter2).*Authorization/);
  });
});
