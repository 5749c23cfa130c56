// Calls to Azure that parsers could take in two ways: every reading is there, none is sure, and nothing is milder than the strictest.
import { describe, expect, it } from 'vitest';
import type { Call } from '../../../src/core/call.ts';
import { arm, call, JSON_TYPE, names, type Parts, recognise, whole } from './calls.ts';

const ROLE = 'Microsoft.Authorization/roleAssignments';
const PATH = `/subscriptions/s1/resourceGroups/prod/providers/${ROLE}/a1`;
const BODY = '{"properties":{"principalId":"p1"}}';

describe('what Resource Manager sends on to an app', () => {
  const site = '/subscriptions/s1/resourceGroups/prod/providers/Microsoft.Web/sites/app';
  it.each([
    `${site}/hostruntime/admin/host/keys`,
    `${site}/hostruntime/admin/functions/f1/keys`,
    `${site}/HOSTRUNTIME/admin/vfs/home/site/wwwroot/`,
    `${site}/slots/blue/hostruntime/admin/host/keys`,
    `${site}/extensions/api/settings`,
    `${site}/slots/blue/extensions/api/vfs/site/wwwroot/`,
    `${site}/extensions/api%2Fsettings`,
  ])('may be a secret: GET %s', (path) => {
    expect(recognise(arm(`GET ${path}`)).flatMap(({ tags }) => tags)).toContain('secret-read');
  });

  it.each([
    `${site}/extensions`,
    `${site}/extensions/MSDeploy`,
    `${site}/hostruntime/runtime/webhooks/workflow/api/management/workflows`,
    `${site}/config/web`,
  ])('is none: GET %s', (path) => {
    expect(recognise(arm(`GET ${path}`)).flatMap(({ tags }) => tags)).toEqual([]);
  });
});

describe('paths', () => {
  it('that hide an action behind an escaped slash are that action too', () => {
    const account = '/subscriptions/s1/resourceGroups/prod/providers/Microsoft.DocumentDB/databaseAccounts/a1';
    for (const slash of ['%2F', '%2f']) {
      const found = recognise(arm(`GET ${account}${slash}readonlykeys`));
      expect(found.map(({ name, confidence }) => `${name} ${confidence}`)).toEqual([
        'azure:Microsoft.DocumentDB/databaseAccounts/read ambiguous',
        'azure:Microsoft.DocumentDB/databaseAccounts/readonlykeys/read ambiguous',
      ]);
      expect(found.flatMap(({ tags }) => tags)).toContain('secret-read');
    }
  });

  it.each<[string, string]>([
    ['doubled slashes', PATH.replace('/providers/', '//providers/')],
    ['doubled slashes in front', `/${PATH}`],
    ['a dot', PATH.replace('/providers/', '/./providers/')],
    ['a way up', PATH.replace('/providers/', '/x/../providers/')],
    ['an escaped way up', PATH.replace('/providers/', '/x/%2e%2e/providers/')],
    ['a backslash', PATH.replace('/a1', '\\a1')],
    ['a parameter of the path', `${PATH};x=1`],
    ['an escaped question mark', `${PATH}%3Fx`],
    ['an escaped hash', `${PATH}%23x`],
    ['a zero', `${PATH}%00`],
    ['a blank at the end', `${PATH}%20`],
    ['a dot at the end', `${PATH}.`],
    ['an escaped slash in the name', `${PATH}%2Fx`],
    ['a slash that is escaped twice', `${PATH}%252Fx`],
    ['an overlong slash', PATH.replace('/a1', '%c0%afa1')],
    ['a broken escape', `${PATH}%zz`],
    ['two ways up to another resource', `${PATH}/../../locks/l1`],
  ])('with %s are not certain', (_name, path) => {
    const found = recognise(arm(`DELETE ${path}`));
    expect(found.filter(({ confidence }) => confidence === 'exact')).toEqual([]);
    const worst = found.some(({ name, tags }) => name === 'azure:unknown' || tags.includes('destructive'));
    expect(worst).toBe(true);
  });

  it.each<[string, string, string]>([
    ['another case', PATH.toUpperCase(), `${ROLE}/delete`],
    [
      'another case of the provider',
      PATH.replace('Microsoft.Authorization', 'mIcRoSoFt.AuThOrIzAtIoN'),
      `${ROLE}/delete`,
    ],
    ['an escaped letter', PATH.replace('roleA', 'role%41'), `${ROLE}/delete`],
    ['a slash at the end', `${PATH}/`, `${ROLE}/delete`],
    ['a group that is called as the separator', PATH.replace('/prod/', '/providers/'), `${ROLE}/delete`],
    ['a resource that is called so', PATH.replace('/a1', '/providers'), `${ROLE}/delete`],
    [
      'an extension of an extension',
      `${PATH}/providers/Microsoft.Authorization/locks/l1`,
      'Microsoft.Authorization/locks/delete',
    ],
  ])('with %s are what Azure takes them for', (_name, path, expected) => {
    expect(names(arm(`DELETE ${path}`))[0]?.replace(/[?!]$/, '')).toBe(expected);
  });

  it('in the form of old, below no provider, are not certain', () => {
    expect(names(arm('PUT /subscriptions/s1/resourcegroups/prod/deployments/d1', { body: '{}' }))).toContain(
      'unknown!',
    );
  });

  it.each([
    ['nothing', '/'],
    ['no provider', '/subscriptions/s1/resourceGroups/prod/providers'],
    ['a provider and no type', '/subscriptions/s1/resourceGroups/prod/providers/Microsoft.Compute'],
    ['what is no path of Resource Manager', '/nothing/at/all'],
    ['an endless chain', `/subscriptions/s1/providers/Microsoft.A${'/b/c'.repeat(1_000)}`],
    ['more readings than anybody looks at', `${PATH}/${'%252e/'.repeat(60)}x`],
    ['an endless name', `${PATH}${'a'.repeat(20_000)}`],
  ])('with %s are never certain of something mild', (_name, path) => {
    const found = recognise(arm(`DELETE ${path}`));
    expect(found.length).toBeGreaterThan(0);
    expect(found.every(({ confidence, tags }) => confidence !== 'exact' || tags.includes('destructive'))).toBe(true);
  });
});

describe('methods', () => {
  it.each<[string, Parts, string]>([
    ['a header', { headers: ['X-HTTP-Method-Override', 'DELETE'] }, PATH],
    ['a header in small letters', { headers: ['x-http-method', ' delete '] }, PATH],
    ['another header', { headers: ['X-Method-Override', 'DELETE'] }, PATH],
    ['a list', { headers: ['X-HTTP-Method-Override', 'GET, DELETE'] }, PATH],
    ['a parameter', {}, `${PATH}?_method=delete`],
  ])('that %s puts in place', (_name, parts, path) => {
    const found = names(arm(`GET ${path}`, parts));
    expect(found).toContain(`${ROLE}/delete?`);
    expect(found.every((name) => /[?!]$/.test(name))).toBe(true);
  });

  it('of which there are more than anybody looks at are unknown too', () => {
    expect(names(arm(`GET ${PATH}`, { headers: ['X-HTTP-Method-Override', 'A,B,C,D,E,DELETE'] }))).toContain(
      'unknown!',
    );
  });

  it.each(['FOO', 'TRACE', 'OPTIONS'])('%s is not known', (method) => {
    expect(names(arm(`${method} ${PATH}`))).toEqual(['unknown!']);
  });
});

describe('bodies', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  it.each<[string, Parts]>([
    ['nobody has read', { headers: JSON_TYPE, body: { state: 'unread' } }],
    ['over the limit', { headers: JSON_TYPE, body: { state: 'unreadable', why: 'over-limit' } }],
    ['of an unknown coding', { headers: JSON_TYPE, body: { state: 'unreadable', why: 'unknown-coding' } }],
    [
      'that cannot be decoded',
      { headers: JSON_TYPE, body: { state: 'unreadable', why: 'undecodable', bytes: bytes('x') } },
    ],
    ['of another charset', { headers: ['Content-Type', 'application/json; charset=utf-7'], body: BODY }],
    ['of two types', { headers: [...JSON_TYPE, 'Content-Type', 'text/plain'], body: BODY }],
    ['without a type', { headers: [], body: BODY }],
    ['of XML', { headers: ['Content-Type', 'application/xml'], body: '<a/>' }],
    ['of a form', { headers: ['Content-Type', 'application/x-www-form-urlencoded'], body: 'a=b' }],
    ['with a key twice', { body: '{"properties":{},"properties":{"allowBlobPublicAccess":true}}' }],
    ['with a key twice in another case', { body: '{"properties":{},"Properties":{"allowBlobPublicAccess":true}}' }],
    [
      'with a key twice, deep inside',
      { body: '{"properties":{"a":[{"allowBlobPublicAccess":false,"ALLOWBLOBPUBLICACCESS":true}]}}' },
    ],
    ['with a key twice, once escaped', { body: '{"properties":{},"\\u0070roperties":{}}' }],
    ['that is a list', { body: '[]' }],
    ['that is text', { body: '"x"' }],
    ['that is cut', { body: '{"properties":' }],
    ['with something behind it', { body: '{}{}' }],
    ['with a comment', { body: '{/* */}' }],
    ['with a comma too many', { body: '{"a":1,}' }],
    ['with single quotes', { body: "{'properties':{}}" }],
    ['with a byte order mark', { body: '\ufeff{}' }],
    ['that is nested without end', { body: '['.repeat(100_000) }],
    ['that is no UTF-8', { headers: JSON_TYPE, body: new Uint8Array([0x7b, 0xff, 0x7d]) }],
  ])('%s are never certain, and may do all that the operation can', (_name, parts) => {
    const account = '/subscriptions/s1/resourceGroups/prod/providers/Microsoft.Storage/storageAccounts/st';
    const [action, ...others] = recognise(arm(`PUT ${account}`, parts));
    expect(others).toEqual([]);
    expect(action?.name).toBe('azure:Microsoft.Storage/storageAccounts/write');
    expect(action?.confidence).not.toBe('exact');
    expect(action?.tags).toEqual(expect.arrayContaining(['external-sharing', 'network-exposure']));
  });

  it('that were compressed are read as what was in them', () => {
    const body = whole(new Uint8Array([31, 139]), bytes(BODY));
    const [action] = recognise(arm(`PUT ${PATH}`, { headers: [...JSON_TYPE, 'Content-Encoding', 'gzip'], body }));
    expect(action).toMatchObject({ confidence: 'exact', params: { properties: { principalId: 'p1' } } });
  });
});

describe('batches', () => {
  const manager = (body: unknown, parts: Parts = {}): Call =>
    arm('POST /batch?api-version=1', { body: typeof body === 'string' ? body : JSON.stringify(body), ...parts });
  const graph = (body: unknown): Call =>
    call('POST https://graph.microsoft.com/v1.0/$batch', { body: JSON.stringify(body) });
  const remove = { httpMethod: 'DELETE', url: PATH };

  it.each<[string, Call]>([
    ['no requests', manager({})],
    ['an empty list', manager({ requests: [] })],
    ['requests that are no list', manager({ requests: remove })],
    ['a request that is no object', manager({ requests: ['DELETE'] })],
    ['a request without an address', manager({ requests: [{ httpMethod: 'DELETE' }] })],
    ['a request without a method', manager({ requests: [{ url: PATH }] })],
    ['two methods', manager({ requests: [{ ...remove, method: 'GET' }] })],
    ['two addresses', manager({ requests: [{ ...remove, relativeUrl: '/subscriptions' }] })],
    ['two bodies', manager({ requests: [{ ...remove, content: {}, body: { a: 1 } }] })],
    ['an address of another host', manager({ requests: [{ ...remove, url: `https://graph.microsoft.com${PATH}` }] })],
    ['an address with two slashes', manager({ requests: [{ ...remove, url: `/${PATH}` }] })],
    ['a method that is none', manager({ requests: [{ ...remove, httpMethod: 'DELETE /x' }] })],
    ['a key twice', manager(`{"requests":[],"requests":[${JSON.stringify(remove)}]}`)],
    ['a key twice in another case', manager(`{"requests":[],"Requests":[${JSON.stringify(remove)}]}`)],
    ['another type', manager({ requests: [remove] }, { headers: ['Content-Type', 'text/plain'] })],
    ['more requests than anybody looks at', manager({ requests: Array.from({ length: 501 }, () => remove) })],
    ['a body that nobody has read', arm('POST /batch', { body: { state: 'unread' } })],
    ['no requests of Graph', graph({ requests: 1 })],
    [
      'another method in a header of a request',
      graph({ requests: [{ id: '1', method: 'GET', url: '/me', headers: { 'X-HTTP-Method': 'DELETE' } }] }),
    ],
    [
      'another method in a header of one of Resource Manager',
      manager({
        requests: [
          { ...remove, httpMethod: 'GET', requestHeaderDetails: {}, Headers: { 'x-http-method-override': 'DELETE' } },
        ],
      }),
    ],
  ])('with %s are unknown', (_name, each) => {
    expect(names(each)).toEqual(['unknown!']);
  });

  it('take methods and addresses in any case, and the version of Graph from their own', () => {
    expect(names(manager({ Requests: [{ HTTPMethod: 'delete', URL: PATH.toUpperCase() }] }))).toEqual([
      `${ROLE}/delete`,
    ]);
    expect(names(graph({ requests: [{ method: 'delete', url: 'users/u1' }] }))).toEqual(['graph:DELETE:/users/{id}']);
  });

  it('in batches are unknown', () => {
    const inner = { httpMethod: 'POST', url: '/batch?api-version=1', content: { requests: [remove] } };
    expect(names(manager({ requests: [inner, remove] }))).toEqual(['unknown!', `${ROLE}/delete`]);
  });
});

describe('data planes', () => {
  it.each<[string, string, Parts]>([
    ['two operations', 'PUT https://acc.blob.core.windows.net/c?restype=container&comp=acl&comp=metadata', {}],
    [
      'an operation in capitals and one not',
      'PUT https://acc.blob.core.windows.net/c?restype=container&COMP=acl&comp=metadata',
      {},
    ],
    ['a semicolon', 'PUT https://acc.blob.core.windows.net/c?restype=container;comp=acl', {}],
    ['two kinds', 'DELETE https://acc.blob.core.windows.net/c?restype=container&restype=x', {}],
    [
      'two sources of a copy',
      'PUT https://acc.blob.core.windows.net/c/b',
      { headers: ['x-ms-copy-source', 'https://a/1', 'x-ms-copy-source', 'https://b/2'] },
    ],
    [
      'two kinds of access',
      'PUT https://acc.blob.core.windows.net/c?restype=container&comp=acl',
      { headers: ['x-ms-blob-public-access', '', 'x-ms-blob-public-access', 'blob'] },
    ],
    ['a way up in a blob', 'DELETE https://acc.blob.core.windows.net/c/a/../../d/b', {}],
    ['a batch of blobs', 'POST https://acc.blob.core.windows.net/?comp=batch', {}],
    ['doubled slashes in a vault', 'GET https://kv.vault.azure.net//secrets/db', {}],
    ['a way up in a vault', 'GET https://kv.vault.azure.net/keys/../secrets/db', {}],
    ['an escaped slash in Graph', 'DELETE https://graph.microsoft.com/v1.0/users%2Fu1', {}],
    ['a way up in Graph', 'DELETE https://graph.microsoft.com/v1.0/me/../users/u1', {}],
    ['an unknown host', `DELETE https://gate.internal${PATH}`, {}],
  ])('with %s are not certain', (_name, request, parts) => {
    expect(recognise(call(request, parts)).filter(({ confidence }) => confidence === 'exact')).toEqual([]);
  });

  it('share with everybody where one of two headers says so', () => {
    const acl = call('PUT https://acc.blob.core.windows.net/c?restype=container&comp=metadata&comp=acl', {
      headers: ['x-ms-blob-public-access', 'container'],
    });
    expect(recognise(acl).flatMap(({ tags }) => tags)).toContain('external-sharing');
  });

  it('read a secret in any case of its path', () => {
    expect(names(call('GET https://kv.vault.azure.net/SECRETS/db'))).toEqual([
      'Microsoft.KeyVault/vaults/secrets/getSecret/action',
    ]);
  });
});
