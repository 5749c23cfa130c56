// Streams in both directions at their own pace: nothing is gathered that can flow, nobody's hang-up is taken for an end, and no
// connection with a doubtful past is used again.
import { createHash, randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ok, type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { type RawServer, startRawServer } from './raw-server.ts';
import { AGENT, startGate, type TestGate } from './running-gate.ts';

const RULES = `
  - id: streams
    match: {method: [GET, PUT], path: /x}
    effect: allow
  - id: asked
    match: {method: POST, path: /x}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
  - id: inspected
    match: {path: /inspected, body: {form: {Action: "Delete*"}}}
    effect: deny
  - id: others
    match: {method: PUT, path: [/inspected, /upload]}
    effect: allow
  - id: no-big-deletes
    match: {path: /upload, body: {form: {Action: "Delete*"}}}
    effect: hold
    mode: observe
`;
const MORE = 'default: deny\nlimits: {body_timeout: 300ms, inspect_body: 64KiB}';
const SIZE = 20 * 1024 * 1024;
const AUTH = `Host: gate\r\nAuthorization: Bearer ${AGENT}\r\n`;

const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

function closes(socket: Socket | undefined): Promise<boolean> {
  if (!socket || socket.destroyed) return Promise.resolve(true);
  return new Promise((resolve) => socket.once('close', () => resolve(true)));
}

/** A connection to the gate that gathers what it reads. */
function agent(gate: TestGate): { readonly socket: Socket; readonly until: (pattern: RegExp) => Promise<string> } {
  const socket = connect(gate.running.proxy.port, '127.0.0.1');
  let text = '';
  socket.on('error', () => undefined).on('data', (data: Buffer) => (text += data.toString('latin1')));
  return {
    socket,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (pattern.test(text)) resolve(text);
        };
        socket.on('data', look).once('close', () => reject(new Error(`closed after ${JSON.stringify(text)}`)));
        look();
      }),
  };
}

async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a stream', () => {
  let upstream: RawServer;
  let gate: TestGate;
  let serve: (socket: Socket) => void;

  beforeEach(async () => {
    upstream = await startRawServer((socket) => serve(socket));
    gate = await startGate({ upstream: upstream.url, rules: RULES, more: MORE });
  });
  afterEach(async () => {
    await gate.stop();
    await upstream.close();
  });

  it('of 20 MB down arrives whole although the agent reads slowly, and waits in no memory of ours', async () => {
    const data = randomBytes(SIZE);
    let written = 0;
    serve = (socket) => {
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n`);
        const pump = (): void => {
          while (written < SIZE) {
            const chunk = data.subarray(written, written + 65_536);
            written += chunk.length;
            if (!socket.write(chunk)) return void socket.once('drain', pump);
          }
        };
        pump();
      });
    };
    const response = await gate.call('/api/x');
    const reader = response.body?.getReader();
    const parts: Uint8Array[] = [];
    parts.push((await reader?.read())?.value ?? new Uint8Array());
    // While the agent does not read, the upstream is made to wait: what is under way fits into kernel and stream buffers.
    let before = -1;
    while (before !== written) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(written).toBeLessThan(SIZE);
    for (let next = await reader?.read(); next?.value; next = await reader?.read()) parts.push(next.value);
    expect(sha256(Buffer.concat(parts))).toBe(sha256(data));
  });

  it('of 20 MB up arrives whole although the upstream reads slowly, and the agent is made to wait', async () => {
    const hash = createHash('sha256');
    let read = 0;
    serve = (socket) => {
      let head = true;
      socket.on('data', (chunk: Buffer) => {
        const body = head ? chunk.subarray(chunk.indexOf('\r\n\r\n') + 4) : chunk;
        if (head) socket.pause();
        head = false;
        hash.update(body);
        read += body.length;
        if (read === SIZE) socket.write('HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n');
      });
    };
    const data = randomBytes(SIZE);
    const { socket, until } = agent(gate);
    socket.write(`PUT /api/x HTTP/1.1\r\n${AUTH}Content-Length: ${SIZE}\r\n\r\n`);
    socket.write(data);
    let before = -1;
    while (before !== socket.bytesWritten - socket.writableLength || upstream.sockets.length === 0) {
      before = socket.bytesWritten - socket.writableLength;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(socket.writableLength).toBeGreaterThan(0);
    // Longer than limits.body_timeout: a body that waits for the upstream is not the agent's fault.
    await new Promise((resolve) => setTimeout(resolve, 500));
    upstream.sockets[0]?.resume();
    expect(await until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 201 /);
    expect(hash.digest('hex')).toBe(sha256(data));
    socket.destroy();
  });

  it('of unknown length reaches the upstream before the agent has ended it', async () => {
    let seen = '';
    serve = (socket) => {
      socket.on('data', (chunk: Buffer) => {
        seen += chunk.toString('latin1');
        if (seen.endsWith('0\r\n\r\n')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
    };
    const { socket, until } = agent(gate);
    socket.write(`PUT /api/x HTTP/1.1\r\n${AUTH}Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n`);
    await eventually(() => seen.includes('first'));
    socket.write('6\r\nsecond\r\n0\r\n\r\n');
    expect(await until(/ok$/)).toMatch(/^HTTP\/1\.1 200 /);
    expect(seen).toMatch(/Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\n$/);
    socket.destroy();
  });

  it('of events arrives event by event', async () => {
    serve = (socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n');
        socket.write('d\r\ndata: first\n\n\r\n');
      });
    };
    const response = await gate.call('/api/x');
    const reader = response.body?.getReader();
    const decoder = new TextDecoder();
    expect(decoder.decode((await reader?.read())?.value)).toBe('data: first\n\n');
    upstream.sockets[0]?.write('e\r\ndata: second\n\n\r\n0\r\n\r\n');
    expect(decoder.decode((await reader?.read())?.value)).toBe('data: second\n\n');
    expect((await reader?.read())?.done).toBe(true);
  });

  it('that the agent leaves halfway down ends upstream too, and the connection is not used again', async () => {
    serve = (socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf'));
    };
    const { socket, until } = agent(gate);
    socket.write(`GET /api/x HTTP/1.1\r\n${AUTH}\r\n`);
    await until(/half$/);
    socket.destroy();
    expect(await closes(upstream.sockets[0])).toBe(true);
    const { socket: next, until: gets } = agent(gate);
    next.write(`GET /api/x HTTP/1.1\r\n${AUTH}\r\n`);
    await gets(/half$/);
    expect(upstream.sockets).toHaveLength(2);
    next.destroy();
  });

  it.each([
    ['with a length', 'Content-Length: 100000\r\n\r\nsome'],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n'],
  ])('up, %s, that the agent leaves halfway never ends as a whole request', async (_name, start) => {
    let seen = '';
    serve = (socket) => void socket.on('data', (chunk: Buffer) => (seen += chunk.toString('latin1')));
    const { socket } = agent(gate);
    socket.write(`PUT /api/x HTTP/1.1\r\n${AUTH}${start}`);
    await eventually(() => seen.includes('some'));
    socket.destroy();
    expect(await closes(upstream.sockets[0])).toBe(true);
    expect(seen).not.toContain('\r\n0\r\n\r\n');
  });

  it.each([
    ['with a length', 'PUT', 'Content-Length: 100000\r\n\r\nsome', true],
    ['in chunks', 'PUT', 'Transfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n', true],
    ['that would be sent in one piece', 'PUT', 'Content-Length: 100\r\n\r\nsome', false],
    ['that is held', 'POST', 'Content-Length: 100\r\n\r\nsome', false],
    ['that a rule reads', 'PUT', 'Content-Length: 100\r\n\r\nsome', false, '/inspected'],
  ])(
    'up, %s, that falls silent is answered 408 and never ends as a whole request',
    async (_name, method, start, begun, path = '/x') => {
      let seen = '';
      serve = (socket) => void socket.on('data', (chunk: Buffer) => (seen += chunk.toString('latin1')));
      const { socket, until } = agent(gate);
      socket.write(`${method} /api${path} HTTP/1.1\r\n${AUTH}${start}`);
      const text = await until(/"help"/);
      expect(text).toMatch(/^HTTP\/1\.1 408 /);
      expect(text).toContain('"reason":"body-timeout"');
      expect(text).toMatch(/\r\nConnection: close\r\n/);
      expect(await closes(upstream.sockets[0])).toBe(true);
      expect(seen.includes('some')).toBe(begun);
      expect(seen).not.toContain('\r\n0\r\n\r\n');
      socket.destroy();
    },
  );

  it('up that goes on slowly but steadily is not timed out', async () => {
    let seen = '';
    serve = (socket) => {
      socket.on('data', (chunk: Buffer) => {
        seen += chunk.toString('latin1');
        if (seen.endsWith('0\r\n\r\n')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
    };
    const { socket, until } = agent(gate);
    socket.write(`PUT /api/x HTTP/1.1\r\n${AUTH}Transfer-Encoding: chunked\r\n\r\n`);
    for (let i = 0; i < 8; i++) {
      socket.write('1\r\nx\r\n');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    socket.write('0\r\n\r\n');
    expect(await until(/ok$/)).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
  });
});

describe('agents that vanish at every point of a call', () => {
  it('leave no error behind, no connection upstream, and a gate that goes on', async () => {
    const sockets = new Set<Socket>();
    const upstream = await startRawServer((socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      socket.once('data', () =>
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n${'x'.repeat(100_000)}`),
      );
    });
    const gate = await startGate({ upstream: upstream.url, rules: RULES, more: MORE });
    const calls = [
      `GET /api/x HTTP/1.1\r\n${AUTH}\r\n`,
      `PUT /api/x HTTP/1.1\r\n${AUTH}Content-Length: 100000\r\n\r\n${'y'.repeat(50_000)}`,
      `PUT /api/x HTTP/1.1\r\n${AUTH}Transfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n`,
      `POST /api/x HTTP/1.1\r\n${AUTH}Content-Length: 3\r\n\r\na=1`,
      `DELETE /api/x HTTP/1.1\r\n${AUTH}Content-Length: 100000\r\n\r\n`,
      `GET /api/x HTTP/1.1\r\n${AUTH}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      `CONNECT api.test:443 HTTP/1.1\r\n${AUTH}\r\n`,
      `GET /api/x HTTP/1.1\r\n${AUTH}\r\nGET /api/x HTTP/1.1\r\n${AUTH}\r\nCONNECT a:1 HTTP/1.1\r\n${AUTH}\r\n`,
      `GET /api/x HTTP/1.1\r\n${AUTH}\r\n\0not http`,
    ];
    const vanish = async (call: string, after: number): Promise<void> => {
      const socket = connect(gate.running.proxy.port, '127.0.0.1').on('error', () => undefined);
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.write(call);
      setTimeout(() => socket.resetAndDestroy(), after);
      await closed;
    };
    await Promise.all(calls.flatMap((call) => [0, 1, 2, 4, 8, 16, 32, 64].map((after) => vanish(call, after))));
    await eventually(() => sockets.size === 0);
    const next = await gate.call('/api/x');
    expect(next.status).toBe(200);
    await next.body?.cancel();
    expect(gate.log.filter((line) => line.includes('proxy:failed'))).toEqual([]);
    await gate.stop();
    await upstream.close();
  });
});

describe('100-continue', () => {
  let upstream: RawUpstream;
  let gate: TestGate;

  beforeEach(async () => {
    upstream = await startRawUpstream();
    gate = await startGate({ upstream: upstream.url, rules: RULES, more: MORE });
  });
  afterEach(async () => {
    await gate.stop();
    await upstream.close();
  });

  it.each([
    ['streamed', '/x', 100_000],
    ['sent in one piece', '/x', 10],
    ['read by a rule', '/inspected', 10],
    ['too large for the rule that would read it', '/upload', 100_000],
  ])('is sent once for a body that is %s, and never asked of the upstream', async (_name, path, length) => {
    const { socket, until } = agent(gate);
    socket.write(
      `PUT /api${path} HTTP/1.1\r\n${AUTH}Content-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`,
    );
    await until(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
    expect(upstream.requests).toEqual([]);
    socket.write('a'.repeat(length));
    const text = await until(/ok$/);
    expect(text.match(/HTTP\/1\.1 100/g)).toHaveLength(1);
    expect(upstream.requests[0]).not.toMatch(/expect/i);
    socket.destroy();
  });

  it('is not sent for a body that would be refused anyway', async () => {
    const { socket, until } = agent(gate);
    socket.write(
      `PUT /api/inspected HTTP/1.1\r\n${AUTH}Content-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\nContent-Length: 100000\r\n\r\n`,
    );
    expect(await until(/"help"/)).toMatch(/^HTTP\/1\.1 403 /);
    socket.destroy();
  });

  it('is sent for a body that is held, before anybody was asked', async () => {
    const { socket, until } = agent(gate);
    socket.write(`POST /api/x HTTP/1.1\r\n${AUTH}Expect: 100-continue\r\nContent-Length: 3\r\n\r\n`);
    await until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    socket.write('a=1');
    await gate.vote(await gate.held(), 'approve');
    expect(await until(/ok$/)).toMatch(/HTTP\/1\.1 200 OK/);
    socket.destroy();
  });

  it('keeps both connections for the next calls', async () => {
    const { socket, until } = agent(gate);
    const call = `PUT /api/x HTTP/1.1\r\n${AUTH}Content-Length: 3\r\n\r\na=1`;
    for (let i = 1; i <= 3; i++) {
      socket.write(call);
      await until(new RegExp(`(ok[^]*){${i}}$`));
    }
    expect(upstream.connections()).toBe(1);
    expect(upstream.requests).toHaveLength(3);
    socket.destroy();
  });
});

describe('a call that is answered while the agent still sends', () => {
  it.each([
    ['no body', '\r\n', true],
    ['a small body', 'Content-Length: 3\r\n\r\na=1', true],
    ['a body of unknown length', 'Transfer-Encoding: chunked\r\n\r\n3\r\na=1\r\n0\r\n\r\n', false],
    ['a body that waits for 100 Continue', 'Expect: 100-continue\r\nContent-Length: 3\r\n\r\n', false],
  ])('with %s keeps its connection: %s', async (_name, rest, kept) => {
    const upstream = await startRawUpstream(ok);
    const gate = await startGate({ upstream: upstream.url, rules: RULES, more: MORE });
    const { socket, until } = agent(gate);
    socket.write(`DELETE /api/x HTTP/1.1\r\n${AUTH}${rest}`);
    expect(await until(/"help"/)).toMatch(/^HTTP\/1\.1 403 /);
    if (kept) {
      socket.write(`GET /api/x HTTP/1.1\r\n${AUTH}\r\n`);
      expect(await until(/ok$/)).toContain('HTTP/1.1 200 OK');
      socket.destroy();
    } else expect(await closes(socket)).toBe(true);
    await gate.stop();
    await upstream.close();
  });

  it('lets the agent read why, and then closes', async () => {
    const upstream = await startRawUpstream(ok);
    const gate = await startGate({
      upstream: upstream.url,
      rules: RULES,
      more: 'default: deny\nlimits: {hold_body: 64KiB}',
    });
    // Like most clients that block: it writes all of its body before it reads anything.
    const { socket, until } = agent(gate);
    socket.pause();
    socket.write(`POST /api/x HTTP/1.1\r\n${AUTH}Content-Length: ${SIZE}\r\n\r\n`);
    await new Promise((resolve) => socket.write(randomBytes(SIZE), resolve));
    socket.resume();
    const text = await until(/"help"/);
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(text).toContain('"reason":"body-too-large"');
    expect(await closes(socket)).toBe(true);
    expect(upstream.requests).toEqual([]);
    await gate.stop();
    await upstream.close();
  });
});
