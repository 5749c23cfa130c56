import { describe, expect, it } from 'vitest';
import { type Call, type CallBody, type RawHeaders } from '../../../src/core/call.ts';
import { callDigest } from '../../../src/core/digest.ts';
import { differences, templateOf } from '../../../src/core/similar/template.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const whole = (text: string): CallBody => ({ state: 'whole', bytes: bytes(text), decoded: bytes(text) });
const JSON_TYPE: RawHeaders = ['Content-Type', 'application/json', 'Accept', '*/*'];
const FORM: RawHeaders = ['Content-Type', 'application/x-www-form-urlencoded'];

function call(over: Partial<Call> = {}): Call {
  return {
    method: 'POST',
    upstream: 'api',
    scheme: 'https',
    host: 'api.example.com',
    path: '/v1/users/ann',
    query: 'dry=0&zone=a',
    headers: JSON_TYPE,
    body: whole('{"name":"ann","tags":[{"k":"x"}],"n":1,"none":{}}'),
    ...over,
  };
}

const shape = (one: Call): string | undefined => templateOf(one)?.shape;
/** What differs, undefined for calls of two shapes. */
function named(left: Call, right: Call): readonly string[] | undefined {
  const [a, b] = [templateOf(left), templateOf(right)];
  return a && b && a.shape === b.shape ? differences(a, b).map(({ place, value }) => `${place}: ${value}`) : undefined;
}

describe('the shape of a call', () => {
  const same: readonly (readonly [string, Partial<Call>, readonly string[]])[] = [
    ['another segment of the path', { path: '/v1/users/bob' }, ['path/3: bob']],
    ['another value of the query', { query: 'dry=1&zone=a' }, ['query dry=: 1']],
    [
      'another value of a header',
      { headers: ['content-type', 'application/json', 'Accept', 'text/x'] },
      ['header accept: text/x'],
    ],
    [
      'another value in JSON',
      { body: whole('{"name":"ann","tags":[{"k":"y"}],"n":1,"none":{}}') },
      ['body /tags/0/k: "y"'],
    ],
    ['a number for a text', { body: whole('{"name":"ann","tags":[{"k":"x"}],"n":"1","none":{}}') }, ['body /n: "1"']],
    [
      'a number of too many digits',
      { body: whole('{"name":"ann","tags":[{"k":"x"}],"n":12345678901234567890,"none":{}}') },
      ['body /n: 12345678901234567890'],
    ],
    [
      'a number that is written otherwise',
      { body: whole('{"name":"ann","tags":[{"k":"x"}],"n":1.0000000000000000001,"none":{}}') },
      ['body /n: 1.0000000000000000001'],
    ],
    ['a trace', { headers: [...JSON_TYPE, 'traceparent', '00-1'] }, []],
  ];
  it.each(same)('is the same with %s, which is named', (_what, over, names) => {
    expect(shape(call(over))).toBe(shape(call()));
    expect(named(call(), call(over))).toEqual(names);
  });

  const other: readonly (readonly [string, Partial<Call>])[] = [
    ['another method', { method: 'PUT' }],
    ['another host', { host: 'other.example.com' }],
    ['another upstream', { upstream: 'other' }],
    ['another scheme', { scheme: 'http' }],
    ['a longer path', { path: '/v1/users/ann/' }],
    ['an escaped slash instead of one', { path: '/v1/users%2Fann' }],
    ['another name in the query', { query: 'wet=0&zone=a' }],
    ['a name twice', { query: 'dry=0&zone=a&zone=b' }],
    ['a name without a value', { query: 'dry&zone=a' }],
    ['a query that is empty', { query: '' }],
    ['no query', { query: undefined }],
    ['another order of the query', { query: 'zone=a&dry=0' }],
    ['one header more', { headers: [...JSON_TYPE, 'X-Force', '1'] }],
    ['a header twice', { headers: [...JSON_TYPE, 'Accept', '*/*'] }],
    ['no body', { body: { state: 'none' } }],
    ['one member more', { body: whole('{"name":"ann","tags":[{"k":"x"}],"n":1,"none":{},"admin":true}') }],
    ['one item more', { body: whole('{"name":"ann","tags":[{"k":"x"},{"k":"y"}],"n":1,"none":{}}') }],
    ['an object for a text', { body: whole('{"name":{"x":1},"tags":[{"k":"x"}],"n":1,"none":{}}') }],
    ['JSON with a key twice', { body: whole('{"name":"ann","name":"bob"}') }],
    ['a body of another type', { headers: ['Content-Type', 'text/plain', 'Accept', '*/*'] }],
    ['a list for an object', { body: whole('{"name":"ann","tags":{"0":{"k":"x"}},"n":1,"none":{}}') }],
    ['a checksum of the body where there was none', { headers: [...JSON_TYPE, 'Content-MD5', 'abc'] }],
    ['a JSON-RPC message', { message: 'json-rpc' }],
    ['an upgrade', { upgrade: 'websocket' }],
    ['a signature for another service', { signedFor: { service: 'iam', region: 'us-east-1' } }],
  ];
  it.each(other)('is another one with %s', (_what, over) => {
    expect(shape(call())).toBeDefined();
    expect(shape(call(over))).not.toBe(shape(call()));
  });

  it('has secrets of which only that they differ is shown', () => {
    const left = templateOf(call({ query: 'token=a&key=b', headers: [...JSON_TYPE, 'X-Api-Key', 'abc'] }));
    const right = templateOf(call({ query: 'token=b&key=c', headers: [...JSON_TYPE, 'X-Api-Key', 'def'] }));
    if (!left || !right) throw new Error('no template');
    expect(differences(left, right)).toEqual([
      { place: 'query token=', value: '[redacted]' },
      { place: 'query key=', value: 'c' },
      { place: 'header x-api-key', value: '[credential, 3 characters, sha256 cb8379ac2098…]' },
    ]);
  });

  it('is that of the fields of a form, by their names', () => {
    const form = (text: string): Call => call({ headers: FORM, body: whole(text) });
    expect(shape(form('Action=CreateUser&UserName=a'))).toBe(shape(form('Action=CreateUser&UserName=b')));
    expect(shape(form('Action=CreateUser&UserName=a'))).not.toBe(shape(form('Action=CreateUser&UserName=a&Path=x')));
  });

  it('is the same for another checksum of the body, and for what only is called like one it is a value', () => {
    const told = (name: string): readonly string[] | undefined =>
      named(call({ headers: [...JSON_TYPE, name, 'abc'] }), call({ headers: [...JSON_TYPE, name, 'def'] }));
    expect(told('Content-MD5')).toEqual([]);
    expect(told('X-Amz-Checksum-SHA256')).toEqual([]);
    expect(told('X-Amz-Checksum-Mode')).toEqual(['header x-amz-checksum-mode: def']);
  });

  it('tells keys in headers apart without saying them', () => {
    const keyed = (key: string): Call => call({ headers: [...JSON_TYPE, 'X-Api-Key', key] });
    const [told = ''] = named(keyed('first-key-of-all'), keyed('second-key-of-all')) ?? [];
    expect(told).toMatch(/^header x-api-key: \[credential, 17 characters, sha256 [0-9a-f]{12}…\]$/);
    expect(named(keyed('first-key-of-all'), keyed('first-key-of-all'))).toEqual([]);
  });

  it('has every way to write a field of a form, even where they are read alike', () => {
    const form = (text: string): Call => call({ headers: FORM, body: whole(text) });
    expect(named(form('UserName=ann+b'), form('UserName=ann%20b'))).toEqual(['body UserName: ann b']);
    expect(named(form('Action=x&&UserName=ann'), form('Action=x&UserName=bob'))).toEqual(['body UserName: bob']);
    expect(named(form('UserName=ann'), form('User%4eame=ann'))).toBeUndefined();
    expect(named(form('UserName='), form('UserName'))).toBeUndefined();
  });

  it('is that of one value where names would be repeated beyond measure', () => {
    const long = 'n'.repeat(2_000);
    const members = Array.from({ length: 200 }, (_, i) => `"${i}":1`).join();
    const found = templateOf(call({ body: whole(`{"${long}":{${members}}}`) }));
    expect(found?.values.filter(({ place }) => place.startsWith('body'))).toEqual([]);
  });

  it('takes a body that is not read apart as one value that has to be the same', () => {
    const raw = (text: string): Call => call({ headers: ['Content-Type', 'application/xml'], body: whole(text) });
    expect(shape(raw('<a/>'))).toBe(shape(raw('<a/>')));
    expect(shape(raw('<a/>'))).not.toBe(shape(raw('<b/>')));
  });

  it.each<readonly [string, CallBody]>([
    ['too long', whole(JSON.stringify('x'.repeat(70_000)))],
    ['not read', { state: 'unread' }],
    ['unreadable', { state: 'unreadable', why: 'over-limit' }],
    ['of too many values', whole(JSON.stringify(Array.from({ length: 400 }, (_, i) => i)))],
  ])('is not there for a body that is %s', (_what, body) => {
    const found = templateOf(call({ body }));
    // One long list has no names that anybody reads; it is compared as a whole, if at all.
    expect(found === undefined || found.values.every(({ place }) => !place.startsWith('body'))).toBe(true);
  });

  it('is never the same, without a difference that is named, for calls that mean something else', () => {
    const variants = [...same.map(([, over]) => over), ...other.map(([, over]) => over)]
      .map((over) => call(over))
      .filter(({ body }) => body.state === 'whole' || body.state === 'none');
    for (const one of variants) {
      for (const two of variants) {
        const [a, b] = [templateOf(one), templateOf(two)];
        if (!a || !b || a.shape !== b.shape || differences(a, b).length > 0) continue;
        const [left, right] = [one, two].map((each) =>
          callDigest({
            ...each,
            headers: each.headers.filter((_, i) => !/^content-md5$/i.test(each.headers[i - (i % 2)] ?? '')),
          }),
        );
        expect(left).toBe(right);
      }
    }
  });
});
