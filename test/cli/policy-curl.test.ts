// What people paste into `policy explain`: curl command lines and URLs, read as written or refused.
import { expect, test } from 'vitest';
import { parseCurl } from '../../src/cli/policy/curl.ts';
import { parseRawUrl } from '../../src/cli/policy/raw-url.ts';
import { shellWords } from '../../src/cli/policy/shell-words.ts';

const url = 'https://api.example.com/x';
const form = ['Content-Type', 'application/x-www-form-urlencoded'];
const json = [
  ['Content-Type', 'application/json'],
  ['Accept', 'application/json'],
];

test.each([
  [`curl ${url}`, { method: 'GET', url, headers: [], body: undefined }],
  [`curl -sSfL --compressed -o /dev/null -m 5 ${url}`, { method: 'GET', url, headers: [], body: undefined }],
  [`curl -X DELETE '${url}'`, { method: 'DELETE', url, headers: [], body: undefined }],
  [`curl -sXPUT ${url}`, { method: 'PUT', url, headers: [], body: undefined }],
  [`curl -I ${url}`, { method: 'HEAD', url, headers: [], body: undefined }],
  [`curl ${url} -d a=1 -d 'b=x y'`, { method: 'POST', url, headers: [form], body: 'a=1&b=x y' }],
  [`curl ${url} --data-urlencode 'q=a&b c'`, { method: 'POST', url, headers: [form], body: 'q=a%26b%20c' }],
  [`curl ${url} --data-raw @x`, { method: 'POST', url, headers: [form], body: '@x' }],
  [`curl -G ${url} -d a=1 -d b=2`, { method: 'GET', url: `${url}?a=1&b=2`, headers: [], body: undefined }],
  [`curl -G '${url}?z=0' -d a=1`, { method: 'GET', url: `${url}?z=0&a=1`, headers: [], body: undefined }],
  [`curl --json '{"a":1}' ${url}`, { method: 'POST', url, headers: json, body: '{"a":1}' }],
  [
    `curl -H "X-A: 1" -H 'content-type: text/plain' -H 'X-B;' -H 'X-None:' -d x ${url}`,
    {
      method: 'POST',
      url,
      headers: [
        ['X-A', '1'],
        ['content-type', 'text/plain'],
        ['X-B', ''],
      ],
      body: 'x',
    },
  ],
  [
    `curl -u me:secret ${url}`,
    { method: 'GET', url, headers: [['Authorization', 'Basic bWU6c2VjcmV0']], body: undefined },
  ],
  ['curl api.example.com', { method: 'GET', url: 'http://api.example.com', headers: [], body: undefined }],
  [`curl \\\n  -X PATCH \\\n  ${url}`, { method: 'PATCH', url, headers: [], body: undefined }],
])('%s', (command, call) => {
  expect(parseCurl(command)).toEqual({ ok: true, call });
});

test.each([
  ['curl', /no URL/],
  [`curl ${url} ${url}`, /a second URL/],
  [`curl -d @body.json ${url}`, /read from a file/],
  [`curl -T f ${url}`, /-T is not understood/],
  [`curl -F a=b ${url}`, /-F is not understood/],
  [`curl --frobnicate x ${url}`, /--frobnicate is not understood/],
  [`curl ${url} -X`, /-X needs a value/],
  [`curl -H nothing ${url}`, /is not "Name: value"/],
  [`curl '${url}`, /a quote is not closed/],
  ['curl https://x/$HOME', /interpreted by the shell/],
  [`curl "https://x/$HOME"`, /expanded by the shell/],
  [`curl ${url} | sh`, /interpreted by the shell/],
])('%s is refused', (command, message) => {
  const result = parseCurl(command);
  expect(result.ok ? '' : result.message).toMatch(message);
});

test('quotes join to one word and keep what is between them', () => {
  const result = shellWords(`a'b c'"d \\"e\\" \\x" $'f\\n\\'g' h\\ i ''`);
  expect(result).toEqual({ ok: true, words: ['ab cd "e" \\x', "f\n'g", 'h i', ''] });
});

test.each([
  ['https://Api.Example.com', 'https', 'api.example.com', '/', undefined],
  ['http://a:80/x', 'http', 'a', '/x', undefined],
  ['https://a:443/x?', 'https', 'a', '/x', ''],
  ['https://a:8443/x?y=1?z', 'https', 'a:8443', '/x', 'y=1?z'],
  ['https://a?q', 'https', 'a', '/', 'q'],
  ['https://a/x/%2e%2e/../b//c', 'https', 'a', '/x/%2e%2e/../b//c', undefined],
  ['https://a/x\\..\\b;c=1/%252e', 'https', 'a', '/x\\..\\b;c=1/%252e', undefined],
  ['http://[::1]:8080/', 'http', '[::1]:8080', '/', undefined],
  ['https://a/ü', 'https', 'a', '/Ã¼', undefined],
])('%s arrives as written', (text, scheme, host, path, query) => {
  expect(parseRawUrl(text)).toEqual({ ok: true, url: { scheme, host, path, query } });
});

test.each([
  '',
  '/x',
  'ftp://a/',
  'https:///x',
  'https://u@a/',
  'https://a/#f',
  'https://a/x y',
  'https://a:99999/',
  'https://a b/',
  'https://a\\b/x',
])('%s is not an absolute URL', (text) => {
  expect(parseRawUrl(text).ok).toBe(false);
});
