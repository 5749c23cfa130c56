import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainReading, fold, pathReadings } from '../../../src/core/policy/path-readings.ts';
import { compilePolicies } from '../../../src/core/policy/compile.ts';
import { aCall, aContext, aFile, aRule, DEFAULTS } from './fixtures.ts';
import { allPaths } from './reference.ts';

const set = compilePolicies(
  [aFile([aRule('open', 'allow', { path: ['/pub/**'] }), aRule('admin', 'deny', { path: ['/admin/**'] })])],
  DEFAULTS,
);

function effect(path: string): string {
  const call = aCall({ path });
  const decision = set.decide(call, aContext(call));
  return decision === 'needs-body' ? decision : decision.effect;
}

describe('a path that some upstream takes for /admin is denied', () => {
  it.each([
    '/admin',
    '/admin/',
    '/admin/x',
    '/ADMIN/x',
    '/%61dmin/x',
    '/%2561dmin',
    '//admin',
    '/./admin',
    '/pub/../admin',
    '/pub/%2e%2e/admin',
    '/pub/.%2e/admin',
    '/pub/%252e%252e/admin',
    '/pub\\..\\admin',
    '/pub/..%5cadmin',
    '/pub/..%2fadmin',
    '/pub/..;/admin',
    '/pub/..;x=1/admin',
    '/admin;a=b',
    '/admin;a=b/x',
    '/admin.',
    '/admin%20',
    '/admin%09/x',
    '/admin%00.json',
    '/admin%3fx',
    '/admin%23',
    '/pub/%c0%ae%c0%ae/admin',
    '/pub/%2e%2e%2fadmin',
    '/%u0061dmin',
    '/pub//../../admin',
    '/x/../pub/../ADMIN%2fy;z=1/.',
  ])('%s', (path) => {
    expect(effect(path)).toBe('deny');
  });
});

describe('a path is allowed only where every reading is', () => {
  it.each([
    ['/pub/x', 'allow'],
    ['/pub/a%20b', 'allow'],
    ['/pub/x/', 'allow'],
    ['/pub/x/../y', 'allow'],
    ['/PUB/x', 'hold'],
    ['/pub/../other', 'hold'],
    ['/pub/..%2fother', 'hold'],
    ['/other/../pub/x', 'hold'],
  ])('%s: %s', (path, expected) => {
    expect(effect(path)).toBe(expected);
  });
});

it('a path with more readings than anyone looks at is denied', () => {
  const path = `/pub/${'%25252e;a\\b//c.%20/%2e%2e;/'.repeat(40)}`;
  expect(pathReadings(path).overflow).toBe(true);
  expect(effect(path)).toBe('deny');
});

it('a plain path has one reading', () => {
  for (const path of ['/', '/v1/users', '/v1/Users/a-b_c~d', '/repos/x+y@z'])
    expect(pathReadings(path).all).toEqual([path]);
});

it('the readings are those of the reference, whatever the order of the steps', () => {
  const part = fc.constantFrom(
    'a',
    'B',
    '..',
    '.',
    '/',
    '//',
    '\\',
    ';x',
    '%2e',
    '%2f',
    '%5c',
    '%25',
    '%20',
    ' ',
    '.',
    '%3f',
    '%00',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 7 }), (parts) => {
      const path = `/${parts.join('')}`;
      const { all, overflow } = pathReadings(path);
      fc.pre(!overflow);
      expect(new Set(all)).toEqual(allPaths(path));
    }),
    { numRuns: 2000 },
  );
});

it('every reading says how it comes about', () => {
  expect(explainReading('/pub/%2e%2e/admin', '/admin')).toContain('dot segments resolved');
  expect(explainReading('/x', '/x')).toBe('');
});

it('folding keeps the length, so that a glob and a text fold alike', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(fold(text).length).toBe(text.length);
    }),
  );
  expect(fold('ADMIN')).toBe('admin');
  expect(fold('\u212A')).toBe(fold('k')); // the Kelvin sign is a k to case-insensitive upstreams
});
