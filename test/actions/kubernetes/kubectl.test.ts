// The real kubectl against a fake API server: what each command asks for, and what the recogniser makes of it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createKubernetesRecogniser } from '../../../src/actions/kubernetes/recogniser.ts';
import { type Finished, installed, run } from '../../e2e/real-clients.ts';
import { call, told } from './calls.ts';
import { type FakeApiServer, type FakeObject, type RecordedRequest, startFakeApiServer } from './fake-api-server.ts';
import { kubeconfig } from './kubeconfig.ts';

const available = installed('kubectl', ['version', '--client']);
const meta = (name: string) => ({ name, namespace: 'prod', resourceVersion: '1', uid: `uid-${name}` });
const containers = [{ name: 'app', image: 'nginx:1' }];

const OBJECTS: Readonly<Record<string, FakeObject>> = {
  '/api/v1/namespaces/prod': { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'prod' } },
  '/api/v1/nodes/node-1': { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' }, spec: {} },
  '/apis/certificates.k8s.io/v1/certificatesigningrequests/eve': {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'eve', resourceVersion: '1' },
    spec: { request: '', signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] },
    status: {},
  },
  '/api/v1/namespaces/prod/pods/web-0': {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: meta('web-0'),
    spec: { nodeName: 'node-1', containers },
    status: { phase: 'Running' },
  },
  '/apis/apps/v1/namespaces/prod/deployments/web': {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta('web'),
    spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, template: { spec: { containers } } },
  },
};

const MANIFEST = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: prod}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: app, image: "nginx:2"}]
`;

const GET_DEPLOYMENT = 'k8s:get:apps/deployments read - prod/web';
const GET_POD = 'k8s:get:pods read - prod/web-0';
const CSR = 'certificates.k8s.io/certificatesigningrequests';
const RBAC = 'rbac.authorization.k8s.io';

/** Arguments, what is done beside discovery, and the sentence of the last of it. */
const COMMANDS: readonly (readonly [args: string, actions: readonly string[], summary: string])[] = [
  ['get pods', ['k8s:list:pods list - prod/*'], 'List pods in namespace prod'],
  ['get pods -A', ['k8s:list:pods list - */*'], 'List pods in all namespaces'],
  ['get pod web-0 -o yaml', [GET_POD], 'Get pod web-0 in namespace prod'],
  ['get secrets', ['k8s:list:secrets list secret-read prod/*'], 'List secrets in namespace prod'],
  ['get --raw /healthz', ['k8s:get:/healthz read - /healthz'], 'Read /healthz'],
  [
    'logs web-0 -c app',
    [GET_POD, 'k8s:get:pods/log read - prod/web-0'],
    'Read the log of pod web-0 (container app) in namespace prod',
  ],
  [
    'delete deployment web --wait=false',
    ['k8s:delete:apps/deployments write destructive prod/web'],
    'Delete deployment web in namespace prod',
  ],
  [
    'delete deployment web --dry-run=server',
    ['k8s:delete:apps/deployments read - prod/web'],
    'Delete deployment web in namespace prod (dry run)',
  ],
  [
    'delete namespace prod --wait=false',
    ['k8s:delete:namespaces write destructive prod/prod'],
    'Delete namespace prod',
  ],
  [
    'create clusterrolebinding eve-admin --clusterrole=cluster-admin --user=eve',
    [`k8s:create:${RBAC}/clusterrolebindings permissions-management privilege-escalation eve-admin`],
    'Bind cluster role cluster-admin to user eve',
  ],
  [
    'create rolebinding ci --clusterrole=edit --serviceaccount=ci:deployer --group=devs',
    [`k8s:create:${RBAC}/rolebindings permissions-management privilege-escalation prod/ci`],
    'Bind cluster role edit to group devs, service account ci/deployer in namespace prod',
  ],
  [
    'create role all --verb=* --resource=*',
    [`k8s:create:${RBAC}/roles permissions-management privilege-escalation prod/all`],
    'Create role all in namespace prod (rules with *)',
  ],
  [
    'create secret generic db --from-literal=password=hunter2',
    ['k8s:create:secrets write - prod/db'],
    'Create secret db in namespace prod',
  ],
  [
    'create deployment y --image=nginx:3 --replicas=2',
    ['k8s:create:apps/deployments write deployment prod/y'],
    'Create deployment y in namespace prod (2 replicas, images nginx=nginx:3)',
  ],
  [
    'create cronjob c --image=busybox --schedule=@daily',
    ['k8s:create:batch/cronjobs write code-execution prod/c'],
    'Create cron job c in namespace prod (images c=busybox)',
  ],
  [
    'create service nodeport np --tcp=80',
    ['k8s:create:services write network-exposure prod/np'],
    'Create service np in namespace prod (type NodePort)',
  ],
  ['create namespace team --dry-run=server', ['k8s:create:namespaces read - team'], 'Create namespace team (dry run)'],
  [
    'create token builder',
    ['k8s:create:serviceaccounts/token write credential-issue,secret-read prod/builder'],
    'Issue a token for service account builder in namespace prod',
  ],
  [
    'run x --image=busybox --privileged',
    ['k8s:create:pods write code-execution,privilege-escalation prod/x'],
    'Create pod x in namespace prod (images x=busybox, privileged)',
  ],
  [
    'apply -f MANIFEST',
    [GET_DEPLOYMENT, 'k8s:patch:apps/deployments write deployment prod/web'],
    'Patch deployment web in namespace prod (3 replicas, images app=nginx:2)',
  ],
  [
    'apply --server-side -f MANIFEST',
    ['apply', 'patch', 'create'].map((verb) => `k8s:${verb}:apps/deployments write deployment prod/web`),
    'Create deployment web in namespace prod (3 replicas, images app=nginx:2), where there is none of that name',
  ],
  [
    'replace -f MANIFEST',
    [GET_DEPLOYMENT, 'k8s:update:apps/deployments write deployment prod/web'],
    'Replace deployment web in namespace prod (3 replicas, images app=nginx:2)',
  ],
  [
    'scale deployment/web --replicas=0',
    [GET_DEPLOYMENT, 'k8s:patch:apps/deployments/scale write deployment,destructive prod/web'],
    'Scale deployment web in namespace prod to 0 replicas',
  ],
  [
    'rollout restart deployment/web',
    [GET_DEPLOYMENT, 'k8s:patch:apps/deployments write deployment prod/web'],
    'Restart deployment web in namespace prod',
  ],
  [
    'set image deployment/web app=nginx:9',
    [GET_DEPLOYMENT, 'k8s:patch:apps/deployments write deployment prod/web'],
    'Patch deployment web in namespace prod (images app=nginx:9)',
  ],
  [
    'label namespace prod pod-security.kubernetes.io/enforce=privileged',
    ['k8s:get:namespaces read - prod/prod', 'k8s:patch:namespaces write privilege-escalation prod/prod'],
    'Patch namespace prod',
  ],
  [
    'drain node-1 --force',
    [
      'k8s:get:nodes read - node-1',
      'k8s:patch:nodes write infrastructure node-1',
      'k8s:list:pods list - */*',
      'k8s:create:pods/eviction write destructive prod/web-0',
      GET_POD,
    ],
    'Get pod web-0 in namespace prod',
  ],
  [
    'debug web-0 --image=busybox --attach=false',
    [GET_POD, 'k8s:patch:pods/ephemeralcontainers write code-execution prod/web-0'],
    'Add a debug container to pod web-0 in namespace prod (images IMAGE)',
  ],
  [
    'delete --raw /api/v1/namespaces/prod/pods',
    ['k8s:deletecollection:pods write destructive prod/*'],
    'Delete all pods in namespace prod',
  ],
  [
    'certificate approve eve',
    [
      `k8s:get:${CSR} read - eve`,
      `k8s:update:${CSR}/approval permissions-management credential-issue,privilege-escalation eve`,
    ],
    'Approve or deny certificate signing request eve',
  ],
  [
    'auth can-i delete deployments',
    ['k8s:create:authorization.k8s.io/selfsubjectaccessreviews read - *'],
    'Ask the API server for a self subject access review',
  ],
];

const EXEC = 'k8s:create:pods/exec write code-execution prod/web-0';

describe.skipIf(!available)(`the real kubectl${available ? '' : ' (skipped: kubectl is not installed)'}`, () => {
  const recogniser = createKubernetesRecogniser();
  let dir: string;
  let server: FakeApiServer;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'holdgate-kubectl-'));
    await writeFile(join(dir, 'manifest.yaml'), MANIFEST);
  });
  beforeEach(async () => {
    server = await startFakeApiServer(OBJECTS);
    await writeFile(join(dir, 'config'), kubeconfig(server.url, 'prod'));
    return () => server.close();
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  function kubectl(args: string): Promise<Finished> {
    const words = args.replace('MANIFEST', join(dir, 'manifest.yaml')).split(' ');
    const env = { HOME: dir, KUBECONFIG: join(dir, 'config') };
    return run('kubectl', ['--cache-dir', join(dir, 'cache'), ...words], env);
  }

  function actionsOf({ method, target, headers, body }: RecordedRequest) {
    return recogniser.recognise(
      call(`${method} ${target}`, body.length > 0 ? { headers, body, type: '' } : { headers }),
    );
  }

  /** Without what every command asks first. */
  const deeds = () =>
    server.requests
      .filter(({ target }) => !/^\/(?:api|apis(?:\/[^/?]+){0,2}|api\/v1|version|openapi\/.*)(?:\?|$)/.test(target))
      .flatMap(actionsOf);

  it.each(COMMANDS)('%s', async (args, expected, summary) => {
    const { code, stderr } = await kubectl(args);
    expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
    // Some commands look at an object more than once.
    const deed = deeds().map(told);
    expect(deed.filter((each, i) => each !== deed[i - 1])).toEqual(expected);
    // kubectl makes the names of debug containers up.
    expect(
      deeds()
        .at(-1)
        ?.summary.replace(/debugger-\w+=busybox/, 'IMAGE'),
    ).toBe(summary);
    for (const action of server.requests.flatMap(actionsOf)) {
      expect(action.confidence).toBe('exact');
      expect(JSON.stringify(action)).not.toContain('hunter2');
    }
  });

  it('exec web-0 -c app -- sh -c id', async () => {
    const { code, stderr } = await kubectl('exec web-0 -c app -- sh -c id');
    expect(code).toBe(1);
    expect(stderr).toContain('Error from server (Forbidden): this server opens no channels');
    // First as a WebSocket, by GET.
    const [, first] = deeds();
    expect(first && told(first)).toBe(EXEC);
    expect(first?.summary).toBe('Run a command in pod web-0 (container app) in namespace prod: sh -c id');
    expect(server.requests.at(-1)?.target).toContain('/exec?command=sh&command=-c&command=id');
  });

  it('get pods --as=system:serviceaccount:ci:deployer --as-group=system:masters', async () => {
    const { code } = await kubectl('get pods --as=system:serviceaccount:ci:deployer --as-group=system:masters');
    expect(code).toBe(0);
    expect(deeds().map(told).toSorted()).toEqual([
      'k8s:impersonate:groups permissions-management privilege-escalation system:masters',
      'k8s:impersonate:serviceaccounts permissions-management privilege-escalation ci/deployer',
      'k8s:list:pods list - prod/*',
    ]);
  });
});
