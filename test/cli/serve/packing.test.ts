import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { pack, unpack } from '../../../src/cli/serve/packing.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { Secret } from '../../../src/core/secret.ts';
import { scratch } from '../../config/scratch.ts';

const across = (value: unknown): unknown => unpack(JSON.parse(JSON.stringify(pack(value))));

it('keeps plain data, and numbers that JSON has no words for', () => {
  const value = { a: [1, 'x', null, true, { b: {} }], nan: Number.NaN, inf: [Infinity, -Infinity], zero: 0 };
  expect(across(value)).toEqual(value);
  expect(across({ a: undefined, b: 1 })).toEqual({ b: 1 });
});

it('carries secrets across, as secrets', () => {
  const { credential } = across({ credential: new Secret('canary-9f2') }) as { credential: Secret };
  expect(credential).toBeInstanceOf(Secret);
  expect(credential.reveal()).toBe('canary-9f2');
  expect(inspect(credential) + JSON.stringify({ credential })).not.toContain('canary-9f2');
});

it('takes no member of a file for one of its own marks', () => {
  const value = { $secret: 'x', secret: 'y', $number: '1', __proto__x: 'z' };
  expect(across(value)).toEqual(value);
});

it('refuses what would not arrive as what it was', () => {
  for (const value of [new Map(), new Date(0), () => 1, Symbol('x'), 1n])
    expect(() => pack({ value })).toThrow(TypeError);
});

it('carries a whole configuration across, equal in every part', () => {
  const folder = scratch({
    'policies/p.yaml': '',
    'holdgate.yaml': `version: 1
agents: [{id: bot, owner: o@example.com, labels: {env: ci}, credentials: [{bearer_sha256: "${'a'.repeat(64)}"}]}]
people: [{email: p@example.com, groups: [g]}]
issuers: [{issuer: "https://i.example.com", audience: a, algorithms: [RS256], jwks_uri: "https://i.example.com/j", owner: o@example.com}]
upstreams: {api: {base: "https://a.example.com", mount: /api, credential: {header: X-Key, value: "\${env:KEY}"}}}
`,
  });
  const loaded = loadConfig(`${folder}/holdgate.yaml`, { KEY: 'canary-9f2' });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  const there = across(loaded.config) as typeof loaded.config;
  expect(there).toEqual(loaded.config);
  expect(there.upstreams[0]?.credential?.value?.reveal()).toBe('canary-9f2');
});
