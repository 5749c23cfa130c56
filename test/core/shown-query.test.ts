// What people and records see of a query: secrets by name or by form are hidden, everything else stays, byte for byte and in its place.
import { expect, it } from 'vitest';
import { type Call, target, url } from '../../src/core/call.ts';
import { callDigest } from '../../src/core/digest.ts';
import { isSecretParameter, shownQuery } from '../../src/core/shown-query.ts';

it.each([
  'password',
  'PassWord',
  'db_password',
  'user[password]',
  'user.password',
  'passwd',
  'pwd',
  'token',
  'access_token',
  'accessToken',
  'ACCESS-TOKEN',
  'refresh_token',
  'id_token',
  'private_token',
  'job-token',
  'oauth_token_secret',
  'client_secret',
  'api_key',
  'apikey',
  'X-Api-Key',
  'X-Amz-Signature',
  'x-amz-security-token',
  'X-Goog-Signature',
  'Signature',
  'sig',
  'client_assertion',
  'code_verifier',
  'authorization',
  'credentials',
  'subscription-key',
  'JSESSIONID',
  'p%61ssword',
  '%70%61%73%73%77%6f%72%64',
  'p%2561ssword',
  'access%5Ftoken',
  'access+token',
])('the value of "%s" is hidden, whatever it is', (name) => {
  expect(shownQuery(`a=1&${name}=hunter2&b=2`)).toBe(`a=1&${name}=[redacted]&b=2`);
  expect(isSecretParameter(name)).toBe(true);
});

it.each([
  'q=passwords+of+the+world',
  'password',
  'password=',
  'passwordless=1',
  'password_policy=strict',
  'token_type=bearer',
  'secret_id=prod%2Fdb',
  'page_token=abc',
  'pageToken=abc',
  'next-token=abc',
  'continuationToken=abc',
  'clientRequestToken=abc',
  'key=users/12',
  'key=production-database-main-x',
  'code=200',
  'tokens=3',
  'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260102%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-SignedHeaders=host',
  'sort=sig',
  '',
  '&&=&;;=#',
  '%',
  'a=%zz&b=%e4',
  'q=a@b.example',
])('"%s" stays as it is', (query) => {
  expect(shownQuery(query)).toBe(query);
});

it.each([
  ['every one of several', 'token=a&token=b&x=1&token=c', 'token=[redacted]&token=[redacted]&x=1&token=[redacted]'],
  ['what holds further "="', 'sig=abc==&x=1', 'sig=[redacted]&x=1'],
  ['behind ";" as behind "&"', 'a=1;token=b;c=2', 'a=1;token=[redacted];c=2'],
  ['the rest of a value with ";"', 'password=a;b;c&d&e=1', 'password=[redacted];[redacted];[redacted]&d&e=1'],
  ['but no name after "&"', 'password=a&force;now', 'password=[redacted]&force;now'],
  ['in a fragment', 'a=1#access_token=b&c=2', 'a=1#access_token=[redacted]&c=2'],
  ['in a second query', 'a=1?token=b', 'a=1?token=[redacted]'],
  ['a user and password in an address', 'to=https%3A%2F%2Fann%3Ahunter2%40db.example%2F&a=1', 'to=[redacted]&a=1'],
  ['what is a token by its form', 'x=ghp_abcdefghijklmnopqrstuvwxyz0123&y=1', 'x=[redacted]&y=1'],
  ['a JWT', 'x=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc', 'x=[redacted]'],
  ['a key that is no word', 'key=AIzaSyA-1234567890abcdefghijklmnopqrstu&n=1', 'key=[redacted]&n=1'],
  ['a code that is no word', 'code=Zm9vYmFyYmF6cXV4MTIzNDU2%3D%3D', 'code=[redacted]'],
])('hides %s', (_what, query, shown) => {
  expect(shownQuery(query)).toBe(shown);
});

it('hides nothing of how many parameters there are, and what they are called', () => {
  const names = ['a', 'token', 'b', 'X-Amz-Signature', 'c'];
  const query = names.map((name) => `${name}=hunter2`).join('&');
  const shown = shownQuery(query);
  expect(shown.split('&').map((pair) => pair.split('=')[0])).toEqual(names);
  expect(shown.match(/hunter2/g)).toHaveLength(3);
});

it('is for the URL that is shown, not for what is sent or digested', () => {
  const of = (query: string): Call => ({
    method: 'GET',
    upstream: 'api',
    scheme: 'https',
    host: 'api.test',
    path: '/x',
    query,
    headers: [],
    body: { state: 'none' },
  });
  const [one, other] = [of('token=one'), of('token=other')];
  expect([url(one), url(other)]).toEqual(Array(2).fill('https://api.test/x?token=[redacted]'));
  expect(target(one)).toBe('/x?token=one');
  expect(callDigest(one)).not.toBe(callDigest(other));
  expect(url({ ...one, query: undefined })).toBe('https://api.test/x');
  expect(url(of(''))).toBe('https://api.test/x?');
});

it('takes no long time over what was made to take one', () => {
  const begun = performance.now();
  for (const part of ['eyJaaaaaaaaaaa-', ';', '=', '%25', 'token=', '://a:', 'a1', '&x'])
    shownQuery(`token=x&y=${part.repeat(32_768 / part.length)}`);
  expect(performance.now() - begun).toBeLessThan(500);
});
