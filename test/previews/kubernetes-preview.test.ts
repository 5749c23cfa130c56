// What a write to Kubernetes would change: by a dry run where it is allowed, else worked out.
import { describe, expect, it } from 'vitest';
import { createActions } from '../../src/actions/registry.ts';
import type { Call } from '../../src/core/call.ts';
import { ec2Rehearsal, kubernetesRehearsal, Rehearsal } from '../../src/core/rehearsal.ts';
import { awsQuery, callOf } from '../core/risk/risk-fixture.ts';
import { answered, fakeReadClient, lines, previewOf } from './fake-read-client.ts';

const PATH = '/apis/apps/v1/namespaces/prod/deployments/web';
const deployment = (replicas: number, image = 'web:1'): object => ({
  kind: 'Deployment',
  apiVersion: 'apps/v1',
  metadata: {
    name: 'web',
    namespace: 'prod',
    resourceVersion: String(replicas),
    managedFields: [{ manager: replicas }],
  },
  spec: {
    replicas,
    template: {
      spec: {
        containers: [
          { name: 'web', image },
          { name: 'log', image: 'log:1' },
        ],
      },
    },
  },
  status: { readyReplicas: replicas },
});
const patch = (body: object, type = 'application/merge-patch+json', query = ''): Call =>
  callOf({ method: 'PATCH', url: `https://k8s.test${PATH}${query}`, body, type });
const now = answered(200, deployment(3));

describe('with dry runs', () => {
  it('a patch is the object as it is, and as the server says it would be', async () => {
    const client = fakeReadClient((asked) => (asked.startsWith('GET') ? now : answered(200, deployment(0))), true);
    const preview = await previewOf(
      client,
      patch({ spec: { replicas: 0 } }, 'application/strategic-merge-patch+json', '?fieldManager=kubectl'),
      'kubernetes',
    );
    expect(client.asked).toEqual([
      `GET ${PATH}`,
      `dry run PATCH ${PATH}?fieldManager=kubectl&dryRun=All {"spec":{"replicas":0}}`,
    ]);
    expect(lines(preview)).toEqual(['/spec/replicas: 3 → 0']);
    expect(preview.note).toContain('dry run');
    expect(preview.requests).toEqual([
      `GET https://k8s.test${PATH}`,
      `PATCH (dry run) https://k8s.test${PATH}?fieldManager=kubectl&dryRun=All`,
    ]);
  });

  it('an API server below a path is asked there', async () => {
    const client = fakeReadClient(
      (asked) => (asked.startsWith('GET') ? now : answered(200, deployment(0))),
      true,
      '/k8s/a',
    );
    const call = callOf({
      method: 'PATCH',
      url: `https://k8s.test/k8s/a${PATH}`,
      body: {},
      type: 'application/merge-patch+json',
    });
    const [action] = createActions([{ id: 'api', kind: 'kubernetes', basePath: '/k8s/a' }]).recognise(call);
    const preview = await previewOf(client, call, action ? [action] : []);
    expect(lines(preview)).toEqual(['/spec/replicas: 3 → 0']);
    expect(client.asked).toEqual([`GET /k8s/a${PATH}`, `dry run PATCH /k8s/a${PATH}?dryRun=All {}`]);
    expect(kubernetesRehearsal(call, '/k8s/b')).toBeUndefined();
  });

  it('an object that is made is shown as the server would make it', async () => {
    const client = fakeReadClient(
      () => answered(201, { kind: 'ConfigMap', metadata: { name: 'c', uid: 'x' }, data: { a: '1' } }),
      true,
    );
    const call = callOf({
      url: 'https://k8s.test/api/v1/namespaces/prod/configmaps',
      body: { kind: 'ConfigMap', metadata: { name: 'c' }, data: { a: '1' } },
    });
    expect(lines(await previewOf(client, call, 'kubernetes'))).toEqual([
      '/kind: - → "ConfigMap"',
      '/metadata: - → {"name":"c","uid":"x"}',
      '/data: - → {"a":"1"}',
    ]);
  });

  it('a write that the server would refuse says why, in the server’s words as evidence', async () => {
    const refused = answered(422, { kind: 'Status', message: 'spec.replicas: Invalid value: -1\u001b[2J' });
    const client = fakeReadClient((asked) => (asked.startsWith('GET') ? now : refused), true);
    const preview = await previewOf(client, patch({ spec: { replicas: -1 } }), 'kubernetes');
    expect(preview).toMatchObject({
      outcome: 'failed',
      facts: [{ name: 'API server', value: 'spec.replicas: Invalid value: -1\u001b[2J' }],
    });
    expect(preview.note).not.toContain('Invalid');
  });

  it('a credential that may not write falls back to what can be worked out', async () => {
    const client = fakeReadClient((asked) => (asked.startsWith('GET') ? now : answered(403, {})), true);
    const preview = await previewOf(client, patch({ spec: { replicas: 0 } }), 'kubernetes');
    expect(lines(preview)).toEqual(['/spec/replicas: 3 → 0']);
    expect(preview.note).not.toContain('dry run');
  });
});

describe('without dry runs', () => {
  const client = (): ReturnType<typeof fakeReadClient> =>
    fakeReadClient((asked) => (asked.startsWith('GET') ? now : undefined));

  it.each([
    ['application/merge-patch+json', { spec: { replicas: 0 } }, ['/spec/replicas: 3 → 0']],
    [
      'application/strategic-merge-patch+json',
      { spec: { template: { spec: { containers: [{ name: 'web', image: 'web:2' }] } } } },
      ['/spec/template/spec/containers/[name=web]/image: "web:1" → "web:2"'],
    ],
    ['application/json-patch+json', [{ op: 'replace', path: '/spec/replicas', value: 1 }], ['/spec/replicas: 3 → 1']],
  ])('a %s is worked out', async (type, body, expected) => {
    const asked = client();
    expect(lines(await previewOf(asked, patch(body, type), 'kubernetes'))).toEqual(expected);
    expect(asked.asked).toEqual([`GET ${PATH}`]);
  });

  it('a server-side apply is not', async () => {
    const call = callOf({
      method: 'PATCH',
      url: `https://k8s.test${PATH}?fieldManager=x`,
      body: 'spec: {replicas: 0}',
      type: 'application/apply-patch+yaml',
    });
    expect(await previewOf(client(), call, 'kubernetes')).toMatchObject({
      outcome: 'none',
      note: expect.stringContaining('preview.dry_run'),
    });
  });

  it('a PUT is compared as it stands, without what the server counts', async () => {
    const call = callOf({ method: 'PUT', url: `https://k8s.test${PATH}`, body: deployment(5) });
    expect(lines(await previewOf(client(), call, 'kubernetes'))).toEqual(['/spec/replicas: 3 → 5']);
  });

  it('what is deleted is shown', async () => {
    const preview = await previewOf(
      client(),
      callOf({ method: 'DELETE', url: `https://k8s.test${PATH}?propagationPolicy=Background` }),
      'kubernetes',
    );
    expect(preview.changes.map(({ path }) => path)).toEqual(['/kind', '/apiVersion', '/metadata', '/spec']);
  });

  it('a collection that is deleted is counted and named', async () => {
    const items = ['a', 'b'].map((name) => ({ metadata: { name } }));
    const list = fakeReadClient(() => answered(200, { kind: 'PodList', metadata: {}, items }));
    const url = 'https://k8s.test/api/v1/namespaces/prod/pods?labelSelector=app%3Dweb&propagationPolicy=Orphan';
    const preview = await previewOf(list, callOf({ method: 'DELETE', url }), 'kubernetes');
    expect(list.asked).toEqual(['GET /api/v1/namespaces/prod/pods?labelSelector=app%3Dweb&limit=500']);
    expect(preview.facts).toEqual([
      { name: 'objects', value: '2' },
      { name: 'object', value: 'a' },
      { name: 'object', value: 'b' },
    ]);
  });

  it('the data of secrets stays hidden', async () => {
    const secret = (value: string): object => ({ kind: 'Secret', metadata: { name: 's' }, data: { key: value } });
    const call = callOf({
      method: 'PUT',
      url: 'https://k8s.test/api/v1/namespaces/prod/secrets/s',
      body: secret('bmV3'),
    });
    const preview = await previewOf(
      fakeReadClient(() => answered(200, secret('b2xk'))),
      call,
      'kubernetes',
    );
    expect(lines(preview)).toEqual(['/data/key: "[redacted]" → "[redacted]" (another value)']);
  });

  it.each(['/api/v1/namespaces/prod/pods/p/exec?command=sh', '/api/v1/namespaces/prod/pods/p/eviction', '/version'])(
    '%s is not asked about',
    async (path) => {
      const asked = client();
      expect(await previewOf(asked, callOf({ url: `https://k8s.test${path}`, body: {} }), 'kubernetes')).toMatchObject({
        outcome: 'none',
      });
      expect(asked.asked).toEqual([]);
    },
  );
});

describe('a rehearsal', () => {
  const url = (query: string, path = PATH): Call =>
    callOf({ method: 'PATCH', url: `https://k8s.test${path}${query === '' ? '' : `?${query}`}`, body: { a: 1 } });

  it.each(['', 'fieldManager=kubectl', 'fieldManager=kubectl&force=true'])(
    'of Kubernetes with %j has the switch once',
    (query) => {
      expect(kubernetesRehearsal(url(query))?.call.query?.match(/dryRun=All/g)).toHaveLength(1);
    },
  );

  it.each([
    'dryRun=All',
    'dryRun=None',
    'dryrun=x',
    'DRYRUN=All',
    'dry_run=All',
    'dry-run=All',
    'a=1;dryRun=None',
    'dry%52un=None',
    'x=%64ryRun',
    '%',
    'a=%zz',
  ])('of a call with %j is not made', (query) => expect(kubernetesRehearsal(url(query))).toBeUndefined());

  it.each([
    '/api/v1/namespaces/p/pods/p/exec',
    '/api/v1/namespaces/p/pods/p/eviction',
    '/api/v1/namespaces/p/serviceaccounts/s/token',
    '/api/v1/namespaces/p/services/s/proxy/x',
    // The server undoes escapes before it looks for the subresource.
    '/api/v1/namespaces/p/services/s/pro%78y',
    '/api/v1/namespaces/p/services/s/%70roxy/x',
    '/api/v1/nodes/n/proxy',
    '/api/v1/namespaces/p/pods//p/proxy',
    '/apis/subresources.kubevirt.io/v1/namespaces/p/virtualmachines/vm/stop',
    '/apis/subresources.kubevirt.io/v1/namespaces/p/virtualmachineinstances/vm/softreboot',
    '/apis/apps/v1/namespaces/p/deployments/d/scale/more',
    '/version',
    '/other/v1/x',
  ])('of %s is not made', (path) => expect(kubernetesRehearsal(url('', path))).toBeUndefined());

  it.each([
    '/api/v1/namespaces',
    '/api/v1/namespaces/p',
    '/api/v1/nodes/n/status',
    '/apis/apps/v1/namespaces/p/deployments/d/scale',
    '/apis/example.com/v1/namespaces/p/things/t',
    '/api/v1/namespaces/proxy/pods/p',
  ])('of %s is made', (path) => expect(kubernetesRehearsal(url('', path))).toBeDefined());

  it('of a DELETE is not made: it is read instead', () => {
    expect(kubernetesRehearsal(callOf({ method: 'DELETE', url: `https://k8s.test${PATH}` }))).toBeUndefined();
  });

  const ec2 = (fields: Readonly<Record<string, string>>): Call => awsQuery('ec2.eu-west-1', '2016-11-15', fields);

  it('of EC2 has the switch once, in the body', () => {
    const body = ec2Rehearsal(ec2({ Action: 'TerminateInstances', 'InstanceId.1': 'i-1' }))?.call.body;
    expect(body?.state === 'whole' && Buffer.from(body.bytes).toString()).toBe(
      'Action=TerminateInstances&InstanceId.1=i-1&Version=2016-11-15&DryRun=true',
    );
  });

  it.each<[string, Call]>([
    ['says it itself', ec2({ Action: 'RunInstances', DryRun: 'false' })],
    ['says something like it', ec2({ Action: 'RunInstances', dryrun: 'false' })],
    ['is of another API', awsQuery('rds', '2014-10-31', { Action: 'DeleteDBInstance' })],
    [
      'says its version twice',
      callOf({ url: 'https://ec2.amazonaws.com/', body: 'Action=X&Version=2016-11-15&Version=2014-01-01' }),
    ],
    ['has parameters in the query', callOf({ url: 'https://ec2.amazonaws.com/?Action=X', body: 'Version=2016-11-15' })],
    ['is a GET', callOf({ method: 'GET', url: 'https://ec2.amazonaws.com/?Action=X&Version=2016-11-15' })],
    ['knows no dry run', ec2({ Action: 'ReplaceIamInstanceProfileAssociation', AssociationId: 'iip-assoc-1' })],
    ['knows no dry run either', ec2({ Action: 'ModifySubnetAttribute', SubnetId: 'subnet-1' })],
    ['names no operation', ec2({})],
    [
      'names two operations',
      callOf({ url: 'https://ec2.amazonaws.com/', body: 'Action=RunInstances&Action=ReleaseHosts&Version=2016-11-15' }),
    ],
  ])('of a call to EC2 that %s is not made', (_what, call) => expect(ec2Rehearsal(call)).toBeUndefined());

  it('cannot be made by hand', () => {
    expect(() => new Rehearsal(Symbol('rehearsal') as never, url(''))).toThrow('rehearsals are made from calls');
  });
});
