// Whatever is sent, the recogniser answers, and what the API server itself makes of the path is among the answers.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goQuery } from '../../../src/actions/kubernetes/go-query.ts';
import { createKubernetesRecogniser } from '../../../src/actions/kubernetes/recogniser.ts';
import { requestInfo } from '../../../src/actions/kubernetes/request-info.ts';
import { call, recognise } from './calls.ts';
import { envelope, message, metadata, PROTOBUF } from './protobuf-bytes.ts';

const WORDS =
  'api apis v1 apps namespaces prod watch proxy pods secrets Secrets web-0 exec log . .. %2e %2F %252f %5c %20 a%3Ab ; %00'.split(
    ' ',
  );
const path = fc.array(fc.constantFrom(...WORDS, ''), { maxLength: 9 }).map((words) => `/${words.join('/')}`);
const plausible = fc
  .tuple(fc.constantFrom('/api/v1', '/apis/apps/v1', '/api/v1/namespaces/prod'), path)
  .map(([start, rest]) => start + rest);
const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'head');
const query = fc.constantFrom(
  '',
  '?watch=1',
  '?watch=0&watch=1',
  '?dryRun=All',
  '?command=a&command=b',
  '?%zz',
  '?a;b=c&=&&',
);
const type = fc.constantFrom(
  'application/json',
  'application/yaml',
  'application/cbor',
  'application/vnd.kubernetes.protobuf',
  'application/json-patch+json',
  'application/apply-patch+yaml',
  'nonsense',
);

describe('any call', () => {
  it('shows what the API server makes of its path', () => {
    fc.assert(
      fc.property(method, fc.oneof(path, plausible), query, (verb, raw, rest) => {
        const names = new Set(recognise(`${verb} ${raw}${rest}`).map(({ name }) => name));
        // Go decodes the path once; what it cannot decode it refuses.
        const decoded = decodeURIComponent(raw);
        const [server] = requestInfo(verb, decoded, goQuery(rest.slice(1)));
        const isSeen = (): boolean => {
          if (server?.kind !== 'resource')
            return server?.kind === 'unknown' ? names.has('k8s:unknown') : names.size > 0;
          const sub = server.subresource === '' ? '' : `/${server.subresource}`;
          return names.has(
            `k8s:${server.verb}:${server.group === '' ? '' : `${server.group}/`}${server.resource}${sub}`,
          );
        };
        expect(names.has('k8s:unknown') || isSeen()).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('gets an answer, with any body in any notation', () => {
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 80 }).map((raw) => Buffer.concat([Buffer.from('k8s\0'), raw])),
    );
    fc.assert(
      fc.property(method, plausible, query, type, body, (verb, raw, rest, contentType, bytes) => {
        const actions = recognise(`${verb} ${raw}${rest}`, { body: bytes, type: contentType });
        expect(actions.length).toBeGreaterThan(0);
        for (const action of actions) expect(() => JSON.stringify(action)).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });

  it('is never sure of a body that was cut', () => {
    const line = 'POST /apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
    const role = message([1, 'rbac.authorization.k8s.io'], [2, 'ClusterRole'], [3, 'view']);
    const bindings: readonly (readonly [string, Uint8Array])[] = [
      [
        PROTOBUF,
        envelope('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', message([1, metadata('b')], [3, role])),
      ],
      ['application/json', Buffer.from('{"metadata":{"name":"b"},"roleRef":{"kind":"ClusterRole","name":"view"}}')],
      ['application/cbor', Buffer.from('a1686d65746164617461a1646e616d656162', 'hex')],
    ];
    for (const [contentType, body] of bindings) {
      const sure = (length: number): boolean =>
        recognise(line, { body: body.subarray(0, length), type: contentType }).every(
          ({ confidence }) => confidence === 'exact',
        );
      const lengths = Array.from({ length: body.length }, (_, i) => i + 1);
      expect(lengths.filter(sure)).toEqual([body.length]);
    }
  });

  it('is asked for its body where that tells something', () => {
    const recogniser = createKubernetesRecogniser();
    const asks = (line: string, ...headers: string[]): boolean => recogniser.needsBody(call(line, { headers }));
    const lines = [
      'POST /api/v1/namespaces/prod/pods',
      'DELETE /api/v1/namespaces/prod/pods/a',
      'PATCH /apis/apps/v1/namespaces/prod/deployments/web/scale',
      'PUT /apis/example.com/v1/things/a',
      'POST /api/v1/namespaces/prod/pods/a/eviction',
      'GET /api/v1/namespaces/prod/pods/a',
      'GET /api/v1/namespaces/prod/pods/a/exec',
      'POST /api/v1/namespaces/prod/pods/a/exec',
      'POST /api/v1/namespaces/prod/services/a/proxy/x',
      'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      'GET /version',
    ];
    expect(lines.map((line) => asks(line))).toEqual([true, true, true, true, true, ...lines.slice(5).map(() => false)]);
    expect(asks('GET /api/v1/namespaces/prod/pods/a', 'X-HTTP-Method-Override', 'PUT')).toBe(true);
    expect(recogniser.claims(call('GET /api/v1/namespaces/prod/pods'))).toBe(false);
  });

  it('is read below the path of the upstream', () => {
    const below = createKubernetesRecogniser('/k8s/clusters/c-1');
    const names = (line: string): string[] =>
      below.recognise(call(line)).map(({ name, confidence }) => `${confidence} ${name}`);
    expect(names('DELETE /k8s/clusters/c-1/api/v1/namespaces/prod/pods/a')).toEqual(['exact k8s:delete:pods']);
    expect(names('GET /k8s/clusters/c-1/version')).toEqual(['exact k8s:get:/version']);
    expect(names('GET /k8s/clusters/c-12/version')).toEqual(['unknown k8s:get:/k8s/clusters/c-12/version']);
  });
});
