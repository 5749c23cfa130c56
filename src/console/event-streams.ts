// The live view: one subscription to the gate, any number of server-sent event streams (WHATWG HTML §9.2).
// INVARIANT: memory per client is bounded; who reads too slowly is dropped and comes back for a fresh start.
import type { ServerResponse } from 'node:http';
import type { Approval } from '../core/approval/state.ts';
import { approvalView } from '../core/approval/view.ts';
import type { ApprovalGate } from '../gate/api.ts';
import { RecordDamaged } from '../ports/approval-store.ts';
import type { Clock } from '../ports/clock.ts';

export interface EventStreams {
  /** True if no more clients are taken, in all or of this person. */
  full(person: string): boolean;
  /** Takes over a response whose head is written, on behalf of `person`. `stillKnown` is asked before every event: who left the directory is cut off. */
  attach(response: ServerResponse, person: string, stillKnown: () => boolean): void;
  /** Ends every stream in good order. */
  close(): void;
}

export interface EventStreamLimits {
  readonly clients: number;
  /** One person must not be able to take them all. */
  readonly perPerson: number;
  /** Bytes that may wait for one client. */
  readonly buffer: number;
  /** ms. */
  readonly heartbeat: number;
}

const DEFAULTS: EventStreamLimits = { clients: 200, perPerson: 10, buffer: 1024 * 1024, heartbeat: 15_000 };
const PAGE = 100;

interface Client {
  readonly response: ServerResponse;
  readonly person: string;
  readonly stillKnown: () => boolean;
  /** Changes that arrived while the open approvals are still being sent; undefined once they are. */
  waiting: string[] | undefined;
  waitingBytes: number;
  /** What is being sent is out of date already. */
  again: boolean;
}

/** Tells a client to forget what it holds: every open approval follows, and then `synced`. */
const RESYNC = 'event: resync\ndata: {}\n\n';

function eventText(approval: Approval, now: number): string {
  // JSON.stringify leaves no raw line break, so the data is one line.
  return `id: ${approval.id}:${approval.version}\nevent: approval\ndata: ${JSON.stringify(approvalView(approval, now))}\n\n`;
}

export function createEventStreams(
  deps: { readonly gate: ApprovalGate; readonly clock: Clock },
  limits: EventStreamLimits = DEFAULTS,
): EventStreams {
  const { gate, clock } = deps;
  const clients = new Set<Client>();
  /** Approvals being loaded; true if one changed again meanwhile. */
  const loading = new Map<string, boolean>();
  let cancelHeartbeat: (() => void) | undefined;
  let unsubscribe: (() => void) | undefined;

  function drop(client: Client): void {
    clients.delete(client);
    client.response.destroy();
    rest();
  }

  /** A gap that nobody may overlook: clients reconnect and start from the open approvals. */
  function dropAll(): void {
    for (const client of clients) drop(client);
  }

  function rest(): void {
    if (clients.size > 0) return;
    unsubscribe?.();
    cancelHeartbeat?.();
    unsubscribe = undefined;
    cancelHeartbeat = undefined;
  }

  /** False, and the stream ended, for who left the directory. */
  function admitted(client: Client): boolean {
    if (client.stillKnown()) return true;
    client.response.end();
    clients.delete(client);
    rest();
    return false;
  }

  function send(client: Client, text: string): void {
    if (!admitted(client)) return;
    if (client.waiting) {
      client.waiting.push(text);
      client.waitingBytes += text.length;
    } else client.response.write(text);
    if (client.response.writableLength + client.waitingBytes > limits.buffer) drop(client);
  }

  async function broadcast(id: string): Promise<void> {
    if (loading.has(id)) {
      loading.set(id, true);
      return;
    }
    try {
      do {
        loading.set(id, false);
        const [approval, now] = await Promise.all([gate.get(id), gate.now()]);
        if (!approval) continue;
        const text = eventText(approval, now);
        for (const client of clients) send(client, text);
      } while (loading.get(id) === true);
    } catch (error) {
      // Its record is damaged: it is in no list any more, and what a client shows of it would stay.
      if (error instanceof RecordDamaged) resyncAll();
      else dropAll();
    } finally {
      loading.delete(id);
    }
  }

  function heartbeat(): void {
    for (const client of clients) send(client, ': still here\n\n');
    if (clients.size > 0) cancelHeartbeat = clock.after(limits.heartbeat, heartbeat);
  }

  function drained(client: Client): Promise<void> {
    const { response } = client;
    if (!response.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        response.off('drain', done).off('close', done);
        resolve();
      };
      const cancel = clock.after(limits.heartbeat, () => {
        drop(client);
        done();
      });
      response.once('drain', done).once('close', done);
    });
  }

  /** Nobody can say what changed: everyone starts again with the open approvals, on the same connection. */
  function resyncAll(): void {
    for (const client of clients) {
      if (client.waiting) client.again = true;
      else if (admitted(client)) resync(client);
    }
  }

  function resync(client: Client): void {
    client.waiting = [];
    client.response.write(RESYNC);
    sendOpen(client).catch(() => drop(client));
  }

  /** Sends every open approval; how many, or undefined if the client has gone. */
  async function sendPages(client: Client): Promise<number | undefined> {
    let cursor: string | undefined;
    let open = 0;
    do {
      const page = await gate.list({ status: 'open', limit: PAGE, ...(cursor !== undefined && { cursor }) });
      const now = await gate.now();
      for (const approval of page.items) {
        if (!clients.has(client)) return undefined;
        client.response.write(eventText(approval, now));
        await drained(client);
      }
      open += page.items.length;
      cursor = page.next;
    } while (cursor !== undefined && clients.has(client));
    return clients.has(client) ? open : undefined;
  }

  async function sendOpen(client: Client): Promise<void> {
    let open = await sendPages(client);
    while (open !== undefined && client.again) {
      client.again = false;
      client.response.write(RESYNC);
      open = await sendPages(client);
    }
    if (open === undefined) return;
    const missed = client.waiting ?? [];
    client.waiting = undefined;
    client.waitingBytes = 0;
    client.response.write(`event: synced\ndata: ${JSON.stringify({ open })}\n\n`);
    for (const text of missed) client.response.write(text);
  }

  return {
    full: (person) =>
      clients.size >= limits.clients ||
      [...clients].filter((client) => client.person === person).length >= limits.perPerson,
    attach(response, person, stillKnown) {
      const client: Client = { response, person, stillKnown, waiting: [], waitingBytes: 0, again: false };
      clients.add(client);
      unsubscribe ??= gate.subscribe((id) => (id === undefined ? resyncAll() : void broadcast(id)));
      cancelHeartbeat ??= clock.after(limits.heartbeat, heartbeat);
      response.on('error', () => drop(client));
      response.on('close', () => {
        clients.delete(client);
        rest();
      });
      response.write('retry: 2000\n\n');
      sendOpen(client).catch(() => drop(client));
    },
    close() {
      for (const { response } of clients) response.end(': the gate is restarting\n\n');
      clients.clear();
      rest();
    },
  };
}
