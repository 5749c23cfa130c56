// What objects other than pods add to a deed: tags, parameters and sentences.
import { describe, expect, it } from 'vitest';
import { type CallParts, only, told } from './calls.ts';
import { envelope, message, metadata, PROTOBUF } from './protobuf-bytes.ts';

const DEPLOYMENTS = '/apis/apps/v1/namespaces/prod/deployments';

describe('other objects', () => {
  it.each<[string, CallParts, string, string]>([
    [
      `PATCH ${DEPLOYMENTS}/web`,
      { body: { spec: { replicas: 0 } }, type: 'application/merge-patch+json' },
      'k8s:patch:apps/deployments write deployment,destructive prod/web',
      'Patch deployment web in namespace prod (0 replicas)',
    ],
    [
      `PATCH ${DEPLOYMENTS}/web?fieldManager=kubectl-rollout`,
      {
        body: { spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } } } },
        type: 'application/strategic-merge-patch+json',
      },
      'k8s:patch:apps/deployments write deployment prod/web',
      'Restart deployment web in namespace prod',
    ],
    [
      `PATCH ${DEPLOYMENTS}/web/scale`,
      { body: { spec: { replicas: 5 } }, type: 'application/merge-patch+json' },
      'k8s:patch:apps/deployments/scale write deployment prod/web',
      'Scale deployment web in namespace prod to 5 replicas',
    ],
    [
      `PUT ${DEPLOYMENTS}/web/scale`,
      {
        body: {
          apiVersion: 'autoscaling/v1',
          kind: 'Scale',
          metadata: { name: 'web', namespace: 'prod' },
          spec: { replicas: 0 },
        },
      },
      'k8s:update:apps/deployments/scale write deployment,destructive prod/web',
      'Scale deployment web in namespace prod to 0 replicas',
    ],
    [
      'POST /api/v1/namespaces/prod/services',
      { body: { kind: 'Service', apiVersion: 'v1', metadata: { name: 'web' }, spec: { type: 'LoadBalancer' } } },
      'k8s:create:services write network-exposure prod/web',
      'Create service web in namespace prod (type LoadBalancer)',
    ],
    [
      'POST /api/v1/namespaces/prod/services',
      { body: { kind: 'Service', apiVersion: 'v1', metadata: { name: 'web' }, spec: { type: 'ClusterIP' } } },
      'k8s:create:services write - prod/web',
      'Create service web in namespace prod (type ClusterIP)',
    ],
    [
      'POST /api/v1/namespaces/prod/services',
      { body: { metadata: { name: 'web' }, spec: { externalIPs: ['1.2.3.4'] } } },
      'k8s:create:services write network-exposure prod/web',
      'Create service web in namespace prod',
    ],
    [
      'POST /api/v1/namespaces/prod/secrets',
      { body: { kind: 'Secret', metadata: { name: 'db' }, stringData: { password: 'hunter2' } } },
      'k8s:create:secrets write - prod/db',
      'Create secret db in namespace prod',
    ],
    [
      'POST /api/v1/namespaces/prod/secrets',
      { body: { kind: 'Secret', metadata: { name: 't' }, type: 'kubernetes.io/service-account-token' } },
      'k8s:create:secrets write credential-issue prod/t',
      'Create secret t in namespace prod (type kubernetes.io/service-account-token)',
    ],
    [
      'POST /api/v1/namespaces/prod/secrets',
      { body: { kind: 'Secret', metadata: { name: 'sh.helm.release.v1.web.v1' }, type: 'helm.sh/release.v1' } },
      'k8s:create:secrets write deployment prod/sh.helm.release.v1.web.v1',
      'Create secret sh.helm.release.v1.web.v1 in namespace prod (type helm.sh/release.v1)',
    ],
    [
      'PATCH /api/v1/namespaces/prod',
      {
        body: { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } } },
        type: 'application/merge-patch+json',
      },
      'k8s:patch:namespaces write privilege-escalation prod/prod',
      'Patch namespace prod',
    ],
    [
      'PATCH /api/v1/namespaces/prod',
      {
        body: [{ op: 'remove', path: '/metadata/labels/pod-security.kubernetes.io~1enforce' }],
        type: 'application/json-patch+json',
      },
      'k8s:patch:namespaces write privilege-escalation prod/prod',
      'Patch namespace prod',
    ],
    [
      'PATCH /api/v1/namespaces/prod',
      { body: { metadata: { labels: { team: 'a' } } }, type: 'application/merge-patch+json' },
      'k8s:patch:namespaces write - prod/prod',
      'Patch namespace prod',
    ],
    [
      'PATCH /api/v1/namespaces/prod/services/web',
      { body: [{ op: 'replace', path: '/spec/type', value: 'NodePort' }], type: 'application/json-patch+json' },
      'k8s:patch:services write network-exposure prod/web',
      'Patch service web in namespace prod (type NodePort)',
    ],
    [
      `PATCH ${DEPLOYMENTS}/web`,
      {
        body: [{ op: 'add', path: '/spec/template/spec/containers/0/securityContext', value: { privileged: true } }],
        type: 'application/json-patch+json',
      },
      'k8s:patch:apps/deployments write deployment,privilege-escalation prod/web',
      'Patch deployment web in namespace prod (privileged)',
    ],
    [
      'PATCH /api/v1/namespaces/prod/secrets/db',
      { body: { metadata: { labels: { a: 'b' } } }, type: 'application/merge-patch+json' },
      'k8s:patch:secrets write secret-read prod/db',
      'Patch secret db in namespace prod',
    ],
    [
      'PATCH /api/v1/nodes/node-1',
      { body: { spec: { unschedulable: true } }, type: 'application/strategic-merge-patch+json' },
      'k8s:patch:nodes write infrastructure node-1',
      'Patch node node-1',
    ],
    [
      'PATCH /api/v1/nodes/node-1',
      {
        body: { spec: { taints: [{ key: 'k', effect: 'NoExecute' }] } },
        type: 'application/strategic-merge-patch+json',
      },
      'k8s:patch:nodes write destructive,infrastructure node-1',
      'Patch node node-1 (taints k=NoExecute)',
    ],
    [
      'PUT /api/v1/nodes/node-1',
      {
        body: envelope(
          'v1',
          'Node',
          message([1, metadata('node-1')], [2, message([5, message([1, 'k'], [3, 'NoExecute'])])]),
        ),
        type: PROTOBUF,
      },
      'k8s:update:nodes write destructive,infrastructure node-1',
      'Replace node node-1 (taints k=NoExecute)',
    ],
    // `kubectl scale --current-replicas=1 --replicas=0`: a type is missing, and so is the zero.
    [
      `PUT ${DEPLOYMENTS}/web/scale`,
      {
        body: { kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: { name: 'web', namespace: 'prod' }, spec: {} },
        type: '',
      },
      'k8s:update:apps/deployments/scale write deployment,destructive prod/web',
      'Scale deployment web in namespace prod to 0 replicas',
    ],
    [
      `PATCH ${DEPLOYMENTS}/web/scale`,
      { body: [{ op: 'remove', path: '/spec/replicas' }], type: 'application/json-patch+json' },
      'k8s:patch:apps/deployments/scale write deployment,destructive prod/web',
      'Scale deployment web in namespace prod',
    ],
    [
      'POST /apis/autoscaling/v2/namespaces/prod/horizontalpodautoscalers',
      { body: { metadata: { name: 'web' }, spec: { maxReplicas: 3 } } },
      'k8s:create:autoscaling/horizontalpodautoscalers write deployment prod/web',
      'Create horizontal pod autoscaler web in namespace prod',
    ],
    [
      'PATCH /api/v1/namespaces/prod/serviceaccounts/ci',
      {
        body: { metadata: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/admin' } } },
        type: 'application/merge-patch+json',
      },
      'k8s:patch:serviceaccounts write privilege-escalation prod/ci',
      'Patch service account ci in namespace prod (eks.amazonaws.com/role-arn=arn:aws:iam::1:role/admin)',
    ],
    [
      'PATCH /api/v1/namespaces/prod/serviceaccounts/ci',
      {
        body: [{ op: 'add', path: '/metadata/annotations/iam.gke.io~1gcp-service-account', value: 'a@p.iam' }],
        type: 'application/json-patch+json',
      },
      'k8s:patch:serviceaccounts write privilege-escalation prod/ci',
      'Patch service account ci in namespace prod (iam.gke.io/gcp-service-account=a@p.iam)',
    ],
    [
      'PATCH /api/v1/namespaces/prod/serviceaccounts/ci',
      { body: { metadata: { annotations: { team: 'a' } } }, type: 'application/merge-patch+json' },
      'k8s:patch:serviceaccounts write - prod/ci',
      'Patch service account ci in namespace prod',
    ],
    [
      `PATCH ${DEPLOYMENTS}/web`,
      { body: { spec: { template: { spec: { serviceAccountName: 'ci' } } } }, type: 'application/merge-patch+json' },
      'k8s:patch:apps/deployments write deployment,privilege-escalation prod/web',
      'Patch deployment web in namespace prod (as service account ci)',
    ],
    [
      'POST /api/v1/persistentvolumes',
      { body: { metadata: { name: 'pv' }, spec: { hostPath: { path: '/etc' } } } },
      'k8s:create:persistentvolumes write infrastructure,privilege-escalation pv',
      'Create persistent volume pv (hostPath:/etc)',
    ],
    [
      'POST /api/v1/namespaces/ci/serviceaccounts/deployer/token',
      {
        body: {
          kind: 'TokenRequest',
          apiVersion: 'authentication.k8s.io/v1',
          spec: { audiences: ['vault'], expirationSeconds: 600 },
        },
      },
      'k8s:create:serviceaccounts/token write credential-issue,secret-read ci/deployer',
      'Issue a token for service account deployer in namespace ci',
    ],
    [
      'POST /api/v1/namespaces/prod/pods/web-0/eviction',
      {
        body: {
          kind: 'Eviction',
          apiVersion: 'policy/v1',
          metadata: { name: 'web-0', namespace: 'prod' },
          deleteOptions: {},
        },
      },
      'k8s:create:pods/eviction write destructive prod/web-0',
      'Evict pod web-0 in namespace prod',
    ],
    [
      'POST /apis/rbac.authorization.k8s.io/v1/namespaces/prod/roles',
      {
        body: {
          kind: 'Role',
          metadata: { name: 'all' },
          rules: [{ verbs: ['*'], apiGroups: [''], resources: ['pods'] }],
        },
      },
      'k8s:create:rbac.authorization.k8s.io/roles permissions-management privilege-escalation prod/all',
      'Create role all in namespace prod (rules with *)',
    ],
    [
      'PATCH /apis/rbac.authorization.k8s.io/v1/namespaces/prod/rolebindings/b',
      { body: { subjects: [{ kind: 'Group', name: 'devs' }] }, type: 'application/merge-patch+json' },
      'k8s:patch:rbac.authorization.k8s.io/rolebindings permissions-management privilege-escalation prod/b',
      'Patch role binding b in namespace prod (subjects group devs)',
    ],
    [
      'POST /apis/cert-manager.io/v1/namespaces/prod/certificates',
      { body: { apiVersion: 'cert-manager.io/v1', kind: 'Certificate', metadata: { name: 'tls', namespace: 'prod' } } },
      'k8s:create:cert-manager.io/certificates write - prod/tls',
      'Create certificates.cert-manager.io tls in namespace prod',
    ],
    [
      'POST /api/v1/namespaces/prod/pods',
      { body: { metadata: { generateName: 'job-' }, spec: { containers: [{ name: 'app', image: 'nginx:1' }] } } },
      'k8s:create:pods write code-execution prod/*',
      'Create pod job-* in namespace prod (images app=nginx:1)',
    ],
  ])('%s', (line, parts, expected, summary) => {
    const action = only(line, parts);
    expect(told(action)).toBe(expected);
    expect(action.summary).toBe(summary);
    expect(JSON.stringify(action)).not.toContain('hunter2');
  });
});
