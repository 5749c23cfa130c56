// The real kubectl through a whole gate to a fake API server: rules in the API's own words, refusals that kubectl understands.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeApiServer, startFakeApiServer } from '../actions/kubernetes/fake-api-server.ts';
import { type Finished, installed, run } from './real-clients.ts';
import { AGENT, startGate, type TestGate } from './running-gate.ts';

const available = installed('kubectl', ['version', '--client']);

const RULES = `  - id: reads
    match: {action: "k8s:*", level: [read, list]}
    except: {tags: [secret-read]}
    effect: allow
  - id: destruction
    match: {action: "k8s:delete:apps/deployments", resource: {namespace: prod}}
    effect: hold
  - {id: secrets, match: {tags: [secret-read]}, effect: deny}`;

const containers = [{ name: 'app', image: 'nginx:1' }];
const OBJECTS = {
  '/apis/apps/v1/namespaces/prod/deployments/web': {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'prod', resourceVersion: '1', uid: 'uid-web' },
    spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, template: { spec: { containers } } },
  },
};

describe.skipIf(!available)(
  `kubectl through the gate${available ? '' : ' (skipped: kubectl is not installed)'}`,
  () => {
    let dir: string;
    let server: FakeApiServer;
    let gate: TestGate;
    const kubectl = (args: string): Promise<Finished> =>
      run('kubectl', args.split(' '), { KUBECONFIG: join(dir, 'config'), KUBECACHEDIR: join(dir, 'cache'), HOME: dir });
    const deletions = (): number => server.requests.filter(({ method }) => method === 'DELETE').length;

    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), 'holdgate-kubectl-'));
      server = await startFakeApiServer(OBJECTS);
      gate = await startGate({ upstream: server.url, upstreamMore: 'kind: kubernetes', rules: RULES });
      const proxy = `http://deploy-bot:${AGENT}@127.0.0.1:${gate.running.proxy.port}`;
      const config = {
        apiVersion: 'v1',
        kind: 'Config',
        // kubectl sends tokens over TLS only: the agent is known by its credential for the proxy.
        clusters: [{ name: 'prod', cluster: { server: 'http://api.test', 'proxy-url': proxy } }],
        contexts: [{ name: 'prod', context: { cluster: 'prod', user: '', namespace: 'prod' } }],
        'current-context': 'prod',
      };
      await writeFile(join(dir, 'config'), JSON.stringify(config));
    });
    afterAll(async () => {
      await gate.stop();
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
  },
);
