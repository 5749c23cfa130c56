// Agents that sign as for AWS, to an upstream that verifies what the gate signs: every way to sign a body, calls that are held and sent
// again.
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { headerValues } from '../../src/core/call.ts';
import { sha256Hex } from '../../src/proxy/sigv4/canonical-request.ts';
import { amzDate } from '../../src/proxy/sigv4/signature.ts';
import { type AgentKey, issueKey } from './agent-key.ts';
import { startGate, type TestGate } from './running-gate.ts';
import { presigned, signed, type SignedRequest, wire } from './signing-client.ts';
import { type Seen, startVerifyingUpstream, type VerifyingUpstream } from './verifying-upstream.ts';

const UPSTREAM_KEY = 'AKIAUPSTREAMUPSTREAM';
/** As running-gate.ts gives it. */
const UPSTREAM_SECRET = 'upstream-secret-token';

const AWS = `kind: aws, credential: {aws: {access_key_id: ${UPSTREAM_KEY}, secret_access_key: "\${env:UPSTREAM_TOKEN}"}}`;
const RULES = `
  - id: deletes
    match: {method: DELETE}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
  - id: looks-inside
    match: {method: POST, body: {form: {Action: "Delete*"}}}
    effect: deny
  - id: rest
    match: {method: [GET, HEAD, PUT, POST]}
    effect: allow
`;

let upstream: VerifyingUpstream;
let gate: TestGate;
let config: string;
let key: AgentKey;

beforeAll(async () => {
  upstream = await startVerifyingUpstream(UPSTREAM_KEY, UPSTREAM_SECRET);
  gate = await startGate({
    upstream: upstream.url,
    rules: RULES,
    upstreamMore: `${AWS}}\n  s3: {base: "${upstream.url}", allow_private: true, hosts: ["*.s3.test"], ${AWS}`,
    more: 'limits: {signed_body: 200KiB}',
  });
  config = join(gate.folder, 'holdgate.yaml');
  key = await issueKey(config, 'deploy-bot');
});
afterAll(async () => {
  await gate?.stop();
  await upstream?.stop();
});
afterEach(() => {
  upstream.answer = undefined;
});

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function send(request: SignedRequest, length?: number): Promise<Answer> {
  const text = await gate.raw(wire(request, length));
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, ''))?.[1]),
    text,
  };
}

/** The one request that reached the upstream whole since `work` began. */
async function forwarded(request: SignedRequest): Promise<Seen> {
  const before = upstream.seen.length;
  const { status, text } = await send(request);
  expect(text).toContain('200 OK');
  expect(status).toBe(200);
  expect(upstream.seen).toHaveLength(before + 1);
  const [one] = upstream.seen.slice(before);
  if (!one) throw new Error('nothing came');
  return one;
}

describe('a signed call', () => {
  it('authenticates the agent, and is signed anew with the key of the upstream', async () => {
    const one = await forwarded(signed(key, { target: '/api/bucket/a%20b%2Bc?list-type=2&prefix=x%2Fy' }));
    expect(one).toMatchObject({
      verdict: 'good',
      target: '/bucket/a%20b%2Bc?list-type=2&prefix=x%2Fy',
      service: 's3',
      region: 'us-east-1',
    });
    expect(headerValues(one.headers, 'x-amz-date')).toHaveLength(1);
    expect(one.headers.join('\n')).not.toContain(key.access_key_id);
    const last = gate.log.findLast((line) => line.includes('call:finished'));
    expect(JSON.parse(last ?? '{}')).toMatchObject({ agent: 'deploy-bot', effect: 'allow' });
  });

  it('may carry a body by its hash, small or streamed', async () => {
    for (const size of [5, 60_000, 300_000]) {
      const body = Buffer.alloc(size, 'x');
      const one = await forwarded(signed(key, { method: 'PUT', target: '/api/bucket/key', body }));
      expect(one.verdict).toBe('good');
      expect(one.body.equals(body)).toBe(true);
    }
  });

  it('may leave its body unsigned', async () => {
    const body = Buffer.alloc(300_000, 'y');
    const options = { method: 'PUT', target: '/api/bucket/key', body, payload: 'UNSIGNED-PAYLOAD' };
    const one = await forwarded(signed(key, options));
    expect(one).toMatchObject({ verdict: 'good' });
    expect(headerValues(one.headers, 'x-amz-content-sha256')).toEqual(['UNSIGNED-PAYLOAD']);
    expect(one.body).toHaveLength(300_000);
    // What the gate has seen whole, it signs.
    const small = await forwarded(signed(key, { ...options, body: 'hello' }));
    expect(small.verdict).toBe('good');
    expect(headerValues(small.headers, 'x-amz-content-sha256')).toEqual([sha256Hex('hello')]);
  });

  it('keeps the framing of a body with a checksum behind it', async () => {
    const piece = 'z'.repeat(70_000);
    const body = `${(70_000).toString(16)}\r\n${piece}\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n`;
    const one = await forwarded(
      signed(key, {
        method: 'PUT',
        target: '/api/bucket/key',
        body,
        payload: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        headers: [
          'Content-Encoding',
          'aws-chunked',
          'X-Amz-Decoded-Content-Length',
          '70000',
          'X-Amz-Trailer',
          'x-amz-checksum-crc32',
        ],
      }),
    );
    expect(one.verdict).toBe('good');
    expect(one.body.toString()).toBe(body);
    expect(headerValues(one.headers, 'content-encoding')).toEqual(['aws-chunked']);
  });

  it('may sign its body without saying so, as every service but S3 does', async () => {
    const body = 'Action=ListUsers&Version=2010-05-08';
    const headers = ['Content-Type', 'application/x-www-form-urlencoded'];
    const options = { method: 'POST', target: '/api/', body, headers, service: 'iam', payload: 'none' };
    const one = await forwarded(signed(key, options));
    expect(one).toMatchObject({ verdict: 'good', service: 'iam', target: '/' });
    expect(one.body.toString()).toBe(body);
  });

  it('is decided on its body too where that was read to verify the signature', async () => {
    const body = 'Action=DeleteUser&UserName=alice';
    const headers = ['Content-Type', 'application/x-www-form-urlencoded'];
    const before = upstream.begun();
    const { status, text } = await send(
      signed(key, { method: 'POST', target: '/api/', body, headers, service: 'iam', payload: 'none' }),
    );
    expect(status).toBe(403);
    expect(text).toContain('<Code>AccessDenied</Code>');
    expect(upstream.begun()).toBe(before);
  });

  it('is read to the limit and not further', async () => {
    const body = Buffer.alloc(201 * 1024, 'x');
    const { status, text } = await send(
      signed(key, { method: 'POST', target: '/api/', body, service: 'lambda', payload: 'none' }),
    );
    expect(status).toBe(413);
    expect(text).toContain('body-too-large');
  });

  it('is not read where too many are, which takes no secret; small ones are', async () => {
    const wrong = { ...key, secret_access_key: 'x'.repeat(40) };
    const post = { method: 'PUT', service: 'iam', payload: 'none' } as const;
    const large = { ...post, body: Buffer.alloc(200_000, 'x') };
    const bytes = wire(signed(wrong, large));
    const sockets = Array.from({ length: 30 }, () => connect(gate.running.proxy.port, '127.0.0.1'));
    const answers: string[] = [];
    for (const socket of sockets) {
      socket.on('error', () => undefined).on('data', (chunk: Buffer) => answers.push(chunk.toString('latin1')));
      // All but the last byte: it stays in memory until that comes.
      socket.write(bytes.subarray(0, -1));
    }
    // One key has room for four of the largest.
    await expect.poll(() => answers.filter((text) => text.startsWith('HTTP/1.1 503')).length).toBe(26);
    expect(answers).toHaveLength(26);
    expect(await send(signed(key, large))).toMatchObject({ status: 503 });
    expect(await send(signed(key, { ...post, body: 'Action=ListUsers' }))).toMatchObject({ status: 200 });
    const other = await issueKey(config, 'other-bot');
    expect(await send(signed(other, large))).toMatchObject({ status: 200 });
    for (const socket of sockets) socket.destroy();
    await expect.poll(async () => (await send(signed(key, large))).status).toBe(200);
  });

  it('may be a presigned URL, whose parameters stay here', async () => {
    const one = await forwarded(presigned(key, { target: '/api/bucket/key?versionId=7' }));
    expect(one).toMatchObject({ verdict: 'good', target: '/bucket/key?versionId=7', service: 's3' });
    const put = await forwarded(presigned(key, { method: 'PUT', target: '/api/bucket/key', body: 'hello' }));
    expect(put).toMatchObject({ verdict: 'good', target: '/bucket/key' });
    expect(put.body.toString()).toBe('hello');
  });

  it.each([
    `X%2DAmz-Algorithm=AWS4-HMAC-SHA256&X%2DAmz-Credential=AKIAOTHERACCOUNT/20260101/us-east-1/s3/aws4_request&X%2DAmz-Signature=${'a'.repeat(64)}`,
    'x%2damz%2Dsignature=0',
    'X-Amz-Security-Token=of-another-account',
    'AWSAccessKeyId=AKIAOTHERACCOUNT&Expires=9&Signature=x',
    'AWSAccess%4BeyId=AKIAOTHERACCOUNT',
  ])('that is signed in Authorization takes no second signature along in its query: %s', async (query) => {
    const before = upstream.seen.length;
    const { status, text } = await send(signed(key, { target: `/api/bucket/key?${query}` }));
    expect(status).toBe(403);
    expect(text).toContain('SignatureDoesNotMatch');
    expect(upstream.seen).toHaveLength(before);
  });

  it('may have metadata with underscores', async () => {
    const headers = ['X-Amz-Meta-my_key', 'x'];
    const one = await forwarded(signed(key, { method: 'PUT', target: '/api/bucket/key', body: 'x', headers }));
    expect(one.verdict).toBe('good');
    expect(headerValues(one.headers, 'x-amz-meta-my_key')).toEqual(['x']);
  });

  it('takes no header along that some servers read as one that signs', async () => {
    const before = upstream.seen.length;
    const request = signed(key, { target: '/api/bucket/key' });
    const { status } = await send({ ...request, headers: [...request.headers, 'X_Amz_Security_Token', 'x'] });
    expect(status).toBe(400);
    expect(upstream.seen).toHaveLength(before);
  });

  it('may come by the host, in absolute-form too', async () => {
    const byHost = await forwarded(signed(key, { host: 'api.test', target: '/bucket' }));
    expect(byHost).toMatchObject({ verdict: 'good', target: '/bucket' });
    const request = signed(key, { host: 'api.test', target: '/bucket' });
    const absolute = await forwarded({ ...request, target: 'http://api.test/bucket' });
    expect(absolute).toMatchObject({ verdict: 'good', target: '/bucket' });
  });

  it('may name its bucket in front of the host, which is signed for as the upstream sees it', async () => {
    const one = await forwarded(signed(key, { host: 'bucket.s3.test', target: '/key' }));
    expect(one).toMatchObject({ verdict: 'good', target: '/key' });
    expect(headerValues(one.headers, 'host')).toEqual([`bucket.127.0.0.1:${upstream.port}`]);
  });

  it('has to be signed where the gate signs', async () => {
    const response = await gate.call('/api/bucket');
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('signature-missing');
  });

  it('gives its guide to an agent that signs', async () => {
    const { status, text } = await send(signed(key, { target: '/.well-known/holdgate' }));
    expect(status).toBe(200);
    expect(text).toContain('deploy-bot');
  });
});

describe('a signed call that is held', () => {
  const again = (now: number, attempt: number, wait = 0): SignedRequest =>
    signed(key, {
      method: 'DELETE',
      target: '/api/bucket/key',
      now,
      headers: [
        'amz-sdk-invocation-id',
        'a1b2',
        'amz-sdk-request',
        `attempt=${attempt}; max=5`,
        'Prefer',
        `wait=${wait}`,
      ],
    });

  it('is joined by retries with other dates, and sent with the date of its sending', async () => {
    const start = Date.now();
    const first = await send(again(start - 600_000, 1));
    expect(first.text).toMatch(/SlowDown|Throttling/);
    const approval = await gate.held();
    const second = await send(again(start - 300_000, 2));
    expect(second.text).toContain(approval.id);
    const before = upstream.seen.length;
    expect((await gate.vote(approval, 'approve')).status).toBeLessThan(300);
    const last = await send(again(start, 3, 20));
    expect(last.status).toBe(200);
    expect(upstream.seen).toHaveLength(before + 1);
    const one = upstream.seen.at(-1);
    expect(one?.verdict).toBe('good');
    expect((one?.at ?? '') >= amzDate(start)).toBe(true);
    const { items } = (await (await gate.api('/api/v1/approvals?status=succeeded')).json()) as { items: unknown[] };
    expect(items).toHaveLength(1);
  });

  it('is another call where it is signed for another service or region', async () => {
    const digests = new Set<string>();
    for (const [service, region] of [
      ['s3', 'us-east-1'],
      ['s3', 'eu-central-1'],
      ['glacier', 'us-east-1'],
    ] as const) {
      const target = '/api/other/key';
      await send(signed(key, { method: 'DELETE', target, service, region, headers: ['Prefer', 'wait=0'] }));
      const approval = await gate.held();
      digests.add(approval.digest);
      await gate.vote(approval, 'deny');
    }
    expect(digests.size).toBe(3);
  });
});

describe('a body that is not the signed one', () => {
  it.each([5, 60_000])('of %i bytes is refused before anything is sent', async (size) => {
    const before = upstream.begun();
    const request = signed(key, { method: 'PUT', target: '/api/bucket/key', body: Buffer.alloc(size, 'x') });
    const { status, text } = await send({ ...request, body: Buffer.alloc(size, 'y') });
    expect(status).toBe(400);
    expect(text).toContain('<Code>XAmzContentSHA256Mismatch</Code>');
    expect(upstream.begun()).toBe(before);
  });

  it('of a streamed call never arrives whole', async () => {
    const [whole, broken] = [upstream.seen.length, upstream.broken()];
    const request = signed(key, { method: 'PUT', target: '/api/bucket/key', body: Buffer.alloc(3_000_000, 'x') });
    const { status, text } = await send({ ...request, body: Buffer.alloc(3_000_000, 'y') });
    expect(status).toBe(400);
    expect(text).toContain('<Code>XAmzContentSHA256Mismatch</Code>');
    await expect.poll(() => upstream.broken()).toBe(broken + 1);
    expect(upstream.seen).toHaveLength(whole);
  });

  it('of a chunked call that streams never arrives whole either', async () => {
    const [whole, broken] = [upstream.seen.length, upstream.broken()];
    const { method, target, headers } = signed(key, { method: 'PUT', target: '/api/bucket/key', body: 'signed' });
    const head = [method, ' ', target, ' HTTP/1.1\r\n'].join('');
    let text = head;
    for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
    const piece = 'y'.repeat(10_000);
    const chunks = `${(10_000).toString(16)}\r\n${piece}\r\n`.repeat(20);
    const answer = await gate.raw(`${text}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunks}0\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 400/);
    await expect.poll(() => upstream.broken()).toBe(broken + 1);
    expect(upstream.seen).toHaveLength(whole);
  });
});

describe('what comes back', () => {
  it('does not show the secrets of the upstream', async () => {
    upstream.answer = (seen, res) => {
      res.writeHead(200, { 'X-Echo': UPSTREAM_SECRET });
      res.end(`canonical ${UPSTREAM_SECRET} ${seen.verdict}`);
    };
    const { text } = await send(signed(key));
    expect(text).toContain('good');
    expect(text).not.toContain(UPSTREAM_SECRET);
  });
});

describe('an upstream that is all of AWS', () => {
  it('sends each call to the host of what it was signed for', async () => {
    const all = await startGate({
      upstream: 'https://{service}.{region}.nowhere.invalid',
      rules: '  - {id: all, match: {action: "aws:*"}, effect: allow}\n',
      upstreamMore: `kind: aws, timeouts: {connect: 100ms}, credential: {aws: {access_key_id: ${UPSTREAM_KEY}, secret_access_key: "\${env:UPSTREAM_TOKEN}"}}`,
    });
    try {
      const mine = await issueKey(join(all.folder, 'holdgate.yaml'), 'deploy-bot');
      const ask = async (options: Parameters<typeof signed>[1]): Promise<Readonly<Record<string, unknown>>> => {
        await all.raw(wire(signed(mine, options)));
        return JSON.parse(all.log.findLast((line) => line.includes('call:finished')) ?? '{}') as Record<
          string,
          unknown
        >;
      };
      const path = { target: '/api/bucket' };
      // Nobody has such names.
      expect(await ask(path)).toMatchObject({
        host: 's3.us-east-1.nowhere.invalid',
        problem: expect.stringMatching(/^upstream-(?:unreachable|timeout)$/) as unknown,
      });
      const other = { ...path, service: 'lambda', region: 'eu-west-1', target: '/api/2015-03-31/functions/' };
      expect(await ask(other)).toMatchObject({ host: 'lambda.eu-west-1.nowhere.invalid' });
      const global = { service: 'iam', region: 'aws-global', target: '/api/?Action=ListUsers&Version=2010-05-08' };
      expect(await ask(global)).toMatchObject({ host: 'iam.us-east-1.nowhere.invalid' });
      const none = { ...path, service: 'no-such-service' };
      expect(await ask(none)).toMatchObject({ problem: 'unknown-upstream', status: 403 });
    } finally {
      await all.stop();
    }
  });
});
