// The real aws CLI through a whole gate to an AWS emulator: approvers are told what is risky about a call, and what it would change, read with
// keys of their own that never were the agent's. Needs aws and moto_server.
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApprovalDetail, renderApproval } from '../../src/cli/approvals/render-approval.ts';
import type { ApprovalView, ContextView } from '../../src/core/approval/view.ts';
import { issueKey } from './agent-key.ts';
import { freePort, installed, run, startServer, stopServer } from './real-clients.ts';
import { startGate, type TestGate } from './running-gate.ts';

const missing = [
  ...(installed('aws') ? [] : ['aws']),
  ...(installed('moto_server', ['--help']) ? [] : ['moto_server']),
];

const KEYS = {
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
};
const document = (action: string): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] });

describe.skipIf(missing.length > 0)(
  `what approvers see of the aws CLI${missing.length > 0 ? ` (skipped, not installed: ${missing.join(', ')})` : ''}`,
  () => {
    let moto: ChildProcess | undefined;
    let gate: TestGate;
    let motoUrl: string;
    let env: Readonly<Record<string, string>>;

    beforeAll(async () => {
      const port = await freePort();
      motoUrl = `http://127.0.0.1:${port}`;
      moto = await startServer('moto_server', ['-H', '127.0.0.1', '-p', String(port)], `${motoUrl}/moto-api/`);
      const keys = (id: string): string => `{aws: {access_key_id: ${id}, secret_access_key: s}}`;
      gate = await startGate({
        upstream: motoUrl,
        upstreamMore: [
          'kind: aws',
          `credential: ${keys('AKIDCALLS')}`,
          `preview: {dry_run: true, credential: ${keys('AKIDREADER')}}`,
          'boundary: {regions: [eu-*], accounts: [self], buckets: [corp-*]}',
        ].join(', '),
        rules: `  - {id: reads, match: {action: "aws:*", level: [read, list]}, effect: allow}
  - {id: changes, match: {action: "aws:*", level: [write, tagging, permissions-management]}, effect: hold, hold: {from: ["group:security"]}}`,
      });
      const key = await issueKey(join(gate.folder, 'holdgate.yaml'), 'deploy-bot');
      env = {
        ...KEYS,
        AWS_ACCESS_KEY_ID: key.access_key_id,
        AWS_SECRET_ACCESS_KEY: key.secret_access_key,
        HTTP_PROXY: `http://127.0.0.1:${gate.running.proxy.port}`,
      };
      await direct('iam', 'create-user', '--user-name', 'ci');
      await direct(
        'iam',
        'put-user-policy',
        '--user-name',
        'ci',
        '--policy-name',
        'p',
        '--policy-document',
        document('s3:GetObject'),
      );
      await direct('s3api', 'create-bucket', '--bucket', 'other');
      await direct(
        's3api',
        'put-object',
        '--bucket',
        'other',
        '--key',
        'report.csv',
        '--body',
        join(gate.folder, 'holdgate.yaml'),
      );
    }, 60_000);
    afterAll(async () => {
      await gate.stop();
      await stopServer(moto);
    });

    async function direct(...args: string[]): Promise<void> {
      const { code, stderr } = await run('aws', ['--endpoint-url', motoUrl, ...args], KEYS);
      if (code !== 0) throw new Error(stderr);
    }

    /** Holds what the CLI asks for, gives what approvers see, and denies it. */
    async function seen(...args: string[]): Promise<ApprovalDetail & { readonly context: ContextView }> {
      const asking = run('aws', ['--endpoint-url', 'http://api.test', ...args], env);
      for (;;) {
        const list = await gate.api('/api/v1/approvals?status=pending');
        const { items } = (await list.json()) as { readonly items: readonly ApprovalView[] };
        const detail = (await (await gate.api(`/api/v1/approvals/${items[0]?.id ?? 'none'}`)).json()) as ApprovalDetail;
        const { context } = detail;
        if (context) {
          await gate.vote(detail, 'deny');
          await asking;
          return { ...detail, context };
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    }

    it('attaching AdministratorAccess is a wildcard-admin, in one sentence', async () => {
      const arn = 'arn:aws:iam::aws:policy/AdministratorAccess';
      const detail = await seen('iam', 'attach-user-policy', '--user-name', 'ci', '--policy-arn', arn);
      expect(detail.summary).toBe('Attach managed policy AdministratorAccess to user ci');
      expect(detail.flags[0]).toEqual({
        id: 'wildcard-admin',
        severity: 'critical',
        title: 'Gives full administrator rights',
        evidence: `params.PolicyArn: ${arn}`,
      });
      expect(detail.flags.map(({ id }) => id)).not.toContain('outside-boundary');
      expect(detail.context.preview.requests[0]).toContain('Action=GetPolicy');
      const { text } = renderApproval(detail, { columns: 120, colour: false, full: false });
      expect(text).toContain('CRITICAL Gives full administrator rights (wildcard-admin)');
    }, 30_000);

    it('an inline policy that is replaced shows both documents', async () => {
      const detail = await seen(
        'iam',
        'put-user-policy',
        '--user-name',
        'ci',
        '--policy-name',
        'p',
        '--policy-document',
        document('*'),
      );
      expect(detail.context.preview.changes).toEqual([
        { path: '/Statement/0/Action', before: '"s3:GetObject"', after: '"*"' },
      ]);
      expect(detail.flags.map(({ id }) => id)).toContain('wildcard-admin');
    }, 30_000);

    it('an object outside of the boundary is measured before it is deleted', async () => {
      const detail = await seen('s3api', 'delete-object', '--bucket', 'other', '--key', 'report.csv');
      expect(detail.flags).toContainEqual(
        expect.objectContaining({
          id: 'outside-boundary',
          evidence: expect.stringMatching(/region us-east-1|bucket other/),
        }),
      );
      expect(detail.context.preview.facts).toContainEqual({
        name: 'bytes',
        value: expect.stringMatching(/^[1-9]\d+$/),
      });
    }, 30_000);

    it('an earlier approval is remembered', async () => {
      const detail = await seen('iam', 'delete-user-policy', '--user-name', 'ci', '--policy-name', 'p');
      expect(detail.context.earlier_approvals.length).toBeGreaterThan(0);
      expect(detail.context.earlier_approvals[0]?.status).toBe('denied');
      expect(detail.flags.map(({ id }) => id)).toContain('first-time');
    }, 30_000);
  },
);
