import { describe, expect, it } from 'vitest';
import { forwardHeaders } from '../../../src/proxy/intake/forward-headers.ts';
import { parsePrefer } from '../../../src/proxy/intake/prefer.ts';

const rules = {
  credentialHeaders: [],
  nominated: [],
  agentCredentials: 'strip',
  injected: undefined,
  prefer: undefined,
} as const;

describe('forwardHeaders', () => {
  it('keeps end-to-end headers in order and in their own spelling', () => {
    const raw = ['Host', 'a', 'X-b', '1', 'ACCEPT', '*/*', 'x-B', '2'];
    expect(forwardHeaders(raw, rules).headers).toEqual(['X-b', '1', 'ACCEPT', '*/*', 'x-B', '2']);
  });

  it.each([
    'Connection',
    'Keep-Alive',
    'Proxy-Connection',
    'Proxy-Authorization',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
    'Host',
    'Content-Length',
    'Expect',
    'Via',
    'Forwarded',
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Original-URL',
    'X-Rewrite-URL',
    'Holdgate-Agent',
    'Holdgate-Justification',
    'Holdgate-Anything',
    'Prefer',
  ])('never forwards %s', (name) => {
    expect(forwardHeaders([name, 'x'], rules).headers).toEqual([]);
  });

  it('strips what carried the credential for the gate without reporting it', () => {
    const raw = ['Authorization', 'Bearer hg_x', 'X-Tenant', 'a'];
    expect(forwardHeaders(raw, { ...rules, credentialHeaders: ['authorization'], agentCredentials: 'pass' })).toEqual({
      headers: ['X-Tenant', 'a'],
      stripped: [],
    });
  });

  it('strips and reports upstream credentials that the agent brought along', () => {
    const raw = ['Authorization', 'Bearer sk', 'Cookie', 's=1', 'X-Api-Key', 'k', 'Accept', '*/*'];
    expect(forwardHeaders(raw, { ...rules, injected: 'x-api-key' })).toEqual({
      headers: ['Accept', '*/*', 'Accept-Encoding', 'identity'],
      stripped: ['authorization', 'cookie', 'x-api-key'],
    });
  });

  it('passes them where the upstream says so, but never beside an injected one', () => {
    const raw = ['Authorization', 'Bearer sk', 'X-Api-Key', 'k'];
    expect(forwardHeaders(raw, { ...rules, agentCredentials: 'pass', injected: 'x-api-key' }).headers).toEqual([
      'Authorization',
      'Bearer sk',
      'Accept-Encoding',
      'identity',
    ]);
  });

  it('drops what Connection nominates and gives back what is left of Prefer', () => {
    const raw = ['X-Hop', '1', 'Prefer', 'wait=5, return=minimal'];
    const prefer = parsePrefer(['wait=5, return=minimal']).rest;
    expect(forwardHeaders(raw, { ...rules, nominated: ['x-hop'], prefer }).headers).toEqual([
      'Prefer',
      'return=minimal',
    ]);
  });
});

describe('parsePrefer', () => {
  it.each([
    [[], undefined, false, undefined],
    [['wait=10'], 10_000, false, undefined],
    [['wait="7"'], 7000, false, undefined],
    [['respond-async, wait=10'], 10_000, true, undefined],
    [['return=representation', 'Respond-Async'], undefined, true, 'return=representation'],
    [['wait=1', 'wait=2'], 1000, false, undefined],
    [['foo="a, wait=3", wait=4'], 4000, false, 'foo="a, wait=3"'],
    [['wait=-1'], undefined, false, undefined],
    [['wait=banana', 'waiter=1'], undefined, false, 'waiter=1'],
  ] as const)('reads %j', (values, wait, respondAsync, rest) => {
    expect(parsePrefer(values)).toEqual({ wait, respondAsync, rest });
  });
});
