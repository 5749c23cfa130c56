// Upstreams over TLS: the name is proven before a byte of a call leaves, and addresses that were not meant are not connected to.
import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { startRawUpstream } from './raw-upstream.ts';
import { startGate, type TestGate } from './running-gate.ts';

const TLS = fileURLToPath(new URL('../fixtures/tls/', import.meta.url));
const CA = `ca: "${TLS}ca.pem", timeouts: {connect: 2s}`;
const RULES = `
  - id: reads
    match: {method: GET}
    effect: allow
  - id: asked
    match: {method: POST}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
`;

interface TlsUpstream {
  readonly port: number;
  readonly received: string[];
  readonly server: Server;
}

async function startTls(name: string): Promise<TlsUpstream> {
  const received: string[] = [];
  const server = createServer(
    { key: readFileSync(`${TLS}${name}.key`), cert: readFileSync(`${TLS}${name}.pem`) },
    (socket) => {
      socket
        .on('error', () => undefined)
        .on('data', (data: Buffer) => {
          received.push(data.toString('latin1'));
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        });
    },
  );
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, received, server };
}

describe('an https upstream', () => {
  let gate: TestGate | undefined;
  let upstream: TlsUpstream | undefined;
  afterEach(async () => {
    await gate?.stop();
    await new Promise<void>((resolve) => {
      if (upstream) upstream.server.close(() => resolve());
      else resolve();
    });
    [gate, upstream] = [undefined, undefined];
  });

  const heldStatus = async (running: TestGate): Promise<[number, unknown, string]> => {
    const waiting = running.call('/api/x', { method: 'POST', body: 'a=1' });
    const approval = await running.held();
    await running.vote(approval, 'approve');
    const response = await waiting;
    const text = await response.text();
    const { status } = (await (await running.api(`/api/v1/approvals/${approval.id}`)).json()) as { status: string };
    return [response.status, response.status === 200 ? text : (JSON.parse(text) as { reason: string }).reason, status];
  };

  it('with the right name and the configured CA is reached, for allowed and for held calls', async () => {
    upstream = await startTls('loopback');
    gate = await startGate({ upstream: `https://127.0.0.1:${upstream.port}`, rules: RULES, upstreamMore: CA });
    const response = await gate.call('/api/x');
    expect([response.status, await response.text()]).toEqual([200, 'ok']);
    expect(await heldStatus(gate)).toEqual([200, 'ok', 'succeeded']);
    expect(upstream.received[0]).toContain('GET /x HTTP/1.1');
  });

  it.each([
    ['a certificate for another name', 'upstream.test', CA],
    ['a CA that is not the configured one', 'loopback', 'timeouts: {connect: 2s}'],
    ['an expired certificate', 'expired', CA],
  ])('with %s is not sent a byte', async (_name, certificate, more) => {
    upstream = await startTls(certificate);
    gate = await startGate({ upstream: `https://127.0.0.1:${upstream.port}`, rules: RULES, upstreamMore: more });
    const response = await gate.call('/api/x');
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ reason: 'upstream-unreachable' });
    expect(await heldStatus(gate)).toEqual([503, 'not-sent', 'not_sent']);
    expect(upstream.received).toEqual([]);
  });
});

describe('an upstream at an address that was not meant', () => {
  /** A gate with a second upstream, at /public, whose address has to be a public one. */
  const startPublic = (base: string): Promise<TestGate> =>
    startGate({
      upstream: base,
      rules: RULES,
      upstreamMore: `timeouts: {}}\n  public: {base: "${base}", mount: /public`,
    });

  it.each(['http://127.0.0.1', 'http://localhost', 'http://[::1]'])('%s is not connected to', async (base) => {
    const upstream = await startRawUpstream();
    if (base.includes('localhost')) expect((await lookup('localhost')).address).toMatch(/^(127\.|::1)/);
    const gate = await startPublic(`${base}:${upstream.port}`);
    const response = await gate.call('/public/x');
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ reason: 'upstream-address-refused', retryable: false });
    expect(upstream.connections()).toBe(0);
    await gate.stop();
    await upstream.close();
  });

  it('is refused for held calls too, which then were certainly not sent', async () => {
    const upstream = await startRawUpstream();
    const gate = await startPublic(upstream.url);
    const waiting = gate.call('/public/x', { method: 'POST', body: 'a=1' });
    await gate.vote(await gate.held(), 'approve');
    expect(await (await waiting).json()).toMatchObject({ reason: 'not-sent' });
    expect(upstream.connections()).toBe(0);
    await gate.stop();
    await upstream.close();
  });

  it('the metadata address stays refused whatever is configured', async () => {
    const gate = await startGate({ upstream: 'http://169.254.169.254', rules: RULES });
    const response = await gate.call('/api/latest/meta-data');
    expect(await response.json()).toMatchObject({ reason: 'upstream-address-refused' });
    await gate.stop();
  });
});
