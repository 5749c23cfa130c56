// The real gcloud through a whole gate: rules in Google's method ids, errors with the approver's words, retries that join what they asked.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { type Finished, installed, run } from './real-clients.ts';
import { AGENT, startGate, type TestGate } from './running-gate.ts';

const available = installed('gcloud', ['version']);
const RULES = `  - {id: reads, match: {action: "gcp:*", level: [read, list]}, effect: allow}
  - {id: keys, match: {action: "gcp:iam.projects.serviceAccounts.keys.create"}, effect: hold}
  - {id: accounts, match: {action: "gcp:iam.projects.serviceAccounts.delete"}, effect: deny, description: Accounts are removed by the platform team.}`;
const ACCOUNT = 'ci@p.iam.gserviceaccount.com';
const NAME = `projects/p/serviceAccounts/${ACCOUNT}`;

describe.skipIf(!available)(`gcloud through the gate${available ? '' : ' (skipped: gcloud is not installed)'}`, () => {
  let upstream: RawUpstream;
  let gate: TestGate;
  let dir: string;
  const gcloud = (...args: string[]): Promise<Finished> =>
    run('gcloud', [...args, '--project=p', '--quiet'], {
      CLOUDSDK_CONFIG: dir,
      CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: '1',
      CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: '1',
      // What it would sign in to Google with is what it shows the gate.
      CLOUDSDK_AUTH_ACCESS_TOKEN: AGENT,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM: `http://127.0.0.1:${gate.running.proxy.port}/api/`,
    });
  const sent = (line: string): number => upstream.requests.filter((request) => request.startsWith(line)).length;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'holdgate-gcloud-'));
    upstream = await startRawUpstream((request, socket) => {
      const body = request.startsWith('GET ')
        ? JSON.stringify({ accounts: [{ name: NAME, email: ACCOUNT }] })
        : JSON.stringify({ name: `${NAME}/keys/k1`, privateKeyData: 'e30=' });
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
    });
    // Nobody waits here: whatever is held is answered at once, and asked again.
    gate = await startGate({ upstream: upstream.url, upstreamMore: 'kind: gcp, wait: 1ms', rules: RULES });
  });
  afterAll(async () => {
    await gate.stop();
    await upstream.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it('lets reads pass, and prints why a rule denies', async () => {
    const [listed, removed] = await Promise.all([
      gcloud('iam', 'service-accounts', 'list', '--format=value(email)'),
      gcloud('iam', 'service-accounts', 'delete', ACCOUNT),
    ]);
    expect(listed).toMatchObject({ code: 0, stdout: `${ACCOUNT}\n` });
    expect(removed.code).not.toBe(0);
    expect(removed.stderr).toContain('PERMISSION_DENIED');
    expect(removed.stderr).toContain('Accounts are removed by the platform team.');
    expect(sent('DELETE ')).toBe(0);
  }, 60_000);

  it('holds a key until somebody says yes, which its own retry joins, and the key is made once', async () => {
    const creating = gcloud(
      'iam',
      'service-accounts',
      'keys',
      'create',
      join(dir, 'key.json'),
      `--iam-account=${ACCOUNT}`,
    );
    const approval = await gate.held();
    expect(approval.summary).toContain(
      `Create a key that does not expire for service account projects/-/serviceAccounts/${ACCOUNT}`,
    );
    await gate.vote(approval, 'approve');
    expect((await creating).code).toBe(0);
    expect(sent('POST ')).toBe(1);
  }, 60_000);
});
