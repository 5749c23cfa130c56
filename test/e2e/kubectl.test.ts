// The real kubectl through a whole gate to a fake API server: rules in the API's own words, refusals that kubectl understands.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeApiServer, startFakeApiServer } from '../actions/kubernetes/fake-api-server.ts';
import { type Finished, installed, run } from './real-clients.ts';
import { AGENT, startGate, type TestGate } from './running-gate.ts';

const fixture = (name: string): Buffer => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url));

const available = installed('kubectl', ['version', '--client']);

const RULES = `  - id: reads
    match: {action: "k8s:*", level: [read, list]}
    except: {tags: [secret-read]}
    effect: allow
  - id: destruction
    match: {action: "k8s:delete:apps/deployments", resource: {namespace: prod}}
    effect: hold
  - {id: bindings, match: {tags: [privilege-escalation], action: "k8s:create:*/clusterrolebindings"}, effect: hold}
  - {id: pods, match: {action: "k8s:delete:pods"}, effect: hold, hold: {wait: 50ms}}
  - {id: shells, match: {action: "k8s:create:pods/exec"}, effect: hold}
  - {id: secrets, match: {tags: [secret-read]}, effect: deny}`;

const containers = [{ name: 'app', image: 'nginx:1' }];
const OBJECTS = {
  '/apis/apps/v1/namespaces/prod/deployments/web': {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'prod', resourceVersion: '1', uid: 'uid-web' },
    spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, template: { spec: { containers } } },
  },
  '/api/v1/namespaces/prod/pods/web-0': {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-0', namespace: 'prod', resourceVersion: '1', uid: 'uid-web-0' },
    spec: { containers },
    status: { phase: 'Running' },
  },
};

describe.skipIf(!available)(
  `kubectl through the gate${available ? '' : ' (skipped: kubectl is not installed)'}`,
  () => {
    let dir: string;
    let server: FakeApiServer;
    let gate: TestGate;
    let front: Server;
    const kubectl = (args: string): Promise<Finished> =>
      run('kubectl', args.split(' '), { KUBECONFIG: join(dir, 'config'), KUBECACHEDIR: join(dir, 'cache'), HOME: dir });
    const deletions = (): number => server.requests.filter(({ method }) => method === 'DELETE').length;

    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), 'holdgate-kubectl-'));
      server = await startFakeApiServer(OBJECTS);
      gate = await startGate({ upstream: server.url, upstreamMore: 'kind: kubernetes', rules: RULES });
      // kubectl sends tokens over TLS only, and tunnels WebSockets through proxies: TLS in front of the gate, as one runs it.
      front = createServer({ cert: fixture('loopback.pem'), key: fixture('loopback.key') }, (socket) => {
        const inner = connect(gate.running.proxy.port, '127.0.0.1');
        pipeline(socket, inner, socket, () => undefined);
      });
      await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
      const certificate = fixture('ca.pem').toString('base64');
      const url = `https://127.0.0.1:${(front.address() as AddressInfo).port}/api`;
      const config = {
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'prod', cluster: { server: url, 'certificate-authority-data': certificate } }],
        users: [{ name: 'deploy-bot', user: { token: AGENT } }],
        contexts: [{ name: 'prod', context: { cluster: 'prod', user: 'deploy-bot', namespace: 'prod' } }],
        'current-context': 'prod',
      };
      await writeFile(join(dir, 'config'), JSON.stringify(config));
    });
    afterAll(async () => {
      await gate.stop();
      await new Promise((resolve) => front.close(resolve));
      await server.close();
      await rm(dir, { recursive: true, force: true });
    });

    it('lets reads pass and refuses what a rule denies, in words that kubectl prints', async () => {
      expect(await kubectl('get deployments')).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('web') as string,
      });
      const { code, stderr } = await kubectl('get secrets');
      expect(code).toBe(1);
      expect(stderr).toMatch(/^Error from server \(Forbidden\): /m);
    });

    it('holds a deletion, and prints the words of whoever denies it', async () => {
      const deleting = kubectl('delete deployment web --wait=false');
      const approval = await gate.held();
      expect(approval.summary).toBe('Delete deployment web in namespace prod');
      await gate.vote(approval, 'deny', { reason: 'not during the freeze' });
      const { code, stderr } = await deleting;
      expect(code).toBe(1);
      expect(stderr).toContain(
        'Error from server (Forbidden): Denied by security-oncall@example.com: "not during the freeze"',
      );
      expect(deletions()).toBe(0);
    });

    it('holds a binding that kubectl sends as protobuf', async () => {
      const binding = kubectl('create clusterrolebinding all --clusterrole=cluster-admin --user=mallory');
      const approval = await gate.held();
      expect(approval.summary).toMatch(/cluster-admin/);
      await gate.vote(approval, 'approve');
      expect(await binding).toMatchObject({ code: 0, stderr: '' });
      const sent = server.requests.find(({ method }) => method === 'POST');
      expect(sent?.headers.join(' ')).toContain('application/vnd.kubernetes.protobuf');
    });

    it('holds a shell, and lets one run once a person has approved it', async () => {
      server.output = 'hello from web-0\n';
      const running = kubectl('exec web-0 -- hostname');
      const approval = await gate.held();
      expect(approval.summary).toMatch(/^Run a command in pod web-0 .*: hostname \(opens a WebSocket/);
      await gate.vote(approval, 'approve');
      expect(await running).toMatchObject({ code: 0, stdout: 'hello from web-0\n' });
      expect(server.requests.filter(({ target }) => target.includes('/exec'))).toHaveLength(1);
    });

    it('prints the words of whoever denies a shell', async () => {
      const running = kubectl('exec web-0 -- reboot');
      await gate.vote(await gate.held(), 'deny', { reason: 'never in prod' });
      const { code, stderr } = await running;
      expect(code).toBe(1);
      // It tries SPDY next, and prints what it hears then.
      expect(stderr).toContain('Error from server (Forbidden): Denied by security-oncall@example.com: "never in prod"');
    });

    it('is asked again by kubectl itself while nobody has decided', async () => {
      const patient = kubectl('delete pod web-0 --wait=false');
      const approval = await gate.held();
      // The wait of the rule is over: kubectl has its 429 and comes back by itself.
      await gate.heldConnections(0);
      await gate.vote(approval, 'approve');
      expect(await patient).toMatchObject({ code: 0, stdout: expect.stringContaining('deleted') as string });
      expect(server.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
    });
  },
);
