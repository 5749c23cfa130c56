// What bodies add, in each of their notations: names, parameters, tags, sentences, dry runs.
import { describe, expect, it } from 'vitest';
import { type CallParts, only, told } from './calls.ts';
import { envelope, message, metadata, PROTOBUF } from './protobuf-bytes.ts';

const PODS = 'POST /api/v1/namespaces/prod/pods';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/prod/deployments';
const BINDINGS = 'POST /apis/rbac.authorization.k8s.io/v1/clusterrolebindings';

const pod = (spec: object, name = 'p') => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec });
const container = (extra: object = {}) => ({ containers: [{ name: 'app', image: 'nginx:1', ...extra }] });
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'prod' },
  spec: { replicas: 3, template: { spec: container() } },
};
const binding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'eve-admin' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'eve' }],
};
const bindingYaml = `# a comment
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: eve-admin}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: cluster-admin
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: eve}
`;
const bindingProtobuf = envelope(
  'rbac.authorization.k8s.io/v1',
  'ClusterRoleBinding',
  message(
    [1, metadata('eve-admin')],
    [2, message([1, 'User'], [2, 'rbac.authorization.k8s.io'], [3, 'eve'])],
    [3, message([1, 'rbac.authorization.k8s.io'], [2, 'ClusterRole'], [3, 'cluster-admin'])],
  ),
);

/** CBOR of plain data, every text as a byte string, as the API's own clients write it. */
function cbor(value: unknown): Buffer {
  const head = (major: number, length: number) =>
    length < 24 ? Buffer.from([major * 32 + length]) : Buffer.from([major * 32 + 25, length >> 8, length & 255]);
  if (typeof value === 'string') return Buffer.concat([head(2, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'number') return head(0, value);
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
  const entries = Object.entries(value as object);
  return Buffer.concat([head(5, entries.length), ...entries.flatMap(([key, item]) => [cbor(key), cbor(item)])]);
}

describe('one binding, in every notation', () => {
  it.each<[string, CallParts]>([
    ['JSON', { body: binding }],
    ['JSON without a type, as the Python client sends it', { body: binding, type: '' }],
    ['JSON with a charset', { body: binding, type: 'application/json; charset=utf-8' }],
    ['YAML', { body: bindingYaml, type: 'application/yaml' }],
    ['JSON as YAML', { body: binding, type: 'application/yaml' }],
    ['CBOR', { body: Buffer.concat([Buffer.from('d9d9f7', 'hex'), cbor(binding)]), type: 'application/cbor' }],
    ['protobuf', { body: bindingProtobuf, type: PROTOBUF }],
  ])('%s', (_name, parts) => {
    const action = only(BINDINGS, parts);
    expect(told(action)).toBe(
      'k8s:create:rbac.authorization.k8s.io/clusterrolebindings permissions-management privilege-escalation eve-admin',
    );
    expect(action.params).toEqual({
      roleRef: { kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'User', name: 'eve' }],
    });
    expect(action.summary).toBe('Bind cluster role cluster-admin to user eve');
  });
});

describe('pods', () => {
  it.each<[string, object, string[], Record<string, unknown>]>([
    ['a plain one', container(), ['code-execution'], {}],
    ['the default account', { ...container(), serviceAccountName: 'default' }, ['code-execution'], {}],
    ['an account', { ...container(), serviceAccountName: 'ci' }, ['privilege-escalation'], { serviceAccounts: ['ci'] }],
    ['an account by its old name', { serviceAccount: 'ci' }, ['privilege-escalation'], { serviceAccounts: ['ci'] }],
    ['hostNetwork', { hostNetwork: true }, ['privilege-escalation'], { privileges: ['hostNetwork'] }],
    ['hostPID', { hostPID: true }, ['privilege-escalation'], { privileges: ['hostPID'] }],
    ['hostIPC', { hostIPC: true }, ['privilege-escalation'], { privileges: ['hostIPC'] }],
    [
      'hostPath',
      { volumes: [{ name: 'v', hostPath: { path: '/' } }] },
      ['privilege-escalation'],
      { privileges: ['hostPath:/'] },
    ],
    [
      'privileged',
      container({ securityContext: { privileged: true } }),
      ['privilege-escalation'],
      { privileges: ['privileged'] },
    ],
    ['not privileged', container({ securityContext: { privileged: false } }), ['code-execution'], {}],
    [
      'a capability',
      container({ securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }),
      ['privilege-escalation'],
      { privileges: ['capability:SYS_ADMIN'] },
    ],
    [
      'a harmless one',
      container({ securityContext: { capabilities: { add: ['NET_BIND_SERVICE'] } } }),
      ['code-execution'],
      {},
    ],
    [
      'procMount',
      container({ securityContext: { procMount: 'Unmasked' } }),
      ['privilege-escalation'],
      { privileges: ['procMount'] },
    ],
    [
      'a host process',
      { securityContext: { windowsOptions: { hostProcess: true } } },
      ['privilege-escalation'],
      { privileges: ['hostProcess'] },
    ],
    [
      'an init container',
      { initContainers: [{ securityContext: { privileged: true } }] },
      ['privilege-escalation'],
      { privileges: ['privileged'] },
    ],
    [
      'an ephemeral container',
      { ephemeralContainers: [{ securityContext: { privileged: true } }] },
      ['privilege-escalation'],
      { privileges: ['privileged'] },
    ],
    [
      'a host port',
      container({ ports: [{ containerPort: 80, hostPort: 80 }] }),
      ['network-exposure'],
      { hostPorts: [80] },
    ],
  ])('%s', (_name, spec, tags, params) => {
    for (const [line, object] of [
      [PODS, pod(spec)],
      [`POST ${DEPLOYMENTS}`, { ...deployment, spec: { template: { spec } } }],
      [
        'POST /apis/batch/v1/namespaces/prod/cronjobs',
        {
          apiVersion: 'batch/v1',
          kind: 'CronJob',
          metadata: { name: 'c' },
          spec: { jobTemplate: { spec: { template: { spec } } } },
        },
      ],
      [
        'POST /apis/argoproj.io/v1alpha1/namespaces/prod/rollouts',
        { metadata: { name: 'r' }, spec: { template: { spec } } },
      ],
    ] as const) {
      const action = only(line, { body: object });
      const own = line === PODS || line.includes('cronjobs') ? 'code-execution' : 'deployment';
      expect(action.tags).toEqual([...new Set([own, ...tags.filter((tag) => tag !== 'code-execution')])].toSorted());
      const { images: _images, ...rest } = action.params;
      expect(rest).toEqual(params);
      expect(action.confidence).toBe('exact');
    }
  });

  it('tells the images, and what they run', () => {
    const action = only(PODS, {
      body: pod({ containers: [{ name: 'a', image: 'busybox', command: ['sh'], args: ['-c', 'id'] }] }, 'x'),
    });
    expect(action.params).toEqual({ images: ['a=busybox'], commands: ['sh -c id'] });
    expect(action.summary).toBe('Create pod x in namespace prod (images a=busybox)');
  });

  it('finds the same in protobuf', () => {
    const spec = message(
      [1, message([1, 'v'], [2, message([1, message([1, '/etc'])])])],
      [2, message([1, 'app'], [2, 'nginx:1'], [15, message([2, true])])],
      [8, 'ci'],
      [11, true],
    );
    const body = envelope('v1', 'Pod', message([1, metadata('p', 'prod')], [2, spec]));
    expect(only(PODS, { body, type: PROTOBUF }).params).toEqual({
      images: ['app=nginx:1'],
      serviceAccounts: ['ci'],
      privileges: ['hostNetwork', 'hostPath:/etc', 'privileged'],
    });
  });
});
