// WebSocket through the gate: only where a rule says so, only after a 101 that proves itself, and with an end on both sides.
// The server and the client are RFC 6455 by hand, so that they can also do what no library would.
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RawServer, startRawServer } from './raw-server.ts';
import { AGENT, startGate, type TestGate } from './running-gate.ts';
import { accept, closes, frame, openWebSocket, unframe, type WebSocketClient } from './websocket-client.ts';

const RULES = `
  - id: live
    match: {method: GET, path: /live}
    effect: allow
    websocket: true
  - id: reads
    match: {method: GET, path: /plain}
    effect: allow
  - id: asked
    match: {method: GET, path: /asked}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
  - id: never
    match: {method: GET, path: /never}
    effect: deny
`;
const KEY = randomBytes(16).toString('base64');
const TOKEN = 'upstream-secret-token';
type Handshake = (key: string, socket: Socket, head: string) => void;

const echo: Handshake = (key, socket) => {
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept(key)}\r\nSet-Cookie: s=1\r\nX-Echo: ${TOKEN}\r\n\r\n`,
  );
  socket.on('data', (data: Buffer) => socket.write(frame(`echo ${unframe(data)}`, false)));
};

const open = (gate: TestGate, path: string, more = '', upgrade = 'websocket', key = KEY): WebSocketClient =>
  openWebSocket(gate.running.proxy.port, `/api${path}`, { more, upgrade, key });

describe('a WebSocket handshake', () => {
  let upstream: RawServer;
  let gate: TestGate;
  let handshake: Handshake;
  let heads: string[];

  beforeEach(async () => {
    handshake = echo;
    heads = [];
    upstream = await startRawServer((socket) =>
      socket.once('data', (data: Buffer) => {
        const head = data.toString('latin1');
        heads.push(head);
        handshake(/sec-websocket-key: (.*)\r\n/i.exec(head)?.[1] ?? '', socket, head);
      }),
    );
    gate = await startGate({
      upstream: upstream.url,
      rules: RULES,
      more: 'default: deny',
      upstreamMore:
        'credential: {header: Authorization, value: "Bearer ${env:UPSTREAM_TOKEN}"}, timeouts: {connect: 500ms, head: 200ms, idle: 200ms}',
    });
  });
  afterEach(async () => {
    await gate.stop();
    await upstream.close();
  });

  const record = async (): Promise<Record<string, unknown>> => {
    for (;;) {
      const line = gate.log.find((text) => text.includes('"call:finished"'));
      if (line) return JSON.parse(line) as Record<string, unknown>;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  it('that a rule lets through opens a tunnel both ways, and its end is on record with its bytes', async () => {
    const client = open(gate, '/live');
    const head = await client.until(/\r\n\r\n/);
    expect(head).toMatch(/^HTTP\/1\.1 101 /);
    expect(head).toMatch(/\r\nUpgrade: websocket\r\n/i);
    expect(head).toMatch(/\r\nHoldgate-Decision: dec_/);
    expect(head).not.toMatch(/set-cookie|upstream-secret-token/i);
    expect(heads[0]).toContain(`Authorization: Bearer ${TOKEN}\r\n`);
    expect(heads[0]).not.toContain(AGENT);
    for (const word of ['one', 'two']) {
      client.socket.write(frame(word, true));
      await client.until(new RegExp(`echo ${word}`));
    }
    client.socket.end();
    await client.closed;
    expect(await record()).toMatchObject({
      status: 101,
      path: '/live',
      effect: 'allow',
      bytes_in: 2 * (2 + 4 + 3),
      bytes_out: 2 * (2 + 8),
    });
  });

  it.each([
    ['an allow rule that does not say websocket', '/plain', 'websocket', 'upgrade-refused'],
    ['another protocol, held or not', '/asked', 'h2c', 'upgrade-refused'],
    ['no rule at all', '/other', 'websocket', 'denied-by-policy'],
    ['another protocol', '/live', 'h2c', 'upgrade-refused'],
  ])('is refused by %s', async (_name, path, protocol, reason) => {
    const text = await open(gate, path, '', protocol).closed;
    expect(text).toMatch(/^HTTP\/1\.1 403 /);
    expect(text).toContain(`"reason":"${reason}"`);
    expect(heads).toEqual([]);
    expect(await record()).toMatchObject({ status: 403, problem: reason });
    const { items } = (await (await gate.api('/api/v1/approvals?status=open')).json()) as { items: unknown[] };
    expect(items).toEqual([]);
  });

  it('that a rule denies is told which, and why, as any other call is', async () => {
    const text = await open(gate, '/never').closed;
    expect(text).toMatch(/^HTTP\/1\.1 403 [^]*\r\nConnection: close\r\n/);
    const { body } = /\r\n\r\n(?<body>.*)$/s.exec(text)?.groups ?? {};
    expect(JSON.parse(body ?? '')).toMatchObject({
      reason: 'denied-by-policy',
      rule_id: 'never',
      decision_reason: 'rule',
      detail: expect.stringContaining('Do not try to reach the same effect another way'),
    });
  });

  it.each([
    ['a frame before the 101', 'websocket', KEY, frame('early', true).toString('latin1')],
    ['a request before the 101', 'websocket', KEY, 'GET /api/plain HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a malformed key', 'websocket', 'short', ''],
  ])('is refused with %s', async (_name, protocol, key, more) => {
    const text = await open(gate, '/live', more, protocol, key).closed;
    expect(text).toMatch(/^HTTP\/1\.1 403 /);
    expect(heads).toEqual([]);
  });

  it('is refused when the upstream does not prove that it speaks WebSocket', async () => {
    handshake = (_key, socket) => echo(randomBytes(16).toString('base64'), socket, '');
    const text = await open(gate, '/live').closed;
    expect(text).toMatch(/^HTTP\/1\.1 502 /);
    expect(text).toContain('"reason":"upstream-invalid"');
    expect(upstream.sockets[0]?.destroyed || (await closes(upstream.sockets[0]))).toBe(true);
  });

  it('that the upstream answers with 200 is an ordinary response, with the credential blanked', async () => {
    handshake = (_key, socket) =>
      void socket.write(`HTTP/1.1 200 OK\r\nSet-Cookie: s=1\r\nContent-Length: ${TOKEN.length}\r\n\r\n${TOKEN}`);
    const text = await open(gate, '/live').closed;
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).not.toMatch(/set-cookie/i);
    expect(text.endsWith('*'.repeat(TOKEN.length))).toBe(true);
    expect(await record()).toMatchObject({ status: 200, bytes_out: TOKEN.length });
  });

  it.each<[string, Handshake, number]>([
    ['resets', (_key, socket) => void socket.resetAndDestroy(), 502],
    ['says nothing', () => undefined, 504],
  ])('to an upstream that %s is answered with a problem', async (_name, fault, status) => {
    handshake = fault;
    expect(await open(gate, '/live').closed).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it('to an upstream that is not there is answered 502', async () => {
    await upstream.close();
    expect(await open(gate, '/live').closed).toMatch(/^HTTP\/1\.1 502 [^]*"reason":"upstream-unreachable"/);
  });

  it.each<[string, (client: WebSocketClient) => void]>([
    ['hangs up', ({ socket }) => void socket.end()],
    ['resets', ({ socket }) => void socket.resetAndDestroy()],
  ])('ends on both sides when the agent %s', async (_name, leave) => {
    const client = open(gate, '/live');
    await client.until(/\r\n\r\n/);
    leave(client);
    expect(await closes(upstream.sockets[0])).toBe(true);
    expect(await record()).toMatchObject({ status: 101 });
  });

  it.each<[string, (socket: Socket | undefined) => void]>([
    ['hangs up', (socket) => void socket?.end()],
    ['resets', (socket) => void socket?.resetAndDestroy()],
  ])('ends on both sides when the upstream %s', async (_name, leave) => {
    const client = open(gate, '/live');
    await client.until(/\r\n\r\n/);
    leave(upstream.sockets[0]);
    await client.closed;
    expect(await record()).toMatchObject({ status: 101 });
  });

  it('that the agent resets before the upstream answers harms nobody', async () => {
    const reached = new Promise<void>((resolve) => {
      handshake = () => resolve();
    });
    const client = open(gate, '/live');
    await reached;
    client.socket.resetAndDestroy();
    expect(await closes(upstream.sockets[0])).toBe(true);
    handshake = echo;
    const next = open(gate, '/live');
    expect(await next.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 101 /);
    next.socket.destroy();
  });

  it('behind a call that is still being answered closes the connection', async () => {
    let pending: Socket | undefined;
    const reached = new Promise<void>((resolve) => {
      handshake = (_key, socket) => {
        pending = socket;
        resolve();
      };
    });
    const socket = connect(gate.running.proxy.port, '127.0.0.1').on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(`GET /api/plain HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer ${AGENT}\r\n\r\n`);
    await reached;
    socket.resume();
    socket.write(
      `GET /api/live HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer ${AGENT}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`,
    );
    await closed;
    expect(heads).toHaveLength(1);
    pending?.destroy();
    expect((await gate.api('/readyz')).status).toBe(200);
  });

  it('does not keep the gate from stopping', async () => {
    const client = open(gate, '/live');
    await client.until(/\r\n\r\n/);
    await gate.running.stop(50);
    await client.closed;
  });
});
