import { expect, test } from 'vitest';
import { parseBaseUrl } from '../../src/config/base-url.ts';

test.each([
  ['https://a.example.com', 'https', 'a.example.com', 443, 'a.example.com', ''],
  ['https://a.example.com/', 'https', 'a.example.com', 443, 'a.example.com', ''],
  ['https://a.example.com:443', 'https', 'a.example.com', 443, 'a.example.com', ''],
  ['http://a.example.com:443/v1/', 'http', 'a.example.com', 443, 'a.example.com:443', '/v1'],
  ['http://localhost:5055/api/v3', 'http', 'localhost', 5055, 'localhost:5055', '/api/v3'],
  ['http://127.0.0.1', 'http', '127.0.0.1', 80, '127.0.0.1', ''],
  ['https://[2001:DB8:0::1]:8443/x', 'https', '2001:db8::1', 8443, '[2001:db8::1]:8443', '/x'],
  ['https://a.example.com/%20a/b;c=1', 'https', 'a.example.com', 443, 'a.example.com', '/%20a/b;c=1'],
])('%s is read as it stands', (text, scheme, hostname, port, authority, path) => {
  expect(parseBaseUrl(text)).toEqual({ ok: true, base: { scheme, hostname, port, authority, path } });
});

test.each([
  ['a.example.com', 'http://host'],
  ['HTTPS://a.example.com', 'lower case'],
  ['ftp://a.example.com', 'http://host'],
  ['https:a.example.com', 'http://host'],
  ['https:///x', 'not a host'],
  ['https://', 'not a host'],
  ['https://user:secret@a.example.com', 'user or password'],
  ['https://a.example.com@b.example.com', 'user or password'],
  ['https://a.example.com?x=1', 'query'],
  ['https://a.example.com/x?', 'query'],
  ['https://a.example.com/#f', 'fragment'],
  ['https://a.example.com\\@b.example.com', 'path'],
  ['https://A.example.com', 'not a host'],
  ['https://a.example.com.', 'not a host'],
  ['https://a_b.example.com', 'not a host'],
  ['https://faß.example.com', 'not a host'],
  ['https://good.example.com%2eevil.com', 'not a host'],
  ['https://0x7f.1', 'not a host'],
  ['https://2130706433', 'not a host'],
  ['https://0177.0.0.1', 'not a host'],
  ['https://127.1', 'not a host'],
  ['https://a.example.com:', 'not a host'],
  ['https://a.example.com:0', 'not a host'],
  ['https://a.example.com:080', 'not a host'],
  ['https://a.example.com:65536', 'not a host'],
  ['https://[::1%25eth0]', 'not a host'],
  ['https://::1', 'not a host'],
  ['https://a.example.com/../x', 'path'],
  ['https://a.example.com/a/%2E%2e/x', 'path'],
  ['https://a.example.com/a//b', 'path'],
  ['https://a.example.com//', 'path'],
  ['https://a.example.com/a b', 'path'],
  ['https://a.example.com/a%2', 'path'],
  ['https://a.example.com/é', 'path'],
  ['https://a.example.com/\r\nx', 'path'],
  [' https://a.example.com', 'http://host'],
  ['https://a.example.com ', 'not a host'],
])('%j is refused', (text, expected) => {
  const result = parseBaseUrl(text);
  expect(result).toMatchObject({ ok: false, message: expect.stringContaining(expected) });
  expect(JSON.stringify(result)).not.toContain('secret');
});
