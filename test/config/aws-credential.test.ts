import { inspect } from 'node:util';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ConfigResult, loadConfig } from '../../src/config/load.ts';
import { injectedHeader } from '../../src/core/upstream.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hg-aws-credential-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const KEYS = 'aws: {access_key_id: "${env:ID}", secret_access_key: "${file:secret}", session_token: "${env:TOKEN}"}';

const ENV = { ID: 'AKIAUPSTREAM', TOKEN: 't0ken-canary' };
function load(
  credential: string,
  env: Record<string, string> = ENV,
  base = 'https://sts.amazonaws.com',
  kind = 'aws',
): ConfigResult {
  const file = join(folder, 'holdgate.yaml');
  writeFileSync(join(folder, 'p.yaml'), 'version: 1\nname: p\nowner: a@example.com\nrules: []\n');
  writeFileSync(join(folder, 'secret'), 's3cret-canary\n');
  const upstreams = `upstreams: {aws: {kind: ${kind}, base: "${base}", mount: /aws, credential: {${credential}}}}`;
  writeFileSync(file, `version: 1\npolicies: [p.yaml]\npeople: [{email: a@example.com}]\n${upstreams}\n`);
  return loadConfig(file, env);
}
const messages = (result: ConfigResult): string =>
  result.ok ? '' : result.faults.map(({ message }) => message).join('\n');

test('keys of AWS are read like every secret, and never show', () => {
  const result = load(KEYS);
  if (!result.ok) throw new Error(messages(result));
  expect(result.warnings).toEqual([]);
  const [upstream] = result.config.upstreams;
  if (!upstream) throw new Error('no upstream');
  const { credential, agent_credentials: agents } = upstream;
  expect(credential?.aws?.accessKeyId.reveal()).toBe('AKIAUPSTREAM');
  expect(credential?.aws?.secretAccessKey.reveal()).toBe('s3cret-canary');
  expect(credential?.aws?.sessionToken?.reveal()).toBe('t0ken-canary');
  expect(agents).toBe('strip');
  expect(injectedHeader(upstream)).toBe('authorization');
  expect(JSON.stringify(result.config) + inspect(result.config, { depth: 10 })).not.toMatch(/canary/);
});

test('a session is not needed', () => {
  const result = load('aws: {access_key_id: AKIAUPSTREAM, secret_access_key: "${file:secret}"}');
  if (!result.ok) throw new Error(messages(result));
  expect(result.warnings).toEqual([]);
  expect(result.config.upstreams[0]?.credential?.aws?.sessionToken).toBeUndefined();
});

test('a secret that stands in the file is a warning', () => {
  const result = load('aws: {access_key_id: AKIAUPSTREAM, secret_access_key: plain-text-secret}');
  expect(result.ok && result.warnings.map(({ message }) => message).join()).toContain('the secret stands in this file');
});

test.each([
  ['both kinds', `header: X, value: x, ${KEYS}`, 'name header and value, or aws'],
  ['a header without a value', 'header: X', 'name header and value, or aws'],
  ['a value without a header', 'value: "${env:ID}"', 'name header and value, or aws'],
  ['neither', '', 'name header and value, or aws'],
  ['no secret', 'aws: {access_key_id: AKIAUPSTREAM}', 'secret_access_key'],
  ['a variable that is not set', 'aws: {access_key_id: A123, secret_access_key: "${env:NOPE}"}', 'NOPE is not set'],
  ['an id that is none', 'aws: {access_key_id: "a b c d", secret_access_key: "${env:ID}"}', '4 to 128 letters'],
  ['an unknown member', 'aws: {access_key_id: A123, secret_access_key: "${env:ID}", region: x}', 'region'],
])('%s is a fault', (_name, credential, words) => {
  expect(messages(load(credential))).toContain(words);
});

const ALL = 'https://{service}.{region}.amazonaws.com';

test('a base may be all of AWS', () => {
  const result = load(KEYS, ENV, ALL);
  if (!result.ok) throw new Error(messages(result));
  expect(result.config.upstreams[0]).toMatchObject({
    hostname: '{service}.{region}.amazonaws.com',
    servicesBelow: 'amazonaws.com',
    port: 443,
    basePath: '',
  });
});

test.each([
  ['of another kind', ALL, 'http', KEYS, 'needs `kind: aws`'],
  ['with a header', ALL, 'aws', 'header: X, value: "${env:ID}"', 'needs `kind: aws`'],
  ['with a path', `${ALL}/x`, 'aws', KEYS, 'there is no path'],
  [
    'with a domain of one word',
    'https://{service}.{region}.com',
    'aws',
    KEYS,
    'is not {service}.{region}. and a domain',
  ],
  ['with an address', 'https://{service}.{region}.127.0.0.1', 'aws', KEYS, 'is not {service}.{region}. and a domain'],
  ['in another order', 'https://{region}.{service}.amazonaws.com', 'aws', KEYS, 'is not a host'],
  ['with a word between', 'https://{service}.x.{region}.amazonaws.com', 'aws', KEYS, 'is not a host'],
  ['twice', 'https://{service}.{region}.{service}.com', 'aws', KEYS, 'is not {service}.{region}. and a domain'],
])('a base for every service %s is a fault', (_name, base, kind, credential, words) => {
  expect(messages(load(credential, ENV, base, kind))).toContain(words);
});
