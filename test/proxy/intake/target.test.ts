import { describe, expect, it } from 'vitest';
import { parseAuthority, parseTarget } from '../../../src/proxy/intake/target.ts';

describe('parseTarget', () => {
  it.each([
    ['/', '/', undefined],
    ['/x', '/x', undefined],
    ['/x?', '/x', ''],
    ['/x?a=1&b=%zz', '/x', 'a=1&b=%zz'],
    ['/repos/.git/config', '/repos/.git/config', undefined],
    ['/a/...b/c..', '/a/...b/c..', undefined],
    ['/a%20b/%e2%82%ac', '/a%20b/%e2%82%ac', undefined],
    ['/projects/group%2Fname', '/projects/group%2Fname', undefined],
    ['/a//b', '/a//b', undefined],
    ['/a;v=1/b', '/a;v=1/b', undefined],
  ])('takes %s as it is', (raw, path, query) => {
    expect(parseTarget(raw)).toEqual({ ok: true, target: { path, query, authority: undefined } });
  });

  it.each([
    ['http://api.example.com', '/', 'api.example.com'],
    ['http://API.example.com:8443/x', '/x', 'api.example.com:8443'],
    ['https://api.example.com?q', '/', 'api.example.com'],
    ['HTTP://[::1]:80/x', '/x', '[::1]:80'],
  ])('reads the absolute form %s', (raw, path, authority) => {
    expect(parseTarget(raw)).toMatchObject({ ok: true, target: { path, authority } });
  });

  it.each([
    ['a fragment', '/public#/../admin'],
    ['a backslash', '/pub\\..\\admin'],
    ['a dot segment', '/pub/../admin'],
    ['a dot segment at the end', '/pub/..'],
    ['a single dot', '/pub/./x'],
    ['an encoded dot segment', '/pub/%2e%2e/admin'],
    ['a half encoded dot segment', '/pub/.%2E/admin'],
    ['a doubly encoded dot segment', '/pub/%252e%252e/admin'],
    ['a dot segment behind an encoded slash', '/pub/a%2f..%2fadmin'],
    ['a dot segment behind an encoded backslash', '/pub/a%5c..%5cadmin'],
    ['a dot segment with parameters', '/pub/..;/admin'],
    ['a dot segment with a space', '/pub/..%20/admin'],
    ['two leading slashes', '//evil/x'],
    ['a broken escape', '/a%zz'],
    ['an IIS escape', '/a%u002f'],
    ['NUL', '/a%00b'],
    ['an over-long UTF-8 slash', '/a%c0%afb'],
    ['non-ASCII', '/a\u00e9'],
    ['a space', '/a b'],
    ['a tab', '/a\tb'],
    ['asterisk form', '*'],
    ['authority form', 'example.com:443'],
    ['another scheme', 'ftp://example.com/'],
    ['userinfo', 'http://user@example.com/'],
    ['an empty host', 'http:///x'],
    ['a trailing dot', 'http://example.com./x'],
    ['a percent in the host', 'http://ex%61mple.com/x'],
    ['a port out of range', 'http://example.com:70000/x'],
    ['a path without slash', 'x'],
  ])('refuses %s', (_what, raw) => {
    expect(parseTarget(raw).ok).toBe(false);
  });

  it('tests a long hostile path in linear time', () => {
    const started = performance.now();
    parseTarget(`/${'a'.repeat(60_000)}%`);
    parseTarget(`/${'a/'.repeat(30_000)}.`);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('parseAuthority', () => {
  it.each([
    'a',
    'a-b.example.com',
    'example.com:1',
    'example.com:65535',
    '127.0.0.1:80',
    '[2001:db8::1]',
    '[::1]:8080',
  ])('accepts %s', (text) => {
    expect(parseAuthority(text)).toBe(text);
  });

  it.each([
    '',
    '.',
    '-a.com',
    'a-.com',
    'a..b',
    'a.com.',
    'a_b.com',
    'a@b',
    'a/b',
    'a?b',
    'a:b',
    'a:0',
    'a:080',
    'a:65536',
    '[a',
    'a]',
    '[example.com]',
    'faß.de',
    'a b',
    'a%2eb',
    'a'.repeat(256),
  ])('refuses %j', (text) => {
    expect(parseAuthority(text)).toBeUndefined();
  });
});
