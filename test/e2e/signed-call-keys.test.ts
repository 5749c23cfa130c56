// Keys of agents that come and go while a gate runs on SQLite: issued, revoked, edited, and out of reach.
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { headerValues } from '../../src/core/call.ts';
import { type AgentKey, agentsCommand, issueKey } from './agent-key.ts';
import { AGENT, startGate, type TestGate } from './running-gate.ts';
import { signed, type SignedRequest, wire } from './signing-client.ts';
import { startVerifyingUpstream, type VerifyingUpstream } from './verifying-upstream.ts';

const UPSTREAM_KEY = 'AKIAUPSTREAMUPSTREAM';
const RULES = '  - {id: all, match: {host: "*"}, effect: allow}\n';

let upstream: VerifyingUpstream;
let gate: TestGate;
let config: string;
let key: AgentKey;

beforeAll(async () => {
  upstream = await startVerifyingUpstream(UPSTREAM_KEY, 'upstream-secret-token');
  gate = await startGate({
    upstream: upstream.url,
    rules: RULES,
    upstreamMore: `kind: aws, credential: {aws: {access_key_id: ${UPSTREAM_KEY}, secret_access_key: "\${env:UPSTREAM_TOKEN}"}}`,
  });
  config = join(gate.folder, 'holdgate.yaml');
  key = await issueKey(config, 'deploy-bot');
});
afterAll(async () => {
  await gate?.stop();
  await upstream?.stop();
});

async function send(request: SignedRequest): Promise<{ readonly status: number; readonly text: string }> {
  const text = await gate.raw(wire(request));
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]), text };
}

it('says in the words of AWS that nothing is configured there, and not that the thing is gone', async () => {
  const begun = upstream.begun();
  const s3 = await send(signed(key, { target: '/nowhere/bucket/key' }));
  expect(s3).toMatchObject({
    status: 403,
    text: expect.stringContaining('<Error><Code>UnknownUpstream</Code>') as unknown,
  });
  const lambda = await send(signed(key, { target: '/nowhere/2015-03-31/functions/', service: 'lambda' }));
  expect(lambda.status).toBe(403);
  expect(lambda.text).toMatch(/x-amzn-ErrorType: UnknownUpstream/i);
  expect(upstream.begun()).toBe(begun);
});

describe('keys', () => {
  it('are good at once, and refused when the command that revokes them has ended', async () => {
    const fresh = await issueKey(config, 'other-bot');
    expect(fresh.access_key_id).toMatch(/^HGAK[A-Z2-7]{16}$/);
    expect(fresh.secret_access_key).toMatch(/^holdgate[A-Za-z0-9+/]{32}$/);
    expect((await send(signed(fresh))).text).toContain('good');
    expect(upstream.seen.at(-1)?.verdict).toBe('good');
    const { out } = await agentsCommand(config, 'revoke-aws-key', fresh.access_key_id);
    expect(out).toContain('every replica refuses it');
    const before = upstream.begun();
    const { status, text } = await send(signed(fresh));
    expect(status).toBe(403);
    expect(text).toContain('<Code>InvalidAccessKeyId</Code>');
    expect(text).toContain('revoked');
    expect(upstream.begun()).toBe(before);
    const listed = await agentsCommand(config, 'aws-keys', '--json');
    const { keys } = JSON.parse(listed.out) as { keys: { access_key_id: string; revoked: string | null }[] };
    expect(keys.find(({ access_key_id: id }) => id === fresh.access_key_id)?.revoked).not.toBeNull();
    expect(listed.out).not.toContain(fresh.secret_access_key);
  });

  it('are refused together with another credential of the gate', async () => {
    const request = signed(key);
    for (const [name, value] of [
      ['Holdgate-Agent', AGENT],
      ['Proxy-Authorization', `Bearer ${AGENT}`],
    ] as const) {
      const { status, text } = await send({ ...request, headers: [...request.headers, name, value] });
      expect(status).toBe(403);
      expect(text).toContain('send one of them');
    }
  });

  it('are no good while the store does not answer', async () => {
    const db = new DatabaseSync(join(gate.folder, 'data', 'holdgate.db'));
    db.exec('ALTER TABLE agent_keys RENAME TO gone');
    try {
      await expect.poll(async () => (await send(signed(key))).status).toBe(503);
      const at = upstream.begun();
      const { text } = await send(signed(key));
      expect(text).toContain('<Code>ServiceUnavailable</Code>');
      expect(upstream.begun()).toBe(at);
    } finally {
      db.exec('ALTER TABLE gone RENAME TO agent_keys');
      db.close();
    }
    await expect.poll(async () => (await send(signed(key))).status).toBe(200);
  });

  it('cannot be given to another agent by editing the store', async () => {
    const mine = await issueKey(config, 'other-bot');
    const db = new DatabaseSync(join(gate.folder, 'data', 'holdgate.db'));
    db.prepare("UPDATE agent_keys SET agent = 'deploy-bot' WHERE id = ?").run(mine.access_key_id);
    db.close();
    const { text } = await send(signed(mine));
    expect(text).toContain('<Code>SignatureDoesNotMatch</Code>');
  });
});

describe('an upstream without a key', () => {
  it('gets the call without any signature', async () => {
    const plain = await startGate({ upstream: upstream.url, rules: RULES, upstreamMore: 'kind: aws' });
    try {
      const mine = await issueKey(join(plain.folder, 'holdgate.yaml'), 'deploy-bot');
      const before = upstream.seen.length;
      await plain.raw(wire(signed(mine, { target: '/api/bucket' })));
      const [one] = upstream.seen.slice(before);
      expect(one?.verdict).toBe('none');
      expect(headerValues(one?.headers ?? [], 'authorization')).toEqual([]);
      expect(one?.headers.join('\n')).not.toContain(mine.access_key_id);
      // The key of one gate is nothing to another.
      const { text } = await send(signed(mine));
      expect(text).toContain('<Code>InvalidAccessKeyId</Code>');
    } finally {
      await plain.stop();
    }
  });
});
