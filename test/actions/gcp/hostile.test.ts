// Calls to Google's APIs that parsers could take in two ways: every reading is there, none is sure, and nothing is milder than the strictest.
import { describe, expect, it } from 'vitest';
import type { Call } from '../../../src/core/call.ts';
import { call, JSON_TYPE, names, type Parts, recognise, whole } from './calls.ts';

const SA = 'https://iam.googleapis.com/v1/projects/p/serviceAccounts/x';
const SET = 'iam.projects.serviceAccounts.setIamPolicy';
const PUBLIC = '{"policy":{"bindings":[{"role":"roles/owner","members":["allUsers"]}]}}';
const iam = (request: string, parts: Parts = {}): Call =>
  call(request.replace(' ', ' https://iam.googleapis.com'), parts);

describe('paths', () => {
  it.each<[string, string, string[]]>([
    ['doubled slashes', '/v1//projects/p/serviceAccounts/x', ['iam.projects.serviceAccounts.delete?']],
    ['doubled slashes in front', '//v1/projects/p/serviceAccounts/x', ['iam.projects.serviceAccounts.delete?']],
    ['a dot', '/v1/./projects/p/serviceAccounts/x', ['iam.projects.serviceAccounts.delete?']],
    ['a way up', '/v1/a/../projects/p/serviceAccounts/x', ['iam.projects.serviceAccounts.delete?']],
    ['an escaped way up', '/v1/a/%2e%2e/projects/p/serviceAccounts/x', ['iam.projects.serviceAccounts.delete?']],
    ['an escaped letter', '/v1/project%73/p/serviceAccounts/x', ['iam.projects.serviceAccounts.delete?']],
    ['a backslash', '/v1/projects/p/serviceAccounts\\x', ['iam.projects.serviceAccounts.delete?']],
    [
      'a parameter of the path',
      '/v1/projects/p/serviceAccounts/x;a=b',
      ['iam.projects.serviceAccounts.delete?', 'iam.projects.serviceAccounts.delete?'],
    ],
    ['an escaped slash in a name', '/v1/projects/p/serviceAccounts/x%2Fkeys', ['iam.projects.serviceAccounts.delete']],
    [
      'a slash that is escaped twice',
      '/v1/projects/p/serviceAccounts/x%252Fkeys',
      ['iam.projects.serviceAccounts.delete?', 'iam.projects.serviceAccounts.delete?'],
    ],
    [
      'an escaped question mark',
      '/v1/projects/p/serviceAccounts/x%3Fa',
      ['iam.projects.serviceAccounts.delete?', 'iam.projects.serviceAccounts.delete?'],
    ],
    [
      'an escaped hash',
      '/v1/projects/p/serviceAccounts/x%23a',
      ['iam.projects.serviceAccounts.delete?', 'iam.projects.serviceAccounts.delete?'],
    ],
    [
      'a zero',
      '/v1/projects/p/serviceAccounts/x%00a',
      ['iam.projects.serviceAccounts.delete?', 'iam.projects.serviceAccounts.delete?'],
    ],
    [
      'a dot at the end',
      '/v1/projects/p/serviceAccounts/x.',
      ['iam.projects.serviceAccounts.delete?', 'iam.projects.serviceAccounts.delete?'],
    ],
    [
      'a blank at the end',
      '/v1/projects/p/serviceAccounts/x%20',
      ['iam.projects.serviceAccounts.delete?', 'iam.projects.serviceAccounts.delete?'],
    ],
    [
      'an overlong slash',
      '/v1/projects/p/serviceAccounts%c0%afx',
      ['iam.projects.serviceAccounts.delete?', 'unknown!'],
    ],
    ['two ways up', '/v1/projects/p/serviceAccounts/x/keys/k/../..', ['iam.projects.serviceAccounts.delete?']],
    ['a slash at the end', '/v1/projects/p/serviceAccounts/x/', ['iam.projects.serviceAccounts.delete']],
    ['a broken escape', '/v1/projects/p/serviceAccounts/x%zz', ['iam.projects.serviceAccounts.delete?', 'unknown!']],
    ['another case', '/v1/projects/p/serviceaccounts/x', ['unknown!']],
    ['another case of the version', '/V1/projects/p/serviceAccounts/x', ['unknown!']],
    [
      'another version',
      '/v1p9beta9/projects/p/serviceAccounts/x',
      ['iam.projects.serviceAccounts.delete!', 'unknown!'],
    ],
    ['a path that nobody knows', '/v1/nothing/x', ['unknown!']],
    ['an endless path', `/v1/${'a/'.repeat(2_000)}`, ['unknown!']],
  ])('%s', (_name, path, expected) => {
    const found = names(iam(`DELETE ${path}`));
    for (const each of found) expect(each).toMatch(/[?!]$|delete$/);
    expect(new Set(found.map((name) => name.replace(/[?!]$/, '')))).toEqual(
      new Set(expected.map((name) => name.replace(/[?!]$/, ''))),
    );
    expect(found.every((name) => /[?!]$/.test(name))).toBe(expected.every((name) => /[?!]$/.test(name)));
  });

  it.each([
    ['an escaped colon', `${SA}%3AsetIamPolicy`],
    ['a colon that is escaped twice', `${SA}%253AsetIamPolicy`],
    ['an escaped letter of the verb', `${SA}:%73etIamPolicy`],
    ['a parameter behind the verb', `${SA}:setIamPolicy;x=1`],
    ['a slash behind the verb', `${SA}:setIamPolicy/`],
    ['a zero behind the verb', `${SA}:setIamPolicy%00`],
    ['a blank behind the verb', `${SA}:setIamPolicy%20`],
    ['an escaped question mark behind the verb', `${SA}:setIamPolicy%3Fx`],
    ['a doubled slash before it', `${SA.replace('/v1/', '/v1//')}:setIamPolicy`],
  ])('a custom method with %s', (_name, url) => {
    const actions = recognise(call(`POST ${url}`, { body: PUBLIC }));
    const sure = actions.filter(({ confidence }) => confidence === 'exact');
    expect(sure.filter(({ name }) => name !== `gcp:${SET}`)).toEqual([]);
    expect(actions.some(({ name, confidence }) => name === `gcp:${SET}` || confidence === 'unknown')).toBe(true);
  });

  it('with more readings than anybody looks at are not certain', () => {
    const found = names(iam(`DELETE /v1/projects/p/serviceAccounts/${'%252e/'.repeat(60)}x`));
    expect(found.filter((name) => !/[?!]$/.test(name))).toEqual([]);
  });
});

describe('methods', () => {
  it.each<[string, string, Parts]>([
    ['the header that Google honours', `POST ${SA}`, { headers: ['X-HTTP-Method-Override', 'DELETE'] }],
    ['it in small letters', `POST ${SA}`, { headers: ['x-http-method-override', ' delete '] }],
    ['it twice', `POST ${SA}`, { headers: ['X-HTTP-Method-Override', 'GET', 'X-HTTP-Method-Override', 'DELETE'] }],
    ['it with a list', `POST ${SA}`, { headers: ['X-HTTP-Method-Override', 'GET, DELETE'] }],
    ['another header', `POST ${SA}`, { headers: ['X-HTTP-Method', 'DELETE'] }],
    ['a third one', `GET ${SA}`, { headers: ['X-Method-Override', 'DELETE'] }],
    ['a parameter', `GET ${SA}?$httpMethod=DELETE`, {}],
    ['an escaped parameter', `GET ${SA}?%24httpMethod=DELETE`, {}],
    ['a parameter whose letters are escaped', `GET ${SA}?$http%4Dethod=DELETE`, {}],
    ['the parameter of frameworks', `GET ${SA}?_method=delete`, {}],
  ])('that %s puts in place', (_name, request, parts) => {
    const found = names(call(request, parts));
    expect(found).toContain('iam.projects.serviceAccounts.delete?');
    expect(found.every((name) => /[?!]$/.test(name))).toBe(true);
  });

  it.each(['FOO', 'TRACE', 'OPTIONS', 'LINK'])('%s is not known', (method) => {
    expect(names(call(`${method} ${SA}`))).toEqual(['unknown!']);
  });
});

describe('queries', () => {
  it.each([
    ['a request in it', '$req={}&$ct=application/json'],
    ['headers in it', '$httpHeaders=X-HTTP-Method-Override:DELETE'],
    ['a broken escape', 'a=%zz'],
    ['semicolons', 'a=b;c=d'],
  ])('with %s are not sure', (_name, query) => {
    const found = recognise(call(`POST ${SA}:setIamPolicy?${query}`, { body: PUBLIC }));
    expect(found.map(({ name, confidence }) => `${name} ${confidence}`)).toEqual([`gcp:${SET} ambiguous`]);
    expect(found[0]?.tags).toContain('external-sharing');
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
    ['of another charset', { headers: ['Content-Type', 'application/json; charset=utf-16'], body: PUBLIC }],
    ['of two types', { headers: [...JSON_TYPE, 'Content-Type', 'text/plain'], body: PUBLIC }],
    ['without a type', { headers: [], body: PUBLIC }],
    ['of protocol buffers', { headers: ['Content-Type', 'application/x-protobuf'], body: PUBLIC }],
    ['of a form', { headers: ['Content-Type', 'application/x-www-form-urlencoded'], body: 'policy=x' }],
    ['of several parts', { headers: ['Content-Type', 'multipart/mixed; boundary=b'], body: '--b\r\n\r\n--b--' }],
    ['with a key twice', { body: '{"policy":{},"policy":{"bindings":[]}}' }],
    ['with a key twice, once escaped', { body: '{"policy":{},"\\u0070olicy":{}}' }],
    ['with a key in both spellings', { body: '{"updateMask":"a","update_mask":"b"}' }],
    ['that is a list', { body: '[]' }],
    ['that is text', { body: '"x"' }],
    ['that is nothing', { body: ' ' }],
    ['that is cut', { body: '{"policy":' }],
    ['with something behind it', { body: '{}{}' }],
    ['with a comment', { body: '{/* */}' }],
    ['with a byte order mark', { body: `\ufeff${PUBLIC}` }],
    ['that is nested without end', { body: '['.repeat(100_000) }],
    ['that is no UTF-8', { headers: JSON_TYPE, body: new Uint8Array([0x7b, 0xff, 0x7d]) }],
  ])('%s are never certain, and may do all that the method can', (_name, parts) => {
    const [action, ...others] = recognise(call(`POST ${SA}:setIamPolicy`, parts));
    expect(others).toEqual([]);
    expect(action?.name).toBe(`gcp:${SET}`);
    expect(action?.confidence).not.toBe('exact');
    expect(action?.tags.toSorted()).toEqual(['external-sharing', 'privilege-escalation']);
    expect(action?.params['members']).toBeUndefined();
  });

  it('that were compressed are read as what was in them', () => {
    const body = whole(new Uint8Array([31, 139]), bytes(PUBLIC));
    const [action] = recognise(
      call(`POST ${SA}:setIamPolicy`, { headers: [...JSON_TYPE, 'Content-Encoding', 'gzip'], body }),
    );
    expect(action).toMatchObject({ confidence: 'exact', params: { members: ['allUsers'] } });
  });

  it.each([
    [
      'storage.objects.insert',
      'https://storage.googleapis.com/upload/storage/v1/b/d/o?uploadType=multipart&name=a',
      'external-sharing',
    ],
    ['bigquery.jobs.insert', 'https://bigquery.googleapis.com/bigquery/v2/projects/p/jobs', 'data-export'],
    ['bigquery.datasets.insert', 'https://bigquery.googleapis.com/bigquery/v2/projects/p/datasets', 'external-sharing'],
    [
      'run.projects.locations.services.create',
      'https://run.googleapis.com/v2/projects/p/locations/l/services',
      'privilege-escalation',
    ],
    [
      'compute.instances.insert',
      'https://compute.googleapis.com/compute/v1/projects/p/zones/z/instances',
      'privilege-escalation',
    ],
  ])('of %s that cannot be seen may do what is worst', (id, url, tag) => {
    for (const body of [{ state: 'unread' }, { state: 'unreadable', why: 'over-limit' }] as const) {
      const [action] = recognise(call(`POST ${url}`, { headers: JSON_TYPE, body }));
      expect(action?.name).toBe(`gcp:${id}`);
      expect(action?.tags).toContain(tag);
      expect(action?.confidence).not.toBe('exact');
    }
  });
});

describe('hosts', () => {
  it.each([
    ['https://nothing.googleapis.com/v1/projects/p/serviceAccounts/x', 'unknown!'],
    ['https://evil-iam.googleapis.com/v1/projects/p/serviceAccounts/x', 'iam.projects.serviceAccounts.delete?'],
    ['https://x.iam.googleapis.com/v1/projects/p/serviceAccounts/x', 'iam.projects.serviceAccounts.delete?'],
    ['https://compute.googleapis.com/v1/projects/p/serviceAccounts/x', 'unknown!'],
    ['https://www.googleapis.com/v1/projects/p/serviceAccounts/x', 'unknown!'],
  ])('%s', (url, expected) => {
    expect(names(call(`DELETE ${url}`))).toEqual([expected]);
  });

  it.each([
    [
      'a call of gRPC',
      'https://iam.googleapis.com/google.iam.admin.v1.IAM/SetIamPolicy',
      ['Content-Type', 'application/grpc'],
    ],
    ['a call of gRPC without its type', 'https://iam.googleapis.com/google.iam.admin.v1.IAM/SetIamPolicy', []],
    ['a call of gRPC-Web', `${SA}:setIamPolicy`, ['Content-Type', 'application/grpc-web+proto']],
  ])('%s is unknown', (_name, url, headers) => {
    expect(names(call(`POST ${url}`, { headers, body: whole(new Uint8Array([0, 0, 0])) }))).toEqual(['unknown!']);
  });
});

describe('the XML API', () => {
  it.each<[string, string, string[]]>([
    ['a way up', 'DELETE https://storage.googleapis.com/data/a/../../other', []],
    ['an escaped way up', 'DELETE https://storage.googleapis.com/data/%2e%2e/other/x', []],
    ['doubled slashes', 'DELETE https://storage.googleapis.com//data/a', []],
    ['an escaped slash in the bucket', 'DELETE https://storage.googleapis.com/data%2Fa', []],
    ['a broken escape', 'DELETE https://storage.googleapis.com/data/%zz', []],
    ['a plus sign', 'DELETE https://storage.googleapis.com/data/a+b', []],
    ['a sub-resource twice', 'PUT https://data.storage.googleapis.com/a?acl&acl', []],
    ['two sub-resources', 'PUT https://data.storage.googleapis.com/a?acl&tagging', []],
    ['a sub-resource in capitals', 'PUT https://data.storage.googleapis.com/a?ACL', []],
    ['a semicolon', 'PUT https://data.storage.googleapis.com/a?x;acl', []],
    [
      'two sources of a copy',
      'PUT https://data.storage.googleapis.com/a',
      ['x-goog-copy-source', '/b/1', 'x-amz-copy-source', '/c/2'],
    ],
    ['two ACLs', 'PUT https://data.storage.googleapis.com/a', ['x-goog-acl', 'private', 'x-goog-acl', 'public-read']],
    ['a method in a header', 'GET https://data.storage.googleapis.com/a', ['X-HTTP-Method-Override', 'DELETE']],
  ])('with %s is not sure', (_name, request, headers) => {
    const found = recognise(call(request, { headers }));
    expect(found.filter(({ confidence }) => confidence === 'exact')).toEqual([]);
  });

  it.each([
    'https://storage.googleapis.com/%73torage/v1/b/data',
    'https://storage.googleapis.com//storage/v1/b/data',
    'https://storage.googleapis.com/./storage/v1/b/data',
    'https://storage.googleapis.com/x/../storage/v1/b/data',
    'https://storage.googleapis.com/storage%2Fv1/b/data',
    'https://data.storage.googleapis.com/%2e%2e/storage/v1/b/data',
  ])('is not sure of %s, which may be the JSON API', (url) => {
    expect(names(call(`DELETE ${url}`))).toContain('unknown!');
  });

  it('is at its strictest where two ACLs are given, or another method', () => {
    const acls = call('PUT https://data.storage.googleapis.com/a', {
      headers: ['x-goog-acl', 'private', 'x-amz-acl', 'public-read'],
    });
    expect(recognise(acls)[0]?.tags).toContain('external-sharing');
    const other = call('GET https://data.storage.googleapis.com/a', { headers: ['X-HTTP-Method-Override', 'DELETE'] });
    expect(names(other)).toEqual(['storage.objects.get?', 'storage.objects.delete?']);
  });
});

describe('batches', () => {
  const batch = (body: string, type = 'multipart/mixed; boundary=b', headers: readonly string[] = []): Call =>
    call('POST https://storage.googleapis.com/batch/storage/v1', { headers: ['Content-Type', type, ...headers], body });
  const part = (text: string, head = 'Content-Type: application/http'): string => `--b\r\n${head}\r\n\r\n${text}\r\n`;
  const remove = 'DELETE /storage/v1/b/data/o/a HTTP/1.1\r\n\r\n';

  it('give each of their parts', () => {
    const patch =
      'PATCH /storage/v1/b/data/o/b\r\nContent-Type: application/json\r\n\r\n{"acl":[{"entity":"allUsers"}]}';
    const found = recognise(batch(`${part(remove)}${part(patch)}--b--`));
    expect(found.map(({ name, confidence }) => `${name} ${confidence}`)).toEqual([
      'gcp:storage.objects.delete exact',
      'gcp:storage.objects.patch exact',
    ]);
    expect(found[1]?.tags).toContain('external-sharing');
  });

  it('take other methods in their parts for what they say', () => {
    const overridden = 'POST /storage/v1/b/data/o/a HTTP/1.1\r\nX-HTTP-Method-Override: DELETE\r\n\r\n';
    expect(names(batch(`${part(overridden)}--b--`))).toEqual(['storage.objects.delete?']);
  });

  it.each<[string, Call]>([
    ['no parts', batch('--b--')],
    ['no end', batch(part(remove))],
    ['something before the first part', batch(`x\r\n${part(remove)}--b--`)],
    ['something behind the last part', batch(`${part(remove)}--b--x`)],
    ['another boundary', batch(`${part(remove)}--b--`, 'multipart/mixed; boundary=c')],
    ['no boundary', batch(`${part(remove)}--b--`, 'multipart/mixed')],
    ['two boundaries', batch(`${part(remove)}--b--`, 'multipart/mixed; boundary=b; boundary=c')],
    ['another type', batch(`${part(remove)}--b--`, 'multipart/form-data; boundary=b')],
    ['a part of another type', batch(`${part(remove, 'Content-Type: text/plain')}--b--`)],
    ['a part without a type', batch(`${part(remove, 'Content-ID: 1')}--b--`)],
    ['a part to another host', batch(`${part('DELETE https://iam.googleapis.com/v1/x HTTP/1.1\r\n\r\n')}--b--`)],
    ['a part without a path', batch(`${part('DELETE\r\n\r\n')}--b--`)],
    ['a broken header', batch(`${part('DELETE /storage/v1/b/data/o/a HTTP/1.1\r\nbad header\r\n\r\n')}--b--`)],
    ['a lone carriage return', batch(`${part('DELETE /storage/v1/b/data/o/a HTTP/1.1\rX: y\r\n\r\n')}--b--`)],
    ['another method in a header', batch(`${part(remove)}--b--`, undefined, ['X-HTTP-Method-Override', 'GET'])],
    ['more parts than anybody looks at', batch(`${part(remove).repeat(1_001)}--b--`)],
    ['a body that nobody has read', call('POST https://storage.googleapis.com/batch', { body: { state: 'unread' } })],
    [
      'a body over the limit',
      call('POST https://storage.googleapis.com/batch', { body: { state: 'unreadable', why: 'over-limit' } }),
    ],
  ])('with %s are unknown', (_name, each) => {
    expect(names(each)).toEqual(['unknown!']);
  });

  it('in batches are unknown', () => {
    const inner = 'POST /batch HTTP/1.1\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\nx';
    expect(names(batch(`${part(inner)}${part(remove)}--b--`))).toEqual(['unknown!', 'storage.objects.delete']);
  });
});

it('names a method in a version that the catalogue lacks, and is not sure of it', () => {
  expect(names(call('DELETE https://compute.googleapis.com/compute/v7/projects/p/zones/z/instances/i'))).toEqual([
    'compute.instances.delete!',
    'unknown!',
  ]);
});
