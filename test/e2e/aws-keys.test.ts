// The real boto3 and aws CLI with nothing but an access key that the gate issued, through the gate to an emulator, over plain HTTP and
// behind TLS (where boto3 signs bodies in another way). In between stands an upstream that verifies each signature of the gate, as AWS does.
import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { headerValues } from '../../src/core/call.ts';
import type { AgentKey } from './agent-key.ts';
import { type Finished, freePort, installed, run, startServer, stopServer } from './real-clients.ts';
import { startGate, type TestGate } from './running-gate.ts';
import { type Seen, startVerifyingUpstream, type VerifyingUpstream } from './verifying-upstream.ts';

const missing = [
  ...(installed('aws') ? [] : ['aws']),
  ...(installed('python3', ['-c', 'import boto3']) ? [] : ['boto3']),
  ...(installed('moto_server', ['--help']) ? [] : ['moto_server']),
];
const HOLDGATE = fileURLToPath(new URL('../../bin/holdgate', import.meta.url));
const CALLS = fileURLToPath(new URL('aws-signed.py', import.meta.url));
const TLS = fileURLToPath(new URL('../fixtures/tls/', import.meta.url));
const UPSTREAM_KEY = 'AKIAUPSTREAMUPSTREAM';

/** Hands what was verified on to the emulator. */
function forwardTo(port: number): NonNullable<VerifyingUpstream['answer']> {
  return ({ verdict, method, target, headers, body }: Seen, res) => {
    if (verdict !== 'good') return void res.writeHead(403).end(verdict);
    const to = httpRequest({ host: '127.0.0.1', port, method, path: target, headers: [...headers] }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(res);
    });
    to.on('error', () => res.destroy());
    to.end(body);
  };
}

describe.skipIf(missing.length > 0)(
  `AWS clients with a key of the gate${missing.length > 0 ? ` (skipped, not installed: ${missing.join(', ')})` : ''}`,
  () => {
    let moto: ChildProcess | undefined;
    let upstream: VerifyingUpstream;
    let gate: TestGate;
    let key: AgentKey;
    let env: Readonly<Record<string, string>>;
    let front: Server;
    let motoUrl: string;

    beforeAll(async () => {
      const port = await freePort();
      motoUrl = `http://127.0.0.1:${port}`;
      moto = await startServer('moto_server', ['-H', '127.0.0.1', '-p', String(port)], `${motoUrl}/moto-api/`);
      upstream = await startVerifyingUpstream(UPSTREAM_KEY, 'upstream-secret-token');
      upstream.answer = forwardTo(port);
      gate = await startGate({
        upstream: upstream.url,
        rules: '  - {id: aws, match: {action: "aws:*"}, effect: allow}\n',
        upstreamMore: `kind: aws, credential: {aws: {access_key_id: ${UPSTREAM_KEY}, secret_access_key: "\${env:UPSTREAM_TOKEN}"}}`,
      });
      const config = join(gate.folder, 'holdgate.yaml');
      const issued = await run(HOLDGATE, ['agents', 'aws-key', 'deploy-bot', '--json', '--config', config]);
      key = JSON.parse(issued.stdout) as AgentKey;
      env = {
        AWS_ACCESS_KEY_ID: key.access_key_id,
        AWS_SECRET_ACCESS_KEY: key.secret_access_key,
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_ENDPOINT_URL: `http://127.0.0.1:${gate.running.proxy.port}/api`,
      };
      // What stands in front of a gate that agents reach over TLS.
      front = createServer(
        { key: readFileSync(`${TLS}loopback.key`), cert: readFileSync(`${TLS}loopback.pem`) },
        (socket) => {
          const inner = connect(gate.running.proxy.port, '127.0.0.1');
          socket.on('error', () => inner.destroy()).pipe(inner);
          inner.on('error', () => socket.destroy()).pipe(socket);
        },
      );
      front.on('tlsClientError', () => undefined);
      await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    }, 60_000);
    afterAll(async () => {
      front?.close();
      await gate?.stop();
      await upstream?.stop();
      await stopServer(moto);
    });

    const aws = (...args: string[]): Promise<Finished> => run('aws', args, env);
    const judged = (): Set<string> => new Set(upstream.seen.map(({ verdict }) => verdict));

    beforeEach(async () => {
      upstream.seen.length = 0;
      await fetch(`${motoUrl}/moto-api/reset`, { method: 'POST' });
    });

    const EXPECTED = {
      small: 'small',
      large: 3_000_000,
      parts: 6_000_000,
      keys: ['large', 'parts', 'reports/2026 & more/a+b (final) é.csv'],
      user: 'alice',
      item: 'é',
      'wrong s3': 'SignatureDoesNotMatch',
      'wrong iam': 'SignatureDoesNotMatch',
      'wrong dynamodb': 'InvalidSignatureException',
      'wrong ec2': 'SignatureDoesNotMatch',
    };

    it('boto3 over plain HTTP: S3, IAM, DynamoDB, presigned URLs, and its own words for a wrong secret', async () => {
      const { stdout, stderr } = await run('python3', [CALLS, env['AWS_ENDPOINT_URL'] ?? ''], env);
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toEqual({ ...EXPECTED, presigned: 'small' });
      expect(judged()).toEqual(new Set(['good']));
      const modes = new Set(upstream.seen.flatMap(({ headers }) => headerValues(headers, 'x-amz-content-sha256')));
      expect([...modes].some((mode) => /^[0-9a-f]{64}$/.test(mode))).toBe(true);
      expect(JSON.stringify(upstream.seen.map(({ headers }) => headers))).not.toContain(key.access_key_id);
    }, 60_000);

    it('boto3 behind TLS: bodies in chunks with a checksum behind them', async () => {
      const { port } = front.address() as AddressInfo;
      const { stdout, stderr } = await run('python3', [CALLS, `https://127.0.0.1:${port}/api`, `${TLS}ca.pem`], env);
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toMatchObject(EXPECTED);
      expect(judged()).toEqual(new Set(['good']));
      const modes = new Set(upstream.seen.flatMap(({ headers }) => headerValues(headers, 'x-amz-content-sha256')));
      expect(modes).toContain('STREAMING-UNSIGNED-PAYLOAD-TRAILER');
    }, 60_000);

    it('the aws CLI: files there and back, and a key that is revoked while it is used', async () => {
      const file = join(gate.folder, 'file.txt');
      writeFileSync(file, 'from the command line');
      expect(await aws('s3', 'mb', 's3://cli-bucket')).toMatchObject({ code: 0 });
      expect(await aws('s3', 'cp', file, 's3://cli-bucket/dir/file.txt')).toMatchObject({ code: 0 });
      expect((await aws('s3', 'cp', 's3://cli-bucket/dir/file.txt', '-')).stdout).toBe('from the command line');
      const caller = await aws('sts', 'get-caller-identity');
      expect(JSON.parse(caller.stdout)).toMatchObject({ Account: '123456789012' });
      const config = join(gate.folder, 'holdgate.yaml');
      const revoked = await run(HOLDGATE, ['agents', 'revoke-aws-key', key.access_key_id, '--config', config]);
      expect(revoked).toMatchObject({ code: 0 });
      const before = upstream.begun();
      const refused = await aws('iam', 'list-users');
      expect(refused.code).not.toBe(0);
      expect(refused.stderr).toContain('(InvalidClientTokenId) when calling the ListUsers operation');
      expect(refused.stderr).toContain('revoked');
      expect(upstream.begun()).toBe(before);
    }, 60_000);
  },
);
