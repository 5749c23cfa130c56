import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { insecureRuntime } from '../../src/config/insecure-runtime.ts';

test.each([
  ['nothing', [], {}],
  ['harmless flags', ['--enable-source-maps', '--max-http-header-size=16384'], { NODE_OPTIONS: '--no-warnings' }],
  ['verification left on', [], { NODE_TLS_REJECT_UNAUTHORIZED: '1' }],
  ['another flag that starts alike', ['--tls-min-v1.2', '--insecure-http-parsers'], {}],
])('%s is sound', (_name, execArgv, env) => {
  expect(insecureRuntime(execArgv, env)).toEqual([]);
});

test.each<[string, string[], Record<string, string>, string]>([
  ['the flag', ['--insecure-http-parser'], {}, '--insecure-http-parser on the command line of node'],
  ['the flag with a value', ['--insecure-http-parser=true'], {}, '--insecure-http-parser'],
  ['the flag with underscores', ['--insecure_http_parser'], {}, '--insecure-http-parser'],
  [
    'NODE_OPTIONS',
    [],
    { NODE_OPTIONS: '--no-warnings  --insecure-http-parser' },
    '--insecure-http-parser in NODE_OPTIONS',
  ],
  [
    'quotes in NODE_OPTIONS',
    [],
    { NODE_OPTIONS: '"--insecure-http-parser"' },
    '--insecure-http-parser in NODE_OPTIONS',
  ],
  ['old TLS', ['--tls-min-v1.0'], {}, '--tls-min-v1.0'],
  ['a key log', ['--tls-keylog=/tmp/k'], {}, '--tls-keylog'],
  ['a reverted fix', [], { NODE_OPTIONS: '--security-revert=CVE-2023-46809' }, '--security-revert'],
  ['verification switched off', [], { NODE_TLS_REJECT_UNAUTHORIZED: '0' }, 'NODE_TLS_REJECT_UNAUTHORIZED=0'],
])('%s is named', (_name, execArgv, env, expected) => {
  expect(insecureRuntime(execArgv, env)).toEqual([expect.stringContaining(expected)]);
});

test('several are all named', () => {
  const env = { NODE_OPTIONS: '--insecure-http-parser', NODE_TLS_REJECT_UNAUTHORIZED: '0' };
  expect(insecureRuntime(['--insecure-http-parser'], env)).toHaveLength(3);
});

test('the spelling with underscores is one that node really takes', () => {
  const print = 'console.log(JSON.stringify(process.execArgv))';
  const { stdout } = spawnSync(process.execPath, ['--insecure_http_parser', '-e', print], { encoding: 'utf8' });
  expect(insecureRuntime(JSON.parse(stdout) as string[], {})).toHaveLength(1);
});
