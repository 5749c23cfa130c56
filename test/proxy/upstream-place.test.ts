import { expect, test } from 'vitest';
import type { Call } from '../../src/core/call.ts';
import type { Upstream } from '../../src/core/upstream.ts';
import { placeAgain, placeOf } from '../../src/proxy/upstream-place.ts';

const all = (more: Partial<Upstream> = {}): Upstream =>
  ({
    id: 'aws',
    scheme: 'https',
    hostname: '{service}.{region}.amazonaws.com',
    authority: '{service}.{region}.amazonaws.com',
    port: 443,
    servicesBelow: 'amazonaws.com',
    ...more,
  }) as Upstream;
const call = (service: string, region: string, host = ''): Call => ({
  method: 'GET',
  upstream: 'aws',
  scheme: 'https',
  host,
  path: '/',
  query: undefined,
  headers: [],
  body: { state: 'none' },
  signedFor: { service, region },
});

test('an upstream with a host is its own place', () => {
  const upstream = all({ servicesBelow: undefined, hostname: 'iam.amazonaws.com', authority: 'iam.amazonaws.com' });
  expect(placeOf(upstream, call('s3', 'us-east-1'), 'bot')).toEqual({ ok: true, upstream });
  expect(placeAgain(upstream, call('s3', 'us-east-1', 'bucket.iam.amazonaws.com'), 'bot')).toEqual({
    ok: true,
    upstream,
  });
});

test('one that is all of AWS has one place for each host', () => {
  const upstream = all();
  const first = placeOf(upstream, call('sts', 'eu-west-1'), 'bot');
  const again = placeOf(upstream, call('sts', 'eu-west-1'), 'bot');
  const other = placeOf(upstream, call('sts', 'eu-west-2'), 'bot');
  if (!first.ok || !again.ok || !other.ok) throw new Error('no place');
  expect(first.upstream).toMatchObject({
    hostname: 'sts.eu-west-1.amazonaws.com',
    authority: 'sts.eu-west-1.amazonaws.com',
  });
  expect(again.upstream).toBe(first.upstream);
  expect(other.upstream).not.toBe(first.upstream);
  expect(placeAgain(upstream, call('sts', 'eu-west-1', 'sts.eu-west-1.amazonaws.com'), 'bot')).toEqual({
    ok: true,
    upstream: first.upstream,
  });
});

test('a port stays with the host', () => {
  const upstream = all({ port: 8443 });
  const placed = placeOf(upstream, call('sts', 'eu-west-1'), 'bot');
  expect(placed.ok && placed.upstream.authority).toBe('sts.eu-west-1.amazonaws.com:8443');
  expect(placeAgain(upstream, call('sts', 'eu-west-1', 'sts.eu-west-1.amazonaws.com:8443'), 'bot')).toMatchObject({
    ok: true,
  });
  expect(placeAgain(upstream, call('sts', 'eu-west-1', 'sts.eu-west-1.amazonaws.com'), 'bot')).toMatchObject({
    ok: false,
  });
});

test.each([
  'evil.example.com',
  'iam.amazonaws.com',
  'evilsts.eu-west-1.amazonaws.com',
  'sts.eu-west-2.amazonaws.com',
  'evilamazonaws.com',
  'amazonaws.com',
  'a b.amazonaws.com',
  'x/.amazonaws.com',
  '',
])('a call that was approved for %j goes nowhere', (host) => {
  expect(placeAgain(all(), call('sts', 'eu-west-1', host), 'bot')).toMatchObject({ ok: false });
});

test('a bucket in front of the host is no place of its own, however many there are', () => {
  const upstream = all();
  const plain = placeOf(upstream, call('s3', 'eu-west-1'), 'bot');
  for (let n = 0; n < 3000; n++) {
    const again = placeAgain(upstream, call('s3', 'eu-west-1', `my.bucket-${n}.s3.eu-west-1.amazonaws.com`), 'bot');
    if (!again.ok || !plain.ok || again.upstream !== plain.upstream) throw new Error(`another place for bucket ${n}`);
  }
});

const regionOf = (n: number): string =>
  `ab-${String.fromCharCode(97 + (n % 26), 97 + (Math.floor(n / 26) % 26), 97 + Math.floor(n / 676))}-1`;

test('regions are not made up without end', () => {
  const upstream = all();
  let refused = 0;
  for (let n = 0; n < 2100; n++) {
    if (!placeOf(upstream, call('sts', regionOf(n)), `bot-${n % 10}`).ok) refused++;
  }
  expect(refused).toBeGreaterThan(0);
  expect(placeOf(upstream, call('sts', 'ab-aaa-1'), 'bot').ok).toBe(true);
});

test('one agent that makes them up does not keep the others from new ones', () => {
  const upstream = all();
  for (let n = 0; n < 3000; n++) placeOf(upstream, call('sts', regionOf(n)), 'bot');
  expect(placeOf(upstream, call('sts', 'eu-west-1'), 'bot').ok).toBe(false);
  expect(placeOf(upstream, call('sts', 'eu-west-1'), 'other').ok).toBe(true);
  expect(placeOf(upstream, call('sts', 'eu-west-1'), 'bot').ok).toBe(true);
});
