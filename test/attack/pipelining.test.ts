// One connection, many calls behind each other: an agent must not make the gate hold thousands of calls for the price of one
// connection, nor have a later call run before the earlier one is answered, nor take one out of the record by hanging up.
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type RawUpstream, startRawUpstream } from '../e2e/raw-upstream.ts';
import { AGENT, startGate, type TestGate } from '../e2e/running-gate.ts';

const RULES = `
  - id: held
    match: {path: "/held/**"}
    effect: hold
  - id: rest
    match: {path: "/**"}
    effect: allow
`;
const HEAD = `Host: a\r\nAuthorization: Bearer ${AGENT}\r\n`;

let upstream: RawUpstream;
let gate: TestGate;

beforeEach(async () => {
  upstream = await startRawUpstream();
  gate = await startGate({ upstream: upstream.url, rules: RULES });
});
afterEach(async () => {
  await gate.stop();
  await upstream.close();
});

it('held calls on one connection wait one by one', async () => {
  const socket = connect(gate.running.proxy.port, '127.0.0.1');
  socket.on('error', () => undefined).write(`GET /api/held/x HTTP/1.1\r\n${HEAD}\r\n`.repeat(50));
  await gate.heldConnections(1);
  // Another connection's call is read after all that this one had to say.
  expect((await gate.call('/api/a')).status).toBe(200);
  const { checks } = (await (await gate.api('/readyz')).json()) as { checks: { held: string } };
  expect(checks.held).toBe('1');
  socket.destroy();
  await gate.heldConnections(0);
});

it('a connection that pipelines a flood is cut off', async () => {
  const answer = await gate.raw(`GET /api/held/x HTTP/1.1\r\n${HEAD}\r\n`.repeat(5000));
  expect(answer).toBe('');
  await gate.heldConnections(0);
});

it('a call behind a held one runs only once that one is answered', async () => {
  const socket = connect(gate.running.proxy.port, '127.0.0.1');
  const chunks: string[] = [];
  const ended = new Promise<void>((resolve) => {
    socket.on('close', () => resolve());
  });
  socket.on('error', () => undefined).on('data', (chunk: Buffer) => chunks.push(chunk.toString('latin1')));
  socket.write(`GET /api/held/x HTTP/1.1\r\n${HEAD}\r\nGET /api/second HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`);
  const approval = await gate.held();
  await gate.heldConnections(1);
  expect(upstream.requests).toEqual([]);
  await gate.vote(approval, 'approve');
  await ended;
  expect(upstream.requests.map((request) => request.split(' ')[1])).toEqual(['/held/x', '/second']);
  expect(chunks.join('').match(/HTTP\/1\.1 200/g)).toHaveLength(2);
});

it('a call behind a held one never runs if the agent hangs up, and none that ran is missing in the record', async () => {
  const socket = connect(gate.running.proxy.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    `GET /api/first HTTP/1.1\r\n${HEAD}\r\nGET /api/held/x HTTP/1.1\r\n${HEAD}\r\nGET /api/third HTTP/1.1\r\n${HEAD}\r\n`,
  );
  await gate.heldConnections(1);
  socket.destroy();
  await gate.heldConnections(0);
  const paths = gate.log.map((line) => (JSON.parse(line) as { path?: string }).path);
  expect(upstream.requests.map((request) => request.split(' ')[1])).toEqual(['/first']);
  expect(paths).toContain('/first');
});
