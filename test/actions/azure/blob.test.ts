// Blob Storage by its data actions: paths, batches, what headers say, and what is dangerous.
import { describe, expect, it } from 'vitest';
import { call, ids, only, recogniser } from './calls.ts';

describe('Blob Storage', () => {
  const C = 'Microsoft.Storage/storageAccounts/blobServices/containers';
  it.each([
    ['GET /?comp=list', `${C}/read *`],
    [
      'POST /?restype=service&comp=userdelegationkey',
      'Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action *',
    ],
    ['GET /c?restype=container', `${C}/read c`],
    ['GET /c?restype=container&comp=list', `${C}/blobs/read *`],
    ['GET /c?restype=container&comp=acl', `${C}/getAcl/action c`],
    ['PUT /c?restype=container&comp=acl', `${C}/setAcl/action c`],
    ['PUT /c?restype=container', `${C}/write c`],
    ['DELETE /c?restype=container', `${C}/delete c`],
    ['GET /c/a/b.txt', `${C}/blobs/read c/a/b.txt`],
    ['HEAD /c/a%20b', `${C}/blobs/read c/a b`],
    ['PUT /c/a', `${C}/blobs/write c/a`],
    ['PUT /c/a?comp=block&blockid=x', `${C}/blobs/write c/a`],
    ['PUT /c/a?comp=tags', `${C}/blobs/tags/write c/a`],
    ['DELETE /c/a', `${C}/blobs/delete c/a`],
    ['DELETE /c/a?snapshot=2026', `${C}/blobs/delete c/a`],
    ['PUT /c/a?comp=nonsense', 'unknown! -'],
  ])('%s', (request, expected) => {
    expect(ids(call(request.replace(' ', ' https://acc.blob.core.windows.net')))).toEqual([expected]);
  });

  it.each([
    [
      '/?comp=batch',
      ['DELETE /data/a%20b?snapshot=2026', 'PUT /data/c?comp=tier'],
      [`${C}/blobs/delete data/a b`, `${C}/blobs/write data/c`],
    ],
    ['/data?restype=container&comp=batch', ['DELETE /data/a'], [`${C}/blobs/delete data/a`]],
    ['/?comp=batch', ['GET /data/a'], [`${C}/blobs/delete? *`, `${C}/blobs/write? *`]],
    ['/data/x?comp=batch', ['DELETE /data/a'], ['unknown! -']],
  ])('gives each part of a batch to %s', (target, parts, expected) => {
    const head = 'Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: 0\r\n\r\n';
    const body = parts.map((part) => `--b\r\n${head}${part} HTTP/1.1\r\nContent-Length: 0\r\n\r\n\r\n`).join('');
    const batch = call(`POST https://acc.blob.core.windows.net${target}`, {
      headers: ['Content-Type', 'multipart/mixed; boundary=b'],
      body: `${body}--b--`,
    });
    expect(ids(batch)).toEqual(expected);
    expect(recogniser.needsBody({ ...batch, body: { state: 'unread' } })).toBe(target !== '/data/x?comp=batch');
  });

  it.each<[string, string, string[]?]>([
    ['PUT /?restype=service&comp=properties', 'audit-tamper,destructive,external-sharing'],
    ['PUT /c?restype=container', 'external-sharing', ['x-ms-blob-public-access', 'blob']],
    ['PUT /c/a?comp=legalhold', 'audit-tamper'],
    ['DELETE /c/a?comp=immutabilityPolicies', 'audit-tamper,destructive'],
  ])('marks %s', (request, tags, headers = []) => {
    expect(
      only(call(request.replace(' ', ' https://acc.blob.core.windows.net'), { headers }))
        .tags.toSorted()
        .join(','),
    ).toBe(tags);
  });

  it('says who may read a container, where a copy comes from, and that a signature is in the query', () => {
    const acl = call('PUT https://acc.blob.core.windows.net/c?restype=container&comp=acl', {
      headers: ['x-ms-blob-public-access', 'blob'],
    });
    expect(only(acl)).toMatchObject({ tags: ['external-sharing'], params: { account: 'acc', publicAccess: 'blob' } });
    const plain = call('PUT https://acc.blob.core.windows.net/c?restype=container');
    expect(only(plain).tags).not.toContain('external-sharing');
    const copy = call('PUT https://acc.blob.core.windows.net/c/b?sv=1&sig=x', {
      headers: ['x-ms-copy-source', 'https://o.blob.core.windows.net/a/b?sig=y'],
    });
    expect(only(copy)).toMatchObject({
      tags: ['data-export'],
      params: { copySource: 'https://o.blob.core.windows.net/a/b', sharedAccessSignature: true },
    });
  });
});
