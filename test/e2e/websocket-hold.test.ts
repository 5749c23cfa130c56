// A WebSocket handshake that a person has to approve: it waits as any call does, and opens only to a connection that still waits.
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RawServer, startRawServer } from './raw-server.ts';
import { startGate, type TestGate } from './running-gate.ts';
import { accept, closes, frame, keyIn, openWebSocket, unframe, type WebSocketClient } from './websocket-client.ts';

const RULES = `
  - id: asked
    match: {method: GET, path: /asked}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
  - id: eager
    match: {method: GET, path: /eager}
    effect: hold
    hold: {approvals: 1, from: ["group:security"], on_absent: execute}
  - {id: rest, match: {method: GET, path: /plain}, effect: allow}
`;

describe('a WebSocket handshake that is held', () => {
  let upstream: RawServer;
  let gate: TestGate;
  let heads: string[];
  let answer: (head: string) => string;
  let open: (path: string, key?: string) => WebSocketClient;

  beforeEach(async () => {
    heads = [];
    answer = (head) =>
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept(keyIn(head))}\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n`;
    upstream = await startRawServer((socket) =>
      socket.once('data', (data: Buffer) => {
        const head = data.toString('latin1');
        heads.push(head);
        socket.write(answer(head));
        socket.on('data', (more: Buffer) => socket.write(frame(`echo ${unframe(more)}`, false)));
      }),
    );
    gate = await startGate({ upstream: upstream.url, rules: RULES, more: 'default: deny' });
    open = (path, key) => openWebSocket(gate.running.proxy.port, `/api${path}`, key === undefined ? {} : { key });
  });
  afterEach(async () => {
    await gate.stop();
    await upstream.close();
  });

  it('opens once a person approves it, says so on record, and never twice', async () => {
    const client = open('/asked');
    const approval = await gate.held();
    expect(approval.summary).toMatch(/\(opens a WebSocket; what flows in it is not reviewed\)$/);
    expect(heads).toEqual([]);
    await gate.vote(approval, 'approve');
    const head = await client.until(/\r\n\r\n/);
    expect(head).toMatch(/^HTTP\/1\.1 101 /);
    expect(head).toContain(`\r\nSec-WebSocket-Accept: ${accept(client.key)}\r\n`);
    expect(head).toContain('\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n');
    expect(head).toMatch(new RegExp(`\\r\\nHoldgate-Approval: ${approval.id}\\r\\n`));
    for (const word of ['one', 'two']) {
      client.socket.write(frame(word, true));
      await client.until(new RegExp(`echo ${word}`));
    }
    client.socket.end();
    await client.closed;
    const read = (await (await gate.api(`/api/v1/approvals/${approval.id}`)).json()) as Record<string, unknown>;
    expect(read).toMatchObject({ status: 'succeeded' });
    expect(heads).toHaveLength(1);
    // The same again is a new question.
    const again = open('/asked');
    const second = await gate.held();
    expect(second.id).not.toBe(approval.id);
    again.socket.destroy();
  });

  it('is answered with the words of whoever denies it', async () => {
    const client = open('/asked');
    await gate.vote(await gate.held(), 'deny', { reason: 'no shells today' });
    const text = await client.closed;
    expect(text).toMatch(/^HTTP\/1\.1 403 /);
    expect(text).toContain('no shells today');
    expect(heads).toEqual([]);
  });

  it('is joined by the next try, whose own key is answered', async () => {
    const first = open('/asked');
    const approval = await gate.held();
    await gate.heldConnections(1);
    first.socket.resetAndDestroy();
    await gate.heldConnections(0);
    const client = open('/asked', randomBytes(16).toString('base64'));
    expect(client.key).not.toBe(first.key);
    await gate.heldConnections(1);
    await gate.vote(approval, 'approve');
    const head = await client.until(/\r\n\r\n/);
    expect(head).toContain(`\r\nSec-WebSocket-Accept: ${accept(client.key)}\r\n`);
    expect(keyIn(heads[0] ?? '')).toBe(first.key);
    expect(heads).toHaveLength(1);
    client.socket.destroy();
  });

  it('is over for an agent that speaks before it was answered', async () => {
    const client = open('/asked');
    await gate.held();
    client.socket.write(frame('early', true));
    expect(await client.closed).toBe('');
    expect(heads).toEqual([]);
  });

  it('is not opened for nobody, whatever the rule says of absence', async () => {
    const client = open('/eager');
    const approval = await gate.held();
    client.socket.end();
    await client.closed;
    await gate.heldConnections(0);
    await gate.vote(approval, 'approve');
    const back = open('/eager');
    expect(await back.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 101 /);
    expect(heads).toHaveLength(1);
    back.socket.destroy();
  });

  it('that the upstream does not prove has an outcome that nobody knows', async () => {
    answer = () =>
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n';
    const client = open('/asked');
    await gate.vote(await gate.held(), 'approve');
    expect(await client.closed).toContain('outcome-unknown');
    expect(await closes(upstream.sockets[0])).toBe(true);
  });

  it('that the upstream refuses gets the refusal', async () => {
    answer = () => 'HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope';
    const client = open('/asked');
    const approval = await gate.held();
    await gate.vote(approval, 'approve');
    const text = await client.closed;
    expect(text).toMatch(/^HTTP\/1\.1 404 [^]*nope$/);
    const read = (await (await gate.api(`/api/v1/approvals/${approval.id}`)).json()) as Record<string, unknown>;
    expect(read).toMatchObject({ status: 'upstream_error' });
  });
});
