// The notations of AWS bodies as trees, secrets in them, and that what parsers could read differently is no tree.
import { describe, expect, it } from 'vitest';
import { formTree } from '../../../src/actions/aws/body/form-tree.ts';
import { isSecretName, plainParams } from '../../../src/actions/aws/body/plain.ts';
import { parseXml } from '../../../src/actions/aws/body/xml.ts';
import { type JsonObject, type JsonValue, parseJson } from '../../../src/core/body/json.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Maps as plain objects, for comparing. */
function plain(value: JsonValue | undefined): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) {
    return Object.fromEntries([...(value as JsonObject)].map(([name, member]) => [name, plain(member)]));
  }
  return value;
}

describe('forms', () => {
  const tree = (text: string): unknown => {
    const fields = text.split('&').map((pair) => ({ name: pair.split('=')[0] ?? '', value: pair.split('=')[1] ?? '' }));
    return plain(formTree(fields));
  };

  it.each([
    ['A=1&B=', { A: '1', B: '' }],
    ['Id.1=a&Id.2=b', { Id: ['a', 'b'] }],
    ['Id.10=b&Id.2=a', { Id: ['a', 'b'] }],
    ['Tags.member.1.Key=k&Tags.member.1.Value=v', { Tags: [{ Key: 'k', Value: 'v' }] }],
    ['Filter.1.Name=n&Filter.1.Value.1=x&Filter.1.Value.2=y', { Filter: [{ Name: 'n', Value: ['x', 'y'] }] }],
    ['Attributes.entry.1.key=a&Attributes.entry.1.value=b', { Attributes: [{ key: 'a', value: 'b' }] }],
    ['Ids.Id.1=a', { Ids: { Id: ['a'] } }],
    ['member.1=a', { member: ['a'] }],
    ['__proto__.x=1', Object.fromEntries([['__proto__', { x: '1' }]])],
  ])('%s', (text, expected) => {
    expect(JSON.stringify(tree(text))).toBe(JSON.stringify(expected));
  });

  it.each([
    'A=1&A=2',
    'A=1&A=1',
    'A=1&A.1=2',
    'A.1=2&A=1',
    'A.1.B=1&A.1=2',
    'A.member.1=x&A.1=y',
    `${'A.'.repeat(17)}B=1`,
  ])('has no tree for %s', (text) => {
    expect(tree(text)).toBeUndefined();
  });
});

describe('XML', () => {
  it.each([
    ['<a/>', ''],
    ['<a>x</a>', 'x'],
    ['<?xml version="1.0" encoding="UTF-8"?>\n<a>x</a>\n', 'x'],
    ['<a xmlns="urn:x" b=\'c\'><b>1</b> <c/></a>', { b: '1', c: '' }],
    ['<a><b>1</b><b>2</b></a>', { b: ['1', '2'] }],
    ['<a>&lt;&#65;&#x42;&amp;&quot;&apos;&gt;</a>', '<AB&"\'>'],
    ['<a><!-- no --><b><![CDATA[<x>&]]></b></a>', { b: '<x>&' }],
    ['<n:a><n:b>1</n:b></n:a>', { b: '1' }],
  ])('%s', (text, expected) => {
    expect(plain(parseXml(bytes(text))?.value)).toEqual(expected);
  });

  it.each([
    '',
    'x',
    '<a>',
    '<a></b>',
    '<a/><b/>',
    '<a>x<b/></a>',
    '<a b=c/>',
    '<a b="<"/>',
    '<a>&nope;</a>',
    '<a>& b</a>',
    '<a>&#0;</a>',
    '<a>&#xD800;</a>',
    '<a>]]></a>',
    '<!DOCTYPE a><a/>',
    '<?xml version="1.0"?><?php ?><a/>',
    '<?xml version="1.0" encoding="utf-7"?><a/>',
    '<a><!-- -- --></a>',
    '<a><![CDATA[x</a>',
    '<!-- x --><a/>',
    `${'<a>'.repeat(65)}${'</a>'.repeat(65)}`,
    '\ufeff<a/>',
  ])('refuses %s', (text) => {
    expect(parseXml(bytes(text))).toBeUndefined();
  });

  it('comes to an end for what is long and hostile', () => {
    for (const text of [
      `<a${' b="c"'.repeat(100_000)}/>`,
      `<a>${'&amp;'.repeat(200_000)}</a>`,
      '<'.repeat(1_000_000),
    ]) {
      expect(() => parseXml(bytes(text))).not.toThrow();
    }
  });
});

describe('parameters', () => {
  const params = (value: unknown): unknown => {
    const parsed = parseJson(bytes(JSON.stringify(value)));
    return parsed.ok && parsed.value instanceof Map ? plainParams(parsed.value) : undefined;
  };

  it('are plain data', () => {
    const value = { a: 1, b: [true, null, { c: 'd' }], e: { f: 1.5 } };
    expect(params(value)).toEqual(value);
  });

  it('keep no secret', () => {
    expect(
      params({
        SecretId: 'prod/db',
        SecretString: 'x',
        MasterUserPassword: 'x',
        ManageMasterUserPassword: true,
        NextToken: 'n',
        Login: { Password: 'x', UserName: 'u' },
        Environment: { Variables: { TOKEN: 'x', MODE: 'x' } },
        environment: { type: 'LINUX' },
        containerDefinitions: [{ name: 'c', environment: [{ name: 'A', value: 'x' }] }],
      }),
    ).toEqual({
      SecretId: 'prod/db',
      SecretString: '[redacted]',
      MasterUserPassword: '[redacted]',
      ManageMasterUserPassword: true,
      NextToken: 'n',
      Login: { Password: '[redacted]', UserName: 'u' },
      Environment: { Variables: { TOKEN: '[redacted]', MODE: '[redacted]' } },
      environment: { type: 'LINUX' },
      containerDefinitions: [{ name: 'c', environment: '[redacted]' }],
    });
  });

  it.each([
    'Password',
    'privateKey',
    'SecretAccessKey',
    'SecretBinary',
    'clientSecret',
    'AuthToken',
    'WebIdentityToken',
    'SAMLAssertion',
    'PlainText',
    'apiKey',
    'Passphrase',
    'TokenCode',
  ])('%s is a secret', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each([
    'SecretId',
    'secretArn',
    'KeyId',
    'AccessKeyId',
    'ClientToken',
    'PasswordPolicy',
    'PublicKeyMaterial',
    'PrincipalTags',
    'TokenValidityUnits',
    'CredentialId',
  ])('%s is none', (name) => {
    expect(isSecretName(name)).toBe(false);
  });

  it('are left out whole where they are too large, never cut', () => {
    const long = 'x'.repeat(40_000);
    expect(params({ a: long, b: 'short' })).toEqual({ b: 'short' });
    expect(params({ a: Array.from({ length: 3_000 }, () => 1), b: { c: [long] }, d: 1 })).toEqual({ d: 1 });
  });
});
