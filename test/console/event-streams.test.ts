// The live view over a real socket, on a clock of its own.
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecordDamaged } from '../../src/ports/approval-store.ts';
import { START } from './fake-gate.ts';
import { credentials, type RunningConsole, runConsole } from './running-console.ts';

interface StreamEvent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

interface Stream {
  readonly response: IncomingMessage;
  /** The next event, whenever it comes. */
  next(): Promise<StreamEvent>;
  /** Resolves with true if the stream ended in good order, false if it was cut. */
  readonly ended: Promise<boolean>;
  readonly comments: string[];
  /** Resolves with the next comment. */
  comment(): Promise<string>;
  close(): void;
}

let running: RunningConsole;
const open: Stream[] = [];
beforeEach(async () => {
  running = await runConsole();
});
afterEach(async () => {
  for (const stream of open.splice(0)) stream.close();
  await running.close();
});

function follow(credential: string = credentials.approver): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      port: running.port,
      host: '127.0.0.1',
      path: '/api/v1/events',
      agent: false,
      headers: { authorization: `Bearer ${credential}` },
    });
    outgoing.on('error', reject);
    outgoing.end();
    outgoing.on('response', (response) => {
      const events: StreamEvent[] = [];
      const takers: ((event: StreamEvent) => void)[] = [];
      const listeners: ((comment: string) => void)[] = [];
      const comments: string[] = [];
      let buffer = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        buffer += chunk;
        for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
          const block = buffer.slice(0, end);
          buffer = buffer.slice(end + 2);
          const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
          if (block.startsWith(':')) {
            comments.push(block);
            listeners.shift()?.(block);
          }
          const event = field('event');
          if (event === undefined) continue;
          const data = JSON.parse(field('data') ?? 'null') as Record<string, unknown>;
          const parsed = { id: field('id'), event, data };
          const taker = takers.shift();
          if (taker) taker(parsed);
          else events.push(parsed);
        }
      });
      const ended = new Promise<boolean>((done) => {
        response
          .on('end', () => done(true))
          .on('error', () => done(false))
          .on('close', () => done(false));
      });
      const made: Stream = {
        response,
        ended,
        comments,
        comment: () => new Promise((done) => listeners.push(done)),
        next: () => {
          const event = events.shift();
          return event ? Promise.resolve(event) : new Promise((done) => takers.push(done));
        },
        close: () => outgoing.destroy(),
      };
      open.push(made);
      resolve(made);
    });
  });
}

describe('the event stream', () => {
  it('begins with every open approval, says when that is done, and goes on with changes', async () => {
    running.gate.hold('apr_1');
    running.gate.hold('apr_2');
    running.gate.apply(running.gate.hold('apr_3').id, { type: 'cancelled', at: START, why: 'test' });
    const events = await follow();
    expect(events.response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(events.response.headers['cache-control']).toBe('no-store');
    expect((await events.next()).id).toBe('apr_2:1');
    expect((await events.next()).data).toMatchObject({ id: 'apr_1', status: 'pending' });
    expect(await events.next()).toMatchObject({ event: 'synced', data: { open: 2 } });
    running.gate.apply('apr_1', { type: 'cancelled', at: START, why: 'no longer needed' });
    expect(await events.next()).toEqual({
      id: 'apr_1:2',
      event: 'approval',
      data: expect.objectContaining({ id: 'apr_1', status: 'cancelled', why: 'no longer needed' }),
    });
  });

  it('pages through more open approvals than one page holds', async () => {
    for (let i = 0; i < 250; i++) running.gate.hold(`apr_${i}`);
    const events = await follow();
    const seen = new Set<string | undefined>();
    for (let event = await events.next(); event.event === 'approval'; event = await events.next()) seen.add(event.id);
    expect(seen.size).toBe(250);
  });

  it('beats while nothing happens', async () => {
    const events = await follow();
    await events.next();
    for (let i = 0; i < 2; i++) {
      const beat = events.comment();
      running.clock.advance(15_000);
      expect(await beat).toBe(': still here');
    }
  });

  it('ends in good order when the console closes, and lets the port go', async () => {
    const events = await follow();
    await events.next();
    await running.close();
    expect(await events.ended).toBe(true);
    expect(events.comments).toEqual([': the gate is restarting']);
    const refused = new Promise((resolve) => connect(running.port, '127.0.0.1').on('error', resolve));
    expect(await refused).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('ends for a person who leaves the directory, before the next event', async () => {
    const events = await follow();
    await events.next();
    running.people.delete(credentials.approver);
    running.gate.hold('apr_secret');
    expect(await events.ended).toBe(true);
    const first = await Promise.race([events.next(), Promise.resolve('nothing more')]);
    expect(first).toBe('nothing more');
  });

  it('drops everyone when the store is away, so that nobody overlooks a gap', async () => {
    const events = await follow();
    await events.next();
    running.gate.get = () => Promise.reject(new Error('gone'));
    running.gate.hold('apr_1');
    expect(await events.ended).toBe(false);
  });

  it('starts again on the same connection where the gate may have missed changes', async () => {
    running.gate.hold('apr_1');
    running.gate.hold('apr_2');
    const events = await follow();
    for (let i = 0; i < 3; i++) await events.next();
    running.gate.lose();
    running.gate.apply('apr_1', { type: 'cancelled', at: START, why: 'while nobody was told' });
    running.gate.hold('apr_3');
    running.gate.found();
    const seen = [await events.next(), await events.next(), await events.next(), await events.next()];
    expect(seen.map(({ event, data }) => data['id'] ?? event)).toEqual(['resync', 'apr_3', 'apr_2', 'synced']);
    expect(seen.at(-1)?.data).toEqual({ open: 2 });
    running.gate.apply('apr_2', { type: 'cancelled', at: START, why: 'told again' });
    expect((await events.next()).id).toBe('apr_2:2');
  });

  it('starts again once, however often it is told so while it sends, and says at last what is true', async () => {
    for (let i = 0; i < 150; i++) running.gate.hold(`apr_${i}`);
    const list = running.gate.list.bind(running.gate);
    const rest = Promise.withResolvers<void>();
    running.gate.list = (query) => (query.cursor === undefined ? list(query) : rest.promise.then(() => list(query)));
    const events = await follow();
    const seen: StreamEvent[] = [await events.next()];
    running.gate.lose();
    running.gate.apply('apr_149', { type: 'cancelled', at: START, why: 'while nobody was told' });
    for (let i = 0; i < 5; i++) running.gate.found();
    rest.resolve();
    while (seen.at(-1)?.event !== 'synced') seen.push(await events.next());
    const from = seen.findIndex(({ event }) => event === 'resync');
    expect(seen.slice(0, from).map(({ data }) => data['id'])).toContain('apr_149');
    expect(seen.slice(from + 1, -1).map(({ data }) => data['id'])).not.toContain('apr_149');
    expect(new Set(seen.slice(from + 1, -1).map(({ id }) => id)).size).toBe(149);
    expect(seen.at(-1)?.data).toEqual({ open: 149 });
    expect(seen.filter(({ event }) => event === 'resync')).toHaveLength(1);
  });

  it('drops nobody for a record that is damaged, and takes it from what they see', async () => {
    running.gate.hold('apr_1');
    const events = await follow();
    for (let i = 0; i < 2; i++) await events.next();
    const list = running.gate.list.bind(running.gate);
    running.gate.get = (id) => Promise.reject(new RecordDamaged(`approval ${id} is damaged or was edited`));
    running.gate.list = async (query) => ({ ...(await list(query)), items: [] });
    running.gate.apply('apr_1', { type: 'seen', at: START, by: 'x' });
    expect((await events.next()).event).toBe('resync');
    expect(await events.next()).toMatchObject({ event: 'synced', data: { open: 0 } });
  });

  it('does not start again for a person who has left the directory', async () => {
    running.gate.hold('apr_1');
    const events = await follow();
    for (let i = 0; i < 2; i++) await events.next();
    running.people.delete(credentials.approver);
    running.gate.found();
    expect(await events.ended).toBe(true);
    expect(await Promise.race([events.next(), Promise.resolve('nothing more')])).toBe('nothing more');
  });

  it('leaves nothing subscribed once the last client is gone', async () => {
    const events = await follow();
    await events.next();
    expect(running.gate.subscribers()).toBe(1);
    events.close();
    await expect.poll(() => running.gate.subscribers()).toBe(0);
  });

  it('drops a client that does not read, and keeps those that do', async () => {
    await running.close();
    running = await runConsole({ streamLimits: { clients: 2, perPerson: 2, buffer: 64 * 1024, heartbeat: 15_000 } });
    const reader = await follow();
    await reader.next();
    const lazy = connect(running.port, '127.0.0.1');
    lazy.pause();
    lazy.on('error', () => undefined);
    lazy.write(
      `GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${credentials.approver}\r\n\r\n`,
    );
    const full = () => running.ask('/api/v1/events', { method: 'HEAD', credential: credentials.approver });
    await expect.poll(async () => (await full()).status).toBe(503);
    running.gate.hold('apr_1');
    const detail = 'x'.repeat(32 * 1024);
    let received = await reader.next();
    for (let i = 2; i < 2_000 && (await full()).status === 503; i++) {
      running.gate.hold(`apr_${i}`, undefined, { detail });
      received = await reader.next();
      expect(received.data['id']).toBe(`apr_${i}`);
    }
    expect((await full()).status).toBe(200);
    lazy.destroy();
  });

  it('takes so many streams of one person, and others besides', async () => {
    await running.close();
    running = await runConsole({ streamLimits: { clients: 9, perPerson: 1, buffer: 64 * 1024, heartbeat: 15_000 } });
    const reader = await follow();
    await reader.next();
    const another = (credential: string) => running.ask('/api/v1/events', { method: 'HEAD', credential });
    expect((await another(credentials.approver)).status).toBe(503);
    expect((await another(credentials.owner)).status).toBe(200);
    reader.close();
  });
});
