// `boundary` and `preview` of an upstream, as the file may say them, and what is said of those that it may not.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConfigResult, loadConfig } from '../../src/config/load.ts';
import type { Upstream } from '../../src/core/upstream.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdgate-context-'));
  writeFileSync(join(folder, 'p.yaml'), 'version: 1\nrules: [{id: r, match: {method: GET}, effect: allow}]\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

function load(
  more: string,
  env: Readonly<Record<string, string>> | undefined = { READER: 'reader-token' },
): ConfigResult {
  const file = join(folder, 'holdgate.yaml');
  writeFileSync(
    file,
    `version: 1\npolicies: [p.yaml]\nupstreams:\n  api: {base: "https://api.test", mount: /api, ${more}}\n`,
  );
  return loadConfig(file, env);
}

function upstream(more: string, env?: Readonly<Record<string, string>>): Upstream | undefined {
  const loaded = load(more, env);
  if (!loaded.ok) throw new Error(loaded.faults.map(({ message }) => message).join('\n'));
  return loaded.config.upstreams[0];
}

const faults = (more: string): string => {
  const loaded = load(more);
  return loaded.ok ? '' : loaded.faults.map(({ message }) => message).join('\n');
};

const READER = '{header: Authorization, value: "Bearer ${env:READER}"}';

describe('preview', () => {
  it('has a credential of its own, from the environment', () => {
    const { preview } = upstream(`preview: {credential: ${READER}}`) ?? {};
    expect(preview?.dryRun).toBe(false);
    expect(preview?.credential.value?.reveal()).toBe('Bearer reader-token');
    expect(JSON.stringify(preview)).not.toContain('reader-token');
  });

  it('may be keys of AWS, and may send dry runs', () => {
    const keys = '{aws: {access_key_id: AKIDREADER, secret_access_key: s}}';
    const { preview } = upstream(`kind: aws, preview: {dry_run: true, credential: ${keys}}`) ?? {};
    expect(preview?.dryRun).toBe(true);
    expect(preview?.credential.aws?.accessKeyId.reveal()).toBe('AKIDREADER');
  });

  it('may be switched off', () => {
    expect(upstream(`preview: {enabled: false, credential: ${READER}}`)?.preview).toBeUndefined();
    expect(upstream('')?.preview).toBeUndefined();
  });

  it('with the credential of calls is warned about', () => {
    const loaded = load(`credential: ${READER}, preview: {credential: ${READER}}`);
    if (!loaded.ok) throw new Error('does not load');
    expect(loaded.warnings.map(({ message }) => message)).toContain(
      'this is the credential that calls run with; previews need one that only reads',
    );
    const own = load(
      `credential: {header: Authorization, value: "Bearer \${env:WRITER}"}, preview: {credential: ${READER}}`,
      { READER: 'r', WRITER: 'w' },
    );
    expect(own.ok && own.warnings.filter(({ message }) => message.includes('previews need'))).toEqual([]);
  });

  it.each([
    ['preview: {}', 'credential'],
    ['preview: {credential: {header: Authorization}}', 'name header and value, or aws'],
    [`preview: {credential: ${READER}, dryrun: true}`, 'did you mean "dry_run"?'],
    ['preview: {credential: {header: Authorization, value: "${env:MISSING}"}}', 'MISSING'],
  ])('%s is refused', (more, message) => expect(faults(more)).toContain(message));
});

describe('boundary', () => {
  it('takes one glob or several', () => {
    expect(upstream('boundary: {regions: "eu-*", accounts: ["111122223333", self]}')?.boundary).toEqual({
      regions: ['eu-*'],
      accounts: ['111122223333', 'self'],
    });
    expect(upstream('')?.boundary).toBeUndefined();
  });

  it.each([
    ['boundary: {}', 'must name something'],
    ['boundary: {region: eu-*}', 'did you mean "regions"?'],
    ['boundary: {regions: []}', 'must not be empty'],
    ['boundary: {regions: ["eu-{west,north}-1"]}', 'braces mean nothing here'],
    ['boundary: {accounts: [111122223333]}', ''],
  ])('%s is refused', (more, message) => {
    expect(load(more).ok).toBe(false);
    expect(faults(more)).toContain(message);
  });
});
