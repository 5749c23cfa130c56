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
const call = (service: string, region: string): Call => ({
  method: 'GET',
  upstream: 'aws',
  scheme: 'https',
  host: '',
  path: '/',
  query: undefined,
  headers: [],
  body: { state: 'none' },
  signedFor: { service, region },
});

test('an upstream with a host is its own place', () => {
  const upstream = all({ servicesBelow: undefined, hostname: 'iam.amazonaws.com', authority: 'iam.amazonaws.com' });
  expect(placeOf(upstream, call('s3', 'us-east-1'))).toEqual({ ok: true, upstream });
  expect(placeAgain(upstream, { host: 'bucket.iam.amazonaws.com' })).toEqual({ ok: true, upstream });
});

test('one that is all of AWS has one place for each host', () => {
  const upstream = all();
  const first = placeOf(upstream, call('sts', 'eu-west-1'));
  const again = placeOf(upstream, call('sts', 'eu-west-1'));
  const other = placeOf(upstream, call('sts', 'eu-west-2'));
  if (!first.ok || !again.ok || !other.ok) throw new Error('no place');
  expect(first.upstream).toMatchObject({
    hostname: 'sts.eu-west-1.amazonaws.com',
    authority: 'sts.eu-west-1.amazonaws.com',
  });
  expect(again.upstream).toBe(first.upstream);
  expect(other.upstream).not.toBe(first.upstream);
  expect(placeAgain(upstream, { host: 'sts.eu-west-1.amazonaws.com' })).toEqual({ ok: true, upstream: first.upstream });
});

test('a port stays with the host', () => {
  const upstream = all({ port: 8443 });
  const placed = placeOf(upstream, call('sts', 'eu-west-1'));
  expect(placed.ok && placed.upstream.authority).toBe('sts.eu-west-1.amazonaws.com:8443');
  expect(placeAgain(upstream, { host: 'sts.eu-west-1.amazonaws.com:8443' })).toMatchObject({ ok: true });
  expect(placeAgain(upstream, { host: 'sts.eu-west-1.amazonaws.com' })).toMatchObject({ ok: false });
});

test.each(['evil.example.com', 'evilamazonaws.com', 'amazonaws.com', 'a b.amazonaws.com', 'x/.amazonaws.com', ''])(
  'a call that was approved for %j goes nowhere',
  (host) => {
    expect(placeAgain(all(), { host })).toMatchObject({ ok: false });
  },
);

test('regions are not made up without end', () => {
  const upstream = all();
  let refused = 0;
  for (let n = 0; n < 2100; n++) {
    const region = `ab-${String.fromCharCode(97 + (n % 26), 97 + (Math.floor(n / 26) % 26), 97 + Math.floor(n / 676))}-1`;
    if (!placeOf(upstream, call('sts', region)).ok) refused++;
  }
  expect(refused).toBeGreaterThan(0);
  expect(placeOf(upstream, call('sts', 'ab-aaa-1')).ok).toBe(true);
});
