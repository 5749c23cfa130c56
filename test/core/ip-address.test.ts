import net from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAuthority, parseAuthority } from '../../src/core/host.ts';
import { formatIp, parseIpv4, parseIpv6, unmapped } from '../../src/core/ip-address.ts';

test('IPv6 texts are accepted exactly where the system accepts them, zone ids aside', () => {
  const piece = fc.constantFrom(
    '0',
    '1',
    'ffff',
    'FFFF',
    '00001',
    'g',
    ':',
    '::',
    '.',
    '127',
    '1.2.3.4',
    '255',
    '256',
    '01',
    '',
  );
  const texts = fc.oneof(
    fc.ipV6(),
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
    fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join(':')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect(parseIpv6(text) !== undefined).toBe(net.isIPv6(text));
    }),
    { numRuns: 3000 },
  );
});

test('IPv4 texts are accepted exactly where the system accepts them', () => {
  const part = fc.oneof(
    fc.integer({ min: 0, max: 300 }).map(String),
    fc.constantFrom('00', '01', '0x1', '', '-1', ' 1', '1e1'),
  );
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.')),
      (text) => {
        expect(parseIpv4(text) !== undefined).toBe(net.isIPv4(text));
      },
    ),
    { numRuns: 2000 },
  );
});

test('an address has one canonical text, the one of RFC 5952 that URLs use too', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      (random, mask) => {
        // Half of the bytes zero, so that runs of zeros occur.
        const bytes = random.map((byte, i) => ((mask[i] ?? 0) & 1 ? byte : 0));
        const text = formatIp(bytes);
        expect(parseIpv6(text)).toEqual(bytes);
        expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`);
      },
    ),
    { numRuns: 1000 },
  );
});

test('a mapped address and its IPv4 form are one', () => {
  const mapped = parseIpv6('::ffff:10.0.0.1');
  expect(mapped && formatIp(unmapped(mapped))).toBe('10.0.0.1');
  const other = parseIpv6('::fffe:10.0.0.1');
  expect(other && unmapped(other)).toBe(other);
});

test.each([
  ['a.test', undefined, 'a.test'],
  ['a.test:8080', undefined, 'a.test:8080'],
  ['a.test:443', 443, 'a.test'],
  ['[2001:DB8::0]:443', 443, '[2001:db8::]'],
  ['[::1]:1', 443, '[::1]:1'],
])('the authority %s, default port %s, is written %s', (text, fallback, expected) => {
  const authority = parseAuthority(text);
  expect(authority && formatAuthority(authority, authority.port, fallback)).toBe(expected);
});

test.each([
  'a.test:',
  'a.test:0',
  'a.test:08',
  'a.test:65536',
  'a.test:1:2',
  ':80',
  '::1',
  '[::1]x',
  '[::1]:',
  'a.test:+1',
  'a.test: 1',
])('%j is no authority', (text) => {
  expect(parseAuthority(text)).toBeUndefined();
});
