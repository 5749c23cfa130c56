// What a request asks for beside its object: server-side apply, dry runs, selectors, what exec runs, labels that guard a
// namespace, who is impersonated.
import { describe, expect, it } from 'vitest';
import { type CallParts, only, recognise, told } from './calls.ts';
import { envelope, message, PROTOBUF } from './protobuf-bytes.ts';

const DEPLOYMENTS = '/apis/apps/v1/namespaces/prod/deployments';
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'prod' },
  spec: { replicas: 3, template: { spec: { containers: [{ name: 'app', image: 'nginx:1' }] } } },
};

describe('server-side apply', () => {
  it.each<[string, string]>([
    ['JSON', JSON.stringify(deployment)],
    ['YAML', 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 3\n'],
  ])('needs the rights to apply, to patch and to create: %s', (_name, body) => {
    const actions = recognise(`PATCH ${DEPLOYMENTS}/web?fieldManager=me&force=true`, {
      body,
      type: 'application/apply-patch+yaml',
    });
    expect(actions.map(told)).toEqual([
      'k8s:apply:apps/deployments write deployment prod/web',
      'k8s:patch:apps/deployments write deployment prod/web',
      'k8s:create:apps/deployments write deployment prod/web',
    ]);
    expect(actions[0]?.params).toMatchObject({ field_manager: 'me', force: true, patch_type: 'apply', replicas: 3 });
    expect(actions[2]?.summary).toMatch(
      /^Create deployment web in namespace prod \(3 replicas.*, where there is none of that name$/,
    );
  });
});

describe('dry runs', () => {
  it.each<[string, CallParts]>([
    [`DELETE ${DEPLOYMENTS}/web?dryRun=All`, {}],
    [`DELETE ${DEPLOYMENTS}?dryRun=All`, {}],
    [`DELETE ${DEPLOYMENTS}/web`, { body: { propagationPolicy: 'Background', dryRun: ['All'] } }],
    [`DELETE ${DEPLOYMENTS}/web?dryRun=All`, { body: { kind: 'DeleteOptions', apiVersion: 'v1', dryRun: ['All'] } }],
    [`DELETE ${DEPLOYMENTS}/web`, { body: envelope('v1', 'DeleteOptions', message([5, 'All'])), type: PROTOBUF }],
    [`POST ${DEPLOYMENTS}?dryRun=All`, { body: deployment }],
    [`PUT ${DEPLOYMENTS}/web?dryRun=All`, { body: deployment }],
    [`PATCH ${DEPLOYMENTS}/web?dryRun=All`, { body: {}, type: 'application/merge-patch+json' }],
    [`PATCH ${DEPLOYMENTS}/web?dryRun=All`, { body: deployment, type: 'application/apply-patch+yaml' }],
    [
      'POST /api/v1/namespaces/prod/pods/web-0/eviction?dryRun=All',
      { body: { kind: 'Eviction', apiVersion: 'policy/v1' } },
    ],
    [
      'POST /api/v1/namespaces/prod/pods/web-0/eviction',
      { body: { kind: 'Eviction', apiVersion: 'policy/v1', deleteOptions: { dryRun: ['All'] } } },
    ],
  ])('%s is a read', (line, parts) => {
    for (const action of recognise(line, parts)) {
      expect(action).toMatchObject({ level: 'read', tags: [], params: { dry_run: true }, confidence: 'exact' });
      expect(action.summary).toContain('(dry run)');
    }
  });

  it('still reads the secret that it answers with', () => {
    const action = only('PATCH /api/v1/namespaces/prod/secrets/db?dryRun=All', {
      body: {},
      type: 'application/merge-patch+json',
    });
    expect(told(action)).toBe('k8s:patch:secrets read secret-read prod/db');
  });
});

describe('what a request says beside its object', () => {
  it.each<[string, Record<string, unknown>, string]>([
    [
      'DELETE /api/v1/namespaces/prod/pods?labelSelector=app%3Dweb',
      { label_selector: 'app=web' },
      'Delete all pods in namespace prod with labels app=web',
    ],
    [
      'DELETE /api/v1/namespaces/prod/pods/a?gracePeriodSeconds=0&propagationPolicy=Orphan',
      { grace_period_seconds: 0, propagation_policy: 'Orphan' },
      'Delete pod a in namespace prod',
    ],
    ['DELETE /apis/apps/v1/deployments', {}, 'Delete all deployments in all namespaces'],
    [
      'GET /api/v1/pods?fieldSelector=spec.nodeName%3Dn',
      { field_selector: 'spec.nodeName=n' },
      'List pods in all namespaces with fields spec.nodeName=n',
    ],
    [
      'POST /api/v1/namespaces/prod/pods/web-0/exec?command=sh&command=-c&command=rm+-rf+%2F&container=app&tty=true',
      { command: ['sh', '-c', 'rm -rf /'], container: 'app', tty: true },
      'Run a command in pod web-0 (container app) in namespace prod: sh -c rm -rf /',
    ],
    [
      'GET /api/v1/namespaces/prod/pods/web-0/portforward?ports=80&ports=443',
      { ports: ['80', '443'] },
      'Forward ports of pod web-0 in namespace prod',
    ],
    [
      'PUT /api/v1/namespaces/prod/services/web/proxy/a/b?c=d',
      { method: 'PUT', path: '/a/b' },
      'Send PUT /a/b to service web in namespace prod through the API server',
    ],
    [
      'GET /api/v1/namespaces/prod/pods/web-0/log?container=app',
      { container: 'app' },
      'Read the log of pod web-0 (container app) in namespace prod',
    ],
    ['GET /apis/networking.k8s.io/v1/networkpolicies', {}, 'List network policies in all namespaces'],
    ['GET /apis/storage.k8s.io/v1/csidrivers', {}, 'List CSI drivers'],
    ['GET /apis/apiregistration.k8s.io/v1/apiservices/x', {}, 'Get API service x'],
    ['GET /api/v1/namespaces/prod/endpoints/web', {}, 'Get endpoints web in namespace prod'],
    ['GET /apis/cert-manager.io/v1/certificates', {}, 'List certificates.cert-manager.io in all namespaces'],
    ['GET /api/v1/namespaces/prod/pods/a%E2%80%AEb', {}, 'Get pod a⟦U+202E⟧b in namespace prod'],
  ])('%s', (line, params, summary) => {
    const action = only(line);
    expect(action.params).toEqual(params);
    expect(action.summary).toBe(summary);
  });
});

describe('the labels that keep privileged pods out of a namespace', () => {
  const MERGE = 'application/merge-patch+json';
  const PATCH = 'application/json-patch+json';
  it.each<[string, unknown, boolean]>([
    [MERGE, { metadata: { labels: { 'pod-security.kubernetes.io/enforce': null } } }, true],
    [MERGE, { metadata: { labels: null } }, true],
    [MERGE, { metadata: { labels: { team: 'a' } } }, false],
    ['application/strategic-merge-patch+json', { metadata: { labels: { $patch: 'replace', team: 'a' } } }, true],
    ['application/strategic-merge-patch+json', { $patch: 'replace' }, true],
    [PATCH, [{ op: 'remove', path: '/metadata/labels/pod-security.kubernetes.io~1enforce' }], true],
    [PATCH, [{ op: 'replace', path: '/metadata/labels', value: { team: 'a' } }], true],
    [PATCH, [{ op: 'replace', path: '', value: {} }], true],
    [PATCH, [{ op: 'add', path: '/metadata/labels/team', value: 'a' }], false],
  ])('%s %j', (type, body, escalates) => {
    const { tags } = only('PATCH /api/v1/namespaces/prod', { body, type });
    expect(tags).toEqual(escalates ? ['privilege-escalation'] : []);
  });
});

describe('impersonation', () => {
  const acting = (...headers: string[]): string[] =>
    recognise('GET /api/v1/namespaces/prod/pods', { headers })
      .slice(1)
      .map((action) => `${told(action)}: ${action.summary}`);

  it.each<[string[], string[]]>([
    [
      ['Impersonate-User', 'eve'],
      ['k8s:impersonate:users permissions-management privilege-escalation eve: Act as user eve'],
    ],
    [
      ['impersonate-user', 'system:serviceaccount:ci:deployer'],
      [
        'k8s:impersonate:serviceaccounts permissions-management privilege-escalation ci/deployer: Act as service account deployer of namespace ci',
      ],
    ],
    [
      ['Impersonate-User', 'eve', 'Impersonate-Group', 'devs', 'Impersonate-Group', 'system:masters'],
      [
        'k8s:impersonate:users permissions-management privilege-escalation eve: Act as user eve',
        'k8s:impersonate:groups permissions-management privilege-escalation devs: Act as group devs',
        'k8s:impersonate:groups permissions-management privilege-escalation system:masters: Act as group system:masters',
      ],
    ],
    [
      ['Impersonate-User', 'eve', 'Impersonate-Uid', '7', 'Impersonate-Extra-Scopes', 'view'],
      [
        'k8s:impersonate:users permissions-management privilege-escalation eve: Act as user eve',
        'k8s:impersonate:authentication.k8s.io/uids permissions-management privilege-escalation 7: Act as UID 7',
        'k8s:impersonate:authentication.k8s.io/userextras/scopes permissions-management privilege-escalation view: Act as holder of scopes view',
      ],
    ],
    // The server refuses, or reads one of them: none is sure.
    [
      ['Impersonate-Group', 'system:masters'],
      [
        '?k8s:impersonate:groups permissions-management privilege-escalation system:masters: Act as group system:masters',
      ],
    ],
    [
      ['Impersonate-User', 'bob', 'Impersonate-User', 'eve'],
      [
        '?k8s:impersonate:users permissions-management privilege-escalation bob: Act as user bob',
        '?k8s:impersonate:users permissions-management privilege-escalation eve: Act as user eve',
      ],
    ],
    [
      ['Impersonate_User', 'eve'],
      ['?k8s:impersonate:users permissions-management privilege-escalation eve: Act as user eve'],
    ],
    [['Impersonate-User', ''], ['?k8s:impersonate:users permissions-management privilege-escalation : Act as user ']],
    [['X-Impersonate-User', 'eve'], []],
  ])('%j', (headers, expected) => {
    expect(acting(...headers)).toEqual(expected);
  });
});
