import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import type { Clock } from '../../../src/ports/clock.ts';
import { type ConnectOutcome, type ConnectTarget, connectVerified } from '../../../src/proxy/address/connect.ts';
import { createResolver, type Lookup, type Resolver } from '../../../src/proxy/address/resolve.ts';

const fixture = (name: string): string => readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), 'utf8');
const ca = fixture('ca.pem');

/** Time stands still unless a test fires a timer. */
function stoppedClock(): Pick<Clock, 'after' | 'monotonic'> & { fire: (ms: number) => void } {
  const timers = new Set<{ ms: number; callback: () => void }>();
  return {
    monotonic: () => 0,
    after(ms, callback) {
      const timer = { ms, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    fire(ms) {
      for (const timer of timers) if (timer.ms <= ms && timers.delete(timer)) timer.callback();
    },
  };
}

async function listening(server: net.Server): Promise<number> {
  server.on('connection', (socket: net.Socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

function tlsServer(name: string, options: tls.TlsOptions = {}): tls.Server {
  const server = tls.createServer(
    { key: fixture(`${name}.key`), cert: fixture(`${name}.pem`), ...options },
    (socket) => {
      socket.on('error', () => undefined);
      socket.end(`${String(socket.servername)} ${String(socket.alpnProtocol)} ${socket.getProtocol() ?? ''}`);
    },
  );
  server.on('tlsClientError', () => undefined);
  return server;
}

const answers = (...addresses: string[]): Resolver =>
  createResolver({ lookup: () => Promise.resolve(addresses.map((address) => ({ address, family: 4 }))) });

function upstream(port: number, more: Partial<ConnectTarget> = {}): ConnectTarget {
  return {
    scheme: 'https',
    hostname: 'upstream.test',
    port,
    allow_private: true,
    ca,
    timeouts: { connect: 5000 },
    ...more,
  };
}

function socketOf(outcome: ConnectOutcome): net.Socket {
  if (!outcome.ok) throw new Error(`${outcome.failure}: ${outcome.detail}`);
  onTestFinished(() => void outcome.socket.destroy());
  return outcome.socket;
}

async function textOf(outcome: ConnectOutcome): Promise<string> {
  let text = '';
  for await (const chunk of socketOf(outcome)) text += String(chunk);
  return text;
}

afterEach(() => vi.unstubAllEnvs());

test('https connects by address, names the host in SNI and offers http/1.1 only', async () => {
  const port = await listening(tlsServer('upstream.test', { ALPNProtocols: ['h2', 'http/1.1'] }));
  const outcome = await connectVerified(upstream(port), { resolver: answers('127.0.0.1'), clock: stoppedClock() });
  expect(outcome).toMatchObject({ ok: true, address: '127.0.0.1' });
  expect(await textOf(outcome)).toBe('upstream.test http/1.1 TLSv1.3');
});

test('http connects without TLS', async () => {
  const port = await listening(net.createServer((socket) => socket.end('plain')));
  const target = upstream(port, { scheme: 'http' });
  expect(await textOf(await connectVerified(target, { resolver: answers('127.0.0.1'), clock: stoppedClock() }))).toBe(
    'plain',
  );
});

test('an address literal is verified against the addresses in the certificate and sends no SNI', async () => {
  const port = await listening(tlsServer('loopback'));
  const target = upstream(port, { hostname: '127.0.0.1' });
  const outcome = await connectVerified(target, { resolver: createResolver(), clock: stoppedClock() });
  expect(await textOf(outcome)).toMatch(/^false /);
});

test.each([
  ['a certificate for another name', 'upstream.test', { hostname: 'other.test' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  [
    'a certificate for a name where an address was asked for',
    'upstream.test',
    { hostname: '127.0.0.1' },
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ],
  ['a certificate for the address where a name was asked for', 'loopback', {}, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['an expired certificate', 'expired', {}, 'CERT_HAS_EXPIRED'],
  ['a CA that is not trusted', 'upstream.test', { ca: undefined }, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  [
    'a CA bundle that is none',
    'upstream.test',
    { ca: '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n' },
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ],
])('%s is refused, whatever the environment says', async (_name, certificate, more, expected) => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  const port = await listening(tlsServer(certificate));
  const outcome = await connectVerified(upstream(port, more), {
    resolver: answers('127.0.0.1'),
    clock: stoppedClock(),
  });
  expect(outcome).toMatchObject({ ok: false, failure: 'tls', detail: expect.stringContaining(expected) });
});

test('the handshake offers TLS 1.3 and 1.2 and nothing older', async () => {
  let hello = '';
  const server = net.createServer((socket) => {
    socket.once('data', (chunk) => {
      hello = chunk.toString('hex');
      socket.destroy();
    });
  });
  const port = await listening(server);
  await connectVerified(upstream(port), { resolver: answers('127.0.0.1'), clock: stoppedClock() });
  // RFC 8446 §4.2.1: extension 43, 5 bytes, a list of 4: 0x0304, 0x0303.
  expect(hello).toContain('002b00050403040303');
});

test('a peer that speaks no TLS or hangs up in the handshake is a TLS failure', async () => {
  const plain = await listening(
    net.createServer((socket) => socket.on('error', () => undefined).write('HTTP/1.1 400 Bad Request\r\n\r\n')),
  );
  const rude = await listening(net.createServer((socket) => socket.on('error', () => undefined).end()));
  for (const port of [plain, rude]) {
    const outcome = await connectVerified(upstream(port), { resolver: answers('127.0.0.1'), clock: stoppedClock() });
    expect(outcome).toMatchObject({ ok: false, failure: 'tls' });
  }
});

test('a name that answers well once and badly later is asked once a connection: the judged address is the one used', async () => {
  const port = await listening(net.createServer((socket) => socket.end('first')));
  const flips = [['127.0.0.1'], ['169.254.169.254'], ['127.0.0.2']];
  const lookup = vi.fn<Lookup>(() => Promise.resolve((flips.shift() ?? []).map((address) => ({ address, family: 4 }))));
  const resolver = createResolver({ lookup });
  const target = upstream(port, { scheme: 'http' });
  const first = await connectVerified(target, { resolver, clock: stoppedClock() });
  expect(first).toMatchObject({ ok: true, address: '127.0.0.1' });
  expect(socketOf(first).remoteAddress).toBe('127.0.0.1');
  expect(lookup).toHaveBeenCalledTimes(1);
  expect(await connectVerified(target, { resolver, clock: stoppedClock() })).toMatchObject({
    ok: false,
    failure: 'address-refused',
  });
  expect(lookup).toHaveBeenCalledTimes(2);
});

test('nothing is connected to when one of several answers is bad', async () => {
  const onConnection = vi.fn<(socket: net.Socket) => void>((socket) => socket.destroy());
  const port = await listening(net.createServer(onConnection));
  const outcome = await connectVerified(upstream(port), {
    resolver: answers('127.0.0.1', '0.0.0.0'),
    clock: stoppedClock(),
  });
  expect(outcome).toMatchObject({ ok: false, failure: 'address-refused' });
  expect(onConnection).not.toHaveBeenCalled();
});

test('the next address is tried where one refuses the connection', async () => {
  const port = await listening(net.createServer((socket) => socket.end('second')));
  const target = upstream(port, { scheme: 'http' });
  const outcome = await connectVerified(target, { resolver: answers('127.0.0.3', '127.0.0.1'), clock: stoppedClock() });
  expect(outcome).toMatchObject({ ok: true, address: '127.0.0.1' });
  expect(await textOf(outcome)).toBe('second');
});

test('where no address takes the connection, the failure names the last one', async () => {
  const port = await listening(net.createServer());
  const outcome = await connectVerified(upstream(port), {
    resolver: answers('127.0.0.3', '127.0.0.4'),
    clock: stoppedClock(),
  });
  expect(outcome).toEqual({
    ok: false,
    failure: 'unreachable',
    detail: `cannot connect to upstream.test (127.0.0.4) port ${port}: ECONNREFUSED`,
  });
});

test('a wrong certificate is final: no other address is tried', async () => {
  const port = await listening(tlsServer('loopback'));
  const resolver = answers('127.0.0.1', '127.0.0.3');
  const outcome = await connectVerified(upstream(port), { resolver, clock: stoppedClock() });
  expect(outcome).toMatchObject({ ok: false, failure: 'tls', detail: expect.stringContaining('(127.0.0.1)') });
});

test('a handshake that never ends is cut by the connect timeout, and the socket closed', async () => {
  const clock = stoppedClock();
  const { promise: closed, resolve: onClosed } = Promise.withResolvers<void>();
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined).on('close', () => onClosed());
    // The client's hello has arrived: the connection stands, the handshake does not.
    socket.once('data', () => clock.fire(5000));
  });
  const port = await listening(server);
  const outcome = await connectVerified(upstream(port), { resolver: answers('127.0.0.1'), clock });
  expect(outcome).toMatchObject({ ok: false, failure: 'timeout' });
  await closed;
});

test('resolving is inside the connect timeout', async () => {
  const clock = stoppedClock();
  const resolver = createResolver({
    lookup: () => {
      clock.fire(5000);
      return new Promise(() => undefined);
    },
  });
  expect(await connectVerified(upstream(1), { resolver, clock })).toEqual({
    ok: false,
    failure: 'timeout',
    detail: 'no connection to upstream.test within 5000 ms',
  });
});

test('the caller can give up, before and while', async () => {
  const before = AbortSignal.abort();
  const clock = stoppedClock();
  expect(await connectVerified(upstream(1), { resolver: answers('127.0.0.1'), clock, signal: before })).toMatchObject({
    failure: 'aborted',
  });
  const cut = new AbortController();
  const port = await listening(
    net.createServer((socket) => socket.on('error', () => undefined).once('data', () => cut.abort())),
  );
  expect(
    await connectVerified(upstream(port), { resolver: answers('127.0.0.1'), clock, signal: cut.signal }),
  ).toMatchObject({ failure: 'aborted' });
});

test('a connection that breaks before anybody listens is no uncaught error', async () => {
  const port = await listening(net.createServer((socket) => socket.resetAndDestroy()));
  const outcome = await connectVerified(upstream(port, { scheme: 'http' }), {
    resolver: answers('127.0.0.1'),
    clock: stoppedClock(),
  });
  if (outcome.ok) await new Promise((resolve) => outcome.socket.once('close', resolve));
  expect(outcome.ok ? outcome.socket.destroyed : true).toBe(true);
});
