import { expect, it } from 'vitest';
import { shownHeaderValue } from '../../src/core/credential-headers.ts';

it.each([
  'Authorization',
  'cookie',
  'X-Api-Key',
  'X-Amz-Security-Token',
  'X-ClickHouse-Key',
  'Neon-Connection-String',
  'X-Trino-Extra-Credential',
  'X-Vault-Token',
  'DD-API-KEY',
  'CF-Access-Client-Secret',
  'x-ms-copy-source-authorization',
  'X-Amz-Server-Side-Encryption-Customer-Key',
  'x-goog-encryption-key',
])('shows %s by length and hash only', (name) => {
  const shown = shownHeaderValue(name, 'Bearer sk-secret');
  expect(shown).toMatch(/^\[credential, 16 characters, sha256 [0-9a-f]{12}…\]$/);
  expect(shownHeaderValue(name, 'Bearer sk-other!')).not.toBe(shown);
});

it('hides a token that stands among the protocols of a WebSocket', () => {
  const protocols = 'base64url.bearer.authorization.k8s.io.c2VjcmV0, v5.channel.k8s.io';
  expect(shownHeaderValue('Sec-WebSocket-Protocol', protocols)).not.toContain('c2VjcmV0');
  expect(shownHeaderValue('Sec-WebSocket-Protocol', 'v5.channel.k8s.io')).toBe('v5.channel.k8s.io');
});

it('shows every other header as it is', () => {
  expect(shownHeaderValue('Idempotency-Key', 'k')).toBe('k');
  expect(shownHeaderValue('X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id', 'k')).toBe('k');
  expect(shownHeaderValue('Content-Type', 'text/plain')).toBe('text/plain');
});

it('hides what is secret in an address that a header holds', () => {
  const source = (sig: string): string => `https://acc.blob.core.windows.net/a?sv=1&sig=${sig}&x=2`;
  expect(shownHeaderValue('x-ms-copy-source', source('hunter2'))).toBe(source('[redacted]'));
  expect(shownHeaderValue('Referer', 'https://a.test/#access_token=b')).toBe('https://a.test/#access_token=[redacted]');
  expect(shownHeaderValue('X-Filter', 'a?token=b')).toBe('a?token=b');
});
