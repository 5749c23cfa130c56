// The real aws CLI and boto3 through a whole gate to an AWS emulator: rules in the words of IAM, one sentence for the approver, denials as
// typed errors with the approver's reason, and clients whose own retries rejoin. Needs aws, boto3 and moto_server.
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { issueKey } from './agent-key.ts';
import { type Finished, freePort, installed, run, startServer, stopServer } from './real-clients.ts';
import { AGENT, startGate, type TestGate } from './running-gate.ts';

const missing = [
  ...(installed('aws') ? [] : ['aws']),
  ...(installed('python3', ['-c', 'import boto3']) ? [] : ['boto3']),
  ...(installed('moto_server', ['--help']) ? [] : ['moto_server']),
];
const CALLS = fileURLToPath(new URL('aws-calls.py', import.meta.url));

const RULES = `  - id: reads
    match: {action: "aws:*", level: [read, list]}
    effect: allow
  - id: keys
    match: {action: "aws:iam:DeleteUser"}
    effect: deny
  - id: changes
    match: {action: "aws:*", level: [write, tagging, permissions-management]}
    except: {action: "aws:iam:DeleteUser"}
    effect: hold`;

const ADMIN = 'arn:aws:iam::aws:policy/AdministratorAccess';
const KEYS = {
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
};

interface Asked {
  readonly service: string;
  readonly operation: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly protocol?: string;
  readonly style?: 'path' | 'virtual';
}

interface Answered {
  readonly status: number;
  readonly answer?: Readonly<Record<string, unknown>>;
  readonly error?: string;
  readonly said?: string;
}

/** What is denied in each protocol: the call, its action, its sentence, and the code that the client raises. */
const HELD: readonly (readonly [action: string, summary: string, code: string, Asked])[] = [
  [
    'aws:s3:PutObject',
    'Write object data/reports/1.csv',
    'AccessDenied',
    { service: 's3', operation: 'PutObject', params: { Bucket: 'data', Key: 'reports/1.csv', Body: 'a,b' } },
  ],
  [
    'aws:dynamodb:DeleteTable',
    'Delete table orders',
    'AccessDeniedException',
    { service: 'dynamodb', operation: 'DeleteTable', params: { TableName: 'orders' } },
  ],
  [
    'aws:ec2:TerminateInstances',
    'Terminate instance i-1; Terminate instance i-2',
    'AccessDenied',
    { service: 'ec2', operation: 'TerminateInstances', params: { InstanceIds: ['i-1', 'i-2'] } },
  ],
  [
    'aws:rds:DeleteDBInstance',
    'Delete database prod without a final snapshot',
    'AccessDenied',
    {
      service: 'rds',
      operation: 'DeleteDBInstance',
      params: { DBInstanceIdentifier: 'prod', SkipFinalSnapshot: true },
    },
  ],
  [
    'aws:lambda:DeleteFunction',
    'Delete function billing',
    'AccessDeniedException',
    { service: 'lambda', operation: 'DeleteFunction', params: { FunctionName: 'billing' } },
  ],
  [
    'aws:cloudwatch:DeleteAlarms',
    'Delete alarm disk-full',
    'AccessDenied',
    {
      service: 'cloudwatch',
      operation: 'DeleteAlarms',
      params: { AlarmNames: ['disk-full'] },
      protocol: 'smithy-rpc-v2-cbor',
    },
  ],
];

describe.skipIf(missing.length > 0)(
  `AWS clients through the gate to moto${missing.length > 0 ? ` (skipped, not installed: ${missing.join(', ')})` : ''}`,
  () => {
    let moto: ChildProcess | undefined;
    let gate: TestGate;
    let env: Readonly<Record<string, string>>;
    let motoUrl: string;

    beforeAll(async () => {
      const port = await freePort();
      motoUrl = `http://127.0.0.1:${port}`;
      moto = await startServer('moto_server', ['-H', '127.0.0.1', '-p', String(port)], `${motoUrl}/moto-api/`);
      gate = await startGate({
        upstream: motoUrl,
        upstreamMore: `kind: aws, agent_credentials: pass}\n  s3: {base: "${motoUrl}", kind: aws, allow_private: true, hosts: [s3.test, "*.s3.test"]}\n  mounted: {base: "${motoUrl}", kind: aws, allow_private: true, mount: /s3, hosts: ["*.gate.test"]`,
        rules: RULES,
      });
      env = { ...KEYS, HTTP_PROXY: `http://deploy-bot:${AGENT}@127.0.0.1:${gate.running.proxy.port}` };
      const made = await boto3(
        [{ service: 's3', operation: 'CreateBucket', params: { Bucket: 'data' } }],
        motoUrl,
        KEYS,
      );
      expect(made[0]?.status).toBe(200);
    }, 60_000);
    afterAll(async () => {
      await gate.stop();
      await stopServer(moto);
    });

    const aws = (args: string, more: Readonly<Record<string, string>> = {}): Promise<Finished> =>
      run('aws', ['--endpoint-url', 'http://api.test', ...args.split(' ')], { ...env, ...more });
    const direct = (args: string): Promise<Finished> =>
      run('aws', ['--endpoint-url', motoUrl, ...args.split(' ')], KEYS);

    async function boto3(asked: readonly Asked[], endpoint = 'http://api.test', with_ = env): Promise<Answered[]> {
      const child = spawn('python3', [CALLS, endpoint], {
        env: { ...process.env, ...with_ },
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      child.stdin.end(JSON.stringify(asked));
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
      return text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Answered);
    }

    it('lets the CLI list users, and holds a policy for one of them until somebody denies it', async () => {
      await direct('iam create-user --user-name alice');
      const { code, stdout } = await aws('iam list-users --query Users[].UserName --output text');
      expect([code, stdout.trim()]).toEqual([0, 'alice']);
      const attaching = aws(`iam attach-user-policy --user-name alice --policy-arn ${ADMIN}`);
      const approval = await gate.held();
      expect(approval.summary).toBe('Attach managed policy AdministratorAccess to user alice');
      expect(approval.actions[0]).toMatchObject({ name: 'aws:iam:AttachUserPolicy', confidence: 'exact' });
      expect(approval.flags.map(({ id }) => id)).toContain('wildcard-admin');
      await gate.vote(approval, 'deny', { reason: 'alice is on the sales team' });
      const { code: failed, stderr } = await attaching;
      expect(failed).not.toBe(0);
      expect(stderr.trim()).toBe(
        'An error occurred (AccessDenied) when calling the AttachUserPolicy operation: Denied by security-oncall@example.com: ' +
          `"alice is on the sales team". Do not try to reach the same effect another way. (approval ${approval.id}) [denied-by-person]`,
      );
      const { stdout: attached } = await direct('iam list-attached-user-policies --user-name alice --output text');
      expect(attached.trim()).toBe('');
    }, 30_000);

    it('runs a call once whose CLI gave up waiting and sent it again by itself', async () => {
      const creating = aws('iam create-user --user-name bob --cli-read-timeout 1', { AWS_MAX_ATTEMPTS: '10' });
      const approval = await gate.held();
      await gate.heldConnections(0);
      await gate.heldConnections(1);
      expect(await open()).toHaveLength(1);
      await gate.vote(approval, 'approve');
      const { code, stderr } = await creating;
      expect([code, stderr]).toEqual([0, '']);
      const { stdout } = await direct('iam list-users --query Users[].UserName --output text');
      expect(stdout.trim().split(/\s+/).toSorted()).toEqual(['alice', 'bob']);
    }, 60_000);

    it('tells the CLI to wait, so that it asks again by itself and joins', async () => {
      const waiting = await startGate({
        upstream: motoUrl,
        upstreamMore: 'kind: aws, agent_credentials: pass, wait: 300ms',
        rules: RULES,
      });
      const through = { ...env, HTTP_PROXY: `http://deploy-bot:${AGENT}@127.0.0.1:${waiting.running.proxy.port}` };
      const creating = aws('iam create-user --user-name carol', through);
      const approval = await waiting.held();
      await waiting.heldConnections(0);
      await waiting.heldConnections(1);
      await waiting.vote(approval, 'approve');
      const { code, stderr } = await creating;
      expect([code, stderr]).toEqual([0, '']);
      await waiting.stop();
    }, 60_000);

    it('says what a rule denies', async () => {
      const { stderr } = await aws('iam delete-user --user-name alice');
      expect(stderr).toContain('An error occurred (AccessDenied) when calling the DeleteUser operation: ');
    }, 30_000);

    it('holds and denies in every protocol', async () => {
      const asking = boto3(HELD.map(([, , , asked]) => asked));
      const seen: ApprovalView[] = [];
      for (const _ of HELD) {
        const approval = await gate.held();
        seen.push(approval);
        await gate.vote(approval, 'deny', { reason: 'not “today”' });
      }
      const answers = await asking;
      for (const [i, [action, summary, code, { operation }]] of HELD.entries()) {
        expect(seen[i]?.actions[0]).toMatchObject({ name: action, confidence: 'exact' });
        expect(seen[i]?.summary).toBe(summary);
        expect(answers[i]?.said).toBe(
          `An error occurred (${code}) when calling the ${operation} operation: Denied by security-oncall@example.com: ` +
            `"not “today”". Do not try to reach the same effect another way. (approval ${seen[i]?.id ?? ''}) [denied-by-person]`,
        );
      }
    }, 60_000);

    it('lets reads pass in every protocol', async () => {
      const answers = await boto3([
        { service: 's3', operation: 'ListObjectsV2', params: { Bucket: 'data' } },
        { service: 'dynamodb', operation: 'ListTables' },
        { service: 'ec2', operation: 'DescribeInstances' },
        { service: 'rds', operation: 'DescribeDBInstances' },
        { service: 'lambda', operation: 'ListFunctions' },
        // The emulator does not know the newest protocol.
        { service: 'cloudwatch', operation: 'DescribeAlarms', protocol: 'json' },
      ]);
      expect(answers.map(({ status, said }) => said ?? status)).toEqual([200, 200, 200, 200, 200, 200]);
    }, 60_000);

    it.each([
      ['the host of an endpoint', 'http://s3.test'],
      ['the host of a mount', 'http://gate.test/s3'],
    ])(
      'knows a bucket in front of %s, and sends the call to that host',
      async (_name, endpoint) => {
        const put = (key: string, style: 'path' | 'virtual'): Asked => ({
          service: 's3',
          operation: 'PutObject',
          params: { Bucket: 'data', Key: key, Body: 'x' },
          style,
        });
        const asking = boto3(
          [put('by-host.csv', 'virtual'), put('by-path.csv', 'path'), put('no.csv', 'virtual')],
          endpoint,
        );
        const seen: ApprovalView[] = [];
        for (const vote of ['approve', 'approve', 'deny'] as const) {
          const approval = await another(seen);
          seen.push(approval);
          await gate.vote(approval, vote);
        }
        const answers = await asking;
        expect(answers.map(({ status }) => status)).toEqual([200, 200, 403]);
        expect(answers[2]?.said).toContain('(AccessDenied) when calling the PutObject operation: Denied by');
        expect(seen.map(({ summary }) => summary)).toEqual([
          'Write object data/by-host.csv',
          'Write object data/by-path.csv',
          'Write object data/no.csv',
        ]);
        expect(seen[0]?.actions[0]).toMatchObject({
          confidence: 'exact',
          resource: { type: 'object', id: 'data/by-host.csv' },
        });
        const { stdout } = await direct('s3api list-objects-v2 --bucket data --query Contents[].Key --output text');
        expect(stdout.trim().split(/\s+/)).toEqual(['by-host.csv', 'by-path.csv']);
      },
      60_000,
    );

    it('does all that with a key of the gate, and shows the same in protocols whose signature it took away', async () => {
      const own = await startGate({
        upstream: motoUrl,
        upstreamMore: `kind: aws, credential: {aws: {access_key_id: AKIDEXAMPLE, secret_access_key: s}}}\n  s3: {base: "${motoUrl}", kind: aws, allow_private: true, hosts: [s3.test, "*.s3.test"], credential: {aws: {access_key_id: AKIDEXAMPLE, secret_access_key: s}}`,
        rules: RULES,
      });
      const key = await issueKey(join(own.folder, 'holdgate.yaml'), 'deploy-bot');
      const proxy = `http://127.0.0.1:${own.running.proxy.port}`;
      const signed = { ...KEYS, AWS_ACCESS_KEY_ID: key.access_key_id, AWS_SECRET_ACCESS_KEY: key.secret_access_key };
      const byHost: Asked = {
        service: 's3',
        operation: 'PutObject',
        params: { Bucket: 'data', Key: 'signed.csv', Body: 'x' },
        style: 'virtual',
      };
      const calls = [byHost, ...HELD.map(([, , , asked]) => asked)];
      const said: (string | undefined)[] = [];
      const deny = async (count: number): Promise<void> => {
        for (let i = 0; i < count; i++) await own.vote(await own.held(), 'deny', { reason: 'no' });
      };
      const [bucket] = await Promise.all([
        boto3(calls.slice(0, 1), 'http://s3.test', { ...signed, HTTP_PROXY: proxy }),
        deny(1),
      ]);
      said.push(bucket[0]?.said);
      const [others] = await Promise.all([boto3(calls.slice(1), `${proxy}/api`, signed), deny(HELD.length)]);
      said.push(...others.map((each) => each.said));
      for (const [i, code] of ['AccessDenied', ...HELD.map(([, , each]) => each)].entries()) {
        expect(said[i]).toContain(
          `An error occurred (${code}) when calling the ${calls[i]?.operation} operation: Denied by`,
        );
      }
      await own.stop();
    }, 60_000);

    it('puts the bucket in front of the host of S3 where the upstream is all of AWS', async () => {
      const credential = 'credential: {aws: {access_key_id: AKIDEXAMPLE, secret_access_key: s}}';
      const all = await startGate({
        upstream: motoUrl,
        upstreamMore: `kind: aws}\n  all: {base: "https://{service}.{region}.nowhere.invalid", kind: aws, mount: /aws, hosts: ["*.gate.test"], timeouts: {connect: 100ms}, ${credential}`,
        rules: '  - {id: all, match: {action: "aws:s3:PutObject", resource: {id: data/k}}, effect: allow}',
      });
      const key = await issueKey(join(all.folder, 'holdgate.yaml'), 'deploy-bot');
      const put: Asked = {
        service: 's3',
        operation: 'PutObject',
        params: { Bucket: 'data', Key: 'k', Body: 'x' },
        style: 'virtual',
      };
      await boto3([put], 'http://gate.test/aws', {
        ...KEYS,
        AWS_ACCESS_KEY_ID: key.access_key_id,
        AWS_SECRET_ACCESS_KEY: key.secret_access_key,
        AWS_MAX_ATTEMPTS: '1',
        HTTP_PROXY: `http://127.0.0.1:${all.running.proxy.port}`,
      });
      const finished = JSON.parse(all.log.findLast((line) => line.includes('call:finished')) ?? '{}') as unknown;
      // Nobody has such a name: it was to be sent.
      expect(finished).toMatchObject({ host: 'data.s3.us-east-1.nowhere.invalid', path: '/k', effect: 'allow' });
      await all.stop();
    }, 60_000);

    it('lets CBOR pass to a service that speaks it, and runs an approved call there once', async () => {
      const paths: string[] = [];
      const service = createServer((req, res) => {
        paths.push(req.url ?? '');
        req.resume().on('end', () => {
          res.writeHead(200, { 'Content-Type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' });
          res.end(Buffer.from([0xa0]));
        });
      });
      await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
      const { port } = service.address() as AddressInfo;
      const own = await startGate({
        upstream: `http://127.0.0.1:${port}`,
        upstreamMore: 'kind: aws, agent_credentials: pass',
        rules: RULES,
      });
      const through = { ...KEYS, HTTP_PROXY: `http://deploy-bot:${AGENT}@127.0.0.1:${own.running.proxy.port}` };
      const asked = ['DescribeAlarms', 'DeleteAlarms'].map((operation): Asked => {
        const protocol = 'smithy-rpc-v2-cbor';
        return { service: 'cloudwatch', operation, params: { AlarmNames: ['disk-full'] }, protocol };
      });
      const asking = boto3(asked, 'http://api.test', through);
      await own.vote(await own.held(), 'approve');
      expect((await asking).map(({ status }) => status)).toEqual([200, 200]);
      expect(paths.map((path) => path.split('/').at(-1))).toEqual(['DescribeAlarms', 'DeleteAlarms']);
      await own.stop();
      service.close();
    }, 60_000);

    /** The next one that waits for a vote; those that were approved are open until they have run. */
    async function another(seen: readonly ApprovalView[]): Promise<ApprovalView> {
      for (;;) {
        const found = (await open()).find(({ id }) => !seen.some((each) => each.id === id));
        if (found) return found;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }

    async function open(): Promise<readonly ApprovalView[]> {
      const response = await gate.api('/api/v1/approvals?status=open');
      return ((await response.json()) as { items: ApprovalView[] }).items;
    }
  },
);
